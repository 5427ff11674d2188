"""Folders of TIFF slices in the layout of the public LGG data set.

``<case>_<n>.tif`` holds T1 before contrast, FLAIR and T1 after contrast as red, green and blue;
``<case>_<n>_mask.tif`` the outline. Numbers are not padded with zeros. Slice 1 is the lowest, row 0 is
anterior, column 0 the patient's right, so that a stack is in LPS order. Voxel sizes are not stored.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from PIL import Image, UnidentifiedImageError

from lggseg.errors import FormatError, InputError

DEFAULT_TIFF_SPACING_MM = (0.85, 0.85, 5.0)
"""Assumed voxel size ``(i, j, k)``, about the middle of the data set; its files do not say."""

SUFFIXES = (".tif", ".tiff")

_SPACING_ASSUMED_KEY = "lggseg_spacing_assumed"
_NAME = re.compile(r"(?P<case>.*?)_?(?P<number>\d+)(?P<mask>_mask)?", re.IGNORECASE)
_COLOR_SEQUENCES = ("pre", "flair", "post")
_GRAY_MODES = ("L", "I;16", "I;16B", "I;16L", "I", "F")

Array = npt.NDArray[np.generic]


def is_tiff_folder(folder: Path) -> bool:
    """Tell whether a folder holds TIFF slices."""
    return any(path.suffix.lower() in SUFFIXES for path in folder.iterdir())


def slice_files(folder: Path, *, masks: bool = False) -> list[Path]:
    """Return the slices of a folder, lowest first.

    Args:
        folder: Folder of one case.
        masks: Return the masks rather than the images.

    Raises:
        FormatError: If the folder cannot be listed or holds no such file.
        InputError: If a number is missing or doubled, or files belong to several cases.
    """
    kind = "mask" if masks else "image"
    found: dict[int, Path] = {}
    cases = set()
    for path in _listing(folder):
        match = _NAME.fullmatch(path.stem)
        if path.suffix.lower() not in SUFFIXES or match is None or bool(match["mask"]) is not masks:
            continue
        number = int(match["number"])
        cases.add(match["case"])
        if number in found and len(cases) == 1:
            msg = f"{folder}: expected one {kind} a slice, got {found[number].name} and {path.name}; remove one of them"
            raise InputError(msg)
        found[number] = path
    if not found:
        msg = f"{folder}: expected {kind} slices named <case>_<number>{'_mask' if masks else ''}.tif, got none"
        raise FormatError(msg)
    if len(cases) > 1:
        msg = f"{folder}: expected the slices of one case, got {', '.join(sorted(cases)[:4])}; separate them"
        raise InputError(msg)
    missing = sorted(set(range(min(found), max(found) + 1)) - set(found))
    if missing:
        msg = (
            f"{folder}: expected {kind} slices {min(found)} to {max(found)} without a gap, "
            f"got none for {', '.join(map(str, missing[:8]))}; copy the folder again"
        )
        raise InputError(msg)
    return [found[number] for number in sorted(found)]


def read_tiff_stack(folder: Path, spacing: tuple[float, float, float] | None = None) -> dict[str, sitk.Image]:
    """Read the sequences of a case.

    Colour slices hold T1 before contrast, FLAIR and T1 after contrast; grey ones (8 or 16 bit) are FLAIR.
    The data set fills in a missing sequence by a copy of FLAIR; such a copy is left out again here.

    Args:
        folder: Folder of one case.
        spacing: Voxel size ``(i, j, k)`` in millimetres; without it ``DEFAULT_TIFF_SPACING_MM`` is assumed, and
            ``spacing_is_assumed`` tells so of each volume.

    Returns:
        ``flair`` and, where present, ``pre`` and ``post``, in LPS order with identity direction.

    Raises:
        FormatError: If a file is unreadable, truncated, or of a kind that is not understood.
        InputError: If slices are missing or do not fit together.
    """
    stack = _read_stack(slice_files(folder))
    if stack.ndim == 3:
        return {"flair": _volume(stack, spacing)}
    arrays = {name: stack[..., channel] for channel, name in enumerate(_COLOR_SEQUENCES)}
    return {
        name: _volume(array, spacing)
        for name, array in arrays.items()
        if name == "flair" or not np.array_equal(array, arrays["flair"])
    }


def read_tiff_mask(folder: Path, spacing: tuple[float, float, float] | None = None) -> sitk.Image:
    """Read the outline of a case as a label volume, 1 inside.

    Args:
        folder: Folder of one case; every image slice must have its mask.
        spacing: As for ``read_tiff_stack``.

    Raises:
        FormatError: If a file is unreadable or truncated, or there is no mask at all.
        InputError: If the mask of a slice is missing, or is not black and white.
    """
    masks = slice_files(folder, masks=True)
    expected = {path.stem.lower() + "_mask" for path in slice_files(folder)}
    lacking = sorted(expected - {path.stem.lower() for path in masks})
    if lacking:
        msg = f"{folder}: expected a mask for each slice, got none for {len(lacking)}, such as {lacking[0]}.tif"
        raise InputError(msg)
    stack = _read_stack(masks)
    if stack.ndim == 4:
        stack = np.max(stack, axis=3)
    values = np.unique(stack)
    if len(values) > 2 or values[0] not in (0, values.max()):
        msg = f"{folder}: expected masks of two values, 0 and 255, got {len(values)} values up to {values.max()}"
        raise InputError(msg)
    return _volume((stack != 0).astype(np.uint8), spacing)


def spacing_is_assumed(image: sitk.Image) -> bool:
    """Tell whether the voxel size is the default of ``read_tiff_stack`` rather than known."""
    return bool(image.HasMetaDataKey(_SPACING_ASSUMED_KEY))


def _listing(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        msg = f"{folder}: expected a folder of TIFF slices, got «{error.strerror}»; check name and rights"
        raise FormatError(msg) from error


def _read_stack(paths: list[Path]) -> Array:
    """Read slices into ``(K, J, I)`` or ``(K, J, I, 3)``."""
    first = _read_slice(paths[0])
    stack = np.empty((len(paths), *first.shape), dtype=first.dtype)
    for k, path in enumerate(paths):
        array = first if k == 0 else _read_slice(path)
        if array.shape != first.shape or array.dtype != first.dtype:
            msg = (
                f"{path}: expected {first.shape} {first.dtype} as in {paths[0].name}, got {array.shape} {array.dtype}; "
                "all slices of a case have one size and kind"
            )
            raise InputError(msg)
        stack[k] = array
    return stack


def _read_slice(path: Path) -> Array:
    """Read one slice as ``(J, I)`` or ``(J, I, 3)``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow only warns of a file that ends too early
            with Image.open(path) as image:
                frames, mode = getattr(image, "n_frames", 1), image.mode
                array = np.asarray(image)
    except (OSError, SyntaxError, ValueError, EOFError, KeyError, Warning) as error:
        kind = "no TIFF at all" if isinstance(error, UnidentifiedImageError) else f"«{error}»"
        msg = f"{path}: expected a complete TIFF slice, got {kind}; copy the file again"
        raise FormatError(msg) from error
    if frames != 1 or (mode != "RGB" and mode not in _GRAY_MODES):
        msg = f"{path}: expected an RGB (pre, FLAIR, post) or grey (FLAIR) slice, got {frames} of mode {mode}"
        raise FormatError(msg)
    return array


def _volume(array: Array, spacing: tuple[float, float, float] | None) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    size_mm = DEFAULT_TIFF_SPACING_MM if spacing is None else spacing
    if len(size_mm) != 3 or not all(np.isfinite(s) and s > 0 for s in size_mm):
        msg = f"expected three positive voxel sizes in mm, got {size_mm}; for instance 0.85 0.85 5"
        raise InputError(msg)
    image.SetSpacing([float(s) for s in size_mm])
    if spacing is None:
        image.SetMetaData(_SPACING_ASSUMED_KEY, "1")
    return image
