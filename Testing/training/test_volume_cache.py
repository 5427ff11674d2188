"""Packed volumes that are made once."""

import shutil

import numpy as np
import pytest
from training_runs import LIBRARY_WARNINGS

from lggseg.cohort.prepared import read_manifest
from lggseg_training.slices import load_volumes
from lggseg_training.volume_cache import cached

pytestmark = LIBRARY_WARNINGS


@pytest.fixture
def case(dataset, tmp_path):
    root = shutil.copytree(dataset, tmp_path / "data", ignore=shutil.ignore_patterns("packed-*"))
    return read_manifest(root)[0]


def packed(value=1.0):
    return {"case": "a", "offset": 2, "slices": np.arange(3), "volume": np.full((3, 200, 200), value, np.float16)}


def refuse():
    pytest.fail("made twice")


def test_a_volume_is_made_once_and_mapped(case):
    first = cached(case, "learn", packed)
    again = cached(case, "learn", refuse)
    assert isinstance(again["volume"], np.memmap)
    assert again["offset"] == 2
    for name in ("slices", "volume"):
        np.testing.assert_array_equal(first[name], again[name])
        assert first[name].dtype == again[name].dtype


def test_changed_files_and_half_written_ones_are_made_anew(case):
    cached(case, "learn", packed)
    file = case.file("label")
    file.write_bytes(file.read_bytes())  # another time of change
    assert cached(case, "learn", lambda: packed(2.0))["volume"][0, 0, 0] == 2
    (case.folder / "packed-learn" / "volume.npy").write_bytes(b"half")
    assert cached(case, "learn", lambda: packed(3.0))["volume"][0, 0, 0] == 3


def test_where_nothing_can_be_written_it_stays_in_memory(case, monkeypatch):
    from lggseg.errors import OutputError

    def fail(folder):
        raise OutputError(str(folder))

    monkeypatch.setattr("lggseg_training.volume_cache.new_folder", fail)
    assert not isinstance(cached(case, "learn", packed)["volume"], np.memmap)


def test_cached_volumes_are_the_volumes(case):
    first, second = (load_volumes([case], learn=True, workers=1)[0] for _ in range(2))
    assert set(first) == set(second)
    assert isinstance(second["mirror"], np.ndarray)
    np.testing.assert_array_equal(first["sequences"], second["sequences"])
