"""What belongs to the scene runs on the slicer-core wheel alone: no application, no Qt, two scenes at once."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest
from places import ROOT
from slicer_case import skip_without_host

pytestmark = pytest.mark.slicer

SCENE = sorted((ROOT / "LGGSegmentation" / "LGGSegmentationLib" / "Scene").glob("*.py"))
ALLOWED = {
    "lggseg",
    "LGGSegmentationLib",
    "numpy",
    "scipy",
    "SimpleITK",
    "slicer",
    "vtk",
    "vtkmodules",
    *sys.stdlib_module_names,
}

SCRIPT = """
import numpy as np
import slicer
from lggseg.shape import measure
from LGGSegmentationLib.Scene import Diameters, Identity, InputGuess, Measurements, Probability, Segmentations
from LGGSegmentationLib.Scene import TimePoints, Views, VolumeExchange
from LGGSegmentationLib.Scene import Alignments, Comparison, Following, GrowthPlot, GrowthTable, Treatments
from LGGSegmentationLib.Scene.Growth import Growth
from LGGSegmentationLib.Scene import LinkedViews
from LGGSegmentationLib.Scene.Outline import Outlines
from LGGSegmentationLib.Scene.Result import currentResult, latestResultOf
from LGGSegmentationLib.Scene.Undo import UndoHistory
import sys
assert not any(name.split(".")[0] in ("qt", "ctk", "PySide6") for name in sys.modules)
assert not hasattr(slicer, "mrmlScene") and not hasattr(slicer, "app")

def noTag(node, tag):
    return ""

class World:
    def __init__(self, size):
        self.scene = slicer.vtkMRMLScene()
        self.logic = slicer.vtkSlicerSegmentationsModuleLogic()
        self.logic.SetMRMLScene(self.scene)
        self.flair = self.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "AX FLAIR")
        array = np.full((6, 40, 40), 100, np.float32)
        array[2:4, 10:10 + size, 10:10 + size] = 300
        VolumeExchange.setVoxels(self.flair, array)
        self.flair.SetIJKToRASMatrix(VolumeExchange.matrixOfArray(np.diag([1.0, 1.0, 5.0, 1.0])))
        self.mask = (array > 200).astype(np.uint8)
        self.outlines = Outlines()
        self.undo = UndoHistory()

    def work(self):
        assert InputGuess.obviousFlair(self.scene, noTag) is self.flair
        node = Segmentations.newSegmentation(self.flair)
        self.result = Segmentations.resultToReplace(node, keepEdited=True)
        self.result.write(self.mask, self.flair)
        self.result.setThreshold(0.35)
        model = {"name": "m", "version": "1", "sha256": "0" * 64}
        self.result.setReport({"model": model, "threshold": 0.5, "components": "all"})
        Probability.writeProbability(self.mask * 0.9, self.flair)
        self.values = measure(self.result.image())
        self.table = Measurements.keep(self.result, self.values)
        series = TimePoints.tableFor(self.flair, noTag)
        TimePoints.add(series, self.result, self.outlines, 12.0, noTag)
        self.points = TimePoints.read(series)
        self.series = series
        assert Diameters.draw(self.result) is not None
        Views.show3D(self.result, shown=True)
        Views.hideOthers(self.result)

    def grow(self):
        import datetime
        from dataclasses import replace
        import SimpleITK as sitk
        from lggseg.growth.alignment import Alignment
        from lggseg.growth.timeline import Treatment

        later = self.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "AX FLAIR later")
        VolumeExchange.setVoxels(later, VolumeExchange.voxels(self.flair).copy())
        later.SetIJKToRASMatrix(VolumeExchange.matrixOfArray(VolumeExchange.ijkToRas(self.flair)))
        Identity.setPatient(later, Identity.patientOf(self.flair, noTag))
        grown = self.mask.copy()
        grown[2:4, 10:30, 10:30] = 1
        result = Segmentations.addResult(Segmentations.newSegmentation(later))
        result.write(grown, later)
        result.setReport(self.result.report)
        TimePoints.add(self.series, result, self.outlines, None, noTag)
        dates = {"AX FLAIR": "2020-01-01", "AX FLAIR later": "2021-01-01"}
        points = TimePoints.read(self.series)
        TimePoints.write(self.series, [replace(point, date=dates[point.name]) for point in points])
        Treatments.write(self.series, [Treatment(datetime.date(2022, 1, 1))])
        Alignments.keep(self.flair, later, Alignment(sitk.Euler3DTransform(), 0.9, 0.9, 0.0, 0.0))
        growth = Growth(self.outlines)
        report = growth.result(self.series).report
        GrowthPlot.show(self.series, report, GrowthPlot.VOLUME)
        GrowthTable.show(self.series, report)
        pair = Comparison.Pair(self.result, result, Alignments.between(self.flair, self.flair, later))
        change = Comparison.changeMap(pair, self.outlines)
        views = []
        for name in ("Left", "Right"):
            view = self.scene.AddNode(slicer.vtkMRMLSliceNode())
            composite = slicer.vtkMRMLSliceCompositeNode()
            for node in (view, composite):
                node.SetLayoutName(name)
            self.scene.AddNode(composite)
            views.append(view)
        linked = LinkedViews.LinkedViews(*views)
        linked.show(self.flair, Comparison.volume(pair, Comparison.LATER))
        linked.only(self.result, change)
        linked.alike()
        Following.followOutlines(self.scene, self.outlines, growth)
        assert change.GetDisplayNode().GetVisibility()
        LinkedViews.end(self.scene)
        Comparison.removeVolumes(self.scene)
        self.scene.RemoveNode(result.node)
        return report

