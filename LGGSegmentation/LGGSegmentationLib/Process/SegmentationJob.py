"""One run: volumes out of the scene, ``lggseg segment`` in a child process, results back as arrays."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import qt
import SimpleITK as sitk
import slicer
from slicer.i18n import tr as _

from lggseg.segmentation.progress import share_done
from lggseg.segmentation.request import Destination, SegmentRequest, command_arguments
from LGGSegmentationLib.Process.InferenceProcess import InferenceProcess, pythonProgram
from LGGSegmentationLib.Process.Numbers import withPoint
from LGGSegmentationLib.Scene import VolumeExchange

DONE, CANCELLED, FAILED = "done", "cancelled", "failed"

_CANCELLED_STATUS = 130
_FORCE_ADVICE = "add --force"
_BREATH_MS = 10


@dataclass(frozen=True)
class RunSettings:
    """What to segment, and how.

    Attributes:
        flair: Volume node.
        pre: Volume node of T1 before contrast, or None.
        post: Volume node of T1 after contrast, or None.
        threshold: Probability from which a voxel counts; None for the model's own.
        align: Whether T1 is moved rigidly onto FLAIR.
        modelFolder: Another model, or an empty text.
        runtime: ``auto``, ``onnx`` or ``torch``.
        force: Segment what is certainly no FLAIR volume all the same; the report says so.
        notes: What is known of the volume before the run, for the report.
    """

    flair: Any
    pre: Any = None
    post: Any = None
    threshold: float | None = None
    align: bool = False
    modelFolder: str = ""
    runtime: str = "auto"
    force: bool = False
    notes: tuple[str, ...] = ()

    @property
    def volumes(self) -> dict[str, Any]:
        """The volume nodes that are there, by sequence."""
        nodes = {"flair": self.flair, "pre": self.pre, "post": self.post}
        return {name: node for name, node in nodes.items() if node is not None}


@dataclass
class Outcome:
    """How a run ended.

    Attributes:
        status: ``done``, ``cancelled`` or ``failed``.
        message: For people: what went wrong and what to do.
        found: Whether there is any abnormality.
        mask: ``(K, J, I)`` on the FLAIR volume's grid.
        probability: The same for the probability.
        report: The run's record, as in ``report.json``.
        seconds: From click to here.
        refused: Whether it failed because the volume is certainly no FLAIR volume.
    """

    status: str
    message: str = ""
    found: bool = False
    mask: Any = None
    probability: Any = None
    report: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    refused: bool = False


@dataclass(frozen=True)
class Callbacks:
    """Who is told what while a job runs.

    Attributes:
        progress: Gets the share done, 0 to 1, and the stage.
        log: Gets lines for the log.
        finished: Gets the outcome, once.
    """

    progress: Callable[[float, str], None]
    log: Callable[[str], None]
    finished: Callable[[Outcome], None]


def commandArguments(settings: RunSettings, files: dict[str, Path], output: Path, cancelFile: Path) -> list[str]:
    """Return the command line of the child, after the program.

    Args:
        settings: How to run.
        files: Input files by ``flair``, ``pre``, ``post``.
        output: Folder for the results.
        cancelFile: The child stops when it appears.
    """
    request = SegmentRequest(
        files["flair"],
        pre=files.get("pre"),
        post=files.get("post"),
        register=settings.align and len(files) > 1,
        threshold=settings.threshold,
        model=Path(settings.modelFolder) if settings.modelFolder else None,
        runtime=settings.runtime,
        force=settings.force,
    )
    destination = Destination(output, format="seg.nrrd", probability=True)
    how = ["--progress", "json", "--cancel-file", str(cancelFile)]
    return ["-m", "lggseg", *command_arguments(request, destination), *how]


class SegmentationJob:
    """Runs once. Temporary files are gone when ``finished`` is called, however the run ended."""

    program: list[str] | None = None
    """Program and first arguments instead of Slicer's Python; for tests of errors and cancelling."""

    def __init__(self, settings: RunSettings, callbacks: Callbacks) -> None:
        """Prepare a run; nothing happens yet."""
        self._settings, self._callbacks = settings, callbacks
        self._process = InferenceProcess(self._event, self._text, self._ended)
        self._folder: Path | None = None
        self._names: dict[str, str] = {}
        self._result: dict[str, Any] = {}
        self._error: dict[str, Any] = {}
        self._lastText = ""
        self._started = time.monotonic()
        self._cancelled = self._abandoned = self._delivering = False

    @property
    def running(self) -> bool:
        """Whether the child is alive or its result is on its way."""
        return self._process.running or self._delivering

    @property
    def seconds(self) -> float:
        """Seconds since the job was made."""
        return time.monotonic() - self._started

    def start(self) -> None:
        """Write the inputs and start the child."""
        self._folder = Path(tempfile.mkdtemp(prefix="lggseg-", dir=slicer.app.temporaryPath))
        try:
            files = self._writeInputs(self._folder)
            cancelFile = self._folder / "cancel"
            arguments = commandArguments(self._settings, files, self._folder / "out", cancelFile)
            program, *first = self.program or [pythonProgram()]
            self._callbacks.log(" ".join([program, *first, *arguments]))
            self._process.start(program, [*first, *arguments], cancelFile)
        except Exception:
            self._removeFolder()
            raise

    def cancel(self) -> None:
        """Stop; ``finished`` follows soon."""
        self._cancelled = True
        self._process.cancel()

    def abandon(self) -> None:
        """End at once, without ``finished``: the module is closing."""
        self._abandoned = True
        self._process.abandon()
        self._removeFolder()

    def _writeInputs(self, folder: Path) -> dict[str, Path]:
        settings = self._settings
        images = {name: VolumeExchange.imageInSpaceOf(node, settings.flair) for name, node in settings.volumes.items()}
        files = {}
        for name, image in images.items():
            # A file called FLAIR would speak for one: what the volume is called is judged in the panel.
            files[name] = folder / f"{'volume' if name == 'flair' else name}.nrrd"
            self._names[str(files[name])] = settings.volumes[name].GetName()
            with withPoint():
                sitk.WriteImage(image, str(files[name]), useCompression=False)
        return files

    def _event(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "progress":
            stage = str(event.get("stage"))
            self._callbacks.progress(share_done(stage, event.get("done", 0), event.get("total", 1)), stage)
        elif kind == "result":
            self._result = event
        elif kind == "error":
            self._error = event
        if kind in ("result", "error"):
            self._callbacks.log(json.dumps(event))

    def _text(self, text: str) -> None:
        self._lastText = text
        self._callbacks.log(text)

    def _ended(self, exitCode: int, crashed: bool) -> None:
        try:
            outcome = self._outcome(exitCode, crashed)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            outcome = Outcome(FAILED, _("The results could not be read: {error}").format(error=error))
        finally:
            self._removeFolder()
        outcome.seconds = self.seconds
        self._delivering = True
        # The window answers between reading the results and putting them into the scene. Without a delay Qt would
        # go on before it looks at mouse, keyboard and clocks.
        qt.QTimer.singleShot(_BREATH_MS, lambda: self._deliver(outcome))

    def _deliver(self, outcome: Outcome) -> None:
        self._delivering = False
        if not self._abandoned:
            self._callbacks.finished(_cancelledOutcome() if self._cancelled else outcome)

    def _outcome(self, exitCode: int, crashed: bool) -> Outcome:
        if self._cancelled or exitCode == _CANCELLED_STATUS:
            return _cancelledOutcome()
        if exitCode == 0 and self._result and not crashed:
            with withPoint():
                return self._readResult()
        if self._error:
            message = self._withNames(str(self._error.get("message", "")))
            refused = _FORCE_ADVICE in message
            return Outcome(FAILED, message.replace(_FORCE_ADVICE, _("segment it with force")), refused=refused)
        if crashed:
            return Outcome(FAILED, _("The segmentation program crashed; Slicer itself is not affected. See the log."))
        text = _("The segmentation program ended with status {status}: {text}. See the log.")
        return Outcome(FAILED, text.format(status=exitCode, text=self._lastText or _("it said nothing")))

    def _withNames(self, text: str) -> str:
        """Say the names of volumes for those of our temporary files, of which nobody knows."""
        for path, name in self._names.items():
            for called in (path, Path(path).name):
                text = text.replace(called, f"“{name}”")
        return text

    def _readResult(self) -> Outcome:
        mask = sitk.GetArrayFromImage(sitk.ReadImage(self._result["segmentation"]))
        shape = self._settings.flair.GetImageData().GetDimensions()[::-1]
        if mask.shape != shape:
            msg = f"expected a segmentation of {shape} voxels, got {mask.shape}"
            raise ValueError(msg)
        return Outcome(
            DONE,
            found=bool(self._result["found"]),
            mask=mask,
            probability=sitk.GetArrayFromImage(sitk.ReadImage(self._result["probability"])),
            report=self._report(Path(self._result["report"])),
        )

    def _report(self, path: Path) -> dict[str, Any]:
        """Read the run's record, with the names of volumes for those of temporary files."""
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        names = {name: node.GetName() for name, node in self._settings.volumes.items()}
        inputs = {name: {**entry, "file": names[name]} for name, entry in report["inputs"].items() if name in names}
        notes = list(dict.fromkeys([*self._settings.notes, *map(self._withNames, report.get("notes", []))]))
        return {**report, "inputs": inputs, "outputs": {}, "notes": notes}

    def _removeFolder(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _cancelledOutcome() -> Outcome:
    return Outcome(CANCELLED, _("Cancelled. Nothing in the scene was changed."))
