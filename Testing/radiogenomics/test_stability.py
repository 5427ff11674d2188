"""Which features stay the same, and what follows from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from shape_bodies import blob, image_of

from lggseg.cohort.features import MaskFile
from lggseg.cohort.tables import Table
from lggseg.radiogenomics.stability import (
    CONTOURS,
    OUTLINE,
    SECOND,
    THICKNESS,
    contours,
    gathered,
    icc_text,
    perturbed,
    second_outlines,
    stabilities,
    unstable,
)


def ratings(values: list[tuple[float, float]]) -> dict[str, list[dict[str, float]]]:
    return {f"P{n}": [{"bevr": first}, {"bevr": second}] for n, (first, second) in enumerate(values)}


def by_feature(results):
    return {one.feature: one for one in results}


def test_the_same_twice_is_stable_and_noise_is_not():
    same = by_feature(stabilities("again", ratings([(1, 1), (2, 2), (3, 3), (5, 5)])))["bevr"]
    assert (same.icc.value, same.good, same.n) == (1, True, 4)
    # Shrout and Fleiss's rows of judges 1 and 2: mean squares by hand give a small correlation.
    noise = by_feature(stabilities("again", ratings([(9, 2), (6, 1), (8, 4), (7, 1), (10, 5), (6, 2)])))["bevr"]
    assert not noise.good
    assert unstable([same, noise], 3) == {"bevr": f"ICC {noise.icc.value:.2f} with again"}


def test_the_worst_condition_counts():
    good = stabilities("one", ratings([(1, 1.1), (2, 2.1), (3, 3.1), (5, 5.1)]))
    bad = stabilities("two", ratings([(1, 3), (2, 1), (3, 2), (5, 4)]))
    assert unstable([*good, *bad], 3)["bevr"].endswith("with two")
    assert unstable(good, 3) == {}
    assert unstable([*good, *bad]) == {}  # four patients do not judge


def test_what_is_the_same_in_everybody_tells_nothing():
    constant = stabilities("one", ratings([(1, 1)] * 4))
    assert unstable(constant, 3) == {"bevr": "no ICC with one: the patients do not differ in it"}
    assert unstable(constant) == {}


@pytest.mark.parametrize(("value", "text"), [(0.7496, "0.7496"), (0.749, "0.749"), (0.75, "0.75"), (0.6, "0.60")])
def test_a_correlation_shows_on_which_side_of_good_it_is(value, text):
    assert icc_text(value) == text


def test_patients_without_all_values_are_left_out():
    known = ratings([(1, 1), (2, 2), (3, 3)])
    known["P9"] = [{"bevr": 4}, {}]
    assert by_feature(stabilities("again", known))["bevr"].n == 3
    assert by_feature(stabilities("again", known))["mf"].icc is None


@pytest.fixture
def mask(tmp_path) -> MaskFile:
    path = tmp_path / "P1.nii.gz"
    sitk.WriteImage(image_of(blob(3), (0.9, 0.9, 4.0)), str(path))
    return MaskFile("P1", path)


def test_a_mask_is_measured_under_every_change(mask):
    found = perturbed(mask)
    narrow, wide = found[OUTLINE][1:]
    assert narrow["volume_ml"] < found[OUTLINE][0]["volume_ml"] < wide["volume_ml"]
    assert len(found[THICKNESS]) == 2
    assert gathered([("P1", found)])[OUTLINE]["P1"] == found[OUTLINE]


def test_a_map_is_cut_at_three_levels(tmp_path):
    distance = np.linalg.norm(np.indices((9, 33, 33)) - np.array([4, 16, 16])[:, None, None, None], axis=0)
    image = sitk.GetImageFromArray(np.clip(1.1 - distance / 14, 0, 1).astype(np.float32))
    sitk.WriteImage(image, str(tmp_path / "map.nii.gz"))
    volumes = [values["volume_ml"] for values in contours(MaskFile("P1", tmp_path / "map.nii.gz"))[CONTOURS]]
    assert volumes[0] > volumes[1] > volumes[2] > 0


def test_what_cannot_be_read_has_nothing(tmp_path):
    (tmp_path / "broken.nii.gz").write_bytes(b"no image")
    assert perturbed(MaskFile("P", tmp_path / "broken.nii.gz")) == {}
    assert contours(MaskFile("P", tmp_path / "broken.nii.gz")) == {}


def test_second_outlines_are_joined_by_patient():
    def table(values: dict[str, str]) -> Table:
        return Table(
            Path("f.csv"), ("patient", "bevr"), {p: {"patient": p, "bevr": v} for p, v in values.items()}, "patient"
        )

    first, second = table({"A": "0.4", "B": "0.5", "C": "0.6"}), table({"B": "0.45", "A": "", "D": "0.1"})
    found = second_outlines(first, second)
    assert found == {"A": [{"bevr": 0.4}, {}], "B": [{"bevr": 0.5}, {"bevr": 0.45}]}
    assert by_feature(stabilities(SECOND, found))["bevr"].n == 1
