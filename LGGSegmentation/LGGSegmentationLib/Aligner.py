"""Aligns the later studies of a patient with the first, one after the other, in child processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import slicer
from slicer.i18n import tr as _

from lggseg.errors import LggsegError
from LGGSegmentationLib.Process.AlignmentJob import AlignmentJob, AlignmentOutcome
from LGGSegmentationLib.Process.ChildJob import CANCELLED, DONE, Callbacks
from LGGSegmentationLib.Scene import Alignments
from LGGSegmentationLib.Scene.Result import Result


@dataclass
class Ended:
    """How the alignment of some studies ended.

    Attributes:
        cancelled: Whether somebody stopped it.
        failed: Volume's name to the reason, for each study that could not be aligned.
    """

    cancelled: bool = False
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Why some could not be aligned, for people; empty where all were."""
        return "\n".join(f"{name}: {reason}" for name, reason in self.failed.items())


class Aligner:
    """Runs one alignment at a time; what is found is kept in the scene."""

    jobClass = AlignmentJob

    def __init__(self) -> None:
        """Make an aligner without a run."""
        self.job: AlignmentJob | None = None
        self._first: Result | None = None
        self._queue: list[Result] = []
        self._total = 0
        self._ended = Ended()
        self._finished: Callable[[Ended], None] = lambda ended: None
        self._log: Callable[[str], None] = lambda text: None

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.job is not None

    @property
    def place(self) -> tuple[int, int]:
        """Which study is being aligned, of how many."""
        return self._total - len(self._queue), self._total

    def start(
        self, first: Result, later: list[Result], finished: Callable[[Ended], None], log: Callable[[str], None]
    ) -> None:
        """Align studies with the first.

        Args:
            first: Outline of the first study.
            later: Those of the studies to align.
            finished: Told how it ended, after the scene is up to date.
            log: Told lines for the log.

        Raises:
            RuntimeError: If a run is under way.
        """
        if self.running:
            raise RuntimeError(_("Studies are being aligned already: wait for it or cancel it."))
        self._first, self._queue, self._total = first, list(later), len(later)
        self._ended, self._finished, self._log = Ended(), finished, log
        self._next()

    def cancel(self) -> None:
        """Stop; ``finished`` follows soon."""
        if self.job is not None:
            self.job.cancel()

    def abandon(self) -> None:
        """End at once: the scene or the module is closing."""
        job, self.job, self._queue = self.job, None, []
        if job is not None:
            job.abandon()

    def _next(self) -> None:
        while self._queue and not self._ended.cancelled:
            if self._begun(self._queue.pop(0)):
                return
        self.job, self._queue = None, []
        self._finished(self._ended)

    def _begun(self, later: Result) -> bool:
        """Begin with a study; tell whether it runs."""
        callbacks = Callbacks(lambda _share, _stage: None, self._log, lambda outcome: self._take(later, outcome))
        try:
            self.job = self.jobClass(_present(self._first), _present(later), callbacks)
            self.job.start()
        except (OSError, RuntimeError, ValueError, LggsegError) as error:
            self._ended.failed[later.name] = str(error)
            return False
        return True

    def _take(self, later: Result, outcome: AlignmentOutcome) -> None:
        self._ended.cancelled = outcome.status == CANCELLED
        try:
            if outcome.status == DONE and outcome.alignment is not None:
                Alignments.keep(_present(self._first).flair, _present(later).flair, outcome.alignment)
            elif not self._ended.cancelled:
                self._ended.failed[later.name] = outcome.message
        except RuntimeError as error:
            self._ended.failed[later.name] = str(error)
        self._next()


def _present(result: Result | None) -> Result:
    """Return an outline that is in the scene with its volume.

    Raises:
        RuntimeError: If one of them was removed meanwhile.
    """
    if result is None or not slicer.mrmlScene.IsNodePresent(result.node) or result.flair is None:
        raise RuntimeError(_("The study or its outline was removed meanwhile."))
    return result
