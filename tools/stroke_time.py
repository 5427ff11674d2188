"""How long a scribble takes to change the outline, on Slicer's own scene: ``python -m tools.stroke_time``.

From the moment at which the brush has rested to the changed segment in the scene: the scribbles are read out of it, the
walk is done, the result and the emptied scribbles are written back. The brush has to rest for a moment first, which the
panel decides; that comes on top and is printed. Grids are those of a thick-slice scan and of two 3D scans.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
import slicer  # noqa: TID251
from scipy import ndimage

from lggseg.files import write_text
from lggseg.phantom.study import make_phantom
from lggseg.volumes import geometry
from LGGSegmentationLib.Scene import Probability, Scribbles, Segmentations, VolumeExchange
from tools.refinement import stroke

GRIDS: dict[str, tuple[int, int, tuple[float, float, float]]] = {
    "26 x 256 x 256, 5 mm slices": (26, 256, (0.85, 0.85, 5.0)),
    "144 x 240 x 240, 1 mm": (144, 240, (1.0, 1.0, 1.0)),
    "176 x 320 x 320, .7 x .7 x .9 mm": (176, 320, (0.7, 0.7, 0.9)),
}
"""Slices, rows and columns, voxel size ``(i, j, k)`` in mm."""

Array = npt.NDArray[Any]


class Scene:
    """A volume with an outline that is wrong all round, in a scene of its own."""

    def __init__(self, slices: int, size: int, spacing: tuple[float, float, float]) -> None:
        """Make the volume, and an outline that misses a margin on one side and has too much on the other."""
        study = make_phantom(seed=0, slices=slices, size=size, spacing_mm=spacing)
        self.scene = slicer.vtkMRMLScene()
        self._logic = slicer.vtkSlicerSegmentationsModuleLogic()
        self._logic.SetMRMLScene(self.scene)
        self.flair = self.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "FLAIR")
        VolumeExchange.setVoxels(self.flair, sitk.GetArrayFromImage(study["flair"]))
        self.flair.SetIJKToRASMatrix(VolumeExchange.matrixOfArray(geometry.ras_affine(study["flair"])))
        self.truth = sitk.GetArrayFromImage(study["label"]) > 0
        start = np.roll(self.truth, round(8.0 / spacing[0]), axis=2)
        self.result = Segmentations.addResult(Segmentations.newSegmentation(self.flair))
        self.result.write(start.astype(np.uint8), self.flair)
        blurred = ndimage.gaussian_filter(start.astype(np.float32), [2.0 / edge for edge in spacing[::-1]])
        Probability.writeProbability(blurred, self.flair)

    def scribble(self) -> float | None:
        """Scribble where the largest error is; return the seconds until the outline has changed, None without error."""
        drawn = stroke(self.result.mask() > 0, self.truth)
        if drawn is None:
            return None
        node = Scribbles.makeScribbles(self.flair)
        kind = Scribbles.INCLUDE if drawn[1] else Scribbles.EXCLUDE
        VolumeExchange.writeMask(drawn[0].astype(np.uint8), node, kind, self.flair)
        began = time.perf_counter()
        Scribbles.takeUp(self.result)
        return time.perf_counter() - began


def measure(strokes: int) -> dict[str, dict[str, float]]:
    """Return seconds a stroke by grid: the median, and the longest."""
    found = {}
    for name, (slices, size, spacing) in GRIDS.items():
        scene = Scene(slices, size, spacing)
        scene.scribble()  # what is loaded at first use is no part of a stroke
        seconds = [taken for taken in (scene.scribble() for _ in range(strokes)) if taken is not None]
        found[name] = {"strokes": len(seconds), "median_s": median(seconds), "longest_s": max(seconds)}
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strokes", type=int, default=10, help="strokes a grid (10)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the figures as JSON too")
    options = parser.parse_args()
    found = measure(options.strokes)
    for name, row in found.items():
        print(f"{name}: median {row['median_s']:.2f} s, longest {row['longest_s']:.2f} s, {row['strokes']} strokes")  # noqa: T201
    print(f"Before that the brush has to rest for {Scribbles.REST_MS / 1000:.1f} s.")  # noqa: T201
    if options.output is not None:
        write_text(options.output, json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
