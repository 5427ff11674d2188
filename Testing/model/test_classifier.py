"""The slice classifier alone, and as a gate."""

import csv

import numpy as np
import pytest

from lggseg.cli import main, parser
from lggseg.commands.segment import study_request_of
from lggseg.model.classifier import Gate, classify
from lggseg.model.preprocessing import CHANNELS, prepare
from lggseg.model.segmenter import segment
from lggseg.segmentation.request import SegmentRequest
from lggseg.volumes import io


class Brightness:
    """Calls a slice abnormal where a pixel of FLAIR is bright."""

    device = "none"

    def __call__(self, batch):
        return (batch[:, 1].max(axis=(1, 2), keepdims=False)[:, None] - 4.0) * 10


def test_every_slice_of_the_grid_gets_a_probability_and_a_place(head):
    found = classify({"flair": head}, Brightness())
    prepared = prepare({"flair": head})
    assert [one.slice for one in found] == list(range(1, len(prepared.foreground) + 1))
    bright = (prepared.sequences[0].max(axis=(1, 2)) >= 4.0) & prepared.foreground.any(axis=(1, 2))
    assert [one.probability >= 0.5 for one in found] == bright.tolist()
    heights = [one.center_mm[2] for one in found]
    assert np.allclose(np.diff(heights), prepared.grid.GetSpacing()[2], atol=0.02)


def test_a_gate_shuts_slices_and_leaves_the_others_as_they_are(head, bright_predictor):
    open_gate, shut = (Gate(bright_predictor, lambda batch, v=v: np.full((len(batch), 1), v)) for v in (9.0, -9.0))
    plain, through = (segment({"flair": head}, network) for network in (bright_predictor, open_gate))
    assert plain.found
    assert plain.volume_ml == through.volume_ml
    assert open_gate.shut == 0
    assert not segment({"flair": head}, shut).found
    assert shut.shut == shut.asked > 0


def test_a_gate_asks_the_network_of_open_slices_alone(bright_predictor):
    asked = []

    def network(batch):
        asked.append(len(batch))
        return bright_predictor(batch)

    gate = Gate(network, lambda batch: np.array([[9.0], [-9.0]], np.float32))
    logits = gate(np.zeros((2, len(CHANNELS), 32, 32), np.float32))
    assert asked == [1]
    assert logits.shape == (2, 1, 32, 32)
    assert (logits[1] == -60).all()


def test_a_segmentation_model_is_no_classifier(tmp_path, head, capsys):
    from lggseg.model.bundle import load_bundle

    io.write_volume(head, tmp_path / "flair.nii.gz")
    arguments = ["classify", str(tmp_path / "flair.nii.gz"), "--model", str(load_bundle().folder)]
    assert main([*arguments, "-o", str(tmp_path / "out")]) == 3
    assert "expected a model for classification, got flair_unet for segmentation" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main([*arguments, "-o", str(tmp_path / "out"), "--threshold", "2"]) == 2


def test_what_a_user_says_of_the_study_reaches_the_reader():
    words = ["classify", "study", "--model", "m", "-o", "o", "--series", "5", "--force", "--register"]
    words += ["--pre", "a", "--post", "b", "--spacing", "1", "2", "3"]
    request = study_request_of(parser("classify").parse_args(words))
    assert request == SegmentRequest("study", "a", "b", register=True, spacing=(1, 2, 3), series="5", force=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_classify_and_a_gate_from_the_command_line(tmp_path, head, capsys):
    import torch

    from lggseg_training import config
    from lggseg_training.exporting import export

    run = tmp_path / "classifier"
    run.mkdir()
    settings = config.load(overrides=["network.name=resnet50_classifier", "network.arguments.features=8"])
    config.save(settings, run / "config.yaml")
    torch.save(settings.network.spec.build().state_dict(), run / "model.pt")
    export(run, run / "model")
    flair = tmp_path / "flair.nii.gz"
    io.write_volume(head, flair)
    assert main(["classify", str(flair), "--model", str(run), "-o", str(tmp_path / "out"), "--progress", "none"]) == 0
    assert "slices look abnormal" in capsys.readouterr().out
    with (tmp_path / "out" / "slices.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert all(0 <= float(row["probability"]) <= 1 for row in rows)
    assert main(["segment", str(flair), "--gate", str(run), "-o", str(tmp_path / "gated"), "--progress", "none"]) == 0
    assert "was asked first and saw nothing in" in capsys.readouterr().out
