"""Separated text as it is found."""

from __future__ import annotations

import pytest

from lggseg.cohort.delimited import read_sheet
from lggseg.errors import FormatError


def sheet(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    return read_sheet(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_of_the_encoding(tmp_path, encoding):
    assert sheet(tmp_path, "ä,b\n1,2\n", encoding).columns == ("ä", "b")


def test_the_separator_is_the_one_that_splits_all_lines(tmp_path):
    assert sheet(tmp_path, "patient\tage, at scan, years\nx\t4\n").columns == ("patient", "age, at scan, years")
    assert sheet(tmp_path, "p;a\nx;1,5\n").rows == ((2, ("x", "1,5")),)


def test_a_single_marked_line_is_the_header(tmp_path):
    read = sheet(tmp_path, "#exported on a Monday\n# id,a\nx,1\n")
    assert (read.columns, read.rows) == (("id", "a"), ((3, ("x", "1")),))


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    read = sheet(tmp_path, 'sep=;\n\n#note\np;a\nx;"two\nlines"\ny;1\n')
    assert [number for number, _ in read.rows] == [5, 7]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('p,a\nx,"1\ny,2\n', "expected cells with closed quotes"),
        ("p,a,a\nx,1,2\n", "expected each column once, got 'a' twice with different values"),
        ("p,a\nx,1,2\n", r"line 2: expected no more values than columns \(2\), got 3"),
        ("", "got 0 lines"),
        ("# only\n# remarks\n", "got 0 lines"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, text, message):
    with pytest.raises(FormatError, match=message):
        sheet(tmp_path, text)


def test_copies_of_a_column_and_trailing_separators(tmp_path):
    read = sheet(tmp_path, "p,a,a\nx,1,1,,\n")
    assert (read.columns, read.rows) == (("p", "a"), ((2, ("x", "1")),))


def test_quotes_within_tab_separated_text(tmp_path):
    assert sheet(tmp_path, 'p\ta\nx\t5" lesion\ny\t2\n').rows[0] == (2, ("x", '5" lesion'))
