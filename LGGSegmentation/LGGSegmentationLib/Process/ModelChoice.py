"""Which model runs, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from slicer.i18n import tr as _

from lggseg.errors import ModelError
from lggseg.model.bundle import MODEL_CARD_FILE, load_bundle


@dataclass(frozen=True)
class Model:
    """A model folder, as far as the panel shows it.

    Attributes:
        problem: Why it cannot be used; empty when it can.
        title: Name and version.
        threshold: The probability from which a voxel counts, chosen when the model was made.
        card: The model card, Markdown.
    """

    problem: str
    title: str = ""
    threshold: float = 0.5
    card: str = ""


def describe(folder: str) -> Model:
    """Read what a model says of itself.

    Args:
        folder: A folder that ``training/train.py`` wrote; empty for the model that ships.
    """
    try:
        bundle = load_bundle(Path(folder) if folder else None)
    except ModelError as error:
        return Model(problem=str(error))
    if not 0.0 <= bundle.threshold <= 1.0:
        text = _("{folder}: expected a threshold from 0 to 1 with this model, it says {threshold}; make it anew.")
        return Model(problem=text.format(folder=bundle.folder, threshold=bundle.threshold))
    card = bundle.folder / MODEL_CARD_FILE
    try:
        text = card.read_text(encoding="utf-8")
    except OSError:
        text = _("This model came without a model card ({path}): nobody says what it was trained on.").format(path=card)
    return Model("", f"{bundle.name} {bundle.version}", bundle.rule.threshold, text)
