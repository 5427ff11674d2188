"""Stand-in of ``slicer.i18n``: English only, but strict about how texts are marked."""

from __future__ import annotations


def tr(text: str) -> str:
    """Return a text of the module; it must be a literal that the translation tools can find."""
    if not isinstance(text, str):
        msg = f"expected a text to translate, got {type(text).__name__}"
        raise TypeError(msg)
    return text


def translate(context: str, text: str) -> str:
    """Return a text of Slicer's own, by its context."""
    if not context:
        msg = f"expected the context of {text!r}"
        raise ValueError(msg)
    return text
