"""What cells mean."""

from __future__ import annotations

import pytest

from lggseg.cohort.cells import code_for_nothing, guarded, read_column, spellings, unguarded


@pytest.mark.parametrize(
    "word",
    [
        "[Not Available]",
        "Unknown",
        "not_reported",
        "'--",
        "n/a",
        "#N/A",
        "?",
        "...",
        "\N{EN DASH}",
        "<NA>",
        "[UNKNOWN]",
    ],
)
def test_words_for_no_entry(word):
    column = read_column(["1", word])
    assert column.values == ("1", "")
    assert column.missing == {word: 1}


@pytest.mark.parametrize("word", ["[Completed]", "[Anything Else]", "n.d.", "Indeterminate", "not tested", "fehlt"])
def test_states_of_an_entry_are_none(word):
    assert read_column(["1", word, "2"]).values == ("1", "", "2")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (["1", "2", "999", "3"], "999"),
        (["1", "2", "-9", "3"], "-9"),
        (["61", "43", "99", "70"], ""),
        (["1", "2", "9"], ""),
        (["-1", "-9", "3"], ""),
        (["C1", "999", "C2"], ""),
        (["1.5", "999", "2.5"], ""),
        (["999", "999", ""], ""),
    ],
)
def test_a_number_that_may_stand_for_nothing(values, code):
    assert code_for_nothing(values) == code


@pytest.mark.parametrize("word", ["0", "no", "negative", "wild type", "Nancy", "-1", "IDHwt"])
def test_words_that_are_an_entry(word):
    assert read_column([word]).values == (word,)


def test_a_dash_is_the_other_answer_beside_a_plus():
    assert read_column(["+", "-", "", "NA"]).values == ("+", "-", "", "")


@pytest.mark.parametrize(
    ("cell", "value"), [("1.0", "1"), ("-3.00", "-3"), ("1.5", "1.5"), ("01.0", "01.0"), ("0.0", "0")]
)
def test_whole_numbers(cell, value):
    assert read_column([cell]).values == (value,)


def test_text_with_commas_is_left_alone():
    assert read_column(["1,2", "left, frontal"]).values == ("1,2", "left, frontal")


def test_spellings_follow_the_most_frequent():
    assert spellings(["male", "Male", "Male", "MALE", "f"]) == {"male": "Male", "MALE": "Male"}


@pytest.mark.parametrize(
    ("text", "cell"), [("=1+1", "'=1+1"), ("'=x", "''=x"), ("-5", "-5"), ("-x", "'-x"), ("a", "a")]
)
def test_guard_against_formulas(text, cell):
    assert guarded(text) == cell
    assert unguarded(cell) == text
