"""What a run logs: one row a step in metrics.csv, written at once, and no step twice."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers.logger import Logger
from lightning.pytorch.utilities import rank_zero_only

from lggseg.files import replacing
from lggseg_training.run_files import METRICS_FILE

COLUMNS = ("step", "loss", "learning_rate", "val_loss", "val_dice", "val_iou")
"""``step`` counts from 0; validation figures stand in the row of the step that they follow."""

_OLD_PARTS = "metrics-part*.csv"  # of runs of before version 0.5 that were resumed

Row = dict[str, str]


class History(Logger):  # type: ignore[misc]
    """Appends rows to the run's metrics.csv.

    Args:
        folder: The run folder.
        first: The step to go on with. Rows from there on were lost with the run that wrote them.
    """

    def __init__(self, folder: Path, first: int) -> None:
        super().__init__()
        self._file = folder / METRICS_FILE
        self._rows = {step: row for step, row in read_history(folder).items() if step < first}

    @property
    def name(self) -> str:
        """Lightning wants one."""
        return ""

    @property
    def version(self) -> str:
        """Lightning wants one."""
        return ""

    @rank_zero_only  # type: ignore[untyped-decorator]
    def log_hyperparams(self, *_: Any, **__: Any) -> None:
        """The configuration is in config.yaml."""

    @rank_zero_only  # type: ignore[untyped-decorator]
    def start(self) -> None:
        """Write the rows that stay, and nothing of a lost part."""
        with replacing(self._file) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self._rows[step] for step in sorted(self._rows))
        for part in self._file.parent.glob(_OLD_PARTS):
            part.unlink()

    @rank_zero_only  # type: ignore[untyped-decorator]
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Append one row."""
        known = {name: f"{value:.8g}" for name, value in metrics.items() if name in COLUMNS}
        if known:
            with self._file.open("a", newline="", encoding="utf-8") as stream:
                csv.DictWriter(stream, COLUMNS).writerow({"step": step, **known})


def read_history(folder: Path) -> dict[int, Row]:
    """Return the rows of a run by step; of several rows of a step, what each of them says."""
    rows: dict[int, Row] = {}
    for file in [*sorted(folder.glob(_OLD_PARTS)), folder / METRICS_FILE]:
        if file.is_file():
            for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
                said = {name: value for name, value in row.items() if value}
                rows.setdefault(int(row["step"]), {}).update(said)
    return rows


def curve(rows: Mapping[int, Row], name: str) -> tuple[list[int], list[float]]:
    """Return the steps and values of one column."""
    steps = [step for step in sorted(rows) if rows[step].get(name)]
    return steps, [float(rows[step][name]) for step in steps]
