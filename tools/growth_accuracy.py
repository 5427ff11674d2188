"""Bias of the slope and coverage of its interval on synthetic series with known growth: docs/growth.md.

Each series is one synthetic person whose tumor's mean diameter grows by a known number of millimetres a year. Every
study is another scan: other voxel size, slice thickness, position and tilt of the head, gain, contrast and noise. The
shipped model outlines each scan on its own; the truth is the phantom's own tumor.

    python tools/growth_accuracy.py measure rows.csv --series 40              goes on where it was stopped
    python tools/growth_accuracy.py measure real.csv --real FOLDER            of CASE/{flair,label}.nii.gz
    python tools/growth_accuracy.py report rows.csv

A real volume does not grow: its scans tell how far repeats of one person differ, and how often a change is found.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.growth import TimePoint, analyse
from lggseg.growth.alignment import bring
from lggseg.growth.measurement_error import MeasurementError, interval_95_ml
from lggseg.growth.outlining import ModelOutliner
from lggseg.growth.timeline import mean_diameter_mm, years_between
from lggseg.growth.velocity import Slope, weighted_slope
from lggseg.phantom.study import make_phantom
from lggseg.volumes.geometry import AXIAL_ORIENTATION, reorient

VELOCITIES = (0.0, 0.0, 2.0, 4.0, 6.0, 10.0)
"""Millimetres a year, one series after the other; two in six do not grow."""

SCANNERS = ((0.85, 0.85, 5.0), (0.9, 0.9, 3.0), (1.0, 1.0, 4.0), (0.75, 0.75, 6.0), (1.0, 1.0, 1.5))
STUDIES = 5
START = date(2020, 1, 1)
FINE = (0.95, 0.95, 1.5)
SUBSETS = {2: (0, 4), 3: (0, 2, 4), 5: (0, 1, 2, 3, 4)}


@dataclass(frozen=True)
class Scan:
    """One scan of a series."""

    series: int
    study: int
    velocity: float
    day: str
    spacing: str
    true_ml: float
    measured_ml: float
    low_ml: float
    high_ml: float


def head(seed: int, growth: float) -> dict[str, sitk.Image]:
    """Return the person on a fine grid."""
    return make_phantom(seed=seed, growth=growth, spacing_mm=FINE, slices=90, size=200)


def scanned(person: dict[str, sitk.Image], rng: np.random.Generator, spacing: Sequence[float]) -> sitk.Image:
    """Return a FLAIR volume as another session would show the person."""
    tilt, shift = rng.normal(0, 0.07, 3), rng.normal(0, 6, 3)
    pose = sitk.Euler3DTransform((0.0, 0.0, 0.0), *tilt.tolist(), tuple(shift.tolist()))
    samples = max(1, round(spacing[2] / 1.25))
    size = [round(190 / spacing[0]), round(190 / spacing[1]), round(140 / spacing[2]) * samples]
    grid = sitk.Image(size, sitk.sitkUInt8)
    grid.SetSpacing((spacing[0], spacing[1], spacing[2] / samples))
    middle = pose.GetInverse().TransformPoint((0.0, 0.0, 0.0))
    reach = [0.5 * (n - 1) * edge for n, edge in zip(size, grid.GetSpacing(), strict=True)]
    grid.SetOrigin(np.subtract(middle, reach).tolist())
    thin = bring(person["flair"], grid, pose)
    thick = sitk.BinShrink(thin, [1, 1, samples]) if samples > 1 else thin
    array = sitk.GetArrayFromImage(thick)
    level = np.percentile(array, 99)
    array = level * np.clip(array / level, 0, None) ** rng.uniform(0.85, 1.2) * rng.uniform(0.3, 3)
    array += rng.normal(0, rng.uniform(0.005, 0.03) * np.percentile(array, 99), array.shape)
    image = sitk.GetImageFromArray(np.clip(array, 0, None).astype(np.float32))
    image.CopyInformation(thick)
    return image


def growths(seed: int, velocity: float, years: Sequence[float]) -> list[float]:
    """Return the factor of the phantom's volume in each study, so that the mean diameter grows linearly."""
    start = mean_diameter_mm(ml(head(seed, 1.0)["label"])) * 0.85
    return [((start + velocity * year) / (start / 0.85)) ** 3 for year in years]


