"""How much simulated scribbles mend, by this project's refinement and by Slicer's Grow from seeds, stroke by stroke.

    python tools/refinement.py --prepared PREPARED --maps MAPS --output scores.csv

Each stroke lies in the largest piece of error on any slice, along its main axis, where a person would draw first.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from lggseg.files import replacing
from lggseg.model.bundle import load_bundle
from lggseg.segmentation.overlap import dice
from lggseg.segmentation.refinement import DEFAULT, Walk, refine

Array = npt.NDArray[Any]
STROKES = 5
_SURE_INSIDE, _SURE_OUTSIDE = 0.8, 0.2
_GROW_MARGIN = 12


class Case:
    """One patient: image, map, reference, and the scribbles so far."""

    def __init__(self, folder: Path, map_file: Path) -> None:
        """Read the files."""
        image = sitk.ReadImage(str(folder / "flair.nii.gz"))
        self.name = folder.name
        self.flair = sitk.GetArrayFromImage(image).astype(np.float32)
        self.truth = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "label.nii.gz"))) > 0
        self.probability = sitk.GetArrayFromImage(sitk.ReadImage(str(map_file))).astype(np.float32)
        self.spacing: tuple[float, float, float] = image.GetSpacing()[::-1]
        self.start = load_bundle().rule.mask(self.probability)


def stroke(mask: Array, truth: Array) -> tuple[Array, bool] | None:
    """Return where a person would scribble next, and whether it says «this too»; None when all is right."""
    best: tuple[int, Array, bool] | None = None
    for missing, error in ((True, truth & ~mask), (False, mask & ~truth)):
        for k in np.flatnonzero(error.any(axis=(1, 2))):
            pieces, _count = ndimage.label(error[k])
            sizes = np.bincount(pieces.ravel())
            sizes[0] = 0
            if sizes.max() > (best[0] if best else 0):
                piece = np.zeros_like(error)
                piece[k] = pieces == sizes.argmax()
                best = (int(sizes.max()), piece, missing)
    if best is None:
        return None
    return _line(best[1]), best[2]


def _line(piece: Array) -> Array:
    """Return a stroke of about three voxels' width along the main axis of a piece, within it."""
    places = np.argwhere(piece)
    centre = places.mean(axis=0)
    _values, axes = np.linalg.eigh(np.cov((places - centre).T[1:]) + 1e-6 * np.eye(2))
    away = np.abs((places - centre)[:, 1:] @ axes[:, 0])
    drawn = np.zeros_like(piece)
    drawn[tuple(places[away <= max(1.0, away.min())].T)] = True
    return drawn


def walk_with(walk: Walk) -> Callable[[Case, Array, Array, Array], Array]:
    """Return the refinement by a walk, of the present outline."""

    def apply(case: Case, mask: Array, include: Array, exclude: Array) -> Array:
        return refine(case.flair, case.probability, mask.astype(np.uint8), include, exclude, case.spacing, walk) > 0

    return apply


def paint(_case: Case, mask: Array, include: Array, exclude: Array) -> Array:
    """Change what is under the scribbles, and nothing else."""
    return (mask | include) & ~exclude


def grow_from_seeds(case: Case, _mask: Array, include: Array, exclude: Array) -> Array:
    """Let Slicer's own Grow from seeds spread the map's sure regions and the scribbles."""
    import slicer  # noqa: PLC0415, TID251
    import vtk  # noqa: PLC0415, TID251
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy  # noqa: PLC0415

    seeds = np.where(case.probability >= _SURE_INSIDE, 1, np.where(case.probability < _SURE_OUTSIDE, 2, 0))
    seeds[include], seeds[exclude] = 1, 2
    places = np.argwhere((case.probability >= _SURE_OUTSIDE) | include | exclude)
    low = np.maximum(places.min(axis=0) - _GROW_MARGIN, 0)
    box = tuple(slice(a, b) for a, b in zip(low, places.max(axis=0) + _GROW_MARGIN, strict=True))

    def image(array: Array, kind: Any) -> Any:
        data = vtk.vtkImageData()
        data.SetDimensions(*array.shape[::-1])
        data.SetSpacing(*case.spacing[::-1])
        data.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(array, kind).ravel(), deep=True))
        return data

    grow = slicer.vtkImageGrowCutSegment()
    grow.SetIntensityVolume(image(case.flair[box], np.float32))
    grow.SetSeedLabelVolume(image(seeds[box], np.int16))
    grow.Update()
    output = grow.GetOutput()
    grown = vtk_to_numpy(output.GetPointData().GetScalars()).reshape(output.GetDimensions()[::-1])
    result = np.zeros(case.flair.shape, bool)
    result[box] = grown == 1
    return result


def score(case: Case, method: Callable[[Case, Array, Array, Array], Array]) -> dict[str, Any]:
    """Scribble and mend, stroke by stroke; return Dice after each, and the longest computing time of a stroke."""
    mask, include, exclude = case.start > 0, np.zeros(case.truth.shape, bool), np.zeros(case.truth.shape, bool)
    row: dict[str, Any] = {"case": case.name, "dice0": dice(mask, case.truth), "seconds": 0.0}
    for number in range(1, STROKES + 1):
        drawn = stroke(mask, case.truth)
        if drawn is not None:
            only = np.zeros_like(include), np.zeros_like(include)
            only[0 if drawn[1] else 1][drawn[0]] = True
            include, exclude = (include | only[0]) & ~only[1], (exclude | only[1]) & ~only[0]
            began = time.thread_time()
            # A walk works on the present outline, so it needs the new stroke alone; seeds are grown anew from all.
            mask = method(case, mask, *(only if method is not grow_from_seeds else (include, exclude)))
            row["seconds"] = max(row["seconds"], time.thread_time() - began)
        row[f"dice{number}"] = dice(mask, case.truth)
    return row


def main() -> None:
    """Measure all cases with all methods."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prepared", type=Path, required=True, help="prepared data set")
    parser.add_argument("--maps", type=Path, required=True, help="folder of probability maps, CASE.nii.gz or .nrrd")
    parser.add_argument("--output", type=Path, required=True, help="CSV file to write")
    parser.add_argument("--limit", type=int, help="measure so many cases only")
    parser.add_argument("--try", dest="tries", action="append", default=[], help="a walk, such as prior=.05,edge=4")
    options = parser.parse_args()
    walks = {text: replace(DEFAULT, **{k: float(v) for k, v in (p.split("=") for p in text.split(","))}) for text in
             options.tries}  # fmt: skip
    methods = {"paint": paint, "grow from seeds": grow_from_seeds, "walk": walk_with(DEFAULT),
               **{f"walk {text}": walk_with(walk) for text, walk in walks.items()}}  # fmt: skip
    files = {path.name.split(".")[0]: path for path in sorted(options.maps.iterdir())}
    rows = []
    for name in sorted(files)[: options.limit]:
        case = Case(options.prepared / "cases" / name, files[name])
        rows += [{"method": method, **score(case, apply)} for method, apply in methods.items()]
    with replacing(options.output) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for method in methods:
        mine = [row for row in rows if row["method"] == method]
        means = [np.mean([row[f"dice{number}"] for row in mine]) for number in (0, 1, 3, 5)]
        longest = max(row["seconds"] for row in mine)
        figures = " ".join(f"{mean:.3f}" for mean in means)
        print(f"{method}: {figures}, longest stroke {longest:.2f} s of computing, {len(mine)} cases")  # noqa: T201


if __name__ == "__main__":
    main()
