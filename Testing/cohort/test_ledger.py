"""One line a study, whatever happens."""

from __future__ import annotations

import json

import pytest

from lggseg.cohort.ledger import LEDGER, Ledger
from lggseg.errors import InputError, OutputError


def record(study, status="done", **more):
    return {"study": study, "status": status, "state": "s", **more}


def lines(folder):
    return [json.loads(line) for line in (folder / LEDGER).read_text(encoding="utf-8").splitlines()]


def test_each_study_has_one_line_the_last_that_was_written(tmp_path):
    ledger = Ledger(tmp_path)
    with ledger.writing():
        ledger.add(record("b", "failed"))
        ledger.add(record("a"))
        ledger.add(record("b"))
        assert len(lines(tmp_path)) == 3
    assert [(line["study"], line["status"]) for line in lines(tmp_path)] == [("a", "done"), ("b", "done")]
    again = Ledger(tmp_path)
    assert again.is_done("a", "s")
    assert not again.is_done("a", "changed")
    assert not again.is_done("c", "s")


def test_a_line_that_was_cut_short_is_dropped(tmp_path):
    (tmp_path / LEDGER).write_text(json.dumps(record("a")) + "\n" + json.dumps(record("b"))[:20])
    ledger = Ledger(tmp_path)
    assert list(ledger.records) == ["a"]
    with ledger.writing():
        ledger.add(record("b"))
    assert [line["study"] for line in lines(tmp_path)] == ["a", "b"]


def test_a_foreign_line_is_named(tmp_path):
    (tmp_path / LEDGER).write_text("[1]\n")
    with pytest.raises(InputError, match="line 1: expected a study as JSON"):
        Ledger(tmp_path)


def test_two_runs_at_once_are_refused(tmp_path):
    with (
        Ledger(tmp_path).writing(),
        pytest.raises(OutputError, match="a second run that is under way"),
        Ledger(tmp_path).writing(),
    ):
        pass
