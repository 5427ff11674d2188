"""The minimum-volume enclosing ellipsoid against closed forms and its invariances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggseg.shape.ellipsoid import enclosing_ellipsoid

TOLERANCE = 1e-6  # that of enclosing_ellipsoid, where none is given


def _cube(d: int) -> np.ndarray:
    return np.array(np.meshgrid(*[[-1.0, 1.0]] * d)).reshape(d, -1).T


def assert_as_promised(found, least, dimensions=3):
    """The volume is never below the least one, and above it by no more than the tolerance allows.

    How much of that is used hangs on the order in which a library of linear algebra finds equal directions.
    """
    assert least * (1 - 1e-12) <= found.volume <= least * (1 + TOLERANCE) ** (dimensions / 2)
    assert found.volume <= least * (1 + found.gap) * (1 + 1e-12)


def test_a_cube_has_its_circumscribed_sphere():
    found = enclosing_ellipsoid(_cube(3))
    assert_as_promised(found, 4 / 3 * math.pi * math.sqrt(3) ** 3)
    np.testing.assert_allclose(found.centre, 0, atol=1e-5)


def test_a_regular_simplex_has_its_circumscribed_sphere():
    points = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=float)
    assert_as_promised(enclosing_ellipsoid(points), 4 / 3 * math.pi * math.sqrt(3) ** 3)


def test_points_on_an_ellipsoid_give_that_ellipsoid():
    generator = np.random.default_rng(0)
    sphere = generator.normal(size=(500, 3))
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    found = enclosing_ellipsoid(sphere * [3, 5, 11] + [100, -40, 7])
    assert found.volume == pytest.approx(4 / 3 * math.pi * 3 * 5 * 11, rel=1e-5)
    np.testing.assert_allclose(np.sort(np.sqrt(np.linalg.eigvalsh(found.shape))), [3, 5, 11], rtol=1e-4)


def test_it_works_in_two_dimensions():
    assert_as_promised(enclosing_ellipsoid(_cube(2)), 2 * math.pi, dimensions=2)


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((1, 3)),
        np.zeros((9, 3)),
        np.outer(np.arange(9.0), [1, 2, 3]),
        np.column_stack([np.random.default_rng(0).normal(size=(20, 2)), np.zeros(20)]),
        np.random.default_rng(1).normal(size=(3, 3)),
    ],
    ids=["one point", "one place", "collinear", "coplanar", "a triangle"],
)
def test_flat_sets_have_no_ellipsoid(points):
    assert enclosing_ellipsoid(points) is None


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(5, 120), heavy=st.booleans())
def test_it_holds_all_points_with_a_proven_gap(seed, count, heavy):
    generator = np.random.default_rng(seed)
    points = generator.standard_cauchy((count, 3)) if heavy else generator.normal(size=(count, 3))
    found = enclosing_ellipsoid(points)
    offsets = points - found.centre
    reach = np.einsum("nd,de,ne->n", offsets, np.linalg.inv(found.shape), offsets)
    assert reach.max() <= 1 + 1e-6
    assert found.gap < 2e-6


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_its_volume_follows_every_affine_map(seed):
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(40, 3))
    matrix = generator.normal(size=(3, 3)) + 2 * np.eye(3)
    if abs(np.linalg.det(matrix)) < 0.05:
        matrix = np.diag([1.0, 7.0, 0.2])
    moved = points @ matrix.T + generator.normal(size=3) * 100
    ratio = enclosing_ellipsoid(moved).volume / enclosing_ellipsoid(points).volume
    assert ratio == pytest.approx(abs(np.linalg.det(matrix)), rel=1e-5)


def test_repeated_points_change_nothing():
    points = np.random.default_rng(3).normal(size=(30, 3))
    assert enclosing_ellipsoid(np.vstack([points] * 5)).volume == pytest.approx(
        enclosing_ellipsoid(points).volume, rel=1e-6
    )
