"""The networks by name."""

import pytest
import torch

from lggseg.errors import InputError, ModelError
from lggseg.model.networks.channel_choice import inner
from lggseg.model.networks.registry import CLASSIFICATION, NETWORKS, VIEWS, NetworkSpec, make_network
from lggseg.model.preprocessing import CHANNELS

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

MILLIONS = {
    "flair_unet": 3.65, "unet_plain": 7.76, "unet_bn": 7.76, "unet_10m": 10.66, "unet_35": 1.95, "unet_light": 0.44,
    "r2unet": 9.78, "resunet": 6.53, "fpn": 22.4, "unet_resnext50": 31.99, "attention_unet": 7.94,
    "segresnet": 1.58, "unetplusplus": 2.41, "resnet50_classifier": 23.51,
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_as_large_as_its_page_says_and_answers_each_slice(name):
    network = NetworkSpec(name, {}, VIEWS["2d"]).build().eval()
    assert sum(weight.numel() for weight in network.parameters()) / 1e6 == pytest.approx(MILLIONS[name], abs=0.006)
    with torch.inference_mode():
        logits = network(torch.randn(2, len(CHANNELS), 64, 96))
    expected = (2, 1) if NETWORKS[name].task == CLASSIFICATION else (2, 1, 64, 96)
    assert tuple(logits.shape) == expected
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("view", VIEWS)
def test_a_network_sees_the_channels_of_its_view_alone(view):
    network = NetworkSpec("unet_light", {"features": [4, 4, 4]}, VIEWS[view]).build().eval()
    channels = torch.randn(1, len(CHANNELS), 32, 32)
    with torch.inference_mode():
        before = network(channels)
        for index, name in enumerate(CHANNELS):
            changed = channels.clone()
            changed[:, index] += 1.0
            assert torch.equal(network(changed), before) == (name not in VIEWS[view])


def test_the_light_network_is_small():
    network = NetworkSpec("unet_light", {}, VIEWS["2d"]).build()
    state = network.state_dict().values()
    assert sum(value.numel() * (2 if value.is_floating_point() else 8) for value in state) < 2e6


def test_the_35_layers_are_three_levels_of_15_convolutions():
    network = inner(NetworkSpec("unet_35", {}, VIEWS["2d"]).build())
    assert sum(isinstance(layer, torch.nn.Conv2d) for layer in network.modules()) == 15
    assert len(network.down) == 3


@pytest.mark.parametrize(
    ("name", "arguments", "channels", "message"),
    [
        ("unet_bm", {}, CHANNELS, "expected a network among flair_unet"),
        ("unet_bn", {"feature": [4]}, CHANNELS, "unet_bn: expected arguments that it knows"),
        ("unet_bn", {"upsample": "cubic"}, CHANNELS, "expected upsample deconv or nearest"),
        ("unet_bn", {}, ("flair", "t2"), "expected channels among .*; got t2"),
        ("unet_bn", {}, (), "got none"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(name, arguments, channels, message):
    with pytest.raises(InputError, match=message):
        make_network(name, arguments, channels)


def test_a_description_survives_a_model_folder():
    spec = NetworkSpec("r2unet", {"features": [4, 8]}, VIEWS["2d"])
    assert NetworkSpec.from_metadata({"network": spec.to_json()}) == spec


def test_a_folder_of_an_earlier_version_means_the_shipped_network():
    assert NetworkSpec.from_metadata({"features": [4, 4, 4, 4]}) == NetworkSpec(arguments={"features": [4, 4, 4, 4]})
    with pytest.raises(ModelError, match="expected name, arguments and channels"):
        NetworkSpec.from_metadata({})
    with pytest.raises(ModelError, match="expected name, arguments and channels"):
        NetworkSpec.from_metadata({"network": {"name": "unet_bn"}})


def test_the_residual_network_learns_a_bright_square_at_once():
    """With MONAI's last block, which cuts the features down to one channel, the loss stayed that of a guess."""
    torch.manual_seed(0)
    label = torch.zeros(2, 1, 32, 32)
    label[0, :, 4:14, 8:20] = label[1, :, 14:26, 10:24] = 1
    image = 3 * label.expand(-1, 5, -1, -1) + torch.randn(2, 5, 32, 32)
    network = NetworkSpec("resunet", {"features": [4, 4, 4]}).build().train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(40):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(image), label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]
