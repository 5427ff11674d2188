"""Questions to be answered by yes or no."""

from __future__ import annotations

import logging
from typing import Any

import slicer
from slicer.i18n import tr as _


def askSamePatient(first: str, second: str) -> bool:
    """Ask whether two volumes, given by their names, are of one patient."""
    question = _("Are “{first}” and “{second}” of the same patient? Their volumes then go into one series.")
    return _ask(question.format(first=first, second=second))


def askOnePatient(volumes: list[Any]) -> bool:
    """Ask whether volume nodes are all of one patient."""
    names = "\n".join(volume.GetName() for volume in volumes)
    question = _("Are these volumes all of one patient? Their results then go into one series.\n\n{names}")
    return _ask(question.format(names=names))


def _ask(question: str) -> bool:
    """Ask a question; nobody answers in a test, which counts as no."""
    if slicer.app.testingEnabled():
        logging.info("Not asked in testing mode: %s", question)
        return False
    return bool(slicer.util.confirmYesNoDisplay(question, windowTitle=_("Time points")))
