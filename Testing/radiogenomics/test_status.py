"""IDH and 1p/19q under the names and words of several sources."""

from __future__ import annotations

import pytest
from clinical_tables import table_of

from lggseg.radiogenomics.status import CODELETION, GROUP, IDH, with_status


def groups(columns: dict[str, list[str]]) -> list[str]:
    return [row.get(GROUP, "") for row in with_status(table_of(columns))[0].rows.values()]


@pytest.mark.parametrize(
    "columns",
    [
        {"idh": ["mutant", "mutant", "wildtype"], "codel_1p19q": ["codeleted", "intact", "intact"]},
        {"IDH.status": ["Mutant", "Mutant", "WT"], "1p.19q.codeletion": ["codel", "non-codel", "non-codel"]},
        {"paper_IDH.codel.subtype": ["IDHmut-codel", "IDHmut-non-codel", "IDHwt"]},
        {"SUBTYPE": ["LGG_IDHmut-codel", "LGG_IDHmut-non-codel", "LGG_IDHwt"]},
        {"IDH mutation": ["yes", "1", "0"], "1p/19q codeletion": ["1", "no", "no"]},
        {"IDH1 status": ["R132H", "p.R132C", "wild-type"], "1p19q": ["codeleted", "retained", ""]},
        {"IDH1p19q": ["mut-codel", "mut-noncodel", "wt"]},
    ],
)
def test_words_of_the_field(columns):
    assert groups(columns) == ["mut-codel", "mut-noncodel", "wt"]


def test_parts_tell_what_the_group_tells():
    found, status = with_status(table_of({"group": ["IDHmut-codel", "IDHwt"]}))
    assert [(row[IDH], row[CODELETION]) for row in found.rows.values()] == [("mutant", "codeleted"), ("wildtype", "")]
    assert status.sources == {GROUP: "group", IDH: "group", CODELETION: "group"}


def test_half_known_is_not_guessed():
    assert groups({"idh": ["mutant", ""], "codel_1p19q": ["", "codeleted"]}) == ["", ""]


def test_contradictions_are_no_entry_and_named():
    found, status = with_status(
        table_of({"idh": ["wildtype", "mutant", "mutant"], "codel_1p19q": ["codeleted", "intact", "codeleted"],
               "group": ["", "IDHmut-codel", "IDHmut-codel"]})
    )  # fmt: skip
    assert [row[GROUP] for row in found.rows.values()] == ["", "", "mut-codel"]
    assert status.notes == ("entries on IDH and 1p/19q contradict each other, taken for none: P0, P1",)


def test_unknown_words_are_named():
    _, status = with_status(table_of({"idh": ["mutant", "maybe"], "codel_1p19q": ["codeleted", "intact"]}))
    assert status.notes == ("idh: words that are not known, taken for no entry: 'maybe' (1)",)


def test_codes_without_a_code_book_say_nothing():
    assert groups({"idh_status": ["1", "0"], "codel_status": ["1", "0"]}) == ["", ""]


def test_a_column_called_group_that_is_something_else_is_left_alone():
    found, status = with_status(table_of({"group": ["control", "IDHwt"], "subtype": ["a", "b"]}))
    assert GROUP not in found.columns
    assert status.sources == {}
