"""Synthetic heads to train on."""

import pytest
import SimpleITK as sitk

from lggseg.cohort.prepared import read_manifest
from lggseg.errors import InputError
from lggseg_training import phantoms
from lggseg_training.phantoms import FIRST_SEED, make_phantoms
from training import make_phantoms as script


@pytest.fixture
def quick(monkeypatch):
    """Small heads; what they look like is tested elsewhere."""
    make = phantoms.make_phantom
    monkeypatch.setattr(phantoms, "make_phantom", lambda **options: make(**options, size=64, slices=6))


def test_both_kinds_come_in_equal_number_each_of_its_own_person(quick, tmp_path):
    make_phantoms(2, tmp_path)
    cases = read_manifest(tmp_path)
    labels = [sitk.GetArrayFromImage(sitk.ReadImage(str(case.file("label")))).any() for case in cases]
    assert labels == [True, False, True, False]
    assert [case.patient for case in cases] == [f"phantom{FIRST_SEED + index}" for index in range(4)]


@pytest.mark.parametrize(("each", "first", "message"), [(0, FIRST_SEED, "--each"), (2, 3, "--first-seed")])
def test_heads_that_figures_are_taken_on_are_refused(each, first, message, tmp_path):
    with pytest.raises(InputError, match=message):
        make_phantoms(each, tmp_path, first)


def test_the_script_says_what_it_made(quick, tmp_path, capsys):
    assert script.main(["--each", "1", "--output", str(tmp_path / "out")]) == 0
    assert "2 synthetic heads" in capsys.readouterr().out
