"""The rule that tells FLAIR from T1 is fitted on a prepared data set, by patient, for one set of weights."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from lggseg.cohort.prepared import add_case, case_folder, write_case
from lggseg.model.bundle import ONNX_FILE, load_bundle
from lggseg.model.sequence_check import SEQUENCE_FILE, load_rule
from lggseg.phantom.study import make_phantom
from lggseg_training.sequence_check import Given, fit, layer_of, samples_of
from training import fit_sequence_check as script

pytest.importorskip("onnx", reason="training is not installed here")


def given(random, patient, *, flair, elsewhere=False):
    return Given(patient, flair, elsewhere, random.normal(1.0 if flair else -1.0, 0.4, 6))


def test_patients_are_held_out_and_volumes_of_elsewhere_are_not_seen():
    random = np.random.default_rng(0)
    own = [given(random, f"P{n}", flair=flair) for n in range(20) for flair in (True, False)]
    other = [given(random, f"E{n}", flair=True, elsewhere=True) for n in range(5)]
    content = fit([*own, *other], load_bundle())
    measured = content["measured"]
    assert measured["out_of_fold"]["flair"] == measured["out_of_fold"]["other"] == 20
    assert measured["elsewhere"]["flair"] == 5
    assert measured["out_of_fold"]["lowest_flair"] > measured["out_of_fold"]["highest_other"]
    assert content["weights"] == load_bundle().checksum(ONNX_FILE)
    assert len(content["slopes"]) == 6


def test_the_layer_is_one_of_the_encoder():
    assert layer_of(load_bundle())


@pytest.mark.slow
def test_the_script_writes_a_rule_that_the_model_uses(tmp_path, capsys):
    data, model = tmp_path / "prepared", tmp_path / "model"
    shutil.copytree(load_bundle().folder, model)
    for seed in range(3):
        study = make_phantom(seed=seed, slices=8, size=96, spacing_mm=(2.2, 2.2, 15.0))
        label = study.pop("label")
        add_case(data, write_case(study, label, case_folder(data, f"P{seed}"), "header", patient=f"P{seed}"))
    assert script.main(["--data", str(data), "--model", str(model)]) == 0
    assert "out_of_fold" in capsys.readouterr().out
    assert json.loads((model / SEQUENCE_FILE).read_text(encoding="utf-8"))["weights"] == load_bundle(model).checksum(
        ONNX_FILE
    )
    assert load_rule(load_bundle(model)) is not None
    assert len(samples_of(load_bundle(model), data, None, lambda _: None)) == 3 * 5
