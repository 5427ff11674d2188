"""The network, for training and for the PyTorch runtime; the ONNX runtime needs neither this nor PyTorch."""

from __future__ import annotations

from itertools import pairwise

import torch
from monai.networks.nets.basic_unet import UpCat
from torch import nn

from lggseg.model.networks.efficientnet import LEVEL_FEATURES, EfficientNetLite
from lggseg.model.preprocessing import CHANNELS

FEATURES = (128, 64, 48, 32)
"""Feature maps of the decoder, from 1/16 to 1/2 of the resolution."""

_BLOCK = 2


class FlairUNet(nn.Module):
    """A 2.5D U-Net whose encoder is EfficientNet-Lite0, which can start from ImageNet weights.

    The decoder ends at half the resolution; every feature vector there becomes a 2 x 2 block of pixels
    (Shi et al. 2016, sub-pixel convolution). A level at full resolution would cost more than the rest.

    Args:
        features: Feature maps of the decoder, from 1/16 to 1/2 of the resolution.
        in_channels: Channels of the input.
    """

    def __init__(self, features: tuple[int, ...] = FEATURES, in_channels: int = len(CHANNELS)) -> None:
        super().__init__()
        self.encoder = EfficientNetLite(in_channels)
        skipped = reversed(LEVEL_FEATURES[:-1])
        self.decoder = nn.ModuleList(
            UpCat(
                2, below, skip, above, ("relu", {"inplace": True}), "batch", bias=False, dropout=0.0,
                upsample="nontrainable", interp_mode="nearest", align_corners=None, is_pad=False,
            )
            for (below, above), skip in zip(pairwise((LEVEL_FEATURES[-1], *features)), skipped, strict=True)
        )  # fmt: skip
        self.head = nn.Conv2d(features[-1], _BLOCK**2, 1)
        self.shuffle = nn.PixelShuffle(_BLOCK)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` normalised channels to ``(N, 1, H, W)`` logits; H and W multiples of 32."""
        *skipped, features = self.encoder(channels)
        for step in self.decoder:
            features = step(features, skipped.pop())
        logits: torch.Tensor = self.shuffle(self.head(features))
        return logits
