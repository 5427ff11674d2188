"""Treatments of a patient between the studies: kept with the time points, and saved with the scene."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from typing import Any

from lggseg.growth.timeline import DRUG, OTHER, RADIOTHERAPY, SURGERY, Treatment
from LGGSegmentationLib.Scene.Texts import _

_ATTRIBUTE = "LGGSegmentation.Treatments"


def kinds() -> dict[str, str]:
    """Return the kinds of treatment with their names for people."""
    return {SURGERY: _("Surgery"), RADIOTHERAPY: _("Radiotherapy"), DRUG: _("Drug"), OTHER: _("Other")}


def read(tableNode: Any) -> tuple[Treatment, ...]:
    """Return the treatments of the patient whose time points a table holds, in order of date; none without a table."""
    text = tableNode.GetAttribute(_ATTRIBUTE) if tableNode is not None else None
    return tuple(Treatment(datetime.date.fromisoformat(day), kind) for day, kind in json.loads(text or "[]"))


def write(tableNode: Any, treatments: Iterable[Treatment]) -> None:
    """Keep treatments with a table of time points; one that is there twice counts once."""
    ordered = sorted(set(treatments), key=lambda one: (one.date, one.kind))
    tableNode.SetAttribute(_ATTRIBUTE, json.dumps([[one.date.isoformat(), one.kind] for one in ordered]))
