"""Numbers that are kept for the next run."""

from __future__ import annotations

import math

import pytest

from lggseg.errors import OutputError
from lggseg.radiogenomics.kept import Kept


def test_numbers_come_back_as_they_were(tmp_path):
    file = tmp_path / "folder" / "kept.json"
    kept = Kept(file)
    assert kept.get("a") == []
    kept.put("a", [0.1, 1 / 3, math.nan])
    kept.put("b", [2])
    again = Kept(file)
    assert again.get("a")[:2] == [0.1, 1 / 3]
    assert math.isnan(again.get("a")[2])
    assert again.get("b") == [2.0]


def test_what_is_given_out_is_a_copy():
    kept = Kept()
    kept.put("a", [1.0])
    kept.get("a").append(2.0)
    assert kept.get("a") == [1.0]


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1}', '{"a": ["x"]}'])
def test_a_damaged_file_is_begun_anew(tmp_path, text):
    (tmp_path / "kept.json").write_text(text)
    kept = Kept(tmp_path / "kept.json")
    assert kept.get("a") == []
    kept.put("b", [1.0])
    assert Kept(tmp_path / "kept.json").get("b") == [1.0]


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="expected to write this file"):
        Kept(tmp_path / "file" / "kept.json").put("a", [1.0])
