"""Agreement of two feature files, such as manual masks and a model's, feature by feature.

* Bias and 95 % limits: J. M. Bland, D. G. Altman, The Lancet 327 (1986) 307-310.
* Intraclass correlation for absolute agreement of single measurements in a two-way layout,
  ICC(2,1) of P. E. Shrout, J. L. Fleiss, Psychological Bulletin 86 (1979) 420-428, which is
  ICC(A,1) of K. O. McGraw, S. P. Wong, Psychological Methods 1 (1996) 30-46; interval from the latter.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import f as f_distribution

from lggseg import __version__
from lggseg.cohort.tables import Table, csv_text, numbers
from lggseg.errors import InputError
from lggseg.files import refuse_own_input, staged, write_text
from lggseg.notice import RESEARCH_USE
from lggseg.pages import html as pages
from lggseg.pages.plots import bland_altman_plot
from lggseg.shape.registry import FEATURES, Feature

FloatArray = npt.NDArray[np.float64]

FEWEST = 3
"""Fewer pairs than this say nothing of agreement."""
_DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class Icc:
    """An intraclass correlation with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Agreement:
    """Agreement on one feature.

    Attributes:
        key: Feature.
        n: Number of patients with a value in both files.
        bias: Mean of second less first, in the unit of the feature.
        lower_limit: ``bias - 1.96 SD`` of the differences.
        upper_limit: ``bias + 1.96 SD``.
        icc: Intraclass correlation, None where it is not defined.
        remark: Why a number is missing; else empty.
        first: ``(n,)`` values of the first file, in the order of the patients.
        second: ``(n,)`` values of the second file.
    """

    key: str
    n: int
    bias: float | None
    lower_limit: float | None
    upper_limit: float | None
    icc: Icc | None
    remark: str
    first: FloatArray
    second: FloatArray


def intraclass_correlation(ratings: npt.ArrayLike, level: float = 0.95) -> Icc | None:
    """Return ICC(A,1), absolute agreement of single ratings, with its interval.

    ``ICC = (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n)`` from the mean squares of rows
    (patients), columns (raters) and rest of a two-way layout.

    Args:
        ratings: ``(n, k)`` one row a patient, one column a rater; n and k at least 2.
        level: Coverage of the interval.

    Returns:
        The correlation, or None where all values are equal.
    """
    x = np.asarray(ratings, dtype=np.float64)
    n, k = x.shape
    rows, columns, grand = x.mean(axis=1), x.mean(axis=0), x.mean()
    msr = k * float(((rows - grand) ** 2).sum()) / (n - 1)
    msc = n * float(((columns - grand) ** 2).sum()) / (k - 1)
    mse = float(((x - rows[:, None] - columns[None] + grand) ** 2).sum()) / ((n - 1) * (k - 1))
    whole = msr + (k - 1) * mse + k * (msc - mse) / n
    if np.ptp(x) == 0 or whole <= 0:
        return None
    value = (msr - mse) / whole
    if mse <= 1e-14 * msr and msc <= 1e-14 * msr:
        return Icc(1.0, 1.0, 1.0)
    a, b = k * value / (n * (1 - value)), 1 + k * value * (n - 1) / (n * (1 - value))
    freedom = (a * msc + b * mse) ** 2 / ((a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1)))
    below = float(f_distribution.ppf(0.5 + level / 2, n - 1, freedom))
    above = float(f_distribution.ppf(0.5 + level / 2, freedom, n - 1))
    rest = k * msc + (k * n - k - n) * mse
    low = n * (msr - below * mse) / (below * rest + n * msr)
    high = n * (above * msr - mse) / (rest + n * above * msr)
    return Icc(value, max(low, -1.0), min(high, 1.0))


def compare(first: Table, second: Table) -> list[Agreement]:
    """Compare two feature files over the patients who are in both.

    Raises:
        InputError: If no patient or no feature is in both.
    """
    shared = [patient for patient in first.rows if patient in second.rows]
    features = [item for item in FEATURES if item.key in first.columns and item.key in second.columns]
    if not shared or not features:
        what = "patients" if not shared else "features"
        msg = f"{first.path}, {second.path}: expected {what} that are in both files, got none; measure both alike"
        raise InputError(msg)
    return [_compare(first, second, shared, item) for item in features]


