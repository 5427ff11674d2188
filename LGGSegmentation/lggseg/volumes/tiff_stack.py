"""Folders of TIFF slices in the layout of the public LGG data set.

``<case>_<n>.tif`` holds T1 before contrast, FLAIR and T1 after contrast as red, green and blue;
``<case>_<n>_mask.tif`` the outline. Numbers are not padded with zeros. Slice 1 is the lowest, row 0 is
anterior, column 0 the patient's right, so that a stack is in LPS order. Voxel sizes are not stored.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from PIL import Image, UnidentifiedImageError

from lggseg.errors import FormatError, InputError
from lggseg.volumes import geometry, notes, system_files
from lggseg.volumes.native import shown

DEFAULT_TIFF_SPACING_MM = (0.85, 0.85, 5.0)
"""Assumed voxel size ``(i, j, k)``, about the middle of the data set; its files do not say."""

SUFFIXES = (".tif", ".tiff")

_SPACING_ASSUMED = (
    f"TIFF slices carry no voxel size: {' x '.join(f'{edge:g}' for edge in DEFAULT_TIFF_SPACING_MM)} mm was assumed, "
    "and volumes in ml rest on it (--spacing sets it, where the command has it)."
)
_NAME = re.compile(r"(?P<case>.*?)_?(?P<number>\d+)(?P<mask>_mask)?", re.IGNORECASE)
_COLOR_SEQUENCES = ("pre", "flair", "post")
_MOST_DIGITS = 6
_NAMED = 4
_LARGEST_SIDE = 8192
_GRAY_MODES = ("1", "L", "I;16", "I;16B", "I;16L", "I", "F")

Array = npt.NDArray[np.generic]


def is_tiff_folder(folder: Path) -> bool:
    """Tell whether this is a folder of TIFF slices; a picture by another name is none."""
    return folder.is_dir() and any(_match(path) for path in system_files.entries(folder))


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
    found = _by_number(folder, kind, _of_one_case(folder, masks=masks))
    numbers = sorted(found)
    if not numbers:
        ending = "_mask" if masks else ""
        msg = f"{shown(folder)}: expected {kind} slices named <case>_<number>{ending}.tif, got none; check the folder"
        raise FormatError(msg)
    if numbers[-1] - numbers[0] != len(numbers) - 1:
        gaps = [(one + 1, next_one - 1) for one, next_one in pairwise(numbers) if next_one != one + 1]
        listed = ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in gaps[:8])
        msg = (
            f"{shown(folder)}: expected {kind} slices {numbers[0]} to {numbers[-1]} without a gap, got none for "
            f"{listed}; copy the folder again"
        )
        raise InputError(msg)
    return [found[number] for number in numbers]


def _match(path: Path) -> re.Match[str] | None:
    return _NAME.fullmatch(path.stem) if path.suffix.lower() in SUFFIXES else None


def _of_one_case(folder: Path, *, masks: bool) -> list[tuple[Path, int]]:
    """Return the files of the case with their numbers; a single picture by another name beside it is passed over."""
    cases: dict[str, list[tuple[Path, int]]] = {}
    for path in _listing(folder):
        match = _match(path)
        if match and bool(match["mask"]) is masks and len(match["number"]) <= _MOST_DIGITS:
            cases.setdefault(match["case"], []).append((path, int(match["number"])))
    large = {case: files for case, files in cases.items() if len(files) > 1} or cases
    if len(large) > 1:
        listed = ", ".join(shown(case) for case in sorted(large)[:4])
        msg = f"{shown(folder)}: expected the slices of one case, got {listed}; separate them"
        raise InputError(msg)
    return next(iter(large.values()), [])


def _passed_over(folder: Path, files: list[Path]) -> str:
    """Return a sentence that names the TIFF files that are no slices of the case, empty where there are none."""
    others = [path for path in _listing(folder) if path.suffix.lower() in SUFFIXES and path not in files]
    names = [shown(path.name) for path in others if not ((match := _match(path)) and match["mask"])]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"TIFF files that are no slices of the case were passed over: {', '.join(names[:_NAMED])}{more}." * bool(
        names
    )


def _numbers(files: Iterable[Path]) -> list[int]:
    return [int(match["number"]) for path in files if (match := _match(path))]


def _begins_late(files: Sequence[Path]) -> str:
    """Return a sentence where the first slice is not the first by its number, empty where it is."""
    first, last = min(_numbers(files)), max(_numbers(files))
    lost = f"The slices are numbered from {first} to {last}: if files were lost, a part of the head is missing."
    return lost if first > 1 else ""


def _refuse_masks_alone(folder: Path, files: Sequence[Path]) -> None:
    """Make sure that no image was lost at an end of the stack whose mask is still there."""
    alone = sorted({number for _, number in _of_one_case(folder, masks=True)} - set(_numbers(files)))
    if alone:
        msg = (
            f"{shown(folder)}: expected an image for each mask, got masks alone for slice {alone[0]}"
            f"{f' and {len(alone) - 1} more' if len(alone) > 1 else ''}; copy the folder again"
        )
        raise InputError(msg)


def _by_number(folder: Path, kind: str, files: list[tuple[Path, int]]) -> dict[int, Path]:
    found: dict[int, Path] = {}
    for path, number in files:
        if number in found:
            names = f"{shown(found[number].name)} and {shown(path.name)}"
            msg = f"{shown(folder)}: expected one {kind} a slice, got {names}; remove one of them"
            raise InputError(msg)
        found[number] = path
    return found


def read_tiff_stack(folder: Path, spacing: tuple[float, float, float] | None = None) -> dict[str, sitk.Image]:
    """Read the sequences of a case.

    Colour slices hold T1 before contrast, FLAIR and T1 after contrast; grey ones (8 or 16 bit) are FLAIR.
    The data set fills in a missing sequence by a copy of FLAIR; such a copy is left out again here.

    Args:
        folder: Folder of one case.
        spacing: Voxel size ``(i, j, k)`` in millimetres; without it ``DEFAULT_TIFF_SPACING_MM`` is assumed, and
            ``notes.of`` tells so of each volume.

    Returns:
        ``flair`` and, where present, ``pre`` and ``post``, in LPS order with identity direction.

    Raises:
        FormatError: If a file is unreadable, truncated, or of a kind that is not understood.
        InputError: If slices are missing or do not fit together.
    """
    files = slice_files(folder)
    _refuse_masks_alone(folder, files)
    stack = _read_stack(files)
    arrays = {name: stack[..., channel] for channel, name in enumerate(_COLOR_SEQUENCES)} if stack.ndim == 4 else {}
    arrays = arrays or {"flair": stack}
    said = (_passed_over(folder, files), _begins_late(files))
    return {
        name: _volume(array, spacing, said)
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
        example = f"{shown(lacking[0])}.tif"
        msg = f"{shown(folder)}: expected a mask for each slice, got none for {len(lacking)}, such as {example}"
        raise InputError(msg)
    stack = _read_stack(masks)
    if stack.ndim == 4:
        stack = np.max(stack, axis=3)
    values = np.unique(stack)
    if len(values) > 2 or values[0] not in (0, values.max()):
        got = f"{len(values)} values up to {values.max()}"
        msg = f"{shown(folder)}: expected masks of two values, 0 and 255, got {got}; save them black and white"
        raise InputError(msg)
    return _volume((stack != 0).astype(np.uint8), spacing)


def _listing(folder: Path) -> list[Path]:
    try:
        return [path for path in system_files.entries(folder) if path.is_file()]
    except OSError as error:
        msg = f"{shown(folder)}: expected a folder of TIFF slices, got «{error.strerror}»; check name and rights"
        raise FormatError(msg) from error


def _read_stack(paths: list[Path]) -> Array:
    """Read slices into ``(K, J, I)`` or ``(K, J, I, 3)``."""
    first = _read_slice(paths[0])
    stack = np.empty((len(paths), *first.shape), dtype=first.dtype)
    for k, path in enumerate(paths):
        array = first if k == 0 else _read_slice(path)
        if array.shape != first.shape or array.dtype != first.dtype:
            msg = (
                f"{shown(path)}: expected {first.shape} {first.dtype} as in {shown(paths[0].name)}, got {array.shape} "
                f"{array.dtype}; all slices of a case have one size and kind"
            )
            raise InputError(msg)
        stack[k] = array
    return stack


def _read_slice(path: Path) -> Array:
    """Read one slice as ``(J, I)`` or ``(J, I, 3)``."""
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a file that ends too early, or that would unpack to more than a slice can hold.
            warnings.simplefilter("error")
            with Image.open(path) as image:
                frames, mode = getattr(image, "n_frames", 1), image.mode
                if max(image.size) > _LARGEST_SIDE:
                    msg = f"{image.size[0]} x {image.size[1]} pixels"
                    raise ValueError(msg)
                array = np.asarray(image)
    except Exception as error:
        kind = "no TIFF at all" if isinstance(error, UnidentifiedImageError) else f"«{error}»"
        msg = f"{shown(path)}: expected a complete TIFF slice, got {kind}; copy the file again"
        raise FormatError(msg) from error
    if frames != 1 or (mode != "RGB" and mode not in _GRAY_MODES):
        msg = (
            f"{shown(path)}: expected an RGB (pre, FLAIR, post) or grey (FLAIR) slice, or a grey mask, got {frames} of "
            f"mode {mode}; save it as such"
        )
        raise FormatError(msg)
    return array.astype(np.uint8) if array.dtype == bool else array


def _volume(array: Array, spacing: tuple[float, float, float] | None, said: Sequence[str] = ()) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    size_mm = DEFAULT_TIFF_SPACING_MM if spacing is None else spacing
    geometry.check_edges(size_mm, "--spacing", "three voxel sizes")
    image.SetSpacing([float(s) for s in size_mm])
    if spacing is None:
        notes.add(image, _SPACING_ASSUMED)
    for sentence in filter(None, said):
        notes.add(image, sentence)
    return image
