"""Growth over the time points of a scene: the core's numbers, of the outlines as they are now. Needs no application."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from lggseg.errors import InputError
from lggseg.growth import analyse
from lggseg.growth.measuring import time_point
from lggseg.growth.timeline import SURGERY, Treatment

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytestmark = pytest.mark.slicer

DAYS = ("2020-03-01", "2021-03-01", "2022-04-01")
RECORD = {"model": {"name": "m", "version": "1", "sha256": "ab" * 32}, "components": "all", "notes": ["said before"]}
ORIGIN = "m 1 (abababab), threshold 0.35, pieces: all"


class World:
    """A scene with outlines that grow by the year."""

    def __init__(self, days: tuple[str, ...] = DAYS) -> None:
        from LGGSegmentationLib.Scene.Outline import Outlines
        from LGGSegmentationLib.Scene.StudyGrowth import Growth

        self.scene, self.logic = slicer.vtkMRMLScene(), slicer.vtkSlicerSegmentationsModuleLogic()
        self.logic.SetMRMLScene(self.scene)
        self.outlines, self.growth = Outlines(), Growth()
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


def test_it_is_what_the_core_says_of_the_masks():
    world = World()
    expected = analyse(
        time_point(result.image(), datetime.date.fromisoformat(day), origin=ORIGIN, name=f"FLAIR {day}")
        for day, result in zip(DAYS, world.results, strict=True)
    )
    assert world.growth.report(world.table).as_dict() == expected.as_dict()
    assert expected.sentences[0].startswith("It grows")


def test_outlines_that_changed_are_measured_anew_and_said_to_be():
    world = World()
    before = world.growth.report(world.table)
    assert world.growth.report(world.table) == before
    world.draw(2)
    after = world.growth.report(world.table)
    assert after.studies[2].point.volume_ml == pytest.approx(before.studies[2].point.volume_ml * 5 / 4)
    assert after.studies[:2] == before.studies[:2]
    notes = world.growth.inputs(world.table)[2]
    assert notes.count("2022-04-01: The mask was changed after the model made it.") == 1
    assert "2020-03-01: said before" in notes


def test_another_threshold_is_another_origin():
    world = World()
    world.results[1].setThreshold(0.5)
    assert "outlines of different origin" in world.growth.report(world.table).withheld


def test_treatments_split_the_series_and_are_kept_with_the_scene():
    from LGGSegmentationLib.Scene import StudyGrowth

    world = World()
    operated = Treatment(datetime.date(2020, 9, 1), SURGERY)
    StudyGrowth.setTreatments(world.table, [operated, operated])
    assert StudyGrowth.treatmentsOf(world.table) == (operated,)
    assert [part.part.title for part in world.growth.report(world.table).parts] == [
        "before treatment",
        "after surgery of 2020-09-01",
    ]


def test_what_is_missing_is_named():
    from LGGSegmentationLib.Scene.Removal import removeVolume

    world = World(days=("2020-03-01", ""))
    with pytest.raises(InputError, match="FLAIR : growth needs the day of each scan; type it"):
        world.growth.report(world.table)
    world = World()
    removeVolume(world.results[1].flair)
    with pytest.raises(InputError, match="FLAIR 2021-03-01: the outline is gone; load it again, or remove its row"):
        world.growth.report(world.table)
    twice = World(days=("2020-03-01", "2020-03-01"))
    with pytest.raises(InputError, match="expected one study a day"):
        twice.growth.report(twice.table)


def test_comparing_aligns_and_maps_the_change_as_the_command_does():
    from LGGSegmentationLib.Scene import StudyGrowth

    world = World(days=DAYS[:2])
    result = StudyGrowth.compare("Patient 1", *world.growth.inputs(world.table))
    assert result.report.sentences == world.growth.report(world.table).sentences
    assert list(result.maps) == [datetime.date(2021, 3, 1)]
    assert "2020-03-01: said before" in result.notes


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
