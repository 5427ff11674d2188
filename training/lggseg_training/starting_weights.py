"""What a network knows before its first step: random weights, or those of ImageNet."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from lggseg.errors import FormatError, InputError
from lggseg.model.networks.channel_choice import inner
from lggseg.model.networks.flair_unet import FlairUNet
from lggseg.model.networks.unet_resnext50 import UNetResNeXt50
from lggseg.model.weights import read_weights
from lggseg_training.config import Network
from lggseg_training.pretrained import freeze_depthwise, gray, load_pretrained, pretrained_weights


def load_starting_weights(network: nn.Module, options: Network) -> None:
    """Load the ImageNet weights that the options ask for; else leave the random ones.

    Raises:
        InputError: If a file is given for a network that takes none, or does not fit.
        DependencyError: If they are wanted and not installed.
    """
    own = inner(network)
    if options.weights is not None:
        if not isinstance(own, UNetResNeXt50):
            msg = f"network.weights: expected the network unet_resnext50, got {options.name}, which takes no file"
            raise InputError(msg)
        load_resnext50(own.encoder, Path(options.weights))
    if isinstance(own, FlairUNet) and options.pretrained:
        load_pretrained(own.encoder, pretrained_weights())
        if not options.train_depthwise:
            freeze_depthwise(own.encoder)


def load_resnext50(encoder: nn.Module, file: Path) -> None:
    """Load a state dict with the names and shapes of torchvision's ``resnext50_32x4d``.

    Raises:
        InputError: If it cannot be read, or its names or shapes are others; the classifier ``fc`` is left out.
    """
    try:
        state = read_weights(file)
    except FormatError as error:
        msg = f"expected a state dict of torchvision's resnext50_32x4d, saved with torch.save ({error})"
        raise InputError(msg) from error
    given = {name: value for name, value in state.items() if not name.startswith("fc.")}
    own = encoder.state_dict()
    missing, unknown = sorted(set(own) - set(given)), sorted(set(given) - set(own))
    if missing or unknown:
        named = (
            f"{len(missing)} missing ({', '.join(missing[:3]) or '-'}), "
            f"{len(unknown)} unknown ({', '.join(unknown[:3]) or '-'})"
        )
        msg = f"{file}: expected the names of torchvision's resnext50_32x4d, got others: {named}"
        raise InputError(msg)
    given["conv1.weight"] = gray(given["conv1.weight"], own["conv1.weight"].shape[1])
    wrong = [name for name, value in given.items() if value.shape != own[name].shape]
    if wrong:
        shapes = f"{tuple(own[wrong[0]].shape)}, got {tuple(given[wrong[0]].shape)}"
        msg = f"{file}: expected the shapes of torchvision's resnext50_32x4d: {wrong[0]} of {shapes}"
        raise InputError(msg)
    encoder.load_state_dict(given)
