"""A session without its page: what is in the scene, and what stays in it."""

from __future__ import annotations

import asyncio
import shutil

import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer is not installed: make test-app")

from lggseg.phantom.study import write_phantom

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
