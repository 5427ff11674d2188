"""Weights in files from anywhere: numbers are read, and nothing is run."""

from pathlib import Path

import pytest
import torch
from tiny_model import write_tiny_run

from lggseg.errors import FormatError, ModelError
from lggseg.model.networks.registry import NetworkSpec
from lggseg.model.predictor import TorchPredictor
from lggseg.model.weights import read_weights


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return (Path.mkdir, (self.folder,))


def test_tensors_come_back_by_name(tmp_path):
    state = {"a.weight": torch.arange(6.0).reshape(2, 3), "count": torch.tensor(4)}
    torch.save(state, tmp_path / "model.pt")
    found = read_weights(tmp_path / "model.pt")
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], value) for name, value in state.items())


def test_a_program_among_the_weights_is_not_run(tmp_path):
    crater, file = tmp_path / "crater", tmp_path / "model.pt"
    torch.save({"a.weight": torch.zeros(2), "more": Bomb(crater)}, file)
    with pytest.raises(FormatError, match=r"model\.pt: expected weights .* nothing of it was run"):
        read_weights(file)
    assert not crater.exists()
    torch.load(file, weights_only=False)
    assert crater.is_dir(), "it would have been"


@pytest.mark.parametrize("content", [[1, 2], {"a": 1.0}, {1: torch.zeros(1)}, torch.zeros(3)], ids=str)
def test_what_is_not_tensors_by_name_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "model.pt")
    with pytest.raises(FormatError, match="expected tensors by name, got"):
        read_weights(tmp_path / "model.pt")


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"\x80\x02}q\x00.", b"no weights at all"])
def test_a_damaged_file_is_refused(tmp_path, raw):
    (tmp_path / "model.pt").write_bytes(raw)
    with pytest.raises(FormatError, match=r"model\.pt"):
        read_weights(tmp_path / "model.pt")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FormatError, match=r"none\.pt: expected weights \(No such file"):
        read_weights(tmp_path / "none.pt")


def test_a_predictor_says_it_as_a_model_that_does_not_fit(tmp_path):
    run = write_tiny_run(tmp_path / "run")
    crater = tmp_path / "crater"
    torch.save({"a": Bomb(crater)}, run / "model.pt")
    with pytest.raises(ModelError, match="nothing of it was run"):
        TorchPredictor(run / "model.pt", NetworkSpec("unet_bn", {"features": [4, 8]}))
    assert not crater.exists()
