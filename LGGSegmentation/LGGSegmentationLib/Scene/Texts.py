"""Texts for people: translated inside Slicer; elsewhere, as they are."""

try:
    from slicer.i18n import tr as _
except ImportError:  # the slicer-core wheel has the scene, not the application's languages

    def _(text: str) -> str:
        return text


__all__ = ["_"]
