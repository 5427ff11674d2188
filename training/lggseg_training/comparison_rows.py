"""The rows of a comparison in files: those of an output folder, and those that the repository keeps.

A row is trained once: what another session or another machine has finished is kept in training/comparison, in few
numbers, and counts there too, as long as budget and patients are the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lggseg.errors import FormatError, InputError
from lggseg.files import write_text
from lggseg_training.counting import Counts, figures, joined
from lggseg_training.experiments import experiments
from lggseg_training.run_files import COUNTS_FILE, SUMMARY_FILE

ROWS_FOLDER = "rows"
EVALUATIONS_FOLDER = "evaluations"
BUDGET_FILE = "budget.json"

Row = dict[str, Any]

_BUDGET = ("cpu_minutes", "calibration_steps", "fold", "overrides", "threshold")
"""What has to be the same for rows to stand side by side; a budget may say more about itself."""


@dataclass(frozen=True)
class Comparison:
    """What stands on one page.

    Attributes:
        budget: Of every row; empty where there is no row.
        rows: In the order of the experiments, compact.
        evaluations: What stands beside the published figures; see ``read_evaluation``.
        left_out: Why kept rows are not among them; empty where they are.
    """

    budget: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    evaluations: Sequence[Row] = ()
    left_out: str = ""


def gathered(output: Path, kept: Path, evaluations: Sequence[Path] = ()) -> Comparison:
    """Return the rows of an output folder and the kept ones that may stand beside them.

    Args:
        output: Folder of training/compare.py; of two rows of one name, its own counts.
        kept: Folder of kept rows and evaluations.
        evaluations: Folders of training/evaluate.py, besides the kept ones.

    Raises:
        FormatError: If a file is damaged.
    """
    mine, theirs, budget = read_rows(output), read_rows(kept), read_budget(output)
    left_out = why_not(kept, budget, mine[0]["dice"]) if mine else ""
    if left_out:
        theirs = []
    elif theirs:
        budget = {**budget, **read_budget(kept)}
    rows = {row["name"]: row for row in [*theirs, *mine]}
    ordered = [rows[one.name] for one in experiments() if one.name in rows]
    files = sorted((kept / EVALUATIONS_FOLDER).glob("*.json"))
    beside = [_read(file, "name", "predictor", "seen_in_training", "splits") for file in files]
    return Comparison(budget, ordered, [*beside, *map(read_evaluation, evaluations)], left_out)


def keep(output: Path, kept: Path, evaluations: Sequence[Path] = (), note: str = "") -> int:
    """Take the finished rows of an output folder, and evaluations, into the kept ones; return how many rows.

    Args:
        output: Folder of training/compare.py.
        kept: Folder to keep them in.
        evaluations: Folders of training/evaluate.py, kept by their names.
        note: Why the budget is what it is; where this is empty, what is there stays.

    Raises:
        InputError: If there are kept rows of another budget or of other patients.
    """
    rows, budget = read_rows(output), read_budget(output)
    reason = why_not(kept, budget, rows[0]["dice"]) if rows else ""
    if reason:
        msg = f"expected kept rows of the same budget and patients, but {reason}; choose another --kept"
        raise InputError(msg)
    for row in rows:
        write_text(row_file(kept, row["name"]), json.dumps(row) + "\n")
    about = {**read_budget(kept), **budget, **({"note": note} if note else {})}
    if about:
        write_text(kept / BUDGET_FILE, json.dumps(about, indent=1) + "\n")
    for folder in evaluations:
        text = json.dumps(read_evaluation(folder), indent=1)
        write_text(kept / EVALUATIONS_FOLDER / f"{folder.absolute().name}.json", text + "\n")
    return len(rows)


def why_not(kept: Path, budget: Mapping[str, Any], patients: Sequence[str] | Mapping[str, Any]) -> str:
    """Return why the kept rows cannot stand beside those of a budget and of patients; empty where they can."""
    rows, theirs = read_rows(kept), read_budget(kept)
    if rows and not same_budget(theirs, budget):
        return f"{kept} has {len(rows)} rows of another budget ({in_words(theirs)}; here {in_words(budget)})"
    if of_others(rows, patients):
        return f"{kept} has {len(rows)} rows that were measured on other patients"
    return ""


def of_others(rows: Sequence[Row], patients: Sequence[str] | Mapping[str, Any]) -> bool:
    """Tell whether rows, all of the same patients, were measured on others than these."""
    return bool(rows) and set(rows[0]["dice"]) != set(patients)


def row_file(folder: Path, name: str) -> Path:
    """Return where the row of an experiment lies."""
    return folder / ROWS_FOLDER / f"{name}.json"


def read_rows(folder: Path) -> list[Row]:
    """Return the finished rows of a folder, compact, in the order of the experiments.

    Raises:
        FormatError: If one is damaged, or was measured on other patients than the first: they cannot be compared.
    """
    found: list[Row] = []
    for experiment in experiments():
        file = row_file(folder, experiment.name)
        if file.is_file():
            row = _read_row(file)
            if found and set(row["dice"]) != set(found[0]["dice"]):
                msg = f"{file}: expected the patients of {found[0]['name']}, got others; their rows need another folder"
                raise FormatError(msg)
            found.append(row)
    return found


def read_budget(folder: Path) -> Row:
    """Return the budget of the rows of a folder; empty where there is none.

    Raises:
        FormatError: If it is damaged.
    """
    file = folder / BUDGET_FILE
    return _read(file) if file.is_file() else {}


def same_budget(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Tell whether rows of two budgets may stand side by side; the order of overrides does not matter."""
    return _comparable(first) == _comparable(second)


