"""The network's own features tell FLAIR from T1; the added output changes no logit."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from lggseg.errors import InputError, ModelError
from lggseg.model.bundle import ONNX_FILE, load_bundle
from lggseg.model.predictor import OnnxPredictor, make_predictor
from lggseg.model.preprocessing import CHANNELS
from lggseg.model.segmenter import segment
from lggseg.model.sequence_check import SEQUENCE_FILE, SequenceRule, Watch, finding_of, load_rule, pool, watched
from lggseg.phantom.study import make_phantom
from lggseg.segmentation.pipeline import run_pipeline
from lggseg.segmentation.request import SegmentRequest
from lggseg.volumes.sequence import Kind


@pytest.fixture(scope="module")
def bundle():
    found = load_bundle()
    if load_rule(found) is None:
        pytest.skip("no rule for these weights: training/fit_sequence_check.py fits one")
    return found


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(slices=10, size=160, spacing_mm=(1.4, 1.4, 12.0))


def test_the_added_output_changes_no_logit(bundle):
    batch = np.random.default_rng(0).normal(size=(2, len(CHANNELS), 64, 96)).astype(np.float32)
    rule = load_rule(bundle)
    plain, watching = OnnxPredictor(bundle.verified(ONNX_FILE)), OnnxPredictor(bundle.verified(ONNX_FILE), rule.layer)
    logits, features = watching.logits_and_features(batch)
    assert np.array_equal(plain(batch), watching(batch))
    assert np.array_equal(plain(batch), logits)
    assert features.shape == (2, len(rule.slopes))


@pytest.mark.parametrize(("role", "likely"), [("flair", True), ("pre", False), ("post", False)])
def test_the_sequences_of_the_synthetic_head_are_told_apart(bundle, phantom, role, likely):
    watch = watched(make_predictor(bundle, "onnx"))
    segment({"flair": phantom[role]}, watch)
    finding = watch.finding()
    assert (finding is None or finding.kind is Kind.FLAIR) if likely else finding.kind is Kind.OTHER


def test_a_t1_of_no_name_is_doubted_and_one_with_its_name_refused(bundle, phantom, tmp_path):
    import SimpleITK as sitk

    assert any("unlike any FLAIR" in note for note in run_pipeline(SegmentRequest(phantom["pre"])).notes)
    sitk.WriteImage(phantom["pre"], str(tmp_path / "t1_pre.nii.gz"))
    with pytest.raises(InputError, match=r"says T1 without contrast agent.*--force"):
        run_pipeline(SegmentRequest(str(tmp_path / "t1_pre.nii.gz")))
    forced = run_pipeline(SegmentRequest(str(tmp_path / "t1_pre.nii.gz"), force=True))
    assert any("segmented all the same" in note for note in forced.notes)


def test_a_flair_is_not_doubted(phantom):
    assert not any("FLAIR volume" in note for note in run_pipeline(SegmentRequest(phantom["flair"])).notes)


def test_a_rule_for_other_weights_is_not_used(bundle, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(bundle.folder, copy)
    content = json.loads((copy / SEQUENCE_FILE).read_text(encoding="utf-8"))
    (copy / SEQUENCE_FILE).write_text(json.dumps(content | {"weights": "0" * 64}))
    assert load_rule(load_bundle(copy)) is None
    assert watched(make_predictor(load_bundle(copy), "onnx")) is None
    (copy / SEQUENCE_FILE).write_text("{}")
    with pytest.raises(ModelError, match="fit_sequence_check"):
        load_rule(load_bundle(copy))


def test_only_slices_in_the_middle_count():
    class Network:
        def logits_and_features(self, batch):
            return batch[:, :1], batch[:, 0, 0, :1]

    watch = Watch(Network(), SequenceRule("any", np.array([1.0]), 0.0))
    assert watch.finding() is None
    values = np.full(20, 100.0)
    values[8:13] = -100.0  # .4 to .65 of twenty
    watch(values.reshape(20, 1, 1, 1).astype(np.float32))
    assert watch.finding().kind is Kind.OTHER


def test_what_is_not_clear_is_not_said():
    assert finding_of(0.4) is None
    assert finding_of(0.9).kind is Kind.FLAIR
    assert finding_of(0.01).confidence > finding_of(0.1).confidence


def test_pooling_is_mean_and_spread_of_each_channel():
    values = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    assert np.allclose(pool(values)[1, 2], values[1, 2].mean())
    assert np.allclose(pool(values)[1, 5], values[1, 2].std())
