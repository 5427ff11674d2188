"""Model folders made of runs."""

import json

import pytest
import torch
from tiny_model import TINY_FEATURES, write_tiny_run
from training_runs import LIBRARY_WARNINGS

from lggseg.errors import FormatError, ModelError
from lggseg.model.bundle import load_bundle
from lggseg.model.networks.registry import NetworkSpec
from lggseg.model.predictor import TorchPredictor
from lggseg_training import exporting
from lggseg_training.places import SHIPPED_MODEL
from training import export

pytestmark = LIBRARY_WARNINGS


@pytest.mark.slow
def test_export_writes_a_model_that_both_runtimes_load(tmp_path):
    run = write_tiny_run(tmp_path / "run")
    status = export.main(
        ["--run", str(run), "--output", str(tmp_path / "model"), "--version", "7.0.0", "--note", "tiny"]
    )
    assert status == 0
    bundle = load_bundle(tmp_path / "model")
    assert bundle.version == "7.0.0"
    assert bundle.metadata["changelog"]["7.0.0"] == "tiny"
    assert exporting.check_parity(bundle) < exporting.PARITY_TOLERANCE


def test_a_note_wants_a_version(tmp_path, capsys):
    run = write_tiny_run(tmp_path / "run")
    assert export.main(["--run", str(run), "--output", str(tmp_path / "model"), "--note", "better"]) == 2
    assert "--note: expected --version with it" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_shipped_weights_want_a_version(tmp_path, capsys):
    before = (SHIPPED_MODEL / "configs" / "metadata.json").read_bytes()
    assert export.main(["--run", str(write_tiny_run(tmp_path / "run"))]) == 2
    assert "give --version" in capsys.readouterr().err
    assert (SHIPPED_MODEL / "configs" / "metadata.json").read_bytes() == before


@pytest.mark.slow
def test_a_model_that_fails_its_check_is_left_nowhere(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "PARITY_TOLERANCE", -1.0)
    assert export.main(["--run", str(write_tiny_run(tmp_path / "run")), "--output", str(tmp_path / "model")]) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("seen", ["yes: 18 of training/splits.json", "unknown: masks from elsewhere"])
def test_figures_of_patients_seen_are_not_called_out_of_fold(tmp_path, capsys, seen):
    from lggseg_training.evaluation_report import headline

    dice = {"mean": 0.9, "median": 0.9}
    summary = {"by_institution": {"CS": 1}, "sequences": "all", "seen_in_training": seen, "all": {"dice": dice}}
    names = headline(summary)
    assert not any(name.startswith("out_of_fold") for name in names)
    (tmp_path / "s.json").write_text(json.dumps({"headline": names}))
    run = write_tiny_run(tmp_path / "run")
    assert export.main(["--run", str(run), "--output", str(tmp_path / "m"), "--metrics", str(tmp_path / "s.json")]) == 2
    assert "whom the model has not seen" in capsys.readouterr().err


def test_export_wants_a_finished_run(tmp_path):
    from lggseg_training import config

    config.save(config.load(), tmp_path / "config.yaml")
    with pytest.raises(FormatError, match=r"model\.pt of a finished run"):
        exporting.export(tmp_path, tmp_path / "model")


def test_an_unreadable_model_state_is_reported(tmp_path):
    file = tmp_path / "model.pt"
    torch.save({"wrong": torch.zeros(1)}, file)
    with pytest.raises(ModelError, match="expected the weights of flair_unet"):
        TorchPredictor(file, NetworkSpec(arguments={"features": TINY_FEATURES}))
    with pytest.raises(ModelError, match="No such file"):
        TorchPredictor(tmp_path / "missing.pt", NetworkSpec(arguments={"features": TINY_FEATURES}))
