"""The network, for training and for the PyTorch runtime; the ONNX runtime needs neither this nor PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monai.networks.nets import BasicUNet
from torch import nn

from lggseg.preprocessing import CHANNELS

if TYPE_CHECKING:
    import torch

FEATURES = (32, 32, 64, 128, 256, 32)
"""Feature maps of the U-Net: five levels going down, and the last one coming up."""

_BLOCK = 2


class FlairUNet(nn.Module):
    """A 2.5D U-Net that does its work at half the resolution of its input and output.

    Every 2 x 2 block of pixels becomes channels before the U-Net and pixels again after it (Shi et al.
    2016, sub-pixel convolution). No pixel is lost, and the first level, which costs a plain U-Net most
    of its time, is four times cheaper.

    Args:
        features: Feature maps a level, as in ``monai.networks.nets.BasicUNet``.
    """

    def __init__(self, features: tuple[int, ...] = FEATURES) -> None:
        super().__init__()
        self.unshuffle = nn.PixelUnshuffle(_BLOCK)
        self.unet = BasicUNet(
            spatial_dims=2,
            in_channels=len(CHANNELS) * _BLOCK**2,
            out_channels=_BLOCK**2,
            features=tuple(features),
            act=("relu", {"inplace": True}),
            norm="batch",
        )
        self.shuffle = nn.PixelShuffle(_BLOCK)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, 5, H, W)`` normalised channels to ``(N, 1, H, W)`` logits; H and W multiples of 32."""
        logits: torch.Tensor = self.shuffle(self.unet(self.unshuffle(channels)))
        return logits
