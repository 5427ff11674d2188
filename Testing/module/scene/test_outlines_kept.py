"""Outlines that are judged, restored and taken away, on the slicer-core wheel alone: no application, no panel."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from lggseg.errors import InputError
from lggseg.growth import analyse
from lggseg.growth.measuring import time_point

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytestmark = pytest.mark.slicer

DAYS = ("2020-03-01", "2021-03-01", "2022-04-01")
RECORD = {"model": {"name": "m", "version": "1", "sha256": "ab" * 32}, "components": "all", "notes": ["said before"]}
ORIGIN = "m 1 (abababab), threshold 0.35, pieces: all"


class World:
    """A scene with outlines that grow by the year."""

    def __init__(self, days: tuple[str, ...] = DAYS) -> None:
        from LGGSegmentationLib.Scene.Growth import Growth
        from LGGSegmentationLib.Scene.Outline import Outlines

        self.scene, self.logic = slicer.vtkMRMLScene(), slicer.vtkSlicerSegmentationsModuleLogic()
        self.logic.SetMRMLScene(self.scene)
        self.outlines = Outlines()
        self.growth = Growth(self.outlines)
        self.results = [self.study(day, 8 + 2 * n) for n, day in enumerate(days)]

    def study(self, day: str, size: int) -> Any:
        from LGGSegmentationLib.Scene import Probability, Segmentations, TimePoints, VolumeExchange

        flair = self.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", f"FLAIR {day}")
        head = self.head()
        mask = np.zeros(head.shape, np.uint8)
        mask[2:6, 10 : 10 + size, 10 : 10 + size] = 1
        VolumeExchange.setVoxels(flair, head + 200 * mask)
        flair.SetIJKToRASMatrix(VolumeExchange.matrixOfArray(np.diag([1.5, 1.5, 5.0, 1.0])))
        result = Segmentations.addResult(Segmentations.newSegmentation(flair))
        result.write(mask, flair)
        result.setThreshold(0.35)
        result.setReport({**RECORD, "threshold": 0.35})
        Probability.writeProbability(mask * np.float32(0.9), flair)
        self.table = TimePoints.tableFor(flair, self.tag, lambda _first, _second: True)
        TimePoints.add(self.table, result, self.outlines, None, lambda _node, tag: day * (tag == "0008,0020"))
        return result

    @staticmethod
    def head() -> Any:
        """Lobes in a ball: something to align."""
        k, j, i = np.indices((8, 40, 40))
        inside = ((i - 20) / 17) ** 2 + ((j - 20) / 15) ** 2 + ((k - 4) / 5) ** 2 < 1
        lobes = ndimage.gaussian_filter(np.random.default_rng(0).normal(0, 1, inside.shape), (1, 3, 3))
        return (inside * (100 + 400 * lobes)).astype(np.float32)

    @staticmethod
    def tag(_node: Any, _tag: str) -> str:
        return ""

    def draw(self, number: int) -> None:
        """Paint a slice more, by hand."""
        from LGGSegmentationLib.Scene import TimePoints, VolumeExchange

        result = self.results[number]
        mask = result.mask()
        mask[6] = mask[5]
        VolumeExchange.writeMask(mask, result.node, result.segmentId, result.flair)
        TimePoints.follow(self.table, self.outlines)


def test_growth_is_what_the_core_says_of_the_masks():
    world = World()
    expected = analyse(
        time_point(result.image(), datetime.date.fromisoformat(day), origin=ORIGIN, name=f"FLAIR {day}")
        for day, result in zip(DAYS, world.results, strict=True)
    )
    report = world.growth.result(world.table).report
    assert {**report.as_dict(), "patient": ""} == expected.as_dict()
    assert report.sentences[0].startswith("It grows")


def test_outlines_that_changed_are_measured_anew_and_said_to_be():
    world = World()
    before = world.growth.result(world.table)
    assert world.growth.result(world.table) is before
    world.draw(2)
    after = world.growth.result(world.table)
    volumes = [row.point.volume_ml for row in before.report.studies]
    assert [row.point.volume_ml for row in after.report.studies] == pytest.approx([*volumes[:2], volumes[2] * 5 / 4])
    changed = "the outline was changed by hand after the model had drawn it."
    assert [note for note in after.notes if changed in note] == [f"2022-04-01: {changed}"]
    assert "2020-03-01: said before" in after.notes


def test_what_is_missing_is_named():
    from LGGSegmentationLib.Scene.Removal import removeVolume

    world = World(days=("2020-03-01", ""))
    with pytest.raises(InputError, match=r"“FLAIR ”.*growth needs the date of every study"):
        world.growth.result(world.table)
    world = World()
    removeVolume(world.results[1].flair)
    assert "2021-03-01: its outline is no longer in the scene; its volume is as it was." in (
        world.growth.result(world.table).notes
    )


def test_a_volume_goes_with_all_that_was_made_of_it():
    from LGGSegmentationLib.Scene import Contours, Diameters, Measurements, TimePoints
    from LGGSegmentationLib.Scene.Removal import removeVolume

    world = World(days=())
    classes = ("ScalarVolume", "Segmentation", "MarkupsLine", "VolumeDisplay", "SegmentationDisplay", "MarkupsDisplay")

    def count() -> list[int]:
        return [world.scene.GetNumberOfNodesByClass(f"vtkMRML{name}Node") for name in classes]

    before = count()
    other = world.study("2020-03-01", 9)
    kept = count()
    result = world.study("2021-03-01", 12)
    result.flair.CreateDefaultDisplayNodes()
    Diameters.draw(result)
    Contours.show(result)
    Measurements.measureResult(result)
    removeVolume(result.flair)
    assert count() == kept != before
    assert other.mask().any()
    assert [point.name for point in TimePoints.read(world.table)] == ["FLAIR 2020-03-01", "FLAIR 2021-03-01"]


def test_a_corrected_outline_that_is_restored_counts_as_corrected_again():
    world = World(days=DAYS[:1])
    (result,) = world.results
    as_run = result.snapshot()
    world.draw(0)
    corrected = result.snapshot()
    result.write(result.mask() * 0, result.flair)
    result.setThreshold(0.7)
    assert not result.isEdited()
    result.restore(corrected)
    assert result.isEdited()
    assert result.threshold == 0.35
    np.testing.assert_array_equal(result.mask(), corrected.mask)
    result.restore(as_run)
    assert not result.isEdited()


def test_a_day_that_was_corrected_stays_when_the_outline_is_measured_again():
    from dataclasses import replace

    from LGGSegmentationLib.Scene import TimePoints

    world = World(days=DAYS[:1])
    (point,) = TimePoints.read(world.table)
    TimePoints.write(world.table, [replace(point, date="2020-03-02")])
    TimePoints.add(world.table, world.results[0], world.outlines, 3.0, lambda _node, _tag: "20200301")
    (again,) = TimePoints.read(world.table)
    assert (again.date, again.longestMm) == ("2020-03-02", 3.0)
