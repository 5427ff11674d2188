"""Patient-level folds, stored as a file: ``python training/splits.py --data PREPARED --output FILE``.

Everything that is decided on data (early stopping, threshold, post-processing, reported figures) uses
these folds. Patients that the file does not name are never trained on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "LGGSegmentation")]

from lggseg.errors import FormatError, InputError, LggsegError, OutputError  # noqa: E402
from lggseg.files import replacing  # noqa: E402
from training.cases import Case, read_manifest  # noqa: E402

SPLITS_FILE = Path(__file__).with_name("splits.json")
FOLDS = 5


def stratified_folds(cases: Sequence[Case], folds: int = FOLDS) -> list[list[str]]:
    """Deal patients into folds so that each has its share of every institution and tumor size.

    Within an institution the patients are ordered by tumor size and dealt out in turn; the turn goes
    on from one institution to the next, so that small ones do not all land in the first fold.

    Raises:
        InputError: If there are fewer patients than folds.
    """
    size: dict[str, int] = defaultdict(int)
    institution: dict[str, str] = {}
    for case in cases:
        size[case.patient] += case.tumor_slices
        institution[case.patient] = case.institution
    if len(size) < folds:
        msg = f"expected at least {folds} patients for {folds} folds, got {len(size)}"
        raise InputError(msg)
    ordered = sorted(size, key=lambda patient: (institution[patient], -size[patient], patient))
    return [sorted(ordered[fold::folds]) for fold in range(folds)]


def read_folds(file: Path = SPLITS_FILE) -> list[list[str]]:
    """Read the folds: a list of patients each.

    Raises:
        FormatError: If the file is missing or damaged, or a patient stands in two folds.
    """
    try:
        folds: list[list[str]] = json.loads(file.read_text(encoding="utf-8"))["folds"]
        patients = [patient for fold in folds for patient in fold]
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{file}: expected folds of patients ({error}); make them with training/splits.py"
        raise FormatError(msg) from error
    if len(patients) != len(set(patients)):
        twice = sorted({patient for patient in patients if patients.count(patient) > 1})
        msg = (
            f"{file}: expected every patient in one fold, got {twice} in several; make it again with training/splits.py"
        )
        raise FormatError(msg)
    return folds


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the folds of a prepared data set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that training/prepare.py wrote")
    parser.add_argument("--output", type=Path, required=True, help="file to write, then train.py --splits FILE")
    options = parser.parse_args(arguments)
    try:
        if options.output.exists():
            msg = f"{options.output}: expected a new file: runs rest on the folds in an old one; choose another name"
            raise OutputError(msg)
        folds = stratified_folds(read_manifest(options.data))
        how = "patients ordered by institution and tumor slices, dealt into the folds in turn"
        with replacing(options.output) as temporary:
            temporary.write_text(json.dumps({"how": how, "folds": folds}, indent=1) + "\n", encoding="utf-8")
    except LggsegError as error:
        print(f"splits: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_status
    print(f"{options.output}: {[len(fold) for fold in folds]} patients")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
