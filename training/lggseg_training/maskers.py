"""What makes a mask for a labelled patient: a network, a map that was kept, or a folder of masks from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import SimpleITK as sitk

from lggseg.errors import FormatError
from lggseg.model.postprocessing import MaskRule
from lggseg.model.predictor import Predictor
from lggseg.model.preprocessing import SEQUENCES
from lggseg.model.segmenter import segment
from lggseg.volumes import geometry, io, masks
from lggseg_training.maps import map_file, read_map


@dataclass(frozen=True)
class Labelled:
    """A patient with a reference segmentation."""

    name: str
    patient: str
    institution: str
    files: dict[str, Path]
    label: Path


def read_labelled(case: Labelled, sequences: str) -> dict[str, sitk.Image]:
    """Read the volumes of a patient: ``all`` sequences, or ``flair`` alone."""
    names = SEQUENCES if sequences == "all" else ("flair",)
    return {name: io.read_volume(case.files[name]) for name in names if name in case.files}


@dataclass(frozen=True)
class Made:
    """A mask on the grid of FLAIR, and the probability that it was made of, where there is one."""

    mask: sitk.Image
    probability: sitk.Image | None = None


class Masker(Protocol):
    """Anything that makes a mask for a patient."""

    name: str

    def __call__(self, case: Labelled, study: dict[str, sitk.Image]) -> Made:
        """Return the mask."""


class NetworkMasker:
    """Segments with a network, through the code that users run."""

    def __init__(self, name: str, predictor: Predictor, rule: MaskRule) -> None:
        self.name = name
        self._predictor = predictor
        self._rule = rule

    def __call__(self, case: Labelled, study: dict[str, sitk.Image]) -> Made:
        """See ``Masker``."""
        found = segment(study, self._predictor, rule=self._rule)
        return Made(found.mask, found.probability)


class FolderMasker:
    """Reads masks that something else has made."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._folder = folder

    def __call__(self, case: Labelled, study: dict[str, sitk.Image]) -> Made:
        """See ``Masker``."""
        for file in (self._folder / f"{case.name}.nii.gz", self._folder / case.name / "segmentation.nii.gz"):
            if file.is_file():
                return Made(masks.on_grid(masks.read_mask(file), study["flair"], str(file)))
        msg = f"{self._folder}: expected a mask {case.name}.nii.gz or {case.name}/segmentation.nii.gz, found neither"
        raise FormatError(msg)


class MapMasker:
    """Makes masks, by a rule, of the probability maps that training/out_of_fold.py has kept."""

    def __init__(self, folder: Path, rule: MaskRule) -> None:
        self.name = str(folder)
        self._folder = folder
        self._rule = rule

    def __call__(self, case: Labelled, study: dict[str, sitk.Image]) -> Made:
        """See ``Masker``."""
        flair, file = study["flair"], map_file(self._folder, case.name)
        if not file.is_file():
            msg = f"{file}: expected the map of a patient of the data set; make it with training/out_of_fold.py"
            raise FormatError(msg)
        probability = geometry.like(read_map(self._folder, case.name), io.read_volume(file))
        if not geometry.same_grid(probability, flair):
            msg = f"{file}: expected a map on the grid of the patient's FLAIR; was it made of another data set?"
            raise FormatError(msg)
        mask = self._rule.finding(sitk.GetArrayViewFromImage(probability), geometry.voxel_volume_ml(flair))
        return Made(geometry.like(mask, flair), probability)
