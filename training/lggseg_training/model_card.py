"""The model card of a run: what the files of the run say, and nothing that they do not."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean, median
from typing import Any

from lggseg.files import write_text
from lggseg.notice import RESEARCH_USE
from lggseg_training.run_files import PLAN_FILE, VALIDATION_FILE

_CARD = """# Model card: {name}

Outlines the FLAIR signal abnormality of lower-grade glioma on brain MRI. Trained with `training/train.py`.

**{notice}**

| | |
| --- | --- |
| trained on | {training} |
| validated on | {validation} |
| Dice by patient, whole volume, all sequences | {dice} |

The figure is that of the end of the run, each slice also seen mirrored, by threshold and pieces of the model that
ships. `training/evaluate.py` measures more, and on other patients. Nothing else is known of this model: look at every
outline.

The licence of the weights follows from that of the data they were trained on.
"""


def write_model_card(run: Path, file: Path) -> None:
    """Write the card of a run of training/train.py as Markdown."""
    plan, validation = _read(run / PLAN_FILE), _read(run / VALIDATION_FILE)
    dice = list(validation.get("dice", {}).values())
    figures = f"mean {mean(dice):.3f}, median {median(dice):.3f}" if dice else "not measured"
    texts = {"training": _patients(plan.get("training")), "validation": _patients(plan.get("validation"))}
    write_text(file, _CARD.format(name=run.resolve().name, notice=RESEARCH_USE, dice=figures, **texts))


def _patients(names: list[str] | None) -> str:
    if not names:
        return "nobody, as far as is known"
    return f"{len(names)} {'patient' if len(names) == 1 else 'patients'}, listed in `{PLAN_FILE}` of the run"


def _read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return content
