"""A session without its page: what is in the scene, and what stays in it."""

from __future__ import annotations

import asyncio
import shutil
import time

import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed: make test-app")

from lggseg.phantom.study import write_phantom
from lggseg.segmentation.result import SegmentResult
from LGGSegmentationLib.Scene import Diameters, GrowthPlot, Measurements, TimePoints

pytestmark = [pytest.mark.app, pytest.mark.slow]

SMALL = {"slices": 12, "size": 96, "spacing_mm": (2.3, 2.3, 10.0)}


@pytest.fixture(scope="module")
def application():
    """One for all: trame's server is one a process."""
    from trame.app import get_server

    from lggseg_app.application import Application

    made = Application(get_server("tested"))
    yield made
    made.viewer.app.io_manager.cache_dir.cleanup()


@pytest.fixture
def study(tmp_path):
    return write_phantom(tmp_path / "study", **SMALL)["flair"]


async def segmented(application):
    application.segment()
    await application._running
    assert not application.state.error


def test_the_surface_is_there_whatever_is_done_to_the_outline(application, study, tmp_path):
    async def story():
        await application.open(study)
        await segmented(application)
        outline = application.shown
        segmentation = outline.result.node.GetSegmentation()
        points = []

        def has_surface():
            surface = segmentation.GetNthSegment(0).GetRepresentation("Closed surface")
            points.append(0 if surface is None else surface.GetNumberOfPoints())
            return points[-1] > 0

        assert has_surface()
        outline.show_diameters(shown=True)
        outline.show_contours(shown=True)
        assert has_surface()
        outline.set_threshold(0.8)
        assert has_surface()
        assert points[-1] < points[0], "it is that of the outline of now"
        application.outline.undo()
        assert has_surface()
        assert points[-1] == points[0]
        await application.make("session.mrb", "", tmp_path)
        assert has_surface()
        application.close_all()

    asyncio.run(story())


def test_runs_and_studies_leave_nothing_behind(application, study, tmp_path):
    async def story():
        nodes = []
        for number in range(3):
            folder = tmp_path / f"sent{number}"
            folder.mkdir()
            shutil.copy(study, folder)
            await application.take(folder)
            for _ in range(2):
                await segmented(application)
                application.shown.show_diameters(shown=True)
                application.shown.show_contours(shown=True)
                nodes.append(application.viewer.scene.GetNumberOfNodes())
        assert len(set(nodes)) == 1
        assert [folder.name for folder in tmp_path.glob("sent*")] == ["sent2"], "files go with their study"
        application.close_all()
        assert not list(tmp_path.glob("sent*"))

    asyncio.run(story())


def test_what_is_noted_is_noted_of_the_outline_that_is_shown(application, tmp_path):
    async def story():
        healthy = write_phantom(tmp_path / "healthy", seed=14, tumor=False, **SMALL)["flair"]
        await application.open(healthy)
        await segmented(application)
        outline = application.shown
        outline.result.setReport({**outline.result.report, "notes": [*outline.notes, "Check this one: a reason"]})
        application.outline.follow()
        assert application.state.headline == "No FLAIR abnormality was found."
        assert application.state.checks == ["Check this one: a reason"]
        outline.set_threshold(0.001)
        application.outline.follow()
        assert outline.milliliters > 0
        assert not application.state.checks, "it was said of the model's own outline"
        assert "The outline was changed since" in application.state.notes[0]
        assert outline.as_it_is().segmentation.rule.least_peak == 0
        application.outline.undo()
        assert outline.milliliters == 0
        assert application.state.checks
        application.close_all()

    asyncio.run(story())


def test_diameters_are_those_of_the_outline_that_is_shown(application, study):
    async def story():
        await application.open(study)
        await segmented(application)
        outline = application.shown
        outline.set_threshold(0.8)
        application.state.diameters = True
        outline.show_diameters(shown=True)
        assert Diameters.shown(outline.result.node), "also of an outline that was not measured yet"
        application.outline.undo()
        assert not application.state.outdated
        assert not Diameters.drawn(outline.result.node), "they measured the outline that was taken back"
        application.close_all()

    asyncio.run(story())


def test_a_session_holds_no_numbers_of_an_earlier_outline_unmarked(application, study, tmp_path):
    async def story():
        await application.open(study)
        await segmented(application)
        table = Measurements.tableOf(application.shown.result.node)
        assert table.GetColumnName(1) == "Value"
        application.shown.set_threshold(0.8)
        await application.make("session.mrb", "", tmp_path)
        assert "earlier outline" in table.GetColumnName(1)
        application.close_all()

    asyncio.run(story())


def test_a_session_holds_no_chart_of_time_points_that_are_gone(application, tmp_path):
    async def story():
        for number, day in enumerate(("2020-01-01", "2021-01-01"), start=1):
            flair = write_phantom(tmp_path / f"{number}", seed=number, **SMALL)["flair"]
            await application.open(flair)
            await segmented(application)
            patient = application.state.patients[0]["id"] if application.state.patients else ""
            application.series.add(patient)
            application.series.set_day(application.state.shown_id, day)
        table = TimePoints.tables(application.viewer.scene)[0]
        await application.make("session.mrb", "", tmp_path)
        chart = GrowthPlot.chartOf(table, GrowthPlot.VOLUME)
        assert chart.GetNumberOfPlotSeriesNodes()
        application.series.set_day(application.state.shown_id, "2020-01-01")
        assert application.state.patients[0]["problem"]
        await application.make("session.mrb", "", tmp_path)
        assert not chart.GetNumberOfPlotSeriesNodes()
        application.close_all()

    asyncio.run(story())


def test_a_study_that_arrives_late_is_shown_without_the_outline_of_another(application, tmp_path, study):
    async def story():
        await application.open(study)
        await segmented(application)
        application.series.add()
        first, identity = application.shown, application.state.shown_id
        reading = asyncio.create_task(application.open(write_phantom(tmp_path / "second", seed=2, **SMALL)["flair"]))
        while application.cases.shown is not None or not application.state.volumes:
            await asyncio.sleep(0.001)
        application.series.show(identity)
        assert application.shown is first
        await reading
        assert application.shown is None
        assert not application.state.has_result
        assert not first.result.node.GetDisplayNode().GetVisibility()
        application.series.show(identity)
        assert application.state.none, "none is still to be chosen for T1"
        application.close_all()

    asyncio.run(story())


def test_seg_and_sr_are_one_pair_also_where_both_are_asked_for_at_once(application, study, monkeypatch):
    def objects(_result):
        time.sleep(0.2)
        return {}

    monkeypatch.setattr(SegmentResult, "dicom_objects", objects)

    async def story():
        await application.open(study)
        await segmented(application)
        outline = application.shown
        makers = [outline.dicom_maker(outline.as_it_is()) for _ in ("SEG", "SR")]
        first, second = await asyncio.gather(*map(asyncio.to_thread, makers))
        assert first is second, "the report refers to the segmentation that was taken along"
        outline.set_threshold(0.8)
        assert outline.dicom_maker(outline.as_it_is())() is not first
        application.close_all()

    asyncio.run(story())
