"""U-Net with a ResNeXt-50 (32 x 4d) encoder: 32.0 million parameters with three channels.

The encoder can start from ImageNet weights of torchvision's ``resnext50_32x4d``, as a state dict in a file of one's
own: ``network.weights=FILE``.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from monai.networks.nets.basic_unet import TwoConv
from torch import nn

from lggseg.model.networks.resnext import STAGE_FEATURES, STEM_FEATURES, ResNeXt50

_RELU = ("relu", {"inplace": True})


class UNetResNeXt50(nn.Module):
    """The encoder, and a decoder of two convolutions a level up to full resolution.

    Args:
        in_channels: Channels of the input.
        features: Feature maps of the decoder, from 1/16 of the resolution to all of it.
    """

    def __init__(self, in_channels: int, features: tuple[int, ...] = (256, 128, 64, 32, 16)) -> None:
        super().__init__()
        self.encoder = ResNeXt50(in_channels)
        skipped = (*reversed(STAGE_FEATURES[:-1]), STEM_FEATURES, 0)
        if len(features) != len(skipped):
            msg = f"expected {len(skipped)} features, got {len(features)}"
            raise ValueError(msg)
        self.up = nn.Upsample(scale_factor=2)
        self.join = nn.ModuleList(
            TwoConv(2, below + skip, above, _RELU, "batch", False)
            for (below, above), skip in zip(pairwise((STAGE_FEATURES[-1], *features)), skipped, strict=True)
        )
        self.head = nn.Conv2d(features[-1], 1, 1)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, 1, H, W)`` logits; H and W multiples of 32."""
        *skipped, features = self.encoder(channels)
        for join in self.join:
            features = self.up(features)
            if skipped:
                features = torch.cat([skipped.pop(), features], dim=1)
            features = join(features)
        logits: torch.Tensor = self.head(features)
        return logits
