"""The panel's part for time points: add, name the day, compare, show."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lggseg.errors import LggsegError
from lggseg.growth.conclusion import SeriesResult
from lggseg_app.cases import Case
from lggseg_app.time_points import Series
from LGGSegmentationLib.Scene.Identity import identityOf

if TYPE_CHECKING:
    from lggseg_app.application import Application


class SeriesControls:
    """What the buttons of the time points do."""

    def __init__(self, app: Application) -> None:
        """Start without time points."""
        self._app, self.state = app, app.state
        self._series = Series(app.viewer.scene, app.outlines)
        self.growth = self._series.growth

    def add(self, patient: str = "") -> None:
        """Add the outline that is looked at; where nothing tells whose it is, ask first.

        Args:
            patient: The answer.
        """
        case = self._app.cases.shown
        if case is None or case.outline is None:
            return
        asked = [] if patient else self._series.whose(case)
        with self.state:
            self.state.whose = asked
            if not asked:
                self._series.add(case, self._app.outline.measured(), patient)
                self._judge()

    def renew(self, case: Case) -> None:
        """Bring the row of a case up to its outline, where it is a time point, and judge growth anew."""
        if self._series.holds(case):
            self._series.add(case, self._app.outline.measured())
            self._judge()

    def set_day(self, identity: str, day: str) -> None:
        """Take over a day that was typed."""
        try:
            self._series.set_day(identity, day)
        except LggsegError as error:
            self._app.tell(error)
        self._judge()

    def remove(self, identity: str) -> None:
        """Remove a time point."""
        self._series.remove(identity)
        self._app.cases.drop_unkept()
        self._judge()

    def treat(self, patient: str, day: str, kind: str) -> None:
        """Note a treatment."""
        try:
            self._series.treat(patient, day, kind)
        except LggsegError as error:
            self._app.tell(error)
        self._judge()

    def untreat(self, patient: str, number: int) -> None:
        """Take a treatment back."""
        self._series.untreat(patient, int(number))
        self._judge()

    def show(self, identity: str) -> None:
        """Look at a time point."""
        case = self._app.cases.of_time_point(identity)
        if case is not None and case is not self._app.cases.shown and not self.state.running:
            self._app.leave()
            self._app.show(case)

    def judge(self) -> None:
        """Measure the outline that is looked at, and judge growth anew."""
        self._app.outline.measure()
        self._judge()

    def follow(self) -> None:
        """Let the page say what the time points are now."""
        self._tell(self._series.follow())

    async def result(self, patient: str) -> SeriesResult:
        """Return all that is known of a patient's growth, once the studies are aligned.

        Alignments are kept in the scene, so that no two studies are aligned twice.

        Raises:
            InputError: As ``Series.result``.
        """
        self._series.result(patient)  # what is missing is told before anybody waits
        pairs = self._series.not_aligned(patient)
        found = [(pair, await asyncio.to_thread(pair.align)) for pair in pairs]
        said = [alignment for _pair, alignment in found if isinstance(alignment, str)]
        for pair, alignment in found:
            if not isinstance(alignment, str):
                pair.keep(alignment)
        self._judge()
        result = self._series.result(patient)
        return replace(result, notes=(*result.notes, *said))

    def forget(self) -> None:
        """Forget all: the scene was cleared."""
        self._series.forget()
        self._tell([])

    def _judge(self) -> None:
        self._tell(self._series.judge())

    def _tell(self, patients: list[dict[str, Any]]) -> None:
        shown = self._app.cases.shown
        with self.state:
            self.state.patients = patients
            self.state.shown_id = "" if shown is None else identityOf(shown.node)
            self.state.is_time_point = shown is not None and self._series.holds(shown)
