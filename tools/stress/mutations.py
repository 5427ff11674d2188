"""Ways to damage a file, as disks, networks, programs and people do."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Mutation = Callable[[bytes, random.Random], bytes]

_HEADER_BYTES = 600
_NUMBERS = (
    *("0", "-1", "1", "2", "7", "65535", "65536", "100000", "2147483647", "2147483648", "99999999999999999999", "-0"),
    *(
        "nan",
        "NaN",
        "inf",
        "-inf",
        "1e308",
        "1e-308",
        "1e999",
        "0.0000001",
        "8000",
        "1,5",
        "1.5",
        "0x10",
        "",
        " ",
        "abc",
    ),
    *("1_0", "\u0661", "--1", "1 2", "None", "true", "[]", "{}", '""', "null"),
)
_BINARY_NUMBERS = (
    *(b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\0\0\x80\xff", b"\xff\xff\xff\xff", b"\0\0\0\x80", b"\xff\xff\xff\x7f"),
    *(b"\x01\0\0\0", b"\0\0\0\0", b"\xff\xff", b"\xff\x7f", b"\0\x80", b"\0\0", b"\x01\0", b"\x20\0"),
)
_WORDS = (
    b"\0",
    b"\n",
    b"\r\n",
    b"\n\n",
    b":",
    b"=",
    b",",
    b";",
    b'"',
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"%s%n",
    b"../../x",
)


def flip_bits(data: bytes, choose: random.Random) -> bytes:
    """Turn one to eight bits, more often in the header."""
    damaged = bytearray(data)
    for _ in range(choose.randint(1, 8)):
        damaged[_place(data, choose)] ^= 1 << choose.randrange(8)
    return bytes(damaged)


def put_bytes(data: bytes, choose: random.Random) -> bytes:
    """Put numbers at the ends of their range over what is there."""
    damaged = bytearray(data)
    value = choose.choice(_BINARY_NUMBERS)
    at = _place(data, choose) // 2 * 2
    damaged[at : at + len(value)] = value
    return bytes(damaged[: max(len(data), 1)])


def cut(data: bytes, choose: random.Random) -> bytes:
    """Cut the file off."""
    return data[: choose.randrange(len(data))]


def lose_middle(data: bytes, choose: random.Random) -> bytes:
    """Lose a stretch of bytes."""
    first = _place(data, choose)
    return data[:first] + data[first + choose.choice((1, 2, 7, 64, 512, 4096)) :]


def double(data: bytes, choose: random.Random) -> bytes:
    """Write a stretch of bytes twice."""
    first = _place(data, choose)
    last = first + choose.choice((1, 8, 80, 800))
    return data[:last] + data[first:last] + data[last:]


def zero(data: bytes, choose: random.Random) -> bytes:
    """Put zeros over a stretch of bytes, as a bad block does."""
    first, count = _place(data, choose), choose.choice((4, 64, 512, 4096))
    return data[:first] + bytes(min(count, len(data) - first)) + data[first + count :]


def insert_word(data: bytes, choose: random.Random) -> bytes:
    """Put a separator, a mark or a format sign somewhere."""
    at = _place(data, choose)
    return data[:at] + choose.choice(_WORDS) * choose.choice((1, 1, 1, 50)) + data[at:]


def replace_number(data: bytes, choose: random.Random) -> bytes:
    """Put another number, or none, in place of one that is written in letters."""
    found = [match for match in re.finditer(rb"-?\d+(\.\d+)?", data[: 4 * _HEADER_BYTES]) if match.group()]
    if not found:
        return flip_bits(data, choose)
    match = choose.choice(found)
    return data[: match.start()] + choose.choice(_NUMBERS).encode() + data[match.end() :]


def replace_line(data: bytes, choose: random.Random) -> bytes:
    """Lose, double or exchange a line of the header."""
    lines = data.split(b"\n")
    at = choose.randrange(min(len(lines), 25))
    lines[at : at + 1] = choose.choice(([], [lines[at]] * 2, [choose.choice(lines[:25])], [b""], [lines[at][::-1]]))
    return b"\n".join(lines)


def replace_value(data: bytes, choose: random.Random) -> bytes:
    """Give a JSON or text value another type."""
    found = list(re.finditer(rb":\s*([^,\n}\]]+)", data))
    if not found:
        return replace_number(data, choose)
    match = choose.choice(found)
    return data[: match.start(1)] + choose.choice(_NUMBERS).encode() + data[match.end(1) :]


def other_content(_data: bytes, choose: random.Random) -> bytes:
    """Be something else under the same name."""
    heads = (b"", b"\x1f\x8b\x08", b"%PDF-1.4\n", b"PK\x03\x04", b"NRRD0004\n", b"II*\0", b"MM\0*", b"{", b"<html>")
    return choose.choice(heads) + choose.randbytes(choose.choice((0, 1, 100, 5000)))


BINARY: tuple[Mutation, ...] = (
    *(flip_bits, put_bytes, put_bytes, cut, lose_middle, double, zero, insert_word, other_content),
)
TEXT: tuple[Mutation, ...] = (*BINARY, replace_number, replace_number, replace_line, replace_line, replace_value)


def mutate(data: bytes, choose: random.Random, ways: tuple[Mutation, ...]) -> bytes:
    """Damage a file in one to three ways."""
    for _ in range(choose.choice((1, 1, 1, 2, 3))):
        if data:
            data = choose.choice(ways)(data, choose)
    return data


def _place(data: bytes, choose: random.Random) -> int:
    return choose.randrange(min(len(data), choose.choice((_HEADER_BYTES, _HEADER_BYTES, len(data)))) or 1)
