"""The segmentation beside the page: in a thread, with a model that stays warm, cancelled between two slices."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from lggseg.errors import CancelledError
from lggseg.segmentation.progress import Progress, share_done
from lggseg.segmentation.request import SegmentRequest

if TYPE_CHECKING:
    from lggseg.segmentation.pipeline import Model
    from lggseg.segmentation.result import SegmentResult
    from lggseg.segmentation.study import Study


class Worker:
    """Runs one segmentation at a time."""

    def __init__(self) -> None:
        """Start without a model: the first run loads it."""
        self._model: Model | None = None
        self._stop = threading.Event()

    def cancel(self) -> None:
        """End the run at the next slice."""
        self._stop.set()

    async def segment(self, request: SegmentRequest, study: Study, tell: Callable[[float, str], None]) -> SegmentResult:
        """Segment, and tell the share done and the stage.

        Args:
            request: What to segment and how.
            study: What was read for it.
            tell: Is called in the event loop.

        Raises:
            LggsegError: As ``run_pipeline``; ``CancelledError`` after ``cancel``.
        """
        self._stop.clear()
        progress = _Told(asyncio.get_running_loop(), tell)
        return await asyncio.to_thread(self._run, request, study, progress)

    def _run(self, request: SegmentRequest, study: Study, progress: Progress) -> SegmentResult:
        from lggseg.segmentation.pipeline import load_model, run_pipeline  # noqa: PLC0415  (the page comes up sooner)

        self._raise_if_stopped()
        self._model = self._model or load_model()
        return run_pipeline(
            request, model=self._model, study=study, progress=progress, raise_if_stopped=self._raise_if_stopped
        )

    def _raise_if_stopped(self) -> None:
        if self._stop.is_set():
            msg = "cancelled; nothing was changed"
            raise CancelledError(msg)


class _Told(Progress):
    """Passes progress from the thread to the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tell: Callable[[float, str], None]) -> None:
        self._loop, self._tell = loop, tell

    def advance(self, stage: str, done: int, total: int) -> None:
        self._loop.call_soon_threadsafe(self._tell, share_done(stage, done, total), stage)
