"""What a session can do, and the state of the page that shows it."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import Any

from lggseg.errors import CancelledError, InputError, LggsegError
from lggseg.files import write_text
from lggseg.segmentation.pipeline import CHECK
from lggseg.segmentation.report import number_text
from lggseg.segmentation.request import SegmentRequest
from lggseg.shape import FEATURES
from lggseg_app import page
from lggseg_app.outline import Outline
from lggseg_app.study import StudyVolume, read_volumes
from lggseg_app.viewer import LOOK, Viewer
from lggseg_app.work import Worker
from LGGSegmentationLib.Scene import Measurements

DOWNLOADS = {
    "segmentation.nii.gz": "nii.gz",
    "segmentation.seg.nrrd": "seg.nrrd",
    "report.html": "nii.gz",
    "report.json": "nii.gz",
    "overlay.png": "nii.gz",
    "probability.nrrd": "nii.gz",
}
"""Files of a result, and the format that it is written in for them."""

MEASUREMENTS_FILE = "measurements.csv"
_NOTHING = -1


class Application:
    """One study and its outline, with the page."""

    def __init__(self, server: Any) -> None:
        """Make scene, views and page."""
        self.state, self._server = server.state, server
        self.viewer, self.worker = Viewer(server), Worker()
        self.volumes: list[StudyVolume] = []
        self.outline: Outline | None = None
        self._running: asyncio.Task[None] | None = None
        self.state.update(page.initial_state())
        self.viewer.undo.index_changed.connect(self._follow)
        self.viewer.app.segmentation_editor.segmentation_modified.connect(self._follow)
        self.state.change("tool", "brush_mm")(self._use_tool)
        self.state.change("threshold")(self._threshold_moved)
        self.state.change("diameters")(self._diameters_switched)
        self.state.change("contours")(self._contours_switched)
        page.build(server, self)

    # ---- the study

    async def take(self, folder: Path) -> None:
        """Open what a person brought; what was there before goes.

        Raises:
            InputError: If no volume can be read.
        """
        self._refuse_while_running()
        self._close_study()
        with self.state:
            self.state.message = "Reading…"
        volumes, reasons = await asyncio.to_thread(read_volumes, folder, self.viewer.scene)
        if not volumes:
            with self.state:
                self.state.message = ""
            msg = reasons[0] if reasons else "expected NIfTI, NRRD, MetaImage, DICOM or TIFF slices, got none of them"
            raise InputError(msg)
        self._opened(volumes, reasons)

    async def open(self, study: Path) -> None:
        """Open a study by name, as the command line does; what is wrong with it is told on the page."""
        folder = study if study.is_dir() else study.parent
        try:
            if study.is_dir():
                await self.take(folder)
            else:
                await self._take_file(study)
        except LggsegError as error:
            self._tell_error(str(error))

    async def _take_file(self, file: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / file.name).symlink_to(file)
            await self.take(Path(folder))

    async def open_synthetic(self) -> None:
        """Open the synthetic study."""
        from lggseg.phantom.study import write_phantom  # noqa: PLC0415

        with tempfile.TemporaryDirectory() as folder:
            files = await asyncio.to_thread(write_phantom, Path(folder))
            files["label"].unlink()
            with contextlib.suppress(LggsegError):
                await self.take(Path(folder))

    def _opened(self, volumes: list[StudyVolume], reasons: list[str]) -> None:
        self.volumes = volumes
        roles = {role: [n for n, volume in enumerate(volumes) if volume.role == role] for role in page.ROLES}
        chosen = {role: found[0] if len(found) == 1 else _NOTHING for role, found in roles.items()}
        if len(volumes) == 1:
            chosen["flair"] = 0
        with self.state:
            self.state.message = ""
            self.state.problems = reasons
            self.state.volumes = [{"title": volume.name, "value": n} for n, volume in enumerate(volumes)]
            self.state.none = [{"title": "none", "value": _NOTHING}]
            self.state.update({f"{role}_index": index for role, index in chosen.items()})
            self.choose_flair()

    def choose_flair(self, *_: Any, **__: Any) -> None:
        """Show the volume that is chosen as FLAIR, with what is to be said of it."""
        flair = self._volume("flair")
        self.state.force = False
        self.state.doubt = flair.assessment.doubt if flair is not None else ""
        if flair is not None:
            self.viewer.show_volume(flair.node)

    def _volume(self, role: str) -> StudyVolume | None:
        index = int(self.state[f"{role}_index"])
        return self.volumes[index] if 0 <= index < len(self.volumes) else None

    def _close_study(self) -> None:
        self.outline = None
        self.volumes = []
        self.viewer.clear()
        with self.state:
            self.state.update(page.initial_state(theme=self.state.theme))

    # ---- the run

    def segment(self) -> None:
        """Start a run."""
        if self._running is None:
            self._running = asyncio.create_task(self._segment())

    def cancel(self) -> None:
        """End the run."""
        self.worker.cancel()

    async def _segment(self) -> None:
        volumes = {role: self._volume(role) for role in page.ROLES}
        flair = volumes["flair"]
        try:
            if flair is None:
                return
            with self.state:
                self.state.update({"running": True, "share": 0, "stage": "starting", "error": ""})
            others = {role: volume.image for role, volume in volumes.items() if volume and role != "flair"}
            request = SegmentRequest(flair.image, force=bool(self.state.force), **others)
            made = await self.worker.segment(request, self._tell_progress)
            for role, entry in made.report.inputs.items():
                named = volumes[role]
                entry["file"] = named.name if named else entry["file"]
            self.outline = Outline(self.viewer, made, flair.node)
            self._made()
        except CancelledError:
            with self.state:
                self.state.message = "Cancelled; nothing was changed."
        except LggsegError as error:
            self._tell_error(str(error))
        finally:
            self._running = None
            with self.state:
                self.state.running = False

    def _refuse_while_running(self) -> None:
        if self._running is not None:
            msg = "expected no run under way, got one; wait for it, or cancel it"
            raise InputError(msg)

    def _tell_progress(self, share: float, stage: str) -> None:
        with self.state:
            self.state.update({"share": round(100 * share), "stage": stage})

    def _tell_error(self, text: str) -> None:
        with self.state:
            self.state.update({"error": text, "message": ""})

    def _made(self) -> None:
        assert self.outline is not None  # it was made just now
        with self.state:
            self.state.update({"message": "", "has_result": True, "tool": LOOK, "diameters": False, "contours": False})
            notes = self.outline.made.notes
            self.state.checks = [note for note in notes if note.startswith(CHECK)]
            self.state.notes = [note for note in notes if not note.startswith(CHECK)]
            self.state.threshold = round(self.outline.threshold, 2)
            self._show_values()
            self._follow()

    # ---- the outline

    def _follow(self, *_: Any) -> None:
        """Let the page say what the outline is now."""
        undo = self.viewer.undo
        with self.state:
            self.state.update({"can_undo": undo.can_undo(), "can_redo": undo.can_redo()})
            if self.outline is not None:
                milliliters, outdated = self.outline.milliliters, self.outline.outdated
                found = f"{milliliters:.1f} ml" if milliliters else "No FLAIR abnormality was found."
                self.state.update({"headline": found, "edited": self.outline.edited, "outdated": outdated})
                self.state.range = self.outline.range_sentence
                self.state.threshold = round(self.outline.threshold, 2)

    def _threshold_moved(self, threshold: float, **_: Any) -> None:
        if self.outline is not None and abs(float(threshold) - self.outline.threshold) > 0.004:
            self.outline.set_threshold(float(threshold))
            self._follow()

    def _use_tool(self, tool: str, brush_mm: float, **_: Any) -> None:
        if self.outline is not None:
            self.viewer.use_tool(tool, float(brush_mm))

    def _diameters_switched(self, diameters: bool, **_: Any) -> None:
        if self.outline is not None:
            self.outline.show_diameters(shown=bool(diameters))

    def _contours_switched(self, contours: bool, **_: Any) -> None:
        if self.outline is not None:
            self.outline.show_contours(shown=bool(contours))

    def undo(self) -> None:
        """Take the last change of the outline back."""
        if self.viewer.undo.can_undo():
            self.viewer.undo.undo()
        self._follow()

    def redo(self) -> None:
        """Make the change again that was taken back."""
        if self.viewer.undo.can_redo():
            self.viewer.undo.redo()
        self._follow()

    def measure(self) -> None:
        """Measure the outline as it is now."""
        if self.outline is not None:
            self.outline.measure()
            with self.state:
                self._show_values()
            self._follow()

    def largest_slice(self) -> None:
        """Go to the slice with the largest area."""
        if self.outline is not None:
            self.outline.go_to_largest_slice()

    def _show_values(self) -> None:
        values = self.outline.values() if self.outline else {}
        self.state.measurements = [
            {
                "key": feature.key,
                "label": feature.label,
                "value": number_text(values.get(feature.key)),
                "number": values.get(feature.key),
                "unit": feature.unit,
                "definition": feature.definition,
            }
            for feature in FEATURES
        ]

    # ---- results to take along

    def make(self, name: str, folder: Path) -> Path:
        """Make a file of the outline as it is now.

        Raises:
            InputError: If there is no outline, or no such file.
        """
        if self.outline is None or name not in (*DOWNLOADS, MEASUREMENTS_FILE):
            have = "no outline yet" if self.outline is None else f"{name!r}"
            msg = f"expected one of {', '.join((*DOWNLOADS, MEASUREMENTS_FILE))} of an outline, got {have}"
            raise InputError(msg)
        if name == MEASUREMENTS_FILE:
            self.measure()
            write_text(folder / name, Measurements.asText(self.outline.values(), ","))
            return folder / name
        files = self.outline.save(folder, DOWNLOADS[name])
        return next(file for file in files.values() if file.name == name)