def _compare(first: Table, second: Table, shared: list[str], item: Feature) -> Agreement:
    one, two = numbers(first, item.key, shared), numbers(second, item.key, shared)
    both = [patient for patient in shared if patient in one and patient in two]
    x, y = np.array([one[patient] for patient in both]), np.array([two[patient] for patient in both])
    if len(both) < FEWEST:
        remark = f"expected at least {FEWEST} patients with both values, got {len(both)}"
        return Agreement(item.key, len(both), None, None, None, None, remark, x, y)
    differences = y - x
    bias, spread = float(differences.mean()), float(differences.std(ddof=1))
    icc = intraclass_correlation(np.column_stack([x, y]))
    remark = "" if icc else "the same value for all patients: no correlation"
    return Agreement(item.key, len(both), bias, bias - 1.96 * spread, bias + 1.96 * spread, icc, remark, x, y)


def write_agreement(first: Table, second: Table, results: list[Agreement], folder: Path) -> list[Path]:
    """Write ``agreement.html``, ``agreement.csv`` and ``agreement.json``.

    Raises:
        OutputError: If a file cannot be written.
    """
    rows = [_row(result) for result in results]
    record = {
        "lggseg": __version__,
        "research_use_only": RESEARCH_USE,
        "first": first.path.name,
        "second": second.path.name,
        "features": rows,
    }
    files = {
        "agreement.html": agreement_page(first, second, results),
        "agreement.csv": csv_text(list(rows[0]), rows),
        "agreement.json": json.dumps(record, indent=2) + "\n",
    }
    refuse_own_input([folder / name for name in files], (first.path, second.path))
    with staged(folder, overwrite=True) as stage:
        for name, text in files.items():
            write_text(stage / name, text)
    return [folder / name for name in files]


def _row(result: Agreement) -> dict[str, object]:
    icc = {f"icc_{name}": value for name, value in asdict(result.icc).items()} if result.icc else {}
    return {
        "feature": result.key,
        "n": result.n,
        "bias": result.bias,
        "lower_limit": result.lower_limit,
        "upper_limit": result.upper_limit,
        **dict.fromkeys(("icc_value", "icc_low", "icc_high")),
        **icc,
        "remark": result.remark,
    }


def agreement_page(first: Table, second: Table, results: list[Agreement]) -> str:
    """Return the comparison as a page."""
    by_key = {item.key: item for item in FEATURES}
    shared = sum(patient in second.rows for patient in first.rows)
    columns = ["Feature", "Unit", "Patients", "Bias", "95 % limits of agreement", "ICC(A,1) (95 % interval)", "Remarks"]
    rows = [_cells(result, by_key[result.key]) for result in results]
    drawn = [result for result in results if result.bias is not None]
    plots = [
        bland_altman_plot(by_key[result.key].label, by_key[result.key].unit, result.first, result.second)
        for result in drawn
    ]
    body = [
        pages.facts([("First", str(first.path.name)), ("Second", str(second.path.name))]),
        pages.section("Agreement by feature", pages.table(columns, rows, words=[6]), pages.paragraph(_NOTE, "note")),
        pages.section("Differences (Bland-Altman)", pages.paragraph(_PLOT_NOTE, "note"), pages.panels(plots)),
    ]
    return pages.page("Agreement of two sets of shape features", f"{shared} patients are in both files.", body)


_NOTE = (
    "Bias: mean of second less first. Limits: bias plus and minus 1.96 standard deviations of the differences. "
    "ICC(A,1): absolute agreement of single measurements, two-way; 1 is perfect."
)
_PLOT_NOTE = "One dot a patient; full line: bias; broken lines: 95 % limits of agreement; thin line: no difference."


def _cells(result: Agreement, item: Feature) -> list[str]:
    bias, low, high = (_number(value) for value in (result.bias, result.lower_limit, result.upper_limit))
    icc = result.icc
    return [
        escape(item.label),
        escape(item.unit),
        str(result.n),
        bias,
        _DASH if result.bias is None else f"{low} to {high}",
        f"{icc.value:.2f} ({icc.low:.2f}{_DASH}{icc.high:.2f})" if icc else _DASH,
        escape(result.remark),
    ]


def _number(value: float | None) -> str:
    """Write a number with three digits, whole from 100 on, with a true minus sign."""
    if value is None:
        return _DASH
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text.replace("-", "\N{MINUS SIGN}")
