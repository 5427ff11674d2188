"""--spacing fills what a file does not say, and never overrules what it says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lggseg.errors import InputError
from lggseg.volumes import given_spacing

edges = st.floats(0.05, 50)
NAN = math.nan


@given(st.tuples(edges, edges, edges), st.tuples(*[st.booleans()] * 3))
def test_what_is_not_stored_is_taken_from_the_user(size: tuple[float, float, float], known: tuple[bool, ...]) -> None:
    stored = [edge if is_known else NAN for edge, is_known in zip(size, known, strict=True)]
    assert np.array_equal(given_spacing.completed(stored, None, "a"), stored, equal_nan=True)
    if all(known):
        with pytest.raises(InputError, match=r"a: expected no --spacing, .* leave it out"):
            given_spacing.completed(stored, size, "a")
    else:
        assert given_spacing.completed(stored, size, "a") == list(size)


def test_a_rounded_number_gives_way_to_the_stored_one() -> None:
    assert given_spacing.completed([0.8594, 0.8594, NAN], (0.86, 0.86, 5.0), "a") == [0.8594, 0.8594, 5.0]


def test_another_number_than_the_stored_one_is_refused() -> None:
    with pytest.raises(InputError, match=r"a: expected --spacing \? \? 4.2, which .* got 0.9 1.3 5; correct"):
        given_spacing.completed([NAN, NAN, 4.2], (0.9, 1.3, 5.0), "a")


@given(st.tuples(edges, edges, edges), st.tuples(edges, edges, edges))
def test_one_that_was_given_for_several_files_leaves_alone_what_has_its_own(
    size: tuple[float, float, float], asked: tuple[float, float, float]
) -> None:
    assert given_spacing.completed(size, given_spacing.IfNeeded(asked), "a") == list(size)
    assert given_spacing.completed((NAN, NAN, NAN), given_spacing.IfNeeded(asked), "a") == list(asked)
