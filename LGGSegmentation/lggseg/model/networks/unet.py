"""The classic U-Net (Ronneberger et al. 2015), from MONAI's blocks: as deep, wide and normalised as its arguments say.

| name | features | parameters, three channels |
| --- | --- | --- |
| ``unet_plain`` | 32 to 512, no normalisation | 7.76 million |
| ``unet_bn`` | 32 to 512 | 7.77 million |
| ``unet_10m`` | 37 to 600 | 10.7 million |
| ``unet_35`` | 32 to 256: three poolings, 15 convolutions; upsampling without weights | 1.95 million |
| ``unet_light`` | 16 to 96, upsampling without weights | .44 million: .9 MB in half precision |
"""

from __future__ import annotations

from itertools import pairwise

import torch
from monai.networks.nets.basic_unet import Down, TwoConv
from torch import nn

_RELU = ("relu", {"inplace": True})


class UNet(nn.Module):
    """Two convolutions of 3 x 3 a level, 2 x 2 pooling down, 2 x 2 upsampling and the skipped features up.

    Args:
        in_channels: Channels of the input.
        features: Feature maps from full resolution to the lowest.
        norm: ``batch``, ``instance``, or None.
        upsample: ``deconv`` (a transposed convolution of 2 x 2 that halves the features) or ``nearest`` (no weights).
    """

    def __init__(
        self,
        in_channels: int,
        features: tuple[int, ...] = (32, 64, 128, 256, 512),
        norm: str | None = "batch",
        upsample: str = "deconv",
    ) -> None:
        super().__init__()
        if upsample not in ("deconv", "nearest"):
            msg = f"expected upsample deconv or nearest, got {upsample!r}"
            raise ValueError(msg)
        bias = norm is None
        self.entry = TwoConv(2, in_channels, features[0], _RELU, norm, bias)
        self.down = nn.ModuleList(Down(2, above, below, _RELU, norm, bias) for above, below in pairwise(features))
        learned = upsample == "deconv"
        rising = list(pairwise(reversed(features)))
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(below, above, 2, stride=2) if learned else nn.Upsample(scale_factor=2)
            for below, above in rising
        )
        self.join = nn.ModuleList(
            TwoConv(2, (above if learned else below) + above, above, _RELU, norm, bias) for below, above in rising
        )
        self.head = nn.Conv2d(features[0], 1, 1)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, 1, H, W)`` logits; H and W multiples of 2 to the number of poolings."""
        features = self.entry(channels)
        skipped = []
        for step in self.down:
            skipped.append(features)
            features = step(features)
        for up, join in zip(self.up, self.join, strict=True):
            features = join(torch.cat([skipped.pop(), up(features)], dim=1))
        logits: torch.Tensor = self.head(features)
        return logits
