"""The header of a NIfTI file: whether it can be true, and which of its two matrices counts.

The rule is that of ITK, and so of 3D Slicer: the sform if its code is 1 (scanner) and its axes are orthogonal;
otherwise the qform if it has a code; otherwise the sform, which must then be orthogonal. Without any code the
axes run to the right, the front and the top. Where the matrix that was passed over lies elsewhere, a note says so.
"""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lggseg.volumes import header
from lggseg.volumes.header import Facts, refuse, refuse_geometry, refuse_voxels

FloatArray = npt.NDArray[np.float64]

_BITS = {2: 8, 4: 16, 8: 32, 16: 32, 64: 64, 256: 8, 512: 16, 768: 32, 1024: 64, 1280: 64}
_NO_NUMBERS = {
    1: "single bits",
    32: "complex numbers",
    128: "colours",
    1536: "128 bit numbers",
    1792: "complex numbers",
}
_NO_NUMBERS |= {2048: "complex numbers", 2304: "colours"}
_FIELDS = {  # by the size of the header: where what stands, and as what
    348: {"dim": (40, "8h"), "datatype": (70, "2h"), "pixdim": (76, "8f"), "offset": (108, "f"), "units": (123, "b"),
          "codes": (252, "2h"), "quaternion": (256, "6f"), "sform": (280, "12f"), "magic": (344, "4s")},
    540: {"dim": (16, "8q"), "datatype": (12, "2h"), "pixdim": (104, "8d"), "offset": (168, "q"), "units": (500, "i"),
          "codes": (344, "2i"), "quaternion": (352, "6d"), "sform": (400, "12d"), "magic": (4, "4s")},
}  # fmt: skip
_FRACTIONS = {16: "f4", 64: "f8"}
_VALUES_AT_ONCE = 1 << 20
_MM_PER_UNIT = {1: 1000.0, 2: 1.0, 3: 0.001}
_SPATIAL_UNIT = 0x07
_SCANNER = 1
_SHEAR = 1e-4  # as ITK: above, it passes the sform over
_SAME_MM = 0.3  # a turned quaternion in single precision is off by a tenth
_SAME_EDGE = 0.01
_ROUNDED = 0.01  # how far the parts of a quaternion in single precision may be off


