"""Intensity and texture of FLAIR inside a mask, by the Image Biomarker Standardisation Initiative (IBSI).

Through MIRP (A. Zwanenburg, S. Löck, Journal of Open Source Software 9 (2024) 6413), which is checked against the
reference values of the IBSI (A. Zwanenburg et al., Radiology 295 (2020) 328); pyradiomics does not install on current
Python. FLAIR is brought to one scale by the project's own normalisation (:func:`lggseg.model.preprocessing.normalize`),
intensities are cut into a fixed number of bins as the IBSI advises for arbitrary units, and matrices are taken in the
slice, merged over slices and directions, so that slice thickness does not enter. Pixel size and the scanner still do:
values are not comparable across studies of other acquisition, and on 8 bit images less still.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy.ndimage import binary_dilation, binary_erosion

from lggseg import workers
from lggseg.cohort.features import MaskFile, Values
from lggseg.cohort.patients import PATIENT_COLUMN
from lggseg.cohort.tables import REASON_COLUMN, csv_text
from lggseg.errors import InputError, LggsegError
from lggseg.files import write_text
from lggseg.model import intensity
from lggseg.model.preprocessing import normalize
from lggseg.radiogenomics.optional import needed
from lggseg.radiogenomics.stability import CONTOURS, OUTLINE, SECOND, THICKNESS, THRESHOLDS
from lggseg.shape.perturb import IN_SLICE, at_threshold
from lggseg.volumes import geometry, io, masks

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

EXTRA = "texture"
BINS = 32
FAMILIES = ("statistics", "intensity_histogram", "glcm", "glrlm")
"""MIRP's names of the families: intensity, its histogram, co-occurrence, run lengths."""
FEWEST_VOXELS = 30
_PREFIXES = ("stat_", "ih_", "cm_", "rlm_")
_AROUND = 2


@dataclass(frozen=True)
class Pair:
    """A FLAIR volume and the mask on it.

    Attributes:
        probability: Map of which the mask's contours are tried; None for none.
        second: Mask of another person; None for none.
    """

    patient: str
    image: Path
    mask: Path
    probability: Path | None = None
    second: Path | None = None


def pairs_of(
    outlines: Sequence[MaskFile],
    images: Sequence[MaskFile],
    probabilities: Sequence[MaskFile] = (),
    second: Sequence[MaskFile] = (),
) -> list[Pair]:
    """Put volumes and masks together by patient; maps and second masks are added where there are any.

    Raises:
        InputError: If no patient has both.
    """
    drawn, volumes, maps, others = (_by_patient(files) for files in (outlines, images, probabilities, second))
    both = sorted(drawn.keys() & volumes.keys())
    if not both:
        msg = (
            f"expected a FLAIR volume for a mask, got {len(images)} volumes and {len(outlines)} masks of other patients"
        )
        raise InputError(msg)
    return [Pair(name, volumes[name], drawn[name], maps.get(name), others.get(name)) for name in both]


def _by_patient(files: Sequence[MaskFile]) -> dict[str, Path]:
    """Return the first file of each patient."""
    return {file.patient: file.path for file in reversed(files)}


class Flair:
    """A FLAIR volume on the project's scale, to be measured inside masks."""

    def __init__(self, image: sitk.Image) -> None:
        self._grid = image
        cleaned = intensity.clean(image).image  # padding would set the scale
        self._scaled = normalize(sitk.GetArrayFromImage(cleaned).astype(np.float32), "FLAIR").astype(np.float64)

    def texture(self, mask: sitk.Image) -> Values:
        """Return the features inside a mask on the grid of the volume; none where it has too few voxels.

        Raises:
            InputError: If the grids differ.
            DependencyError: If MIRP is not installed.
        """
        return _texture(self._scaled, self._inside(mask))

    def changed(self, mask: sitk.Image) -> list[Values]:
        """Return the features in a mask one pixel narrower in every slice, one wider, and on every second slice of it.

        Slices are counted from the second one of the mask on. What has too little left is empty.
        """
        inside = self._inside(mask)
        second = 1 + int(np.argmax(inside.any(axis=(1, 2))))
        return [
            *(_texture(self._scaled, change(inside, IN_SLICE)) for change in (binary_erosion, binary_dilation)),
            _texture(self._scaled[second::2], inside[second::2]),
        ]

    def _inside(self, mask: sitk.Image) -> BoolArray:
        if not geometry.same_grid(self._grid, mask):
            msg = (
                f"expected a mask on the grid of the volume, got {mask.GetSize()} voxels from {mask.GetOrigin()} for "
                f"{self._grid.GetSize()} from {self._grid.GetOrigin()}"
            )
            raise InputError(msg)
        inside: BoolArray = sitk.GetArrayFromImage(mask) != 0
        return inside


