"""A seeded share of ``make stress``: damaged files of every kind end in a reading or a refusal, nothing else."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lggseg.errors import InputError, LggsegError
from lggseg.volumes import io
from tools.stress import mutations, originals
from tools.stress.fuzzing import fuzz
from tools.stress.sandbox import FAULTS, HANG, Verdict, is_clear

QUICK = ("NIfTI", "NRRD", "MetaImage", "DICOM", "TIFF")


@pytest.mark.parametrize("kind", QUICK)
def test_damaged_files_are_read_or_refused(kind: str) -> None:
    counts = fuzz(24, seed=20261125, only=kind)
    assert not counts.findings
    assert counts.inputs >= 24


def test_an_unknown_kind_is_refused_and_not_found_without_a_fault() -> None:
    with pytest.raises(InputError, match=r"--only: expected the beginning of NIfTI, .*; got nonsense"):
        fuzz(24, seed=1, only="nonsense")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from([".nii", ".nrrd", ".mha"]),
    edits=st.lists(st.tuples(st.integers(0, 700), st.binary(min_size=1, max_size=8)), min_size=1, max_size=3),
    length=st.floats(0.2, 1.0),
)
def test_any_bytes_in_a_header_end_in_a_clear_message(
    tmp_path: Path, suffix: str, edits: list[tuple[int, bytes]], length: float
) -> None:
    path = originals.volume(suffix)(tmp_path)
    data = bytearray(path.read_bytes())
    for place, value in edits:
        data[place : place + len(value)] = value
    path.write_bytes(data[: int(length * len(data))])
    started, message = time.monotonic(), ""
    try:
        io.read_volume(path)
    except LggsegError as error:
        message = str(error)
    assert not message or (path.name in message and is_clear(message)), message
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("way", sorted({*mutations.BINARY, *mutations.TEXT}, key=lambda way: way.__name__))
def test_damage_follows_from_its_seed_and_is_damage(way: mutations.Mutation) -> None:
    data = originals.__doc__.encode() * 40 if originals.__doc__ else b""
    damaged = [way(data, random.Random(number)) for number in range(30)]
    assert damaged == [way(data, random.Random(number)) for number in range(30)]
    assert sum(one != data for one in damaged) > 20


@pytest.mark.parametrize(
    ("message", "clear"),
    [
        ("a.nii: expected 7 bytes, got 3; copy it again", True),
        ("a.nii: expected a volume, got a pipe", False),
        ("Something went wrong; sorry", False),
    ],
)
def test_a_message_says_what_was_expected_what_came_and_what_to_do(message: str, clear: bool) -> None:
    assert is_clear(message) is clear


def test_a_hang_is_a_fault() -> None:
    assert Verdict(HANG).kind in FAULTS
