"""One alignment of a later study with the first: volumes and outlines out of the scene, ``lggseg align`` in a child."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lggseg.growth.aligning import read_alignment
from lggseg.growth.alignment import Alignment
from LGGSegmentationLib.Process.ChildJob import DONE, Callbacks, ChildJob, JobOutcome
from LGGSegmentationLib.Process.Numbers import writeImage
from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.Result import Result


@dataclass
class AlignmentOutcome(JobOutcome):
    """How an alignment ended.

    Attributes:
        alignment: What was found, in each volume's own space; None where it failed.
    """

    alignment: Alignment | None = None


class AlignmentJob(ChildJob):
    """Aligns two studies by their FLAIR volumes, their abnormalities left out."""

    outcomeClass = AlignmentOutcome

    def __init__(self, first: Result, later: Result, callbacks: Callbacks) -> None:
        """Prepare a run; nothing happens yet."""
        super().__init__(callbacks)
        self._studies = {"baseline": first, "later": later}

    def _arguments(self, folder: Path) -> list[str]:
        volumes, masks = [], []
        for name, result in self._studies.items():
            flair, mask = folder / f"{name}.nrrd", folder / f"{name}_mask.nrrd"
            writeImage(VolumeExchange.imageFromVolume(result.flair), flair)
            writeImage(result.image(), mask)
            self._names[str(mask)] = result.node.GetName()
            self._names[str(flair)] = result.flair.GetName()
            volumes.append(str(flair))
            masks.append(f"--{name}-mask={mask}")
        return ["align", *volumes, *masks, "--output", str(folder / "out")]

    def _readResult(self) -> AlignmentOutcome:
        return AlignmentOutcome(DONE, alignment=read_alignment(Path(self._result["record"]).parent))
