"""What the header checks of all formats share: what they find, how they count, how they refuse."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

import numpy as np
import numpy.typing as npt

from lggseg.errors import FormatError, GeometryError, InputError
from lggseg.volumes.native import shown

MOST_BYTES = 1 << 34
"""More than this is no volume of a head, but a damaged header or a file made to fill the memory."""

_CHUNK_BYTES = 1 << 20
_ZLIB_OR_GZIP = 47  # as zlib wants it: told apart by the stream's own head

NO_ORIENTATION = (
    "The file does not say how it lies in space: its axes were taken as {axes}, as 3D Slicer does; left and right "
    "may be swapped."
)


@dataclass(frozen=True)
class Facts:
    """What a header check found.

    Attributes:
        suffixes: Endings by which ITK knows the format, the usual one first.
        has_spacing: Whether the file says how large its voxels are.
        notes: What had to be decided about its geometry.
        invalid: Which voxels are NaN or infinite, ``(K, J, I)``, where the reader would make zeros of them.
    """

    suffixes: tuple[str, ...]
    has_spacing: bool = True
    notes: tuple[str, ...] = ()
    invalid: npt.NDArray[np.bool_] | None = None


def refuse(path: Path, expected: str, got: object, advice: str = "copy or export it again") -> NoReturn:
    """Raise the error for a header that cannot be true."""
    msg = f"{shown(path)}: expected {expected}, got {shown(str(got))[:200]}; {advice}"
    raise FormatError(msg)


def refuse_geometry(path: Path, expected: str, got: object, advice: str) -> NoReturn:
    """Raise the error for a grid that cannot be used."""
    msg = f"{shown(path)}: expected {expected}, got {shown(str(got))[:200]}; {advice}"
    raise GeometryError(msg)


def refuse_voxels(path: Path, expected: str, got: object, advice: str) -> NoReturn:
    """Raise the error for voxels that are not one real number each."""
    msg = f"{shown(path)}: expected {expected}, got {got}; {advice}"
    raise InputError(msg)


def count_bytes(path: Path, sizes: Sequence[int], bits: int) -> int:
    """Return how many bytes the voxels take.

    Raises:
        FormatError: If a size is not positive, or there are more than ``MOST_BYTES``.
    """
    if not sizes or min(sizes) < 1:
        refuse(path, "sizes of at least 1 voxel", "x".join(map(str, sizes)) or "none")
    count = math.prod(sizes) * bits // 8
    if count > MOST_BYTES:
        refuse(
            path,
            f"at most {MOST_BYTES >> 30} GiB of voxels",
            f"{'x'.join(map(str, sizes))} of {bits} bits by its header",
        )
    return count


def check_length(path: Path, expected: int, got: int, beyond: int | None = None) -> None:
    """Refuse a file that is shorter than its header says, or longer by whole slices.

    Args:
        path: What to name in a message.
        expected: Bytes by the header.
        got: Bytes that there are, as far as they were counted.
        beyond: Bytes of a slice: so many more are voxels that the header has lost.
    """
    if got < expected:
        refuse(path, f"{expected} bytes by its header", f"{got}", "the file is cut off, copy it again")
    if beyond is not None and got - expected >= beyond:
        more = f"{(got - expected) // beyond} slices more at least"
        refuse(path, f"{expected} bytes by its header", more, "its header is damaged, export it again")


def check_zlib(path: Path, stream: IO[bytes], expected: int, beyond: int) -> None:
    """Unpack a compressed stream to its end, which compares its checksum, and count: ITK does neither.

    Args:
        path: What to name in a message.
        stream: At the start of the compressed data.
        expected: Bytes that must come out of it.
        beyond: Bytes of a slice, see ``check_length``.
    """
    unpacker = zlib.decompressobj(_ZLIB_OR_GZIP)
    length = 0
    try:
        while not unpacker.eof and length <= expected + beyond and (chunk := stream.read(_CHUNK_BYTES)):
            while chunk and not unpacker.eof and length <= expected + beyond:
                length += len(unpacker.decompress(chunk, _CHUNK_BYTES))
                chunk = unpacker.unconsumed_tail
    except zlib.error as error:
        refuse(path, "a complete file", f"one that is damaged («{error}»)", "copy it again")
    if not unpacker.eof and length <= expected:
        refuse(path, "a complete file", "one that is cut off", "copy it again")
    check_length(path, expected, length, beyond)


def check_gzip(path: Path, expected: int, beyond: int) -> None:
    """Unpack a gzip file to its end and count, as ``check_zlib``; several members may follow each other."""
    length = 0
    try:
        with gzip.open(path) as content:
            # A little beyond what is expected: to the end of an ordinary file, not of one that never ends.
            while length <= expected + max(beyond, _CHUNK_BYTES) and (chunk := content.read(_CHUNK_BYTES)):
                length += len(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        refuse(path, "a complete file", f"one that is cut off or damaged («{error}»)", "copy it again")
    check_length(path, expected, length, beyond)


def finite(values: Iterable[float]) -> bool:
    """Tell whether all values are finite numbers."""
    return all(math.isfinite(value) for value in values)
