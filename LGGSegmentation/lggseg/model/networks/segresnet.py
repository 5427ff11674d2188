"""SegResNet (Myronenko 2018, without the autoencoder), MONAI's in 2D: 1.58 million parameters, three channels."""

from __future__ import annotations

import torch
from monai.networks.nets import SegResNet as MonaiSegResNet
from torch import nn


class SegResNet(nn.Module):
    """Residual blocks with group normalisation: many on the way down, one a level on the way up.

    Args:
        in_channels: Channels of the input.
        features: Feature maps at full resolution; every level doubles them.
        blocks_down: Residual blocks of each level on the way down.
    """

    def __init__(self, in_channels: int, features: int = 16, blocks_down: tuple[int, ...] = (1, 2, 2, 4)) -> None:
        super().__init__()
        blocks_up = (1,) * (len(blocks_down) - 1)
        self.layers = MonaiSegResNet(2, features, in_channels, 1, blocks_down=blocks_down, blocks_up=blocks_up)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, 1, H, W)`` logits; H and W multiples of 2 to the number of levels less one."""
        logits: torch.Tensor = self.layers(channels)
        return logits
