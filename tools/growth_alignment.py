"""How exactly heads are aligned, and how similar right and wrong pairs are: docs/growth.md.

python tools/growth_alignment.py                                     synthetic heads
python tools/growth_alignment.py --real FOLDER                       and real ones: CASE/{flair,label}.nii.gz
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from lggseg.growth.alignment import Alignment, align, bring
from lggseg.phantom.study import make_phantom
from lggseg.volumes.geometry import like

POSES = (
    ((0.05, -0.08, 0.10), (8.0, -5.0, 4.0), (0.85, 0.85, 5.0)),
    ((0.10, 0.10, -0.15), (15.0, 10.0, -8.0), (1.0, 1.0, 3.0)),
    ((0.02, 0.03, -0.05), (40.0, -30.0, 25.0), (1.0, 1.0, 1.5)),
)
"""Tilt in radians, shift in millimetres, voxel size of the later scan."""

REACH = (50.0, 60.0, 40.0)  # of the brain's corners from its middle
NOISE = 0.03
GAMMA = 0.7

Pair = tuple[sitk.Image, sitk.Image]


def rescanned(pair: Pair, pose: sitk.Euler3DTransform, spacing: tuple[float, float, float]) -> Pair:
    """Return FLAIR and mask as another session would show them: pose, grid, contrast, noise."""
    size = [round(length / edge) for length, edge in zip((220, 240, 160), spacing, strict=True)]
    grid = sitk.Image(size, sitk.sitkUInt8)
    grid.SetSpacing(spacing)
    grid.SetDirection(pair[0].GetDirection())
    middle = np.array(pose.GetInverse().TransformPoint(pose.GetCenter()))
    half = np.array(pair[0].GetDirection()).reshape(3, 3) @ (0.5 * (np.array(size) - 1) * np.array(spacing))
    grid.SetOrigin((middle - half).tolist())
    flair = bring(pair[0], grid, pose)
    array = sitk.GetArrayFromImage(flair)
    top = float(np.percentile(array, 99.5))
    changed = top * np.clip(array / top, 0, None) ** GAMMA
    noise = np.random.default_rng(0).normal(0, NOISE * top, array.shape) * (array > 0)
    return like((changed + noise).astype(np.float32), flair), bring(pair[1], grid, pose, mask=True)


def errors(pose: sitk.Transform, found: Alignment, middle: tuple[float, ...]) -> list[float]:
    """Return how far the corners of the brain are from where they belong, in millimetres."""
    signs = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    points = [tuple(float(m + s * r) for m, s, r in zip(middle, sign, REACH, strict=True)) for sign in signs]
    back = [pose.TransformPoint(found.transform.TransformPoint(point)) for point in points]
    return [float(np.linalg.norm(np.subtract(a, b))) for a, b in zip(back, points, strict=True)]


def moved(name: str, first: Pair, second: Pair) -> None:
    """Align a moved scan of the same head and say how far it is off."""
    middle = first[0].TransformContinuousIndexToPhysicalPoint([0.5 * (n - 1) for n in first[0].GetSize()])
    for tilt, shift, spacing in POSES:
        pose = sitk.Euler3DTransform(middle, *tilt, shift)
        found = align(*first, *rescanned(second, pose, spacing))
        off = max(errors(pose, found, middle))
        sys.stdout.write(f"{name}, {spacing}: {off:.2f} mm off at most, similarity {found.similarity:.2f}\n")


def another(name: str, first: Pair, second: Pair) -> None:
    """Align another head, which cannot succeed."""
    sys.stdout.write(f"{name}: similarity {align(*first, *second).similarity:.2f}\n")


def synthetic(seed: int, growth: float = 1.0) -> Pair:
    """Return FLAIR and mask of a synthetic head."""
    study = make_phantom(seed=seed, growth=growth)
    return study["flair"], study["label"]


def real(folder: Path) -> Pair:
    """Return FLAIR and mask of a case; some masks have lost their place in space."""
    flair, label = (sitk.ReadImage(str(folder / f"{name}.nii.gz")) for name in ("flair", "label"))
    label.CopyInformation(flair)
    return flair, label


def main() -> int:
    """Print what right and wrong alignments reach."""
    parser = argparse.ArgumentParser(description="Accuracy of the alignment. Research use only.")
    parser.add_argument("--real", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    moved("same synthetic head, tumor grown by 80 %", synthetic(1), synthetic(1, 1.8))
    for seed in (2, 3, 4, 5):
        another(f"another synthetic head ({seed})", synthetic(1), synthetic(seed))
    if options.real:
        cases = sorted(case for case in options.real.iterdir() if (case / "flair.nii.gz").is_file())[:4]
        moved("same real head", real(cases[0]), real(cases[0]))
        for case in cases[1:]:
            another("another real head", real(cases[0]), real(case))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