def _comparable(budget: Mapping[str, Any]) -> list[Any]:
    return [sorted(budget.get(name) or []) if name == "overrides" else budget.get(name) for name in _BUDGET]


def in_words(budget: Mapping[str, Any]) -> str:
    """Return a budget in a few words."""
    overrides = " ".join(budget.get("overrides", ())) or "default settings"
    spent = f"{budget.get('cpu_minutes', 0):g} minutes, fold {budget.get('fold', 0)}"
    return f"{spent}, {overrides}, threshold {budget.get('threshold', 'of the shipped model')}"


def read_evaluation(folder: Path) -> Row:
    """Return what stands beside published figures of a folder of training/evaluate.py, without its single slices.

    Returns:
        ``name``, ``predictor``, ``seen_in_training``, and ``splits`` with figures and matrices.

    Raises:
        FormatError: If it is no such folder.
    """
    summary, counts = _read(folder / SUMMARY_FILE, "predictor", "seen_in_training"), _read(folder / COUNTS_FILE)
    splits = {split: {name: value for name, value in of.items() if name != "cases"} for split, of in counts.items()}
    return {
        "name": folder.absolute().name,
        "predictor": [Path(name).name for name in summary["predictor"]],  # where they lay is nobody's business
        "seen_in_training": summary["seen_in_training"],
        "splits": splits,
    }


def _read_row(file: Path) -> Row:
    row = _read(file, "name", "group", "dice", "steps", "parameters")
    if not {"slices", "figures"} & set(row):
        msg = f"{file}: expected a row of training/compare.py, but it has no figures"
        raise FormatError(msg)
    return compact(row)


def compact(row: Row) -> Row:
    """Return a row without its single slices: with their figures in every way of counting, and one matrix of pixels."""
    if "slices" not in row:
        return row
    cases = [_counts(case) for case in row["slices"].values()]
    ways = figures(cases)
    rest = {name: value for name, value in row.items() if name != "slices"}
    known = {way: {name: _number(value) for name, value in of.items()} for way, of in ways.items()}
    return {**rest, "figures": known, "pixel_matrix": joined(cases).matrix()}


def _counts(parts: Sequence[Sequence[int]]) -> Counts:
    """Return the counts of a patient from hit, extra, missed and clear pixels of each slice."""
    return Counts(*(np.asarray(part, dtype=np.int64) for part in parts))


def _number(value: float) -> float | None:
    """Return null for what is not a number: JSON has no such number."""
    return round(value, 6) if math.isfinite(value) else None


def _read(file: Path, *names: str) -> Row:
    try:
        content: Row = json.loads(file.read_text(encoding="utf-8"))
        missing = [name for name in names if name not in content]
        if missing:
            raise ValueError(f"it has no {', '.join(missing)}")  # noqa: EM102
    except (OSError, ValueError, TypeError) as error:
        msg = f"{file}: expected JSON of training/compare.py or training/evaluate.py ({error})"
        raise FormatError(msg) from error
    return content
