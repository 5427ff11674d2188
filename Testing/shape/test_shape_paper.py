"""ASD, BEVR and MF: closed forms, each open choice, and the outline they rest on."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shape_bodies import blob, image_of

from lggseg.shape.outline import largest_piece, trace
from lggseg.shape.paper import (
    DEFAULT_CHOICES,
    Choices,
    angular_standard_deviation,
    bounding_ellipsoid_volume_ratio,
    choose_slice,
    filter_length,
    margin_fluctuation,
    paper_features,
)
from lggseg.shape.points import hull_points
from lggseg.shape.region import region_of


def disc(radius: float, notch: float = 0.0) -> np.ndarray:
    n = int(radius * 1.5) + 2
    j, i = np.mgrid[-n : n + 1, -n : n + 1]
    angle = np.arctan2(j, i)
    return np.hypot(j, i) <= radius * (1 + notch * np.cos(12 * angle))


def features(flat: np.ndarray, choices: Choices = DEFAULT_CHOICES):
    return paper_features(region_of(image_of(flat[None])), choices)


class TestOutline:
    def test_a_square_walks_its_border_once(self):
        outline = trace(np.ones((3, 3), dtype=bool))
        assert len(outline.pixels) == 8
        assert len(outline.middles) == 12
        assert set(map(tuple, outline.pixels)) == {(i, j) for i in range(3) for j in range(3)} - {(1, 1)}

    def test_a_line_is_walked_on_both_sides(self):
        assert len(trace(np.ones((1, 5), dtype=bool)).pixels) == 8

    def test_a_pixel_is_its_own_outline(self):
        outline = trace(np.ones((1, 1), dtype=bool))
        np.testing.assert_array_equal(outline.pixels, [[0, 0]])
        assert len(outline.middles) == 4

    def test_holes_are_passed_over(self):
        ring = np.ones((7, 7), dtype=bool)
        ring[2:5, 2:5] = False
        np.testing.assert_array_equal(trace(ring).pixels, trace(np.ones((7, 7), dtype=bool)).pixels)

    @settings(max_examples=40, deadline=None)
    @given(seed=st.integers(0, 10_000))
    def test_it_visits_the_pixels_that_touch_the_outside(self, seed):
        from scipy import ndimage

        piece = largest_piece(np.random.default_rng(seed).random((12, 14)) < 0.65)
        filled = ndimage.binary_fill_holes(piece, np.ones((3, 3)))
        edge = filled & ~ndimage.binary_erosion(filled)
        visited = {(int(j), int(i)) for i, j in trace(piece).pixels}
        assert visited <= set(map(tuple, np.argwhere(piece).tolist()))
        assert visited == set(map(tuple, np.argwhere(edge).tolist()))

    @settings(max_examples=20, deadline=None)
    @given(seed=st.integers(0, 10_000))
    def test_the_middles_enclose_the_region(self, seed):
        from scipy import ndimage

        piece = ndimage.binary_fill_holes(largest_piece(np.random.default_rng(seed).random((12, 14)) < 0.7))
        x, y = trace(piece).middles.T
        area = 0.5 * abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
        # Every turn of the border cuts a triangle of an eighth of a pixel off or on.
        assert area == pytest.approx(piece.sum(), abs=0.125 * len(x))


class TestAsd:
    def test_a_circle_has_none(self):
        angles = np.linspace(0, 2 * np.pi, 360, endpoint=False)
        assert angular_standard_deviation(np.full(360, 5.0), angles) == pytest.approx(0, abs=1e-12)

    def test_steps_between_bins_are_not_spread_inside_them(self):
        angles = (np.arange(360) + 0.5) * np.pi / 180
        distances = 1 + np.arange(360) // 36 % 2
        literal = replace(DEFAULT_CHOICES, phases=1)
        assert angular_standard_deviation(distances.astype(float), angles, literal) == pytest.approx(0, abs=1e-12)

    def test_a_known_spread(self):
        # Two distances, half and half in every bin: the spread is half their difference over their mean.
        angles = np.repeat((np.arange(10) + 0.5) * 2 * np.pi / 10, 2)
        distances = np.tile([8.0, 12.0], 10)
        assert angular_standard_deviation(distances, angles) == pytest.approx(0.2)
        literal = replace(DEFAULT_CHOICES, phases=1, spread_ddof=1)
        assert angular_standard_deviation(distances, angles, literal) == pytest.approx(0.2 * math.sqrt(2))

    def test_size_and_voxel_size_do_not_matter(self):
        region = region_of(image_of(blob(5), (1, 1, 1)))
        larger = region_of(image_of(blob(5), (0.3, 0.3, 9)))
        assert paper_features(larger).asd == pytest.approx(paper_features(region).asd)

    def test_a_quarter_turn_does_not_matter_with_all_phases(self):
        flat = blob(7, 32)[8]
        turned = features(np.rot90(flat))
        assert turned.asd == pytest.approx(features(flat).asd, rel=1e-3)
        assert turned.mf == pytest.approx(features(flat).mf, rel=1e-9)


class TestMf:
    @pytest.mark.parametrize(
        ("count", "length"), [(1, 1), (8, 1), (30, 3), (100, 11), (104, 11), (119, 11), (121, 13), (200, 21)]
    )
    def test_the_filter_has_a_middle(self, count, length):
        assert filter_length(count, 0.1) == length

    def test_a_wave_shorter_than_the_filter_stays(self):
        t = np.arange(1000) / 1000
        found = margin_fluctuation(1 + 0.1 * np.cos(2 * np.pi * 100 * t), 2 * np.pi * t)
        assert found == pytest.approx(0.1 / math.sqrt(2), rel=0.02)

    def test_a_wave_longer_than_the_filter_goes(self):
        t = np.arange(1000) / 1000
        assert margin_fluctuation(1 + 0.1 * np.cos(2 * np.pi * t), 2 * np.pi * t) < 0.002

    def test_the_average_of_a_wave_has_its_closed_form(self):
        n, waves, length = 1000, 5, filter_length(1000, 0.1)
        t = np.arange(n) / n
        x = np.pi * waves / n
        gain = math.sin(length * x) / (length * math.sin(x))
        found = margin_fluctuation(1 + 0.1 * np.cos(2 * np.pi * waves * t), 2 * np.pi * t)
        assert found == pytest.approx(0.1 / math.sqrt(2) * abs(1 - gain), rel=1e-6)

    def test_notches_raise_it(self):
        assert features(disc(25, 0.1)).mf > 4 * features(disc(25)).mf

    def test_direction_and_start_of_the_walk_do_not_matter(self):
        r = np.random.default_rng(0).random(137) + 1
        angles = np.zeros(137)
        value = margin_fluctuation(r, angles)
        assert margin_fluctuation(r[::-1], angles) == pytest.approx(value)
        assert margin_fluctuation(np.roll(r, 41), angles) == pytest.approx(value)


class TestBevr:
    @pytest.mark.parametrize("kind", ["corners", "faces", "centres"])
    def test_the_hull_holds_every_candidate(self, kind):
        region = np.pad(blob(2, 12), 1)
        centres = np.argwhere(region)[:, ::-1].astype(float)
        steps = {
            "centres": np.zeros((1, 3)),
            "faces": np.vstack([np.eye(3), -np.eye(3)]) / 2,
            "corners": np.array(np.meshgrid(*[[-0.5, 0.5]] * 3)).reshape(3, -1).T,
        }[kind]
        everything = (centres[:, None] + steps[None]).reshape(-1, 3)
        vertices = hull_points(region, kind)
        directions = np.random.default_rng(0).normal(size=(200, 3))
        np.testing.assert_allclose((everything @ directions.T).max(axis=0), (vertices @ directions.T).max(axis=0))

    def test_choices_order_as_their_solids(self):
        region = np.pad(blob(4), 1)
        corners, faces, centres = (
            bounding_ellipsoid_volume_ratio(region, replace(DEFAULT_CHOICES, points=kind))
            for kind in ("corners", "faces", "centres")
        )
        assert 0 < corners < faces < centres

    def test_one_slice_has_no_volume_between_centres(self):
        flat = np.pad(disc(6)[None], 1)
        assert bounding_ellipsoid_volume_ratio(flat, replace(DEFAULT_CHOICES, points="centres")) is None
        # Corners: a cylinder, whose least ellipsoid is sqrt(3) times its volume.
        assert bounding_ellipsoid_volume_ratio(np.pad(disc(60)[None], 1)) == pytest.approx(1 / math.sqrt(3), rel=0.04)

    @pytest.mark.parametrize("size", [(1, 1, 1), (1, 1, 7), (2, 5, 9), (12, 20, 8)])
    def test_a_box_in_its_ellipsoid(self, size):
        exact = bounding_ellipsoid_volume_ratio(
            np.pad(np.ones(size, bool), 1), replace(DEFAULT_CHOICES, points="corners")
        )
        assert exact == pytest.approx(2 / (math.pi * math.sqrt(3)), rel=1e-6)

    def test_a_few_voxels_are_never_above_one(self):
        assert bounding_ellipsoid_volume_ratio(np.pad(np.ones((1, 1, 2), dtype=bool), 1)) == 1

    def test_it_is_fast(self):
        import time

        k, j, i = np.mgrid[-32:33, -42:43, -42:43]
        large = (k / 24) ** 2 + (j / 31) ** 2 + (i / 32) ** 2 < 1 + 0.2 * np.sin(k + 2 * j)
        start = time.process_time()
        bounding_ellipsoid_volume_ratio(large)
        # The aim is 50 ms; the bound leaves room for slow and busy machines.
        assert time.process_time() - start < 0.25


class TestChoices:
    def test_the_largest_component_is_taken_or_all(self):
        flat = np.zeros((40, 80), dtype=bool)
        flat[5:25, 5:25] = True
        flat[30:33, 70:73] = True
        largest, everything = features(flat), features(flat, replace(DEFAULT_CHOICES, component="all"))
        assert largest.bevr > everything.bevr
        assert largest.asd == pytest.approx(everything.asd)

    def test_the_slice(self):
        region = np.zeros((9, 10, 10), dtype=bool)
        region[1:8, 4, 4] = True
        region[2, 2:8, 2:8] = True
        assert choose_slice(region) == 2
        tall = np.zeros((9, 10, 10), dtype=bool)
        tall[1:9, 4:6, 4:6] = True
        assert choose_slice(tall) == 4
        assert choose_slice(region, replace(DEFAULT_CHOICES, slice="middle")) == 2

    @pytest.mark.parametrize(
        "other",
        [{"border": "middles"}, {"closed": False}, {"order": "angle"}, {"phases": 1}, {"bins": 8}, {"spread_ddof": 1}],
    )
    def test_every_choice_moves_a_feature(self, other):
        flat = blob(6, 40)[10]
        assert features(flat, replace(DEFAULT_CHOICES, **other)) != features(flat)
