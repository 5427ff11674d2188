"""A synthetic study of a head with an abnormality of known outline: for the demo, the tests and the tutorial.

FLAIR and T1 before and after contrast of a head that nobody has, so that it can be shown and shipped.
The anatomy is defined in millimetres and sampled on any grid; a voxel is the average of several samples
across its slice, as in a thick-slice scan.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from lggseg.errors import InputError
from lggseg.files import refuse_to_replace
from lggseg.model.preprocessing import SEQUENCES
from lggseg.phantom.anatomy import Anatomy, draw_plan
from lggseg.phantom.fields import FloatArray, Noise, Slab
from lggseg.volumes.geometry import same_grid
from lggseg.volumes.io import read_volume, write_volume

SPACING_MM = (0.85, 0.85, 5.0)
"""Voxel size of the default study: that of a routine thick-slice FLAIR."""

VOLUMES = (*SEQUENCES, "label")
"""What a study consists of."""

_SAMPLE_SPACING_MM = 1.3  # across the slice
_SLAB_SAMPLES = 12  # slices painted at a time: keeps memory low and the processor's cache warm
_BIAS_LATTICE_MM = 75.0
_BIAS_STRENGTH = 0.06
_BLUR_MM = 0.45  # standard deviation of the point spread in the slice
_NOISE = (5.0, 4.0, 4.5)  # standard deviation in FLAIR and T1 before and after contrast; white matter is 100
_GAIN = (4.1, 3.3, 4.6)  # arbitrary units differ between the sequences, as they do in a real study
_LABEL_SHARE = 0.5


def make_phantom(  # noqa: PLR0913  (each is worth choosing, and all have a default)
    *,
    seed: int = 0,
    spacing_mm: tuple[float, float, float] = SPACING_MM,
    slices: int = 26,
    size: int = 256,
    tumor: bool = True,
    skull: bool = True,
    growth: float = 1.0,
) -> dict[str, sitk.Image]:
    """Make a synthetic study.

    Args:
        seed: Chooses the person; the same seed gives the same study, bit for bit, on the same platform.
        spacing_mm: Voxel size ``(i, j, k)`` in millimetres.
        slices: Number of slices; 26 of 5 mm reach from the base of the skull to the vertex.
        size: Number of rows and of columns.
        tumor: Whether there is an abnormality.
        skull: False for a study stripped to the brain, zero outside.
        growth: Factor for the volume of the abnormality, for a second study of the same person.

    Returns:
        ``flair``, ``pre``, ``post`` (16-bit) and ``label`` (8-bit, 1 is abnormal), on one axial grid whose
        middle is the origin.

    Raises:
        InputError: If a number is not positive, or the seed is negative.
    """
    if seed < 0:
        msg = f"--seed: expected 0 or more, got {seed}"
        raise InputError(msg)
    if not all(number > 0 for number in (*spacing_mm, slices, size, growth)):  # NaN is none either
        msg = (
            f"expected positive sizes for the synthetic study, got spacing {spacing_mm} mm, {slices} slices, "
            f"size {size}, growth {growth}; correct them"
        )
        raise InputError(msg)
    random = np.random.default_rng(seed)
    anatomy = Anatomy(draw_plan(random, growth), random, tumor=tumor)
    bias = Noise(random, _BIAS_LATTICE_MM, 200.0)
    grid = _axes((size, size, slices), spacing_mm)
    block, head = grid.block((0.0, -5.0, 0.0), (91.0, 111.0, 1e6))
    signals = np.zeros((3, slices, size, size), dtype=np.float32)
    brain = np.zeros((slices, size, size), dtype=np.float32)
    share = np.zeros_like(brain)
    samples = max(1, round(spacing_mm[2] / _SAMPLE_SPACING_MM))
    step = max(1, _SLAB_SAMPLES // samples)
    for first in range(0, slices, step):
        part = Slab(head.x, head.y, head.z[first : first + step])
        painting = anatomy.paint(_subdivide(part, samples, spacing_mm[2]))
        where = (slice(first, first + step), *block[1:])
        signals[(slice(None), *where)] = _average(painting.signals, samples) * (1 + _BIAS_STRENGTH * bias(part))
        brain[where] = _average(painting.brain[None], samples)[0]
        share[where] = _average(painting.tumor[None], samples)[0]
    volumes = _acquire(signals, random, spacing_mm)
    if not skull:
        volumes *= brain > _LABEL_SHARE
    study = {
        name: _image(np.round(volume * gain).astype(np.int16), spacing_mm)
        for name, volume, gain in zip(SEQUENCES, volumes, _GAIN, strict=True)
    }
    study["label"] = _image((share > _LABEL_SHARE).astype(np.uint8), spacing_mm)
    return study


def write_phantom(folder: Path, *, overwrite: bool = False, **options: Any) -> dict[str, Path]:
    """Make a synthetic study and write it as ``flair.nii.gz``, ``pre.nii.gz``, ``post.nii.gz``, ``label.nii.gz``.

    Args:
        folder: Where to; made if it does not exist.
        overwrite: Whether volumes of these names may be replaced: they could be those of a patient. A volume that
            is there already as it would be written, by a run that was stopped, is kept.
        **options: As for ``make_phantom``.

    Returns:
        The files by name of the volume.

    Raises:
        OutputError: If a file cannot be written, or would be replaced.
    """
    paths = phantom_files(folder)
    study = make_phantom(**options)
    missing = {name: image for name, image in study.items() if not _holds(paths[name], image)}
    if not overwrite:
        refuse_to_replace(folder, [paths[name].name for name in missing])
    for name, image in missing.items():
        write_volume(image, paths[name])
    return paths


def _holds(path: Path, image: sitk.Image) -> bool:
    """Tell whether a file is there and holds a volume, voxel for voxel."""
    if not path.is_file():
        return False
    try:
        found = read_volume(path)
    except InputError:
        return False
    return same_grid(found, image) and np.array_equal(
        sitk.GetArrayViewFromImage(found), sitk.GetArrayViewFromImage(image)
    )


def phantom_files(folder: Path) -> dict[str, Path]:
    """Return where ``write_phantom`` puts each volume."""
    return {name: folder / f"{name}.nii.gz" for name in VOLUMES}


def _axes(size: tuple[int, int, int], spacing_mm: tuple[float, float, float]) -> Slab:
    """Return the positions of the voxels of a grid around the origin."""
    x, y, z = (
        ((np.arange(count) - 0.5 * (count - 1)) * spacing).astype(np.float32)
        for count, spacing in zip(size, spacing_mm, strict=True)
    )
    return Slab(x[None, None, :], y[None, :, None], z[:, None, None])


def _subdivide(slab: Slab, samples: int, thickness_mm: float) -> Slab:
    """Replace each slice by ``samples`` slices across its thickness."""
    offsets = ((np.arange(samples) + 0.5) / samples - 0.5) * thickness_mm
    z = (slab.z.reshape(-1, 1) + offsets.astype(np.float32)).reshape(-1, 1, 1)
    return Slab(slab.x, slab.y, z)


def _average(values: FloatArray, samples: int) -> FloatArray:
    """Average ``(C, K * samples, J, I)`` to ``(C, K, J, I)``."""
    channels, slices, rows, columns = values.shape
    split = values.reshape(channels, slices // samples, samples, rows, columns)
    return np.asarray(split.mean(axis=2), dtype=np.float32)


def _acquire(signals: FloatArray, random: np.random.Generator, spacing_mm: tuple[float, float, float]) -> FloatArray:
    """Blur as a scanner does and add the noise of a magnitude image."""
    width = [0.0] + [_BLUR_MM / edge for edge in spacing_mm[1::-1]]
    volumes = np.empty_like(signals)
    for volume, signal, sigma in zip(volumes, signals, _NOISE, strict=True):
        parts = [
            sigma * random.standard_normal(signal.shape, dtype=np.float32) + mean for mean in (signal, np.float32(0))
        ]
        volume[:] = np.hypot(*(ndimage.gaussian_filter(part, width, truncate=3) for part in parts))
    return volumes


def _image(array: npt.NDArray[np.generic], spacing_mm: tuple[float, float, float]) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing_mm)
    image.SetOrigin([-0.5 * (count - 1) * edge for count, edge in zip(image.GetSize(), spacing_mm, strict=True)])
    return image
