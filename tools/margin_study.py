"""What brings the annotator's margin back to outlines of a network: threshold, or a contour between the pixels.

Reads out-of-fold probability maps (training/out_of_fold.py writes them, in per cent), and the manual outlines, and
prints for every way of drawing the outline the mean Dice and the ICC of MF and ASD with the manual outline::

    python -m tools.margin_study PREPARED MAPS [MAPS ...]

The contour is that of marching squares on the map of the largest slice, linear between pixels, resampled evenly with as
many points as it is pixels long; the filter of MF is a tenth of them, as ever. Research use only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from contourpy import contour_generator

from lggseg.cohort.agreement import intraclass_correlation
from lggseg.shape.outline import largest_piece
from lggseg.shape.paper import PaperFeatures, angular_standard_deviation, margin_fluctuation, paper_features
from lggseg.shape.region import largest_component, region_of

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
Values = tuple[float, float, float]
"""Dice, MF and ASD; not a number where undefined."""


def pairs(prepared: Path, folders: list[Path]) -> Iterator[tuple[sitk.Image, sitk.Image]]:
    """Yield the probability map, 0 to 1, and the manual outline of every case that has both."""
    for path in sorted(path for folder in folders for path in folder.glob("*.nii.gz")):
        label = prepared / "cases" / path.name.removesuffix(".nii.gz") / "label.nii.gz"
        if label.is_file():
            yield sitk.Cast(sitk.ReadImage(str(path)), sitk.sitkFloat32) / 100, sitk.ReadImage(str(label)) > 0


def by_pixels(chance: FloatArray, manual: sitk.Image, threshold: float) -> Values:
    """Measure the pixels at and above a threshold, as everywhere in this project."""
    inside = largest_component(chance >= threshold)
    image = sitk.GetImageFromArray(inside.astype(np.uint8))
    image.CopyInformation(manual)
    found = _features(image)
    return _dice(inside, manual), _number(found.mf), _number(found.asd)


def by_contour(chance: FloatArray, manual: sitk.Image, threshold: float) -> Values:
    """Measure the contour between the pixels of the largest slice."""
    inside = largest_component(chance >= threshold)
    dice = _dice(inside, manual)
    if not inside.any():
        return dice, float("nan"), float("nan")
    k = int(np.argmax(inside.sum(axis=(1, 2))))
    piece = largest_piece(inside[k])
    # What is not of the piece may not reach the level, or its contour would run into this one.
    level = np.where(piece | (chance[k] < threshold), chance[k], 0.0)
    lines: list[FloatArray] = contour_generator(z=np.pad(level, 1)).lines(threshold)
    points = max((_evenly(one - 1) for one in lines), key=len)
    centre = np.argwhere(piece).mean(axis=0)[::-1]
    away = points - centre
    distances, angles = np.hypot(*away.T), np.arctan2(away[:, 1], away[:, 0])
    return dice, _number(margin_fluctuation(distances, angles)), _number(angular_standard_deviation(distances, angles))


def _evenly(line: FloatArray) -> FloatArray:
    """Return points one pixel apart along a closed line of ``(n, 2)`` points x, y."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    steps = np.linspace(0, lengths[-1], max(4, round(float(lengths[-1]))), endpoint=False)
    return np.column_stack([np.interp(steps, lengths, line[:, n]) for n in (0, 1)])


def _features(mask: sitk.Image) -> PaperFeatures:
    region = region_of(mask)
    return PaperFeatures(None, None, None) if region is None else paper_features(region)


def _dice(inside: BoolArray, manual: sitk.Image) -> float:
    truth = sitk.GetArrayViewFromImage(manual) > 0
    return float(2 * np.count_nonzero(inside & truth) / (np.count_nonzero(inside) + np.count_nonzero(truth)))


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def line(name: str, found: list[Values], manual: list[tuple[float, float]]) -> str:
    """Return one line of the table: mean Dice, and the ICC of MF and ASD with their intervals."""
    values, truth = np.array(found), np.array(manual)
    cells = [name, f"{values[:, 0].mean():.3f}"]
    for n in (0, 1):
        both = np.column_stack([truth[:, n], values[:, n + 1]])
        icc = intraclass_correlation(both[np.isfinite(both).all(axis=1)])
        cells.append("" if icc is None else f"{icc.value:.2f} ({icc.low:.2f} to {icc.high:.2f})")
        cells.append(f"{np.nanmedian(values[:, n + 1]):.3f}")
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Margin features of network outlines. Research use only.")
    parser.add_argument("prepared", type=Path, metavar="PREPARED", help="prepared data set with the manual outlines")
    parser.add_argument("maps", type=Path, nargs="+", metavar="MAPS", help="folders of out-of-fold maps in per cent")
    args = parser.parse_args()
    manual: list[tuple[float, float]] = []
    found: dict[str, list[Values]] = {}
    for probability, label in pairs(args.prepared, args.maps):
        truth = _features(label)
        manual.append((_number(truth.mf), _number(truth.asd)))
        chance = sitk.GetArrayFromImage(probability).astype(np.float64)
        for threshold in THRESHOLDS:
            for way, measure in (("pixels", by_pixels), ("contour", by_contour)):
                found.setdefault(f"{way} at {threshold}", []).append(measure(chance, label, threshold))
    if len(manual) < 3:
        sys.stderr.write(f"expected maps of at least 3 cases of {args.prepared}, got {len(manual)}\n")
        return 2
    medians = np.nanmedian(np.array(manual), axis=0)
    sys.stdout.write(f"{len(manual)} cases; manual medians MF {medians[0]:.3f}, ASD {medians[1]:.3f}\n")
    sys.stdout.write("| outline | Dice | ICC MF | median MF | ICC ASD | median ASD |\n|---|---|---|---|---|---|\n")
    for name, values in found.items():
        sys.stdout.write(line(name, values, manual) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
