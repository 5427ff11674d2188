"""What a session can do, and the state of the page that shows it."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from lggseg.errors import CancelledError, InputError, LggsegError
from lggseg_app import downloads, page
from lggseg_app.cases import Case, Cases
from lggseg_app.outline import Outline
from lggseg_app.outline_controls import OutlineControls
from lggseg_app.series_controls import SeriesControls
from lggseg_app.study import StudyFiles, named_study, sent_study
from lggseg_app.viewer import Viewer
from lggseg_app.work import Worker
from LGGSegmentationLib.Scene import Views
from LGGSegmentationLib.Scene.Outline import Outlines

_NOTHING = -1
_log = logging.getLogger(__name__)


class Application:
    """A session: the study that is looked at, its outline, and the time points, with the page."""

    def __init__(self, server: Any) -> None:
        """Make scene, views and page."""
        self.state, self._server = server.state, server
        self.viewer, self.worker, self.outlines = Viewer(server), Worker(), Outlines()
        self.cases = Cases(self.viewer.scene)
        self._files: StudyFiles | None = None
        self._running: asyncio.Task[None] | None = None
        self.state.update(page.initial_state())
        self.outline = OutlineControls(self)
        self.series = SeriesControls(self)
        page.build(server, self)

    def trigger(self, name: str, method: Callable[[], None]) -> None:
        """Let the page call a method by a name, where a click does more than that."""
        self._server.trigger(name)(method)

    @property
    def shown(self) -> Outline | None:
        """The outline that is looked at."""
        return self.cases.shown.outline if self.cases.shown is not None else None

    # ---- the study

    async def take(self, folder: Path) -> None:
        """Open what a person brought; the folder goes when it is no longer needed.

        Raises:
            InputError: If there is no volume in it, or a run is under way.
        """
        await self._open(lambda: sent_study(folder))

    async def open(self, study: Path) -> None:
        """Open a study by name, as the command line does; what is wrong with it is told on the page."""
        try:
            await self._open(lambda: named_study(study))
        except LggsegError as error:
            self.tell(error)

    async def open_synthetic(self) -> None:
        """Open the synthetic study."""
        from lggseg.phantom.study import write_phantom  # noqa: PLC0415

        folder = Path(tempfile.mkdtemp(prefix="study-"))
        files = await asyncio.to_thread(write_phantom, folder / "synthetic")
        files["label"].unlink()
        try:
            await self.take(folder)
        except LggsegError as error:
            shutil.rmtree(folder, ignore_errors=True)
            self.tell(error)

    async def _open(self, opener: Callable[[], StudyFiles]) -> None:
        self.refuse_while_running()
        with self._busy("Reading…"):
            files = await asyncio.to_thread(opener)
        self.refuse_while_running()  # one may have begun meanwhile
        self.leave()
        self._files = files
        roles = files.roles()
        with self.state:
            self._offer(files)
            self.state.question = "" if "flair" in roles else files.question()
        if "flair" in roles:
            await self._look_at(files, roles["flair"], roles)

    async def choose_flair(self, number: int) -> None:
        """Look at the series that a person chose as FLAIR, with the T1 series that belong to it."""
        files = self._files
        if files is None or self._running is not None:
            return
        self.leave()
        await self._look_at(files, int(number), files.roles(int(number)))

    async def _look_at(self, files: StudyFiles, number: int, roles: dict[str, int]) -> None:
        case = self.cases.find(files, number)
        try:
            if case is None:
                request = files.request({**roles, "flair": number}, force=False)
                with self._busy("Reading…"):
                    study = await asyncio.to_thread(files.read, request)
                self.refuse_while_running()
                if self.cases.shown is not None:
                    self.leave()  # it was chosen while this one was read: its outline would lie over this volume
                case = self.cases.add(files, number, request, study)
        except LggsegError as error:
            self.tell(error)
            return
        self.show(case, roles)

    def show(self, case: Case, roles: dict[str, int] | None = None) -> None:
        """Show a case: its volume in the views, its outline where it has one."""
        self._files = case.files
        self.cases.shown = case
        chosen = dict.fromkeys(page.ROLES, _NOTHING) | (case.files.roles(case.number) if roles is None else roles)
        with self.state:
            self.state.update({f"{role}_index": number for role, number in chosen.items()})
            self.state.update({"flair_index": case.number, "question": "", "force": False, "dicom": case.is_dicom})
            self._offer(case.files)
            self.state.doubt = case.study.assessment.doubt
            self.viewer.show_volume(case.node)
            self.outline.show()
            self.series.follow()

    def _offer(self, files: StudyFiles) -> None:
        """Let the series of a study be chosen, and none for T1."""
        self.state.volumes = files.titles()
        self.state.none = [{"title": "none", "value": _NOTHING, "subtitle": ""}]

    def leave(self) -> None:
        """Look at no study; what is a time point stays in the scene."""
        if self.shown is not None:
            self.shown.hide_extras()
        self.viewer.show_nothing()
        Views.hideAll(self.viewer.scene)
        self.cases.leave()
        self._files = None
        with self.state:
            kept = {name: self.state[name] for name in ("theme", "layout", "panel", "patients", "definitions")}
            self.state.update({**page.initial_state(), **kept})

    def close_all(self) -> None:
        """Close all studies, time points and all."""
        if self._running is None:
            self.leave()
            self.viewer.clear()
            self.cases.forget()
            self.outlines.forget()
            self.series.forget()

    # ---- the run

    def segment(self) -> None:
        """Start a run."""
        if self._running is None and self.cases.shown is not None and not self.state.reading:
            self._running = asyncio.create_task(self._segment(self.cases.shown))

    def cancel(self) -> None:
        """End the run."""
        self.worker.cancel()

    async def _segment(self, case: Case) -> None:
        try:
            with self.state:
                self.state.update({"running": True, "share": 0, "stage": "starting", "error": "", "message": ""})
            await self._read_again(case)
            request = replace(case.request, force=bool(self.state.force))
            made = await self.worker.segment(request, case.study, self._tell_progress)
            case.outline = Outline(self.viewer, self.outlines, made, case.node)
            self.outline.show()
            self.series.renew(case)
        except CancelledError:
            with self.state:
                self.state.message = "Cancelled; nothing was changed."
        except LggsegError as error:
            self.tell(error)
        except Exception as error:  # noqa: BLE001  (a fault of ours: the person at the page waits for a word)
            _log.exception("The run failed")
            self.tell(RuntimeError(f"The run failed ({error}); what happened is in the terminal of lggseg app."))
        finally:
            self._running = None
            with self.state:
                self.state.running = False

    async def _read_again(self, case: Case) -> None:
        """Read the volumes where other T1 series were chosen since."""
        numbers = {role: int(self.state[f"{role}_index"]) for role in page.ROLES}
        chosen = {role: number for role, number in numbers.items() if number != _NOTHING}
        request = case.files.request({**chosen, "flair": case.number}, force=False)
        if request != case.request:
            case.study, case.request = await asyncio.to_thread(case.files.read, request), request

    def refuse_while_running(self) -> None:
        """Refuse what would pull the rug from under a run.

        Raises:
            InputError: If one is under way.
        """
        if self._running is not None:
            msg = "expected no run under way, got one; wait for it, or cancel it"
            raise InputError(msg)

    def _tell_progress(self, share: float, stage: str) -> None:
        with self.state:
            self.state.update({"share": round(100 * share), "stage": stage})

    def tell(self, error: Exception) -> None:
        """Tell a person what is wrong."""
        with self.state:
            self.state.update({"error": str(error), "message": ""})

    @contextmanager
    def _busy(self, message: str) -> Iterator[None]:
        with self.state:
            self.state.update({"message": message, "error": "", "reading": True})
        try:
            yield
        finally:
            with self.state:
                self.state.update({"message": "", "reading": False})

    # ---- results to take along

    async def make(self, name: str, patient: str, folder: Path) -> Path:
        """Make a file of the session as it is now.

        Args:
            name: One of those of ``downloads``.
            patient: Whose time points, where it is of a patient.
            folder: Where to.

        Raises:
            LggsegError: If there is no such file, or what it is made of is missing.
        """
        if name == downloads.SESSION_FILE:
            manager, scene = self.viewer.app.io_manager, self.viewer.scene
            return downloads.session(manager, scene, self.outlines, self.series.growth, folder)
        return await asyncio.to_thread(await self._maker(name, patient), folder)

    async def _maker(self, name: str, patient: str) -> downloads.Make:
        if name in downloads.OF_A_PATIENT:
            return downloads.of_patient(name, await self.series.result(patient))
        if name in downloads.OF_AN_OUTLINE:
            return downloads.of_outline(name, self.shown, self.outline.measured())
        names = ", ".join((*downloads.OF_AN_OUTLINE, *downloads.OF_A_PATIENT, downloads.SESSION_FILE))
        msg = f"expected one of {names}, got {name!r}"
        raise InputError(msg)
