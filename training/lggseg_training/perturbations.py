"""What scanners, patients and preparation do to a study, at three strengths that were fixed before measuring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.model.brain import brain_mask
from lggseg.model.preprocessing import foreground_mask, regrid
from lggseg.volumes import geometry

FloatArray = npt.NDArray[np.float32]
Study = dict[str, sitk.Image]

LABEL = "label"
MEDIUM = 1

_FWHM_PER_SIGMA = 2.355
_GHOSTS = 4  # copies along the phase direction


@dataclass(frozen=True)
class Perturbation:
    """One kind, with its three strengths.

    Attributes:
        change: Takes a study with its label, a strength and a seed; gives another study with the label that fits it.
        strengths: Weak, medium, strong; what they mean stands with the function.
        unit: Of the strengths, in words.
    """

    change: Callable[[Study, float, int], Study]
    strengths: tuple[float, float, float]
    unit: str


def rotated(study: Study, degrees: float, seed: int) -> Study:
    """Turn the head in the axial plane, to a side that the seed chooses; the field of view stays."""
    turn = sitk.Euler3DTransform()
    turn.SetCenter(_middle(study[LABEL]))
    turn.SetRotation(0.0, 0.0, float(np.deg2rad(degrees)) * (1 if seed % 2 else -1))
    return _resampled(study, turn)


def flipped(study: Study, which: float, _seed: int) -> Study:
    """Mirror left and right (1), front and back (2), or both (3), as a wrong header does."""
    axes = {1.0: (2,), 2.0: (1,), 3.0: (1, 2)}[which]
    return {name: _like(np.flip(sitk.GetArrayFromImage(image), axes), image) for name, image in study.items()}


def shaded(study: Study, percent: float, seed: int) -> Study:
    """Multiply by a smooth field between 1 - percent and 1 + percent, as coils do."""
    random = np.random.default_rng(seed)
    weights = random.normal(size=9)

    def change(array: FloatArray, _head: npt.NDArray[np.bool_]) -> FloatArray:
        z, y, x = np.meshgrid(*(np.linspace(-1, 1, n, dtype=np.float32) for n in array.shape), indexing="ij")
        terms = (z, y, x, z * y, z * x, y * x, z * z, y * y, x * x)
        field = sum(weight * term for weight, term in zip(weights, terms, strict=True))
        field = field - 0.5 * (field.max() + field.min())
        return np.asarray(array * (1 + percent / 100 * field / np.abs(field).max()), np.float32)

    return _each_sequence(study, change)


def noisy(study: Study, percent: float, seed: int) -> Study:
    """Add Gaussian noise; percent of the range of the head (2nd to 98th percentile)."""
    random = np.random.default_rng(seed)

    def change(array: FloatArray, head: npt.NDArray[np.bool_]) -> FloatArray:
        return np.asarray(array + random.normal(size=array.shape) * percent / 100 * _range(array, head), np.float32)

    return _each_sequence(study, change)


def ghosted(study: Study, percent: float, seed: int) -> Study:
    """Add copies of the head, displaced along the rows or columns, as movement does."""
    axis = 1 + seed % 2

    def change(array: FloatArray, _head: npt.NDArray[np.bool_]) -> FloatArray:
        step = array.shape[axis] // _GHOSTS
        copies = [np.roll(array, step * n + seed % 7, axis) * (-1) ** n for n in range(1, _GHOSTS)]
        return np.asarray(array + percent / 100 * np.sum(copies, axis=0), np.float32)

    return _each_sequence(study, change)


def blurred(study: Study, millimetres: float, _seed: int) -> Study:
    """Blur by a Gaussian of this full width at half maximum, within the slices."""
    variance = (millimetres / _FWHM_PER_SIGMA) ** 2
    return {
        name: image if name == LABEL else sitk.DiscreteGaussian(_float(image), variance=[variance, variance, 0.0])
        for name, image in study.items()
    }


def cropped(study: Study, percent: float, seed: int) -> Study:
    """Cut the field of view, from one side that the seed chooses: below, above, left, right, in front or behind."""
    size = list(study[LABEL].GetSize())
    axis, far = seed % 3, seed // 3 % 2
    cut = round(size[axis] * percent / 100)
    index = [0, 0, 0]
    index[axis] = cut if far else 0
    size[axis] -= cut
    return {name: sitk.RegionOfInterest(image, size, index) for name, image in study.items()}


def resliced(study: Study, millimetres: float, _seed: int) -> Study:
    """Measure slices of another thickness; the outline is that of the new slices."""
    flair = study["flair"]
    size, spacing = list(flair.GetSize()), list(flair.GetSpacing())
    height = size[2] * spacing[2]
    size[2], spacing[2] = max(1, round(height / millimetres)), millimetres
    first = [0.0, 0.0, 0.5 * (height - (size[2] - 1) * millimetres) / flair.GetSpacing()[2] - 0.5]
    grid = geometry.empty_grid(
        size, spacing, flair.TransformContinuousIndexToPhysicalPoint(first), flair.GetDirection()
    )
    return {
        name: sitk.Cast(regrid(_float(image), grid) >= 0.5, sitk.sitkUInt8) if name == LABEL else regrid(image, grid)
        for name, image in study.items()
    }


def rescaled(study: Study, factor: float, _seed: int) -> Study:
    """Give the intensities another scale and offset, as no two scanners have the same."""
    return {name: image if name == LABEL else _float(image) * factor + 100.0 / factor for name, image in study.items()}


def stripped(study: Study, margin: float, _seed: int) -> Study:
    """Blank all but the brain, with a margin in pixels that is left around it or, below 0, cut off from it."""
    head = foreground_mask(_array(study["flair"]), "flair")
    brain = geometry.like(brain_mask(head, _array(study[LABEL]) > 0).astype(np.uint8), study["flair"])
    pixels = [int(abs(margin)), int(abs(margin)), 0]
    brain = sitk.BinaryDilate(brain, pixels) if margin > 0 else sitk.BinaryErode(brain, pixels)
    inside = (sitk.GetArrayFromImage(brain) > 0) | (_array(study[LABEL]) > 0)

    def change(array: FloatArray, _head: npt.NDArray[np.bool_]) -> FloatArray:
        return np.where(inside, array, array.min())

    return _each_sequence(study, change)


def without_sequences(study: Study, which: float, _seed: int) -> Study:
    """Leave out T1 before contrast (1), T1 after contrast (2), or both (3)."""
    out = {1.0: ("pre",), 2.0: ("post",), 3.0: ("pre", "post")}[which]
    return {name: image for name, image in study.items() if name not in out}


PERTURBATIONS: dict[str, Perturbation] = {
    "rotation": Perturbation(rotated, (5, 15, 30), "degrees"),
    "flip": Perturbation(flipped, (1, 2, 3), "left-right, front-back, both"),
    "bias field": Perturbation(shaded, (20, 40, 60), "+- %"),
    "noise": Perturbation(noisy, (3, 6, 12), "% of the range"),
    "motion ghosts": Perturbation(ghosted, (5, 10, 20), "%"),
    "blur": Perturbation(blurred, (1, 2, 3), "mm"),
    "cut field of view": Perturbation(cropped, (10, 20, 30), "%"),
    "slice thickness": Perturbation(resliced, (2, 5, 8), "mm"),
    "intensity scale": Perturbation(rescaled, (0.1, 10, 100), "times"),
    "stripping": Perturbation(stripped, (3, 0, -3), "pixels of margin"),
    "missing sequence": Perturbation(without_sequences, (1, 2, 3), "T1 before, after, both"),
}


def _each_sequence(study: Study, change: Callable[[FloatArray, npt.NDArray[np.bool_]], FloatArray]) -> Study:
    """Change all volumes but the label; ``change`` also gets where the head is."""
    head = foreground_mask(_array(study["flair"]), "flair")
    return {
        name: image if name == LABEL else _like(change(_array(image), head), image) for name, image in study.items()
    }


def _resampled(study: Study, transform: sitk.Transform) -> Study:
    return {name: sitk.Resample(image, image, transform, *_interpolation(name, image)) for name, image in study.items()}


def _interpolation(name: str, image: sitk.Image) -> tuple[int, float]:
    if name == LABEL:
        return sitk.sitkNearestNeighbor, 0.0
    return sitk.sitkLinear, float(sitk.GetArrayViewFromImage(image).min())


def _range(array: FloatArray, head: npt.NDArray[np.bool_]) -> float:
    low, high = np.percentile(array[head], (2, 98))
    return float(high - low)


def _middle(image: sitk.Image) -> list[float]:
    return list(image.TransformContinuousIndexToPhysicalPoint([0.5 * (n - 1) for n in image.GetSize()]))


def _array(image: sitk.Image) -> FloatArray:
    return np.asarray(sitk.GetArrayFromImage(image), np.float32)


def _float(image: sitk.Image) -> sitk.Image:
    return sitk.Cast(image, sitk.sitkFloat32)


def _like(array: npt.NDArray[np.generic], image: sitk.Image) -> sitk.Image:
    return geometry.like(array, image)
