"""The header of a MetaImage file: whether it can be true, and what it does not say.

As ITK, and so 3D Slicer, reads it: ``ElementSpacing``, ``TransformMatrix`` and ``Offset`` (or their older names);
without a matrix the axes are taken as left, posterior, superior; without spacing, the voxel size is not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from lggseg.volumes import header, text_header
from lggseg.volumes.header import Facts, refuse, refuse_geometry, refuse_voxels
from lggseg.volumes.native import shown

_BITS = {"CHAR": 8, "UCHAR": 8, "SHORT": 16, "USHORT": 16, "INT": 32, "UINT": 32, "LONG": 64, "ULONG": 64}
_BITS |= {"LONG_LONG": 64, "ULONG_LONG": 64, "FLOAT": 32, "DOUBLE": 64}
_SWITCHES = (("CompressedData", "False"), ("BinaryData", "True"))
_MILLIMETRES = ("mm", "millimeter", "millimetre", "?", "")
_ORIGINS = ("Offset", "Position", "Origin", "CenterOfRotation")
_MATRICES = ("TransformMatrix", "Rotation", "Orientation")


def begins(head: bytes) -> bool:
    """Tell whether a file begins as MetaImage."""
    return re.match(rb"\s*(ObjectType|NDims|Comment|ObjectSubType)\s*=", head) is not None


def check(path: Path, compressed: bool) -> Facts:
    """Look at header and length of a MetaImage file; see ``integrity.check_file``."""
    text_header.refuse_whole_gzip(path, compressed=compressed)
    with path.open("rb") as stream:
        fields = _fields(path, stream)
        sizes = text_header.integers(path, "DimSize", fields.get("DimSize", ""))
        text_header.check_dimension(path, text_header.integers(path, "NDims", fields.get("NDims", ""))[0], len(sizes))
        kind = fields.get("ElementType", "").removeprefix("MET_").removesuffix("_ARRAY")
        if kind not in _BITS:
            refuse_voxels(path, "one real number a voxel", f"ElementType «{shown(kind)}»", "save grey values")
        channels = text_header.integers(path, "ElementNumberOfChannels", fields.get("ElementNumberOfChannels", "1"))
        expected = header.count_bytes(path, [*sizes, *channels], _BITS[kind])
        data: str | None = fields["ElementDataFile"]
        if text_header.integers(path, "HeaderSize", fields.get("HeaderSize", "0"))[0] not in (0, -1):
            refuse(path, "voxels right behind the header", "some bytes to skip (HeaderSize)", "save it as one file")
        packed, binary = (_is_true(fields.get(name, default)) for name, default in _SWITCHES)
        encoding = "gzip" if packed else "raw" if binary else "ascii"
        data = None if str(data).upper() == "LOCAL" else data
        voxels = text_header.Voxels(encoding, expected, expected // sizes[-1], _BITS[kind])
        text_header.check_data(path, stream, data, voxels)
    return Facts((".mha", ".mhd"), *_geometry(path, fields, len(sizes)))


def _fields(path: Path, stream: IO[bytes]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in text_header.lines(path, stream):
        name, equals, value = line.partition("=")
        if not equals:
            refuse(path, "lines «Name = value» in the header", f"«{line[:60]}»")
        fields[name.strip()] = value.strip()
        if name.strip() == "ElementDataFile":
            return fields
    return refuse(path, "ElementDataFile at the end of the header", "the end of the file")


def _geometry(path: Path, fields: Mapping[str, str], dimension: int) -> tuple[bool, tuple[str, ...]]:
    for names, count in ((("ElementSpacing", "ElementSize"), dimension), (_ORIGINS, dimension)):
        for name in names:
            if name in fields:
                found = text_header.floats(path, name, fields[name], count)
                if name.startswith("Element"):
                    text_header.refuse_negative(path, name, found)
    if fields.get("DistanceUnits", "mm").lower() not in _MILLIMETRES:
        refuse_geometry(path, "millimetres", f"DistanceUnits «{shown(fields['DistanceUnits'])}»", "convert the volume")
    matrices = [name for name in _MATRICES if name in fields]
    for name in matrices:
        text_header.floats(path, name, fields[name], dimension**2)
    said = () if matrices else (header.NO_ORIENTATION.format(axes=text_header.AXES),)
    return "ElementSpacing" in fields, said


def _is_true(text: str) -> bool:
    return text[:1].upper() in ("T", "1", "Y")
