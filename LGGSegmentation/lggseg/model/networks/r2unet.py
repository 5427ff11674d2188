"""R2U-Net (Alom et al. 2018, "Recurrent Residual Convolutional Neural Network based on U-Net").

9.8 million parameters with 32 to 512 feature maps; ``arguments.features=[64,128,256,512,1024]``, the widths of the
paper, makes 39.1 million. Every convolution is applied ``recurrences`` times more with the same weights.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn


class R2UNet(nn.Module):
    """A U-Net whose levels are recurrent convolutions around which a shortcut leads.

    Args:
        in_channels: Channels of the input.
        features: Feature maps from full resolution to the lowest.
        recurrences: How often each convolution sees what it made, added to what it was given (2 in the paper).
    """

    def __init__(
        self, in_channels: int, features: tuple[int, ...] = (32, 64, 128, 256, 512), recurrences: int = 2
    ) -> None:
        super().__init__()
        widths = list(pairwise((in_channels, *features)))
        self.down = nn.ModuleList(RecurrentResidual(before, after, recurrences) for before, after in widths)
        self.pool = nn.MaxPool2d(2)
        rising = list(pairwise(reversed(features)))
        self.up = nn.ModuleList(_upsampling(below, above) for below, above in rising)
        self.join = nn.ModuleList(RecurrentResidual(2 * above, above, recurrences) for _, above in rising)
        self.head = nn.Conv2d(features[0], 1, 1)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, 1, H, W)`` logits; H and W multiples of 2 to the number of poolings."""
        features = self.down[0](channels)
        skipped = []
        for step in list(self.down)[1:]:
            skipped.append(features)
            features = step(self.pool(features))
        for up, join in zip(self.up, self.join, strict=True):
            features = join(torch.cat([skipped.pop(), up(features)], dim=1))
        logits: torch.Tensor = self.head(features)
        return logits


class RecurrentResidual(nn.Module):
    """A convolution of 1 x 1 to the new width, and two recurrent ones whose result is added to it."""

    def __init__(self, in_features: int, out_features: int, recurrences: int) -> None:
        super().__init__()
        self.widen = nn.Conv2d(in_features, out_features, 1)
        self.layers = nn.Sequential(*(Recurrent(out_features, recurrences) for _ in range(2)))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, C', H, W)``."""
        features = self.widen(features)
        changed: torch.Tensor = self.layers(features)
        return features + changed


class Recurrent(nn.Module):
    """One convolution of 3 x 3 that is applied to its input, and again to the sum of input and result."""

    def __init__(self, features: int, recurrences: int) -> None:
        super().__init__()
        self.recurrences = recurrences
        self.layer = nn.Sequential(
            nn.Conv2d(features, features, 3, padding=1, bias=False), nn.BatchNorm2d(features), nn.ReLU(inplace=True)
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Keep the shape ``(N, C, H, W)``."""
        state: torch.Tensor = self.layer(features)
        for _ in range(self.recurrences):
            state = self.layer(features + state)
        return state


def _upsampling(below: int, above: int) -> nn.Sequential:
    convolution = nn.Conv2d(below, above, 3, padding=1, bias=False)
    return nn.Sequential(nn.Upsample(scale_factor=2), convolution, nn.BatchNorm2d(above), nn.ReLU(inplace=True))
