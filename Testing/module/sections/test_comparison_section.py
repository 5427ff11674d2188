"""Two studies side by side: alignment in a child process, linked views, the map of the change."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import SimpleITK as sitk
from growth_case import shifted_block
from slicer_case import FAKE_CHILD, add_study, click, put_result, reload_scene, settle, temporary_folders, wait_until

pytestmark = pytest.mark.slicer


def unfold(panel):
    panel.ui.growthSection.collapsed = False
    settle()


def views():
    import slicer

    manager = slicer.app.layoutManager()
    return [manager.sliceWidget(name) for name in ("Red", "Yellow")]


def background(widget):
    import slicer

    composite = widget.sliceLogic().GetSliceCompositeNode()
    return slicer.mrmlScene.GetNodeByID(composite.GetBackgroundVolumeID())


def side_by_side():
    import slicer

    return slicer.app.layoutManager().layout == slicer.vtkMRMLLayoutNode.SlicerLayoutSideBySideView


def seen_in(widget, node):
    display = node.GetDisplayNode()
    return bool(display.GetVisibility() and display.IsDisplayableInView(widget.mrmlSliceNode().GetID()))


def change_maps():
    import slicer

    from LGGSegmentationLib.Scene import ForLooking
    from LGGSegmentationLib.Scene.Result import nodesOf

    return [node for node in nodesOf(slicer.mrmlScene, "vtkMRMLSegmentationNode") if ForLooking.kindOf(node)]


def test_two_studies_stand_side_by_side_and_come_apart_again(panel, grown_series):
    import slicer

    from LGGSegmentationLib.Scene.Result import latestResultOf

    unfold(panel)
    layout = slicer.app.layoutManager().layout
    before = [(background(widget), widget.mrmlSliceNode().GetOrientation()) for widget in views()]
    assert "Similarity 0.97 (before 0.40)" in panel.ui.alignmentLabel.text
    click(panel.ui.compareButton)
    settle()
    left, right = views()
    assert side_by_side()
    assert background(left) is grown_series[0]
    assert "as FLAIR 0 lies (to look at)" in background(right).GetName()
    assert {widget.mrmlSliceNode().GetOrientation() for widget in (left, right)} == {"Axial"}
    (change,) = change_maps()
    first, last = (latestResultOf(volume).node for volume in (grown_series[0], grown_series[2]))
    assert seen_in(left, first)
    assert not seen_in(right, first)
    assert seen_in(right, change)
    assert not seen_in(left, change)
    assert not seen_in(left, last)
    assert not seen_in(right, last), "an outline that lies elsewhere is not drawn"
    assert "nothing is measured" in panel.ui.alignmentLabel.text
    click(panel.ui.endComparisonButton)
    settle()
    assert slicer.app.layoutManager().layout == layout
    assert [(background(widget), widget.mrmlSliceNode().GetOrientation()) for widget in views()] == before
    assert change_maps() == [change], "the map stays as segments"
    assert seen_in(left, last)


def test_an_older_outline_beside_the_compared_one_is_not_drawn(panel, grown_series):
    """As «Keep both» leaves it: the map is of the new outline, and so is what stands on the left."""
    from LGGSegmentationLib.Scene import Segmentations
    from LGGSegmentationLib.Scene.Result import latestResultOf

    old = latestResultOf(grown_series[0])
    new = Segmentations.addResult(old.node)
    new.write(shifted_block(22), grown_series[0])
    new.setReport(old.report)
    new.setThreshold(old.threshold)
    panel.logic.followOutlines()
    unfold(panel)
    panel.update()
    click(panel.ui.compareButton)
    settle()
    display = old.node.GetDisplayNode()
    assert seen_in(views()[0], old.node)
    assert display.GetSegmentVisibility(new.segmentId)
    assert not display.GetSegmentVisibility(old.segmentId)
    click(panel.ui.endComparisonButton)
    settle()
    assert display.GetSegmentVisibility(old.segmentId)


def test_the_views_move_together(panel, grown_series):
    unfold(panel)
    click(panel.ui.compareButton)
    settle()
    left, right = (widget.sliceLogic() for widget in views())
    assert right.GetSliceOffset() == pytest.approx(left.GetSliceOffset())
    left.StartSliceOffsetInteraction()
    left.SetSliceOffset(8.0)
    left.EndSliceOffsetInteraction()
    settle()
    assert right.GetSliceOffset() == pytest.approx(8.0)
    np.testing.assert_allclose(
        left.GetSliceNode().GetFieldOfView()[0] / left.GetSliceNode().GetDimensions()[0],
        right.GetSliceNode().GetFieldOfView()[0] / right.GetSliceNode().GetDimensions()[0],
    )
    click(panel.ui.endComparisonButton)


def test_the_checkerboard_shows_the_alignment(panel, grown_series):
    unfold(panel)
    click(panel.ui.compareButton)
    panel.ui.comparisonKindBox.setCurrentIndex(1)
    settle()
    right = views()[1]
    assert "checkerboard" in background(right).GetName()
    assert not any(seen_in(right, node) for node in change_maps())
    assert "edges that run on are aligned" in panel.ui.alignmentLabel.text
    click(panel.ui.endComparisonButton)


def test_any_two_studies_can_be_chosen(panel, grown_series):
    unfold(panel)
    panel.ui.earlierBox.setCurrentIndex(1)
    settle()
    click(panel.ui.compareButton)
    settle()
    assert background(views()[0]) is grown_series[1]
    np.testing.assert_allclose(views_array(background(views()[1])), views_array(grown_series[2]), rtol=1e-5)
    panel.ui.laterBox.setCurrentIndex(0)
    settle()
    assert not panel.ui.compareButton.enabled
    assert "earlier and a later" in panel.ui.compareButton.toolTip
    click(panel.ui.endComparisonButton)


def views_array(node):
    import slicer

    return slicer.util.arrayFromVolume(node)


def test_a_change_of_an_outline_hides_the_map_and_is_said(panel, grown_series):
    from LGGSegmentationLib.Scene import VolumeExchange

    unfold(panel)
    click(panel.ui.compareButton)
    settle()
    result = panel.result
    assert result.flair is grown_series[2]
    VolumeExchange.writeMask(shifted_block(22), result.node, result.segmentId, result.flair)
    settle(0.2)
    (change,) = change_maps()
    assert not change.GetDisplayNode().GetVisibility()
    assert "earlier outlines" in change.GetName()
    assert "have changed since" in panel.ui.alignmentLabel.text
    click(panel.ui.compareButton)
    settle()
    assert change.GetDisplayNode().GetVisibility()
    click(panel.ui.endComparisonButton)


def test_a_scene_that_was_saved_side_by_side_comes_back_in_order(panel, grown_series, tmp_path):
    import slicer

    from LGGSegmentationLib.Scene.Result import nodesOf

    unfold(panel)
    click(panel.ui.compareButton)
    settle()
    reload_scene(tmp_path)
    for node in nodesOf(slicer.mrmlScene, "vtkMRMLSegmentationNode"):
        assert node.GetDisplayNode().GetNumberOfViewNodeIDs() == 0
    assert not [node for node in nodesOf(slicer.mrmlScene, "vtkMRMLScalarVolumeNode") if "to look at" in node.GetName()]
    unfold(panel)
    click(panel.ui.compareButton)
    settle()
    assert side_by_side()
    click(panel.ui.endComparisonButton)


def test_what_else_is_shown_ends_the_comparison(panel, grown_series):
    unfold(panel)
    click(panel.ui.compareButton)
    settle()
    panel.ui.timePointWidget.selectRow(1)
    settle()
    assert not side_by_side()
    assert background(views()[0]) is grown_series[1]
    click(panel.ui.compareButton)
    settle()
    click(panel.ui.plotVolumeButton)
    settle()
    assert not panel.ui.endComparisonButton.enabled
    assert views()[1].mrmlSliceNode().GetOrientation() == "Sagittal"


def use_fake(monkeypatch, mode):
    from LGGSegmentationLib.Process.AlignmentJob import AlignmentJob

    monkeypatch.setattr(AlignmentJob, "program", [sys.executable, str(FAKE_CHILD), mode])


def test_alignment_is_cancelled_and_nothing_is_left(panel, unaligned_series, monkeypatch):
    use_fake(monkeypatch, "slow")
    unfold(panel)
    assert "not aligned yet" in panel.ui.alignmentLabel.text
    click(panel.ui.compareButton)
    assert wait_until(lambda: panel.logic.aligner.job._process.processId > 0)
    assert "Aligning study 1 of 2" in panel.ui.alignmentLabel.text
    assert not panel.ui.compareButton.enabled
    click(panel.ui.cancelAlignmentButton)
    assert wait_until(lambda: not panel.logic.aligner.running)
    settle()
    assert "Cancelled" in panel.ui.statusLabel.text
    assert not side_by_side()
    assert not temporary_folders()
    assert panel.ui.compareButton.enabled


def test_a_failed_alignment_is_explained_with_the_volume_s_name(panel, unaligned_series, monkeypatch):
    use_fake(monkeypatch, "error")
    unfold(panel)
    click(panel.ui.compareButton)
    assert wait_until(lambda: not panel.logic.aligner.running)
    settle()
    for name in ("FLAIR 1", "FLAIR 2"):
        assert f"{name}: flair.nrrd: expected 3 slices or more" in panel.ui.alignmentLabel.text
    assert not side_by_side()
    assert not temporary_folders()


def test_a_closing_scene_ends_the_alignment(panel, unaligned_series, monkeypatch):
    import slicer

    use_fake(monkeypatch, "slow")
    unfold(panel)
    click(panel.ui.compareButton)
    assert wait_until(lambda: panel.logic.aligner.running)
    slicer.mrmlScene.Clear()
    settle()
    assert not panel.logic.aligner.running
    assert not temporary_folders()


@pytest.mark.slow
def test_a_moved_head_is_aligned_in_a_child_process(panel, monkeypatch):
    """The real command, from the click to the views."""
    import slicer

    from lggseg.phantom.study import make_phantom
    from LGGSegmentationLib.Scene import Alignments

    monkeypatch.setattr(panel.logic, "samePatient", lambda *_: True)
    by = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.04, 0.0, 0.08, (6.0, -4.0, 0.0))
    volumes = []
    for number, growth in enumerate((1.0, 1.5)):
        study = make_phantom(seed=1, growth=growth, slices=26, size=68, spacing_mm=(3.0, 3.0, 5.0))
        moved = {name: sitk.TransformGeometry(image, by) if number else image for name, image in study.items()}
        volumes.append(add_study(moved)["flair"])
        put_result(panel, volumes[-1], sitk.GetArrayFromImage(moved["label"]).astype(np.uint8))
        panel.ui.timePointWidget.item(number, 1).setText(f"202{number}-01-01")
        settle()
    unfold(panel)
    click(panel.ui.compareButton)
    assert wait_until(lambda: not panel.logic.aligner.running, 500)
    settle()
    found = Alignments.find(*volumes)
    assert found is not None, panel.ui.alignmentLabel.text
    assert found.similarity > 0.9 > found.before
    assert side_by_side()
    assert not temporary_folders()
    first = slicer.util.arrayFromVolume(volumes[0])[8:18, 20:48, 20:48]
    brought = slicer.util.arrayFromVolume(background(views()[1]))[8:18, 20:48, 20:48]
    assert np.corrcoef(first.ravel(), brought.ravel())[0, 1] > 0.85
    assert "It grows" in panel.ui.growthLabel.text
    click(panel.ui.endComparisonButton)