@dataclass(frozen=True)
class _Header:
    dim: tuple[int, ...]
    datatype: tuple[int, int]
    pixdim: tuple[float, ...]
    offset: float
    units: int
    codes: tuple[int, int]
    quaternion: tuple[float, ...]
    sform: tuple[float, ...]
    magic: bytes

    @property
    def slice_bytes(self) -> int:
        """Bytes of a slice."""
        return max(1, self.dim[1] * self.dim[2] * self.datatype[1] // 8)

    @property
    def scale(self) -> float:
        """Millimetres in the unit of the file."""
        return _MM_PER_UNIT.get(self.units & _SPATIAL_UNIT, 1.0)

    @property
    def edges(self) -> FloatArray:
        """Voxel edges in millimetres."""
        return np.abs(np.array(self.pixdim[1:4], dtype=np.float64)) * self.scale


def begins(head: bytes) -> bool:
    """Tell whether a file begins as NIfTI."""
    return _byte_order(head) is not None


def check(path: Path, compressed: bool) -> Facts:
    """Look at header and length of a NIfTI file; see ``integrity.check_file``."""
    with gzip.open(path) if compressed else path.open("rb") as stream:
        head = stream.read(max(_FIELDS))
    fields = _parse(path, head)
    expected = _check_voxels(path, fields)
    if compressed:
        header.check_gzip(path, expected, fields.slice_bytes)
    else:
        header.check_length(path, expected, path.stat().st_size, fields.slice_bytes)
    said = tuple(_check_geometry(path, fields))
    invalid = _invalid(path, fields, str(_byte_order(head)), compressed=compressed)
    return Facts((".nii.gz" if compressed else ".nii",), notes=said, invalid=invalid)


def _byte_order(head: bytes) -> str | None:
    for order in "<>":
        size = struct.unpack_from(order + "i", head)[0] if len(head) >= 348 else 0
        if size in _FIELDS and len(head) >= size:
            return order
    return None


def _parse(path: Path, head: bytes) -> _Header:
    order = _byte_order(head)
    if order is None:
        refuse(path, "a NIfTI header", f"{len(head)} bytes of something else", "check its origin and name")
    size = struct.unpack_from(order + "i", head)[0]
    found: dict[str, Any] = {
        name: struct.unpack_from(order + kind, head, at) for name, (at, kind) in _FIELDS[size].items()
    }
    single = {name: found.pop(name)[0] for name in ("offset", "units", "magic")}
    return _Header(**found, **single)


def _check_voxels(path: Path, fields: _Header) -> int:
    """Return how long the file must be."""
    if fields.magic[:2] not in (b"n+", b"ni"):
        refuse(path, "NIfTI", "an Analyze 7.5 header, which does not say where left is", "convert it to NIfTI")
    if fields.magic[:2] == b"ni":
        refuse(path, "a NIfTI file with its voxels", "the header of a pair of .hdr and .img", "convert it to .nii.gz")
    count = fields.dim[0]
    if not 1 <= count <= 7:
        refuse(path, "1 to 7 dimensions", count)
    code, bits = fields.datatype
    if code in _NO_NUMBERS:
        refuse_voxels(
            path, "one real number a voxel", _NO_NUMBERS[code], "save grey values (of complex ones, the magnitude)"
        )
    if _BITS.get(code) != bits:
        refuse(path, "a known kind of number", f"code {code} of {bits} bits")
    if not header.finite([fields.offset]) or not 0 <= fields.offset < header.MOST_BYTES:
        refuse(path, "a place where the voxels begin", fields.offset)
    return int(fields.offset) + header.count_bytes(path, fields.dim[1 : 1 + count], bits)


def _invalid(path: Path, fields: _Header, order: str, *, compressed: bool) -> npt.NDArray[np.bool_] | None:
    """Return which voxels are no finite numbers: ITK's reader would hand them over as 0."""
    code = fields.datatype[0]
    if code not in _FRACTIONS or max(fields.dim[4 : 1 + fields.dim[0]], default=1) > 1:
        return None
    kind = np.dtype(order + _FRACTIONS[code])
    found = []
    with gzip.open(path) if compressed else path.open("rb") as stream:
        stream.seek(int(fields.offset))
        left = int(np.prod(fields.dim[1 : 1 + fields.dim[0]], dtype=np.int64))
        while left:
            part = np.frombuffer(stream.read(min(left, _VALUES_AT_ONCE) * kind.itemsize), kind)
            found.append(~np.isfinite(part))
            left -= len(part)
    if not any(part.any() for part in found):
        return None
    return np.concatenate(found).reshape(fields.dim[fields.dim[0] : 0 : -1])


def _check_geometry(path: Path, fields: _Header) -> list[str]:
    """Return notes on what ITK will decide about the grid."""
    advice = "correct the header, or export the volume again"
    if not header.finite(fields.pixdim[1:4]) or min(fields.pixdim[1:4]) <= 0:
        refuse_geometry(path, "positive voxel sizes in pixdim", fields.pixdim[1:4], advice)
    q_code, s_code = fields.codes
    if (q_code > 0 and not header.finite(fields.quaternion)) or (s_code > 0 and not header.finite(fields.sform)):
        refuse_geometry(path, "finite numbers in qform and sform", "NaN or infinite ones", advice)
    if q_code > 0 and float(np.sum(np.square(fields.quaternion[:3]))) > 1 + _ROUNDED:
        refuse_geometry(path, "a rotation in the quaternion of the qform", fields.quaternion[:3], advice)
    if q_code <= 0 and s_code <= 0:
        return [header.NO_ORIENTATION.format(axes="right, anterior, superior")]
    qform = _qform(fields) if q_code > 0 else None
    sform = _sform(fields) if s_code > 0 else None
    straight = sform is not None and _shear(sform) < _SHEAR
    taken = sform if straight and (s_code == _SCANNER or qform is None) else qform
    if taken is None:
        refuse_geometry(
            path, "orthogonal axes", "a sheared sform and no qform", "resample the volume onto a straight grid"
        )
    edges = np.linalg.norm(taken[:, :3], axis=0)
    if np.abs(edges / fields.edges - 1).max() > _SAME_EDGE:
        got = f"{_listed(fields.edges)} in pixdim and {_listed(edges)} in the matrix"
        refuse_geometry(path, "one voxel size", got, advice)
    passed_over = qform if taken is sform else sform
    return (
        [] if passed_over is None else _difference(fields, taken, passed_over, "sform" if taken is sform else "qform")
    )


def _difference(fields: _Header, taken: FloatArray, other: FloatArray, name: str) -> list[str]:
    last = np.array(fields.dim[1:4]) - 1
    corners = np.array([[*(last * np.array(place)), 1] for place in np.ndindex(2, 2, 2)], dtype=np.float64)
    apart = float(np.linalg.norm(corners @ (taken - other).T, axis=1).max())
    if apart < _SAME_MM:
        return []
    return [
        f"The sform (code {fields.codes[1]}) and the qform (code {fields.codes[0]}) of the file lie up to {apart:.1f} "
        f"mm apart: the {name} was taken, as 3D Slicer does; a program that takes the other shows the mask elsewhere."
    ]


def _sform(fields: _Header) -> FloatArray:
    return np.array(fields.sform, dtype=np.float64).reshape(3, 4) * fields.scale


def _qform(fields: _Header) -> FloatArray:
    """Return the ``(3, 4)`` matrix of the quaternion, as the standard of NIfTI-1 defines it."""
    b, c, d = fields.quaternion[:3]
    a = np.sqrt(max(0.0, 1.0 - (b * b + c * c + d * d)))
    length = np.sqrt(a * a + b * b + c * c + d * d)
    a, b, c, d = (part / length for part in (a, b, c, d))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    mirrored = -1.0 if fields.pixdim[0] < 0 else 1.0
    return np.column_stack([rotation * fields.edges * [1, 1, mirrored], np.array(fields.quaternion[3:]) * fields.scale])


def _shear(matrix: FloatArray) -> float:
    edges = np.linalg.norm(matrix[:, :3], axis=0)
    if not edges.all():
        return 1.0
    axes = matrix[:, :3] / edges
    return float(np.abs(axes.T @ axes - np.eye(3)).max())


def _listed(edges: FloatArray) -> str:
    return " x ".join(f"{edge:.4g}" for edge in edges) + " mm"
