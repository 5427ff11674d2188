"""What the header checks of formats with a header of text share: lines, numbers, and the voxels behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from lggseg.volumes import header
from lggseg.volumes.header import refuse, refuse_geometry
from lggseg.volumes.native import shown

AXES = "left, posterior, superior"
"""How the axes of a volume run whose file does not say."""

_LONGEST_HEADER = 1 << 20
_MOST_DIMENSIONS = 4
_MOST_WORDS = 1 << 27  # of a file in plain text: more would be read for minutes


@dataclass(frozen=True)
class Voxels:
    """What a header says of its voxels.

    Attributes:
        encoding: ``raw``, ``gzip``, ``hex`` or ``ascii``.
        count_bytes: Bytes of all.
        slice_bytes: Bytes of a step along the slowest axis.
        bits: Of one.
    """

    encoding: str
    count_bytes: int
    slice_bytes: int
    bits: int


def refuse_whole_gzip(path: Path, *, compressed: bool) -> None:
    """Refuse a file that is packed as a whole: ITK reads that of NIfTI only."""
    if compressed:
        refuse(path, "a volume file", "one packed as a whole by gzip", "unpack it first")


def lines(path: Path, stream: IO[bytes]) -> Iterator[str]:
    """Yield the lines of a header up to the end of the file; a header without end is refused."""
    while line := stream.readline(_LONGEST_HEADER):
        if stream.tell() > _LONGEST_HEADER:
            refuse(path, f"a header of at most {_LONGEST_HEADER >> 20} MiB", "a longer one")
        yield line.decode("utf-8", "surrogateescape").rstrip("\r\n")


def check_dimension(path: Path, dimension: int, sizes: int) -> None:
    """Refuse more dimensions than a volume can have, or another number of sizes."""
    if not 1 <= dimension <= _MOST_DIMENSIONS or dimension != sizes:
        refuse(path, f"1 to {_MOST_DIMENSIONS} dimensions with a size each", f"{dimension} with {sizes} sizes")


def check_data(path: Path, stream: IO[bytes], data: str | None, voxels: Voxels) -> None:
    """Count the voxels, in the file itself or in the one that its header names."""
    if data is None:
        _count(path, stream, voxels)
        return
    source = path.parent / data
    if "%" in data or data.upper().startswith("LIST"):
        refuse(path, "the voxels in one file", f"«{data}»", "save the volume as one file")
    try:
        if not source.is_file():
            refuse(path, f"its voxels in {shown(source.name)} beside it", "no such file", "copy both files")
        with source.open("rb") as other:
            _count(source, other, voxels)
    except (OSError, ValueError) as error:
        refuse(path, f"its voxels in {shown(source.name)}", f"«{error}»", "copy both files")


def _count(path: Path, stream: IO[bytes], voxels: Voxels) -> None:
    expected = voxels.count_bytes
    if voxels.encoding in ("gzip", "gz"):
        header.check_zlib(path, stream, expected, voxels.slice_bytes)
    elif voxels.encoding == "raw":
        header.check_length(path, stream.tell() + expected, path.stat().st_size, voxels.slice_bytes)
    elif voxels.encoding == "hex":
        header.check_length(path, 2 * expected, sum(len(line.strip()) for line in stream))
    else:
        _check_words(path, stream, expected * 8 // voxels.bits)


def _check_words(path: Path, stream: IO[bytes], expected: int) -> None:
    """Make sure that what ITK would read as numbers are numbers."""
    if path.stat().st_size > _MOST_WORDS:
        refuse(path, "a volume in binary", "one in plain text that is too long to read", "save it compressed")
    found = 0
    for line in stream:
        words = line.replace(b",", b" ").split()
        try:
            np.array(words, dtype=np.float64)
        except ValueError:
            refuse(path, "voxels as numbers in plain text", f"{line[:40]!r}")
        found += len(words)
    if found < expected:
        refuse(path, f"{expected} numbers by its header", found, "the file is cut off, copy it again")


def integers(path: Path, name: str, text: str) -> list[int]:
    """Return the whole numbers of a field, at least one."""
    try:
        values = [int(part) for part in text.split()]
    except ValueError:
        values = []
    if not values:
        refuse(path, f"whole numbers for {name}", f"«{text}»")
    return values


def floats(path: Path, name: str, text: str, count: int) -> list[float]:
    """Return the finite numbers of a field about the grid."""
    try:
        values = [float(part) for part in text.split()]
    except ValueError:
        values = []
    if len(values) != count or not header.finite(values):
        advice = "correct the header, or export the volume again"
        refuse_geometry(path, f"{count} finite numbers for {name}", f"«{text}»", advice)
    return values


def refuse_negative(path: Path, name: str, edges: list[float]) -> None:
    """Refuse voxel edges below 0: readers differ in what they make of them."""
    if min(edges, default=1.0) <= 0:
        refuse_geometry(path, f"positive numbers for {name}", edges, "correct the header, or export the volume again")