def ml(mask: sitk.Image) -> float:
    """Return the volume of a mask."""
    return float(np.count_nonzero(sitk.GetArrayViewFromImage(mask)) * np.prod(mask.GetSpacing()) / 1000)


def scans(series: int, outliner: ModelOutliner) -> Iterable[Scan]:
    """Scan and outline one series."""
    rng = np.random.default_rng(1000 + series)
    velocity = VELOCITIES[series % len(VELOCITIES)]
    days = [START + timedelta(round(180 * n + rng.uniform(-30, 30))) for n in range(STUDIES)]
    factors = growths(series, velocity, [years_between(days[0], day) for day in days])
    for study, (day, factor) in enumerate(zip(days, factors, strict=True)):
        person = head(series, factor)
        spacing = SCANNERS[int(rng.integers(len(SCANNERS)))]
        outline = outliner(scanned(person, rng, spacing))
        low, high = _interval(ml(outline.mask), outline.doubt)
        words = "x".join(map(str, spacing))
        yield Scan(series, study, velocity, str(day), words, ml(person["label"]), ml(outline.mask), low, high)


def _interval(volume_ml: float, doubt: Mapping[str, Any]) -> tuple[float, float]:
    if doubt.get("volume_low_ml") is None:
        return float("nan"), float("nan")
    return interval_95_ml(volume_ml, doubt["volume_low_ml"], doubt["volume_high_ml"], doubt["coverage"])


def repeats(series: int, case: Path, outliner: ModelOutliner) -> Iterable[Scan]:
    """Scan a real head anew, five times: it does not grow."""
    rng = np.random.default_rng(2000 + series)
    flair, label = (sitk.ReadImage(str(case / f"{name}.nii.gz")) for name in ("flair", "label"))
    label.CopyInformation(flair)  # some have lost their place in space
    person = {"flair": _centred(flair), "label": _centred(label)}
    for study in range(STUDIES):
        spacing = SCANNERS[int(rng.integers(len(SCANNERS)))]
        outline = outliner(scanned(person, rng, spacing))
        low, high = _interval(ml(outline.mask), outline.doubt)
        day = str(START + timedelta(180 * study))
        words = "x".join(map(str, spacing))
        yield Scan(series, study, 0.0, day, words, ml(person["label"]), ml(outline.mask), low, high)


def _centred(image: sitk.Image) -> sitk.Image:
    """Return a volume whose middle is the origin, as the phantom's is."""
    axial = sitk.Cast(reorient(image, AXIAL_ORIENTATION), sitk.sitkFloat32)
    middle = axial.TransformContinuousIndexToPhysicalPoint([0.5 * (n - 1) for n in axial.GetSize()])
    axial.SetOrigin(np.subtract(axial.GetOrigin(), middle).tolist())
    return axial


def measure(path: Path, count: int, model: Path | None, real: Path | None) -> None:
    """Add the series that are not in the file yet."""
    names = [field.name for field in fields(Scan)]
    done = {int(scan.series) for scan in read(path)} if path.exists() else set()
    outliner = ModelOutliner(model, force=True)
    cases = [] if real is None else sorted(case for case in real.iterdir() if (case / "label.nii.gz").is_file())
    count = len(cases) or count
    with path.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names)
        if not done:
            writer.writeheader()
        for series in sorted(set(range(count)) - done):
            found = repeats(series, cases[series], outliner) if cases else scans(series, outliner)
            writer.writerows([asdict(scan) for scan in found])
            stream.flush()
            sys.stderr.write(f"series {series + 1} of {count}\n")


