"""Synthetic heads to train on, with and without tumor."""

from __future__ import annotations

from pathlib import Path

from lggseg.cohort.prepared import LABEL, Row, case_folder, write_case, write_manifest
from lggseg.errors import InputError
from lggseg.model.preprocessing import SEQUENCES
from lggseg.phantom.study import make_phantom

FIRST_SEED = 100
"""The first head that may be trained on: figures and self-tests look at those below."""
SPACING_SOURCE = "made"


def make_phantoms(each: int, output: Path, first_seed: int = FIRST_SEED) -> list[Row]:
    """Make ``each`` heads with a tumor and as many without, as prepared cases; return the rows of the manifest.

    Raises:
        InputError: If no head is asked for, or one of those that figures are taken on.
        OutputError: If ``output`` cannot be written.
    """
    if each < 1:
        msg = f"--each: expected 1 or more, got {each}"
        raise InputError(msg)
    if first_seed < FIRST_SEED:
        msg = f"--first-seed: expected {FIRST_SEED} or more, got {first_seed}; figures are taken on the heads below"
        raise InputError(msg)
    rows = [
        _write(first_seed + index, output, tumor=index % 2 == 0)  # the kinds take turns, so no seed is used twice
        for index in range(2 * each)
    ]
    write_manifest(output, rows)
    return rows


def _write(seed: int, output: Path, *, tumor: bool) -> Row:
    study = make_phantom(seed=seed, tumor=tumor)
    name = f"phantom{seed}"
    sequences = {sequence: study[sequence] for sequence in SEQUENCES}
    return write_case(
        sequences, study[LABEL], case_folder(output, name), SPACING_SOURCE, patient=name, institution="synthetic"
    )
