"""One run: volumes out of the scene, ``lggseg segment`` in a child process, results back as arrays."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import SimpleITK as sitk
from slicer.i18n import tr as _

from lggseg.segmentation.request import Destination, SegmentRequest, command_arguments
from LGGSegmentationLib.Process.ChildJob import DONE, FAILED, Callbacks, ChildJob, JobOutcome
from LGGSegmentationLib.Process.Numbers import writeImage
from LGGSegmentationLib.Scene import VolumeExchange

_FORCE_ADVICE = "add --force"


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
class Outcome(JobOutcome):
    """How a run ended.

    Attributes:
        found: Whether there is any abnormality.
        mask: ``(K, J, I)`` on the FLAIR volume's grid.
        probability: The same for the probability.
        report: The run's record, as in ``report.json``.
        refused: Whether it failed because the volume is certainly no FLAIR volume.
    """

    found: bool = False
    mask: Any = None
    probability: Any = None
    report: dict[str, Any] = field(default_factory=dict)
    refused: bool = False


def commandArguments(settings: RunSettings, files: dict[str, Path], output: Path) -> list[str]:
    """Return the command of ``lggseg`` and its arguments.

    Args:
        settings: How to run.
        files: Input files by ``flair``, ``pre``, ``post``.
        output: Folder for the results.
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
    return command_arguments(request, Destination(output, format="seg.nrrd", probability=True))


class SegmentationJob(ChildJob):
    """Segments volumes of the scene."""

    outcomeClass = Outcome

    def __init__(self, settings: RunSettings, callbacks: Callbacks) -> None:
        """Prepare a run; nothing happens yet."""
        super().__init__(callbacks)
        self._settings = settings

    def _arguments(self, folder: Path) -> list[str]:
        return commandArguments(self._settings, self._writeInputs(folder), folder / "out")

    def _writeInputs(self, folder: Path) -> dict[str, Path]:
        settings = self._settings
        images = {name: VolumeExchange.imageInSpaceOf(node, settings.flair) for name, node in settings.volumes.items()}
        files = {}
        for name, image in images.items():
            # A file called FLAIR would speak for one: what the volume is called is judged in the panel.
            files[name] = folder / f"{'volume' if name == 'flair' else name}.nrrd"
            self._names[str(files[name])] = settings.volumes[name].GetName()
            writeImage(image, files[name])
        return files

    def _failed(self, message: str) -> Outcome:
        refused = _FORCE_ADVICE in message
        return Outcome(FAILED, message.replace(_FORCE_ADVICE, _("segment it with force")), refused=refused)

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
