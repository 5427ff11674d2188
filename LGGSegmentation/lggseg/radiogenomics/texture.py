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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from lggseg import workers
from lggseg.cohort.features import MaskFile, Values
from lggseg.cohort.patients import PATIENT_COLUMN
from lggseg.cohort.tables import REASON_COLUMN, csv_text
from lggseg.errors import InputError, LggsegError
from lggseg.files import write_text
from lggseg.model import intensity
from lggseg.model.preprocessing import normalize
from lggseg.radiogenomics.optional import needed
from lggseg.radiogenomics.stability import OUTLINE, THICKNESS
from lggseg.shape.perturb import IN_SLICE
from lggseg.volumes import geometry, io, masks

FloatArray = npt.NDArray[np.float64]

EXTRA = "texture"
BINS = 32
FAMILIES = ("statistics", "intensity_histogram", "glcm", "glrlm")
"""MIRP's names of the families: intensity, its histogram, co-occurrence, run lengths."""
FEWEST_VOXELS = 30
_PREFIXES = ("stat_", "ih_", "cm_", "rlm_")
_AROUND = 2


@dataclass(frozen=True)
class Pair:
    """A FLAIR volume and the mask on its grid."""

    patient: str
    image: Path
    mask: Path


def pairs_of(outlines: Sequence[MaskFile], images: Sequence[MaskFile]) -> list[Pair]:
    """Put volumes and masks together by patient.

    Raises:
        InputError: If no patient has both.
    """
    volumes = {image.patient: image.path for image in reversed(images)}
    found = {m.patient: Pair(m.patient, volumes[m.patient], m.path) for m in reversed(outlines) if m.patient in volumes}
    if not found:
        msg = (
            f"expected a FLAIR volume for a mask, got {len(images)} volumes and {len(outlines)} masks of other patients"
        )
        raise InputError(msg)
    return [found[patient] for patient in sorted(found)]


def texture_of(image: sitk.Image, mask: sitk.Image, *, changed: bool = True) -> list[dict[str, float]]:
    """Return the features of a volume inside a mask on the same grid, and under changes of both.

    Args:
        image: FLAIR.
        mask: Not 0 inside.
        changed: Whether changes are wanted, which take four times as long.

    Returns:
        Features in the mask; with changes also in the mask one pixel narrower in every slice, in the mask one pixel
        wider, and on every second slice from its second on; empty where too little is left.

    Raises:
        InputError: If the grids differ, or the mask has too few voxels.
        DependencyError: If MIRP is not installed.
    """
    if not geometry.same_grid(image, mask):
        msg = (
            f"expected a mask on the grid of the volume, got {mask.GetSize()} voxels from {mask.GetOrigin()} for "
            f"{image.GetSize()} from {image.GetOrigin()}"
        )
        raise InputError(msg)
    inside = sitk.GetArrayFromImage(mask) != 0
    count = int(np.count_nonzero(inside))
    if count < FEWEST_VOXELS:
        msg = f"expected a mask of at least {FEWEST_VOXELS} voxels, got {count}"
        raise InputError(msg)
    cleaned = intensity.clean(image).image  # padding would set the scale
    scaled = normalize(sitk.GetArrayFromImage(cleaned).astype(np.float32), "FLAIR")
    box = tuple(slice(max(0, int(line.min()) - _AROUND), int(line.max()) + 1 + _AROUND) for line in np.nonzero(inside))
    values, inside = scaled[box].astype(np.float64), inside[box]
    wanted = [(values, inside)]
    if changed:
        wanted += [(values, change(inside, IN_SLICE)) for change in (ndimage.binary_erosion, ndimage.binary_dilation)]
        second = 1 + int(np.argmax(inside.any(axis=(1, 2))))
        wanted.append((values[second::2], inside[second::2]))
    return [_mirp(*one) if np.count_nonzero(one[1]) >= FEWEST_VOXELS else {} for one in wanted]


def _mirp(values: FloatArray, inside: npt.NDArray[np.bool_]) -> dict[str, float]:
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


Row = tuple[str, str, list[Values]]
"""Patient, reason for the absence of features, and what ``texture_of`` returns."""


def measure_pair(pair: Pair, *, changed: bool = True) -> Row:
    """Measure one patient as ``texture_of`` does; whatever is wrong with the files becomes the reason."""
    try:
        image = io.read_volume(pair.image)
        found = texture_of(image, masks.on_grid(masks.read_mask(pair.mask), image, pair.mask.name), changed=changed)
    except (InputError, LggsegError, ArithmeticError, ValueError, RuntimeError, OSError) as error:
        return pair.patient, " ".join(str(error).split()) or type(error).__name__, [{}]
    return pair.patient, "", [{name: value for name, value in one.items() if np.isfinite(value)} for one in found]


def measure_pairs(
    pairs: Sequence[Pair],
    jobs: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    changed: bool = True,
) -> list[Row]:
    """Measure all as ``texture_of`` does, in the order of the patients.

    Raises:
        DependencyError: If MIRP is not installed.
    """
    needed("mirp", "mirp", EXTRA)
    rows = []
    for done, row in enumerate(workers.run(partial(measure_pair, changed=changed), pairs, jobs, _lost), start=1):
        rows.append(row)
        progress(done, len(pairs))
    return sorted(rows, key=lambda row: row[0])


def _lost(pair: Pair) -> Row:
    return pair.patient, "the process that measured it ended: a damaged file, or out of memory", [{}]


def write_texture(path: Path, rows: Sequence[Row]) -> None:
    """Write the feature file: patient, reason, and one column a feature under MIRP's name.

    Raises:
        OutputError: If it cannot be written.
    """
    names = list(dict.fromkeys(name for _, _, values in rows for name in values[0]))
    lines = [{PATIENT_COLUMN: patient, REASON_COLUMN: reason, **values[0]} for patient, reason, values in rows]
    write_text(path, csv_text([PATIENT_COLUMN, REASON_COLUMN, *names], lines))


def variants(rows: Sequence[Row]) -> dict[str, dict[str, list[Values]]]:
    """Return condition to patient to the features under it, for :mod:`lggseg.radiogenomics.stability`."""
    measured = {patient: values for patient, reason, values in rows if not reason}
    if not measured:
        return {}
    return {
        OUTLINE: {patient: values[:3] for patient, values in measured.items()},
        THICKNESS: {patient: [values[0], values[3]] for patient, values in measured.items()},
    }