def read(path: Path) -> list[Scan]:
    """Read the scans."""
    kinds = {"series": int, "study": int, "day": str, "spacing": str}
    with path.open(newline="", encoding="utf-8") as stream:
        return [
            Scan(**{name: kinds.get(name, float)(text) for name, text in row.items()}) for row in csv.DictReader(stream)
        ]


def report(rows: Sequence[Scan], error: MeasurementError, *, intervals: bool) -> str:
    """Return the table: bias, spread, coverage and width by number of studies."""
    series: dict[int, list[Scan]] = {}
    for scan in sorted(rows, key=lambda one: (one.series, one.study)):
        series.setdefault(scan.series, []).append(scan)
    lines = [_HEAD, "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for count, chosen in SUBSETS.items():
        slopes = [Pair.of([one[n] for n in chosen], error, intervals=intervals) for one in series.values()]
        lines.append(_line(count, slopes))
    logs = [np.log([scan.measured_ml / scan.true_ml for scan in one]) for one in series.values()]
    bias = 100 * (np.exp(float(np.mean(logs))) - 1)
    scatter = 100 * np.array([np.std(one, ddof=1) for one in logs])
    volumes = (
        f"Volumes: {bias:+.1f} % of the truth on average; within a series their error scatters by "
        f"{_rms(scatter):.1f} % "
        f"(median series {np.median(scatter):.1f} %, worst {scatter.max():.1f} %)."
    )
    return "\n".join([*lines, "", volumes])


def _rms(values: npt.NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


_HEAD = (
    "| studies | series | bias, mm a year | RMS error | the 95 % interval holds the truth | median half width | "
    "change found where there is none |"
)


@dataclass(frozen=True)
class Pair:
    """Measured and true slope of one series."""

    found: Slope
    truth: float
    still: bool

    @staticmethod
    def of(scans_: Sequence[Scan], error: MeasurementError, *, intervals: bool) -> Pair:
        """Fit both through the same days."""
        points = [
            TimePoint(
                date.fromisoformat(scan.day),
                scan.measured_ml,
                (scan.low_ml, scan.high_ml) if intervals else None,
                origin="model",
            )
            for scan in scans_
        ]
        found = analyse(points, error=error).parts[0].velocity
        years = [years_between(points[0].date, point.date) for point in points]
        diameters = [mean_diameter_mm(scan.true_ml) for scan in scans_]
        truth = weighted_slope(years, diameters, [1.0] * len(years)).value
        return Pair(found or Slope(0.0, 0.0, 0.0, "", 0), truth, scans_[0].velocity == 0)


def _line(count: int, slopes: Sequence[Pair]) -> str:
    errors = np.array([one.found.value - one.truth for one in slopes])
    covered = sum(one.found.low <= one.truth <= one.found.high for one in slopes)
    width = float(np.median([(one.found.high - one.found.low) / 2 for one in slopes]))
    still = [one.found.beyond_error for one in slopes if one.still]
    spread = float(errors.std(ddof=1)) / len(errors) ** 0.5
    cells = [
        f"{count}",
        f"{len(slopes)}",
        f"{errors.mean():+.2f} \N{PLUS-MINUS SIGN} {spread:.2f}",
        f"{_rms(errors):.2f}",
        f"{covered} of {len(slopes)}",
        f"{width:.1f}",
        f"{sum(still)} of {len(still)}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Measure or report."""
    parser = argparse.ArgumentParser(description="Accuracy of the growth on synthetic series. Research use only.")
    parser.add_argument("what", choices=("measure", "report"))
    parser.add_argument("rows", type=Path, metavar="CSV")
    parser.add_argument("--series", type=int, default=30)
    parser.add_argument("--real", type=Path, metavar="FOLDER")
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    if options.what == "measure":
        measure(options.rows, options.series, options.model, options.real)
        return 0
    rows = read(options.rows)
    sys.stdout.write(report(rows, MeasurementError(), intervals=False) + "\n")
    if all(np.isfinite(scan.low_ml) for scan in rows):
        sys.stdout.write(
            "\nWith the outline's own interval:\n\n" + report(rows, MeasurementError(), intervals=True) + "\n"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
