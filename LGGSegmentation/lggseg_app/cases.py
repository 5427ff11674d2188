"""The volumes of a session: the one that is looked at, and those that lie among the time points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lggseg.segmentation.request import SegmentRequest
from lggseg.segmentation.study import Study
from lggseg_app.outline import Outline
from lggseg_app.study import StudyFiles, add_volume
from LGGSegmentationLib.Scene import Removal, TimePoints
from LGGSegmentationLib.Scene.Identity import hasIdentity


@dataclass
class Case:
    """A FLAIR volume, the study that it came from, and its outline.

    Attributes:
        files: The study.
        number: Which of its series the volume is.
        request: What was read.
        study: The volumes.
        node: The FLAIR volume in the scene.
        outline: Its outline, once it was segmented.
    """

    files: StudyFiles
    number: int
    request: SegmentRequest
    study: Study
    node: Any
    outline: Outline | None = None

    @property
    def is_dicom(self) -> bool:
        """Whether DICOM objects can refer to it."""
        return self.files.series[self.number].is_dicom

    def tag(self, _node: Any, tag: str) -> str:
        """Return the value of a DICOM tag of the volume: what the scene's code asks for."""
        return self.files.tag(self.number, tag)

    def day_in_name(self) -> str:
        """Return the day that the volume's name holds, in ISO form, or nothing."""
        return self.files.day_in_name(self.number)


class Cases:
    """The cases of a session.

    Attributes:
        shown: The one that is looked at.
    """

    def __init__(self, scene: Any) -> None:
        """Start with none."""
        self._scene = scene
        self._all: list[Case] = []
        self.shown: Case | None = None

    def find(self, files: StudyFiles, number: int) -> Case | None:
        """Return the case of a series, where it was opened already."""
        return next((case for case in self._all if case.files is files and case.number == number), None)

    def of_time_point(self, identity: str) -> Case | None:
        """Return the case that a time point stands for."""
        return next((case for case in self._all if hasIdentity(case.node, identity)), None)

    def add(self, files: StudyFiles, number: int, request: SegmentRequest, study: Study) -> Case:
        """Put a volume that was read into the scene."""
        name = files.series[number].description or "FLAIR"
        case = Case(files, number, request, study, add_volume(self._scene, study.images["flair"], name))
        self._all.append(case)
        return case

    def leave(self) -> None:
        """Look at none; what is no time point goes."""
        self.shown = None
        self.drop_unkept()

    def drop_unkept(self) -> None:
        """Take out of the scene what is neither looked at nor a time point."""
        for case in list(self._all):
            if case is not self.shown and not self._is_time_point(case):
                self._all.remove(case)
                Removal.removeVolume(case.node)

    def forget(self) -> None:
        """Forget all: the scene was cleared."""
        self._all.clear()
        self.shown = None

    def _is_time_point(self, case: Case) -> bool:
        points = (point for table in TimePoints.tables(self._scene) for point in TimePoints.read(table))
        return any(hasIdentity(case.node, point.identifier) for point in points)
