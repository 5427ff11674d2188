"""What people and programs write into the cells of a table, and what it means.

A column is read as a whole, because a cell alone does not tell: a dash is no entry in most columns and the other
answer in one with plus signs; 1,234 is a thousand or one and a bit, depending on what else is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

MISSING = frozenset({
    "", "na", "n/a", "n.a.", "#n/a", "nan", "nil", "none", "null", "missing", "unknown", "unk", "unspecified",
    "not available", "not applicable", "not reported", "not evaluated", "not specified", "not provided",
    "not collected", "not recorded", "not known", "not determined", "not tested", "not done", "not assessed",
    "not performed", "no data", "no result", "inconclusive", "indeterminate", "undetermined", "discrepancy", "pending",
    "tbd", "to be determined", "n.d.", "nd", "n/d", "qns", "k.a.", "k. a.", "keine angabe", "unbekannt", "unklar",
    "nicht bekannt", "nicht bestimmt", "nicht verf\u00fcgbar", "fehlt", "fehlend",
    "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!",
})  # fmt: skip
"""Words that stand for no entry: case, brackets, quotes and underscores around and in them do not matter."""

_STATUS = re.compile(r"\[[A-Za-z ]+\]")
"""How TCGA writes why there is no entry: [Not Available], [Completed], and whatever else is in brackets."""

_CODES = frozenset(f"{sign}{digit * count}" for sign in ("", "-") for digit in "89" for count in (1, 2, 3, 4))
_FAR = 3
_DASHES = "-\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}"
_WHOLE = re.compile(r"(-?(?:0|[1-9]\d*))\.0+")
_NUMBER = re.compile(r"[-+]?(?:\d+[.,]?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:[.,]\d{3})+")
_RUNS = "=+-@\t\r\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
_GUARDED = re.compile(f"'+[{re.escape(_RUNS)}]")


@dataclass(frozen=True)
class Column:
    """A column after reading.

    Attributes:
        values: Entries; blank where there is none.
        missing: Words that were taken for no entry, to how often.
        doubt: Why its entries cannot be read as numbers though they look like some; else empty.
    """

    values: tuple[str, ...]
    missing: Counter[str]
    doubt: str = ""


def guarded(text: str) -> str:
    """Return text as a cell that no spreadsheet runs as a formula: with an apostrophe before it where it needs one."""
    bare = text.lstrip("'")
    return f"'{text}" if bare[:1] and bare[0] in _RUNS and not _NUMBER.fullmatch(text) else text


def unguarded(cell: str) -> str:
    """Return the text that :func:`guarded` wrote."""
    return cell[1:] if _GUARDED.match(cell) else cell


def read_column(cells: Sequence[str], *, missing: Collection[str] = (), decimal_comma: bool = False) -> Column:
    """Read one column.

    Args:
        cells: Its cells, stripped.
        missing: Further words for no entry.
        decimal_comma: Whether commas in this table are known to be decimal marks.
    """
    words = MISSING | {_bare(word) for word in missing}
    signs = any(set(cell) == {"+"} for cell in cells)
    gone = [_is_missing(cell, words, dashes_count=signs) for cell in cells]
    counts = Counter(cell for cell, blank in zip(cells, gone, strict=True) if blank and cell)
    values = ["" if blank else unguarded(cell) for cell, blank in zip(cells, gone, strict=True)]
    doubt = _doubt(values, decimal_comma=decimal_comma)
    if not doubt and _are_numbers(values):
        values = [value.replace(",", ".") for value in values]
    return Column(tuple(_WHOLE.sub(r"\1", v) if _WHOLE.fullmatch(v) else v for v in values), counts, doubt)


def writes_decimal_commas(columns: Iterable[Sequence[str]]) -> bool:
    """Return whether a table has numbers whose comma must be a decimal mark, and none with a decimal point."""
    marks = {
        _mark(cell) for cells in columns if _are_numbers(cells) for cell in cells if not _THOUSANDS.fullmatch(cell)
    }
    return "," in marks and "." not in marks


def spellings(values: Sequence[str]) -> dict[str, str]:
    """Return which entries differ from a more frequent one only in case or spaces.

    Male, male and MALE are one group: each is given the spelling that most rows have.
    """
    alike: dict[str, Counter[str]] = {}
    for value in values:
        alike.setdefault(" ".join(value.casefold().split()), Counter())[value] += 1
    usual = {written: counts.most_common(1)[0][0] for counts in alike.values() for written in counts}
    return {written: spelling for written, spelling in usual.items() if written != spelling}


def code_for_nothing(values: Sequence[str]) -> str:
    """Return a number among others that is likely to stand for no entry, as 999 and -9 do, or nothing.

    It is written with nines or eights alone, and lies far above the others, or below 0 where no other does.
    """
    whole = [int(value) for value in values if re.fullmatch(r"-?\d{1,9}", value)]
    if len(whole) != sum(map(bool, values)):
        return ""
    for code in sorted(set(map(str, whole)) & _CODES, key=int):
        others = [value for value in whole if str(value) != code]
        below = int(code) < 0 and min(others, default=-1) >= 0
        if others and (below or (int(code) > 9 and int(code) > _FAR * max(others) > 0)):
            return code
    return ""


def _are_numbers(values: Sequence[str]) -> bool:
    return all(_NUMBER.fullmatch(value) or _THOUSANDS.fullmatch(value) for value in values if value)


def _mark(value: str) -> str:
    return next((mark for mark in ",." if mark in value), "")


def _doubt(values: Sequence[str], *, decimal_comma: bool) -> str:
    """Return why points and commas in a column of numbers can be read in two ways, or nothing."""
    if not _are_numbers(values):
        return ""
    marked = [value for value in values if _mark(value)]
    marks = {_mark(value) for value in marked}
    if len(marks) > 1:
        comma, point = (next(value for value in marked if _mark(value) == mark) for mark in ",.")
        return f"{comma} and {point}, so that the decimal mark cannot be told"
    foreign = "." if decimal_comma else ","
    if marks == {foreign} and all(_THOUSANDS.fullmatch(value) for value in marked):
        return f"{marked[0]}, which may be thousands or have decimals"
    return ""


def _bare(text: str) -> str:
    return re.sub(r"[\s_]+", " ", text.casefold().strip(" \t[](){}<>'\"")).strip()


def _is_missing(cell: str, words: Collection[str], *, dashes_count: bool) -> bool:
    bare = _bare(cell)
    if bare in words or _STATUS.fullmatch(cell) or re.fullmatch(r"[.?*\N{HORIZONTAL ELLIPSIS}]+", bare):
        return True
    return not dashes_count and bool(bare) and set(bare) <= set(_DASHES)