worlds = [World(8), World(16)]
for world in worlds:
    world.work()
for world in worlds:
    assert latestResultOf(world.flair) == world.result == currentResult(world.result.node)
    assert world.result.report["threshold"] == 0.35 and world.result.model == "m 1"
    expected = world.mask.sum() * 5 / 1000
    assert world.outlines.of(world.result).milliliters == expected == world.points[0].volumeMl
    assert Measurements.valuesOf(world.table)["volume_ml"] == expected
    for node in (world.table, world.series, world.result.node):
        assert node.GetScene() is world.scene
    assert world.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1
    assert world.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode") == 2

reports = [world.grow() for world in worlds]
assert [report.studies[0].point.volume_ml for report in reports] == [world.mask.sum() * 5 / 1000 for world in worlds]
assert reports[0].parts[0].velocity.value > reports[1].parts[0].velocity.value > 0

first, second = worlds
assert Identity.patientKey(first.scene, "7") != Identity.patientKey(second.scene, "7"), "another salt"
first.undo.save(first.result.node)
drawn = first.mask.copy()
drawn[4] = drawn[3]
VolumeExchange.writeMask(drawn, first.result.node, first.result.segmentId, first.flair)
assert first.result.isEdited() and not second.result.isEdited()
assert Measurements.isOutdated(first.table, first.outlines.of(first.result))
assert not Measurements.isOutdated(second.table, second.outlines.of(second.result))
TimePoints.follow(first.series, first.outlines)
assert TimePoints.read(first.series)[0].volumeMl == drawn.sum() * 5 / 1000
first.undo.undo()
assert not first.result.isEdited()
print("both scenes are in order")
"""


@pytest.mark.parametrize("path", SCENE, ids=lambda path: path.name)
def test_scene_code_asks_for_nothing_but_the_scene(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for name in names:
                top, *rest = str(name).split(".")
                assert top in ALLOWED, name
                if top == "LGGSegmentationLib":
                    assert rest[0] == "Scene", name
                if top == "slicer" and rest:
                    assert path.name == "Texts.py", "the one place that looks for the application's languages"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "slicer":
            assert node.attr.startswith("vtk"), f"slicer.{node.attr} belongs to the application"


def test_two_scenes_live_beside_each_other_without_the_application():
    skip_without_host()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "LGGSegmentation")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=False, capture_output=True, text=True, timeout=300, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "both scenes are in order" in done.stdout
