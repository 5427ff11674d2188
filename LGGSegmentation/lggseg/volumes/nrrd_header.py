"""The header of an NRRD file: whether it can be true, and what it does not say.

As ITK, and so 3D Slicer, reads it: ``space directions`` and ``space origin`` in the space that is named; without
directions ``spacings``, and the axes as left, posterior, superior; without both, the voxel size is not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from lggseg.volumes import header, text_header
from lggseg.volumes.header import Facts, refuse, refuse_geometry, refuse_voxels
from lggseg.volumes.native import shown

_NO_ORIGIN = "The file does not say where it lies: its first voxel was taken as the origin."
_BITS = {
    8: ("char", "int8", "int8_t", "uchar", "uint8", "uint8_t"),
    16: ("short", "int16", "int16_t", "ushort", "uint16", "uint16_t"),
    32: ("int", "int32", "int32_t", "uint", "uint32", "uint32_t", "float"),
    64: ("longlong", "int64", "int64_t", "ulonglong", "uint64", "uint64_t", "double"),
}
_TYPES = {name: bits for bits, names in _BITS.items() for name in names}
_SPACES = {"left-posterior-superior", "lps", "right-anterior-superior", "ras", "left-anterior-superior", "las"}
_SKIPS = ("byte skip", "byteskip", "line skip", "lineskip")
_ENCODINGS = {"raw", "gzip", "gz", "ascii", "text", "txt", "hex"}


def begins(head: bytes) -> bool:
    """Tell whether a file begins as NRRD."""
    return head.startswith(b"NRRD")


def check(path: Path, compressed: bool) -> Facts:
    """Look at header and length of an NRRD file; see ``integrity.check_file``."""
    text_header.refuse_whole_gzip(path, compressed=compressed)
    with path.open("rb") as stream:
        fields = _fields(path, stream)
        sizes = text_header.integers(path, "sizes", fields.get("sizes", ""))
        dimension = text_header.integers(path, "dimension", fields.get("dimension", ""))
        text_header.check_dimension(path, dimension[0], len(sizes))
        kind = " ".join(fields.get("type", "").lower().replace("unsigned ", "u").replace("signed ", "").split())
        kind = kind.removesuffix(" int").replace("long long", "longlong")
        if kind not in _TYPES:
            refuse_voxels(path, "one real number a voxel", f"type «{shown(kind)}»", "save grey values")
        expected = header.count_bytes(path, sizes, _TYPES[kind])
        encoding = fields.get("encoding", "").lower()
        if encoding not in _ENCODINGS:
            refuse(path, f"an encoding of {', '.join(sorted(_ENCODINGS))}", f"«{encoding}»", "save it as gzip or raw")
        data = fields.get("data file", fields.get("datafile"))
        if any(fields.get(name, "0") not in ("0", "-1") for name in _SKIPS):
            refuse(path, "voxels right behind the header", "some bytes or lines to skip", "save the volume as one file")
        voxels = text_header.Voxels(encoding, expected, expected // sizes[-1], _TYPES[kind])
        text_header.check_data(path, stream, data, voxels)
    return Facts((".nrrd", ".nhdr"), *_geometry(path, fields, len(sizes)))


def _fields(path: Path, stream: IO[bytes]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in text_header.lines(path, stream):
        if not line:
            return fields
        name, colon, value = line.partition(":")
        if line.startswith("#") or value.startswith("=") or not colon:
            continue
        if name.strip().lower() in fields:
            refuse(path, f"the field «{name}» once", "it twice")
        fields[name.strip().lower()] = value.strip()
    if "data file" in fields or "datafile" in fields:
        return fields
    return refuse(path, "an empty line at the end of the header", "the end of the file")


def _geometry(path: Path, fields: Mapping[str, str], dimension: int) -> tuple[bool, tuple[str, ...]]:
    """Return whether the voxel size is known, and notes on what ITK will decide about the grid."""
    _check_units(path, fields)
    if "space directions" not in fields:
        if "spacings" not in fields:
            return False, (header.NO_ORIENTATION.format(axes=text_header.AXES),)
        known = [part for part in fields["spacings"].split() if part.lower() != "nan"]
        text_header.refuse_negative(path, "spacings", text_header.floats(path, "spacings", " ".join(known), len(known)))
        return len(known) >= min(3, dimension), (header.NO_ORIENTATION.format(axes=text_header.AXES),)
    vectors = re.findall(r"\(([^)]*)\)|(none)", fields["space directions"])
    if len(vectors) != dimension:
        refuse_geometry(path, f"{dimension} space directions", fields["space directions"], "export the volume again")
    directions = [inner for inner, none in vectors if not none]
    for vector in directions:
        text_header.floats(path, "a space direction", vector.replace(",", " "), len(vector.split(",")))
    origin = fields.get("space origin")
    if origin is not None:
        inner = origin.strip("()").replace(",", " ")
        text_header.floats(path, "space origin", inner, len(inner.split()))
    said = [] if origin is not None else [_NO_ORIGIN]
    space = fields.get("space", "").lower()
    if space not in _SPACES:
        said.append(f"The space of the file, «{space or 'none'}», was taken as {text_header.AXES}, as 3D Slicer does.")
    return True, tuple(said)


def _check_units(path: Path, fields: Mapping[str, str]) -> None:
    units = re.findall(r'"([^"]*)"', fields.get("space units", "") + fields.get("units", ""))
    other = [unit for unit in units if unit.lower() not in ("mm", "", "millimeter", "???")]
    if other:
        refuse_geometry(path, "millimetres", f"«{other[0]}»", "convert the volume")