def _texture(values: FloatArray, inside: BoolArray) -> Values:
    """Return MIRP's features that are finite; none where there are too few voxels."""
    if np.count_nonzero(inside) < FEWEST_VOXELS:
        return {}
    # MIRP's time goes with the volume that it is given.
    lines = (np.unique(line) for line in np.nonzero(inside))
    box = tuple(slice(max(0, int(line[0]) - _AROUND), int(line[-1]) + 1 + _AROUND) for line in lines)
    return {name: value for name, value in _mirp(values[box], inside[box]).items() if np.isfinite(value)}


def _mirp(values: FloatArray, inside: BoolArray) -> dict[str, float]:
    mirp = needed("mirp", "mirp", EXTRA)
    with _quiet():
        (frame,) = mirp.extract_features(
            image=values,
            mask=inside,
            image_modality="mr",
            by_slice=True,
            base_feature_families=list(FAMILIES),
            base_discretisation_method="fixed_bin_number",
            base_discretisation_n_bins=BINS,
        )
    return {str(name): float(frame[name].iloc[0]) for name in frame.columns if str(name).startswith(_PREFIXES)}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep MIRP's progress lines, one a case, and its warnings on pandas from the user."""
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@dataclass(frozen=True)
class Row:
    """What came of one patient: features, or the reason for their absence.

    Attributes:
        values: Features in the mask as drawn.
        conditions: Condition to the features in each mask under it, for :mod:`lggseg.radiogenomics.stability`.
    """

    patient: str
    reason: str = ""
    values: Values = field(default_factory=dict)
    conditions: Mapping[str, list[Values]] = field(default_factory=dict)


def measure_pair(pair: Pair, *, changed: bool = True) -> Row:
    """Measure one patient; whatever is wrong with the files becomes the reason.

    Args:
        pair: Files of the patient.
        changed: Whether to measure under changes of the outline too, which takes four to eight times as long.
    """
    try:
        image = io.read_volume(pair.image)
        mask = masks.on_grid(masks.read_mask(pair.mask), image, pair.mask.name)
        flair = Flair(image)
        values = flair.texture(mask)
        if not values:
            count = np.count_nonzero(sitk.GetArrayViewFromImage(mask))
            return Row(pair.patient, f"expected a mask of at least {FEWEST_VOXELS} voxels, got {count}")
        if not changed:
            return Row(pair.patient, "", values)
        narrower, wider, thicker = flair.changed(mask)
        conditions = {OUTLINE: [values, narrower, wider], THICKNESS: [values, thicker]}
        return Row(pair.patient, "", values, conditions | _other_outlines(pair, image, flair, values))
    except (InputError, LggsegError, ArithmeticError, ValueError, RuntimeError, OSError) as error:
        return Row(pair.patient, " ".join(str(error).split()) or type(error).__name__)


def _other_outlines(pair: Pair, image: sitk.Image, flair: Flair, drawn: Values) -> dict[str, list[Values]]:
    found: dict[str, list[Values]] = {}
    if pair.probability is not None:
        path, probability = pair.probability, io.read_volume(pair.probability)
        cut = [masks.on_grid(at_threshold(probability, threshold), image, path.name) for threshold in THRESHOLDS]
        found[CONTOURS] = [flair.texture(mask) for mask in cut]
    if pair.second is not None:
        other = masks.on_grid(masks.read_mask(pair.second), image, pair.second.name)
        found[SECOND] = [drawn, flair.texture(other)]
    return found


def measure_pairs(
    pairs: Sequence[Pair],
    jobs: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    changed: bool = True,
) -> list[Row]:
    """Measure all as ``measure_pair`` does, in the order of the patients.

    Raises:
        DependencyError: If MIRP is not installed.
    """
    needed("mirp", "mirp", EXTRA)
    rows = []
    for done, row in enumerate(workers.run(partial(measure_pair, changed=changed), pairs, jobs, _lost), start=1):
        rows.append(row)
        progress(done, len(pairs))
    return sorted(rows, key=lambda row: row.patient)


def _lost(pair: Pair) -> Row:
    return Row(pair.patient, "the process that measured it ended: a damaged file, or out of memory")


def write_texture(path: Path, rows: Sequence[Row]) -> None:
    """Write the feature file: patient, reason, and one column a feature under MIRP's name.

    Raises:
        OutputError: If it cannot be written.
    """
    names = list(dict.fromkeys(name for row in rows for name in row.values))
    lines = [{PATIENT_COLUMN: row.patient, REASON_COLUMN: row.reason, **row.values} for row in rows]
    write_text(path, csv_text([PATIENT_COLUMN, REASON_COLUMN, *names], lines))
