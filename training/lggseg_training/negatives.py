"""Volumes in which nothing is to be found, to count false alarms on: healthy heads, slabs, phantoms, lesions.

Each is a prepared case with an empty label, and bears the name of the patient whom it was made of, so that it is
measured by a network that has not seen this patient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from tqdm import tqdm

from lggseg.cohort.prepared import Case, Row, case_folder, write_case, write_manifest
from lggseg.errors import InputError
from lggseg.model.preprocessing import SEQUENCES, FloatArray, NetworkInput, prepare, regrid
from lggseg.phantom.study import make_phantom
from lggseg.volumes import geometry, io
from lggseg_training.brain import brain_mask
from lggseg_training.draws import grown, softened
from lggseg_training.mirror import mirrored

Study = dict[str, sitk.Image]

SPACING_SOURCE = "made"
PHANTOMS = 16

_MARGIN_PIXELS = 6
_SEAM_SIGMA = 1.5
_SLAB_MARGIN_MM = 10.0
_LEAST_SLAB_MM = 35.0
_LEAST_SLICES = 6
_MOST_LEFT_ML = 0.05
_LESION_RADIUS_MM = (1.0, 4.0)
_LESIONS = (6, 26)
_LESION_RISE = (1.0, 3.0)  # robust standard deviations of the head


def make_negatives(cases: Iterable[Case], output: Path) -> tuple[list[Row], list[str]]:
    """Make all that can be made of labelled cases, and phantoms, each kind with and without lesions.

    Returns:
        The rows of the manifest, and the cases that were left out, with the reason.
    """
    rows, left_out = [], []
    for case in tqdm(list(cases), desc="making", unit="case", disable=None):
        for kind, make in _KINDS.items():
            try:
                rows.append(_write(make(case), f"{case.case}-{kind}", case.patient, case.institution, output))
            except InputError as error:
                left_out.append(f"{case.case}-{kind}: {error}")
    for seed in range(PHANTOMS):
        rows += [
            _write(study, f"phantom{seed:02}-{kind}", f"phantom{seed:02}", "synthetic", output)
            for kind, study in _phantoms(seed).items()
        ]
    write_manifest(output, sorted(rows, key=lambda row: row["case"]))
    return rows, left_out


def healthy_head(case: Case) -> Study:
    """Replace the tumor of a case by the other side of its head, on the network's grid.

    Raises:
        InputError: If the tumor reaches into what would replace it.
    """
    prepared, label = _prepared(case)
    other, other_label = mirrored(prepared, label, case.folder)
    region = grown(label > 0, _MARGIN_PIXELS)
    left_ml = np.count_nonzero(other_label[region]) * geometry.voxel_volume_ml(prepared.grid)
    if left_ml > _MOST_LEFT_ML:
        msg = f"the tumor crosses the midline: {left_ml:.1f} ml of it lie where its mirror image is taken from"
        raise InputError(msg)
    brain = brain_mask(prepared.foreground, label > 0)
    around = grown(region, _MARGIN_PIXELS) & ~region & (other_label == 0) & brain
    weight = softened(region, _SEAM_SIGMA)
    arrays = [
        mine + weight * (theirs + _level(mine, theirs, around) - mine)
        for mine, theirs in zip(prepared.sequences, other, strict=True)
    ]
    return _study(arrays, case.sequences, prepared.grid)


def tumor_free_slab(case: Case) -> Study:
    """Cut the thickest run of slices out of a case that lies 10 mm or more from its tumor.

    Raises:
        InputError: If it is thinner than 35 mm.
    """
    label = io.read_volume(case.file("label"))
    occupied = sitk.GetArrayViewFromImage(label).any(axis=(1, 2))
    edge = label.GetSpacing()[2]
    margin = max(1, round(_SLAB_MARGIN_MM / edge))
    near = np.convolve(occupied, np.ones(2 * margin + 1), "same") > 0
    first, count = _longest_run(~near)
    if count * edge < _LEAST_SLAB_MM or count < _LEAST_SLICES:
        msg = f"expected a slab of {_LEAST_SLAB_MM:g} mm without tumor, got {count} slices of {edge:g} mm"
        raise InputError(msg)
    return {name: io.read_volume(case.file(name))[:, :, first : first + count] for name in case.sequences}


def head_with_lesions(case: Case) -> Study:
    """Put bright spots that are no tumor into a healthy head.

    Raises:
        InputError: As ``healthy_head``.
    """
    return with_lesions(healthy_head(case), _seed_of(case.case))


def with_lesions(study: Study, seed: int) -> Study:
    """Put 6 to 25 bright ellipsoids of 1 to 4 mm radius into the white matter and near the ventricles of a study."""
    random = np.random.default_rng(seed)
    prepared = prepare(study)
    empty = np.zeros(prepared.foreground.shape, bool)
    brain = brain_mask(prepared.foreground, empty)
    weight = _ellipsoids(brain, prepared.grid.GetSpacing(), random)
    arrays = [prepared.sequences[0] + weight, *(sequence - 0.15 * weight for sequence in prepared.sequences[1:])]
    return _study(arrays, tuple(study), prepared.grid)


_KINDS: dict[str, Callable[[Case], Study]] = {
    "healthy": healthy_head,
    "slab": tumor_free_slab,
    "lesions": head_with_lesions,
}


def _phantoms(seed: int) -> dict[str, Study]:
    study = make_phantom(seed=seed, tumor=False)
    study = {name: study[name] for name in SEQUENCES}
    return {"healthy": study, "lesions": with_lesions(study, seed)}


def _ellipsoids(brain: npt.NDArray[np.bool_], spacing: tuple[float, ...], random: np.random.Generator) -> FloatArray:
    """Return how much brighter each voxel becomes, averaged over the thickness of its slice."""
    inner = np.argwhere(np.stack([plane & ~grown(~plane[None], 12)[0] for plane in brain]))
    rise = np.zeros(brain.shape, np.float32)
    places = np.indices(brain.shape, dtype=np.float32)
    edges = np.array(spacing[::-1], np.float32)
    for _ in range(int(random.integers(*_LESIONS)) if len(inner) else 0):
        center = inner[random.integers(len(inner))]
        radii = random.uniform(*_LESION_RADIUS_MM) * np.exp(random.uniform(-0.3, 0.3, size=3))
        # A lesion thinner than a slice fills only a part of it.
        blurred = np.maximum(radii, edges / 2)
        box = tuple(
            slice(max(int(c - 3 * b / e), 0), int(c + 3 * b / e) + 2)
            for c, b, e in zip(center, blurred, edges, strict=True)
        )
        away = sum(((places[axis][box] - center[axis]) * edges[axis] / blurred[axis]) ** 2 for axis in range(3))
        height = random.uniform(*_LESION_RISE) * float(np.prod(radii / blurred))
        rise[box] = np.maximum(rise[box], height / (1 + np.exp(6 * (np.sqrt(away) - 1))))
    return rise


def _prepared(case: Case) -> tuple[NetworkInput, npt.NDArray[np.uint8]]:
    prepared = prepare({name: io.read_volume(case.file(name)) for name in case.sequences})
    label = regrid(io.read_volume(case.file("label")), prepared.grid, nearest=True)
    return prepared, (sitk.GetArrayFromImage(label) > 0).astype(np.uint8)


def _level(mine: FloatArray, theirs: FloatArray, around: npt.NDArray[np.bool_]) -> float:
    return float((mine[around] - theirs[around]).mean()) if around.any() else 0.0


def _study(arrays: Iterable[FloatArray], names: tuple[str, ...], grid: sitk.Image) -> Study:
    """Turn normalised sequences back into volumes, those that the case has."""
    images = dict(zip(SEQUENCES, arrays, strict=True))
    return {name: geometry.like(np.asarray(images[name], np.float32), grid) for name in names}


def _write(study: Study, name: str, patient: str, institution: str, output: Path) -> Row:
    empty = geometry.like(np.zeros(study["flair"].GetSize()[::-1], np.uint8), study["flair"])
    folder = case_folder(output, name)
    return write_case(study, empty, folder, SPACING_SOURCE, patient=patient, institution=institution)


def _longest_run(wanted: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """Return first index and length of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], wanted.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return 0, 0
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest] - starts[longest])


def _seed_of(name: str) -> int:
    return int.from_bytes(name.encode()[-4:], "little")
