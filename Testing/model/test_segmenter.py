from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from grids import AXIS_ORDERS, rotated
from heads import ball_volume

from lggseg.errors import CancelledError
from lggseg.model.postprocessing import MaskRule
from lggseg.model.preprocessing import prepare
from lggseg.model.segmenter import predict, segment
from lggseg.segmentation.checks import study_notes
from lggseg.segmentation.overlap import dice_of_images
from lggseg.volumes import geometry


def test_finds_the_bright_ball_on_the_grid_of_flair(head, bright_predictor):
    result = segment({"flair": head}, bright_predictor, rule=MaskRule(components="all"))
    assert geometry.same_grid(result.mask, head)
    assert result.found
    truth = sitk.BinaryMorphologicalOpening((head > 140) & (head < 220), (2, 2, 1))
    assert dice_of_images(result.mask & truth, truth) > 0.8


@pytest.mark.parametrize("code", AXIS_ORDERS[::5])
def test_the_mask_does_not_depend_on_the_orientation(bright_predictor, code):
    head = rotated(ball_volume(), 6.0)
    straight = segment({"flair": head}, bright_predictor).mask
    turned = segment({"flair": geometry.reorient(head, code)}, bright_predictor).mask
    assert geometry.orientation_code(turned) == code
    assert dice_of_images(geometry.reorient(turned, geometry.orientation_code(head)), straight) > 0.999


def test_left_and_right_are_treated_alike(head):
    def one_sided(batch):
        return batch[:, 1:2] + np.linspace(-4, 4, batch.shape[-1], dtype=np.float32)

    prepared = prepare({"flair": head})
    mirrored = replace(prepared, sequences=prepared.sequences[..., ::-1], foreground=prepared.foreground[..., ::-1])
    np.testing.assert_allclose(predict(mirrored, one_sided), predict(prepared, one_sided)[..., ::-1], atol=1e-6)


def test_nothing_found_is_a_result(head):
    def never(batch):
        return np.full((len(batch), 1, *batch.shape[2:]), -20.0, np.float32)

    never.device = "test double"
    result = segment({"flair": head}, never)
    assert not result.found
    assert result.volume_ml == 0.0


def test_volume_counts_voxels(head, bright_predictor):
    result = segment({"flair": head}, bright_predictor)
    count = np.count_nonzero(sitk.GetArrayFromImage(result.mask))
    assert result.volume_ml == pytest.approx(count * 2.5 * 2.5 * 6.0 / 1000)


def test_progress_counts_slices_and_can_stop_the_run(head, bright_predictor):
    seen = []
    segment({"flair": head}, bright_predictor, progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 14)  # the first and the last slice hold air alone
    assert seen[-1] == (14, 14)

    def stop(done, _total):
        if done >= 4:
            msg = "enough"
            raise CancelledError(msg)

    with pytest.raises(CancelledError, match="enough"):
        segment({"flair": head}, bright_predictor, progress=stop)


def test_what_is_nowhere_sure_enough_is_held_back_and_said(head, bright_predictor):
    """A rule that asks for more than the network ever says finds nothing, and tells how much it left out."""
    found = segment({"flair": head}, bright_predictor, rule=MaskRule(0.5, "all"))
    held_back = segment({"flair": head}, bright_predictor, rule=MaskRule(0.5, "all", least_peak=0.999999))
    assert found.held_back_ml == 0
    assert not held_back.found
    assert held_back.held_back_ml == pytest.approx(found.volume_ml)
    assert held_back.signs == found.signs
    (note,) = [note for note in study_notes(head, held_back) if "nothing counts here" in note]
    assert f"{found.volume_ml:.1f} ml reach its threshold of 0.5" in note
