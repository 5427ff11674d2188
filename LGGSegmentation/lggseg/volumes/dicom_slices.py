"""Single DICOM slices to a volume: copies once, strays left out by name, every slice in its own scale."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.errors import FormatError, GeometryError, InputError
from lggseg.volumes import dicom_pixels, geometry, given_spacing, notes
from lggseg.volumes.dicom_header import SliceHeader
from lggseg.volumes.given_spacing import Spacing
from lggseg.volumes.native import shown
from lggseg.volumes.slice_places import order_of_slices

_PARALLEL = 1e-3
_NEARLY = 0.99  # cosine of the angle between normals
_FEWEST = 3
_SAME_SPACING = 1e-3  # relative
_SAME_PLACE_MM = 1e-3
_FEW = 0.2  # of the slices of the volume: more than this is no stray
_NAMED = 4
_MAY_BE_LOST = "{}: if files were lost on the way, a part of the head is missing."


def read(name: str, headers: Sequence[SliceHeader], spacing: Spacing | None = None) -> sitk.Image:
    """Read the slices of one series.

    Args:
        name: What to call the series in a message.
        headers: Those of its files.
        spacing: Voxel size ``(i, j, k)`` in millimetres for slices that do not store it.

    Raises:
        FormatError: If a file is damaged or cannot be decoded.
        InputError: If slices are missing, doubled, or do not belong together.
        GeometryError: If a slice does not say where it is, or they do not lie evenly behind each other.
    """
    said: list[str] = []
    chosen = _without_strays(name, headers, said)
    _check_elements(name, chosen)
    chosen = _without_copies(chosen, said)
    positions = np.array([header.position for header in chosen])
    rows, columns = chosen[0].orientation[:3], chosen[0].orientation[3:]
    normal = np.cross(rows, columns)
    ordered = [chosen[n] for n in order_of_slices(Path(name), positions, normal)]
    heights = np.array([header.position for header in ordered]) @ normal
    between = float(heights[-1] - heights[0]) / (len(ordered) - 1)
    edges = _edges(name, ordered, between, spacing)
    array, padding = dicom_pixels.without_padding(dicom_pixels.stack([_pixels(header) for header in ordered]), ordered)
    image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    image.SetSpacing(edges)
    image.SetOrigin(ordered[0].position.tolist())
    image.SetDirection(np.column_stack([rows, columns, normal]).ravel().tolist())
    for note in (*said, padding, _lost(ordered)):
        if note:
            notes.add(image, note)
    return image


def _lost(headers: Sequence[SliceHeader]) -> str:
    """Return a sentence where the files themselves say that there were more of them; a gap is refused elsewhere."""
    numbers = {header.number for header in headers if header.number is not None}
    first, last = min(numbers, default=0), max(numbers, default=0)
    if len(numbers) == len(headers) and first > 1:
        return _MAY_BE_LOST.format(f"The slices are numbered from {first} to {last}")
    if len(numbers) == len(headers) and (missing := last - first + 1 - len(numbers)):
        return _MAY_BE_LOST.format(f"Of the numbers {first} to {last} of the slices {missing} are missing")
    acquired = max(header.acquired for header in headers)
    if acquired > len(headers):
        return _MAY_BE_LOST.format(f"Its files say that {acquired} images were acquired, and {len(headers)} are here")
    return ""


def _pixels(header: SliceHeader) -> npt.NDArray[np.generic]:
    array = dicom_pixels.decode(header.path)
    if array.shape != (1, *header.size[::-1]):
        msg = f"{shown(header.path)}: expected one slice of {header.size}, got values of shape {array.shape}"
        raise FormatError(msg)
    return array


def _without_strays(name: str, headers: Sequence[SliceHeader], said: list[str]) -> list[SliceHeader]:
    """Return the slices of the volume, without a localizer or screenshot that came under the same number."""
    groups: list[list[SliceHeader]] = []
    for header in headers:
        group = next((group for group in groups if _belong_together(group[0], header)), None)
        groups.append([header]) if group is None else group.append(header)
    main = max(groups, key=len)
    strays = [header for group in groups if group is not main for header in group]
    if not strays:
        return main
    doubtful = any(_may_be_a_slice_of(main[0], stray) or _goes_on(main, stray) for stray in strays)
    if len(strays) > _FEW * len(main) or doubtful:
        _refuse_mixture(name, [main[0], *strays])
    listed = _listed([header.path for header in strays])
    said.append(f"{len(strays)} of {len(headers)} files of the series are no slice of its volume, left out: {listed}.")
    return main


def _belong_together(first: SliceHeader, second: SliceHeader) -> bool:
    same_place_known = np.isfinite(first.position).all() == np.isfinite(second.position).all()
    turned = np.abs(first.orientation - second.orientation)
    parallel = bool(np.nan_to_num(turned).max() < _PARALLEL and np.isnan(turned).all() in (False, True))
    both_nan = bool(np.isnan(first.orientation).all() == np.isnan(second.orientation).all())
    alike = first.size == second.size and first.turned_from == second.turned_from
    return same_place_known and both_nan and parallel and alike


def _may_be_a_slice_of(main: SliceHeader, stray: SliceHeader) -> bool:
    """Tell whether a file that lacks its place may be a slice all the same: without it the head would be cut."""
    placeless = not (np.isfinite(stray.position).all() and np.isfinite(stray.orientation).all())
    other_kind = stray.turned_from != main.turned_from
    return bool(stray.faults) or ((placeless or other_kind) and stray.size == main.size)


def _goes_on(main: Sequence[SliceHeader], stray: SliceHeader) -> bool:
    """Tell whether a file lies where the next slice of a stack would be, in another size or a little turned."""
    normal = np.cross(main[0].orientation[:3], main[0].orientation[3:])
    own = np.cross(stray.orientation[:3], stray.orientation[3:])
    heights = np.sort([header.position @ normal for header in main])
    if len(heights) < _FEWEST or not np.isfinite([*heights, *stray.position, *own]).all() or own @ normal < _NEARLY:
        return False
    gap = float(np.median(np.diff(heights)))
    beyond = max(heights[0] - stray.position @ normal, stray.position @ normal - heights[-1])
    return bool(0.5 * gap < beyond < 1.5 * gap)


def _refuse_mixture(name: str, headers: Sequence[SliceHeader]) -> None:
    sizes = sorted({header.size for header in headers})
    faulty = next((header for header in headers if header.faults), None)
    if faulty is not None:
        _refuse_faulty(faulty)
    placeless = [header for header in headers if not np.isfinite([*header.position, *header.orientation]).all()]
    if placeless:
        _refuse_placeless(name, placeless)
    if len({header.turned_from for header in headers}) > 1:
        msg = f"{name}: expected slices of one kind, got MONOCHROME1 beside others; export the series again"
        raise InputError(msg)
    if len(sizes) > 1:
        msg = f"{name}: expected slices of one size, got {sizes}; a series of mixed sizes cannot be stacked"
        raise InputError(msg)
    msg = f"{name}: expected parallel slices, got several orientations (a localizer?); choose another series"
    raise GeometryError(msg)


def _check_elements(name: str, headers: Sequence[SliceHeader]) -> None:
    for header in headers:
        if header.faults:
            _refuse_faulty(header)
    placeless = [header for header in headers if not np.isfinite([*header.position, *header.orientation]).all()]
    if placeless:
        _refuse_placeless(name, placeless)


def _edges(name: str, headers: Sequence[SliceHeader], between: float, spacing: Spacing | None) -> list[float]:
    if spacing is None:
        _check_spacing(headers)
    of_each = [given_spacing.completed([*header.spacing, between], spacing, name) for header in headers]
    return of_each[0]


def _check_spacing(headers: Sequence[SliceHeader]) -> None:
    first = headers[0]
    for header in headers:
        geometry.check_edges(header.spacing, shown(header.path), "PixelSpacing (0028,0030)")
        if np.abs(header.spacing / first.spacing - 1).max() > _SAME_SPACING:
            msg = (
                f"{shown(header.path)}: expected PixelSpacing {_millimetres(first)} as in {shown(first.path.name)}, "
                f"got {_millimetres(header)}; export the series again, or take the file out"
            )
            raise GeometryError(msg)


def _refuse_faulty(header: SliceHeader) -> None:
    msg = f"{shown(header.path)}: {header.faults[0]}; export the series again"
    raise FormatError(msg)


def _refuse_placeless(name: str, headers: Sequence[SliceHeader]) -> None:
    msg = (
        f"{name}: expected position and orientation in each slice, got {len(headers)} slices without, such as "
        f"{shown(headers[0].path.name)}; export the series again"
    )
    raise GeometryError(msg)


def _without_copies(headers: Sequence[SliceHeader], said: list[str]) -> list[SliceHeader]:
    """Return each slice once; files at the same place that differ are left for the order of the slices to refuse."""
    by_place: dict[tuple[float, ...], list[SliceHeader]] = {}
    for header in headers:
        by_place.setdefault(tuple(np.round(header.position / _SAME_PLACE_MM)), []).append(header)
    chosen, copies = [], []
    for group in by_place.values():
        chosen.append(group[0])
        if len(group) == 1:
            continue
        first = _pixels(group[0])
        for other in group[1:]:
            if np.array_equal(first, _pixels(other)):
                copies.append(other.path)
            elif other.instance == group[0].instance:
                _refuse_two_versions(group[0], other)
            else:
                chosen.append(other)
    if copies:
        said.append(f"{len(copies)} files are copies of others and were read once: {_listed(copies)}.")
    return chosen


def _refuse_two_versions(first: SliceHeader, second: SliceHeader) -> None:
    msg = (
        f"{shown(first.path)}, {shown(second.path)}: expected one file an image, got two with the same SOP instance "
        "and other values; remove one of them"
    )
    raise InputError(msg)


def _listed(paths: Sequence[Path]) -> str:
    names = [shown(path.name) for path in paths[:_NAMED]]
    return ", ".join(names) + (f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else "")


def _millimetres(header: SliceHeader) -> str:
    return " x ".join(f"{edge:g}" for edge in header.spacing) + " mm"
