"""What a person might run instead, with random weights: speed does not depend on their values.

Public recipes rebuilt from MONAI's blocks; none of the weights or code of the projects named is used.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from monai.networks.nets import BasicUNet, DynUNet, SegResNet

Run = Callable[[], object]

NNUNET_2D_FEATURES = (32, 64, 128, 256, 512, 512, 512)
"""Feature maps that nnU-Net plans for slices of 256 x 256 pixels."""

_SEGRESNET_ROI = (240, 240, 160)  # the window of MONAI's BraTS bundle: the whole brain at once


def plain_unet() -> torch.nn.Module:
    """Return the U-Net of Buda et al. 2019 in size: 7.8 million parameters."""
    network: torch.nn.Module = BasicUNet(2, 3, 1, (32, 64, 128, 256, 512, 32), norm="batch")
    return network


def nnunet_2d() -> torch.nn.Module:
    """Return nnU-Net's 2D network as planned for such slices: 33 million parameters."""
    stages = len(NNUNET_2D_FEATURES)
    strides = [1, *[2] * (stages - 1)]
    network: torch.nn.Module = DynUNet(2, 1, 2, [3] * stages, strides, strides[1:], filters=NNUNET_2D_FEATURES)
    return network


def brats_segresnet() -> torch.nn.Module:
    """Return the 3D network of MONAI's BraTS bundle: four sequences, three regions, 4.7 million parameters."""
    network: torch.nn.Module = SegResNet(
        3, init_filters=16, in_channels=4, out_channels=3, blocks_down=(1, 2, 2, 4), blocks_up=(1, 1, 1)
    )
    return network


def one_slice(network: torch.nn.Module, channels: int, mirrors: int = 1) -> Run:
    """Return what sends one slice of 256 x 256 pixels through a 2D network, once for each of its mirror images."""
    batch = _noise((1, channels, 256, 256))
    return _runner(network, batch, mirrors)


def whole_volume(network: torch.nn.Module) -> Run:
    """Return what sends one volume of four sequences through a 3D network."""
    return _runner(network, _noise((1, 4, *_SEGRESNET_ROI)), 1)


def _noise(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).normal(size=shape).astype(np.float32))


def _runner(network: torch.nn.Module, batch: torch.Tensor, times: int) -> Run:
    network.eval()

    def run() -> None:
        with torch.inference_mode():
            for _ in range(times):
                network(batch)

    return run
