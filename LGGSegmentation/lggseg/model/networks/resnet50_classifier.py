"""ResNet-50 (He et al. 2016), MONAI's in 2D, with one answer a slice: 23.5 million parameters, three channels."""

from __future__ import annotations

import torch
from monai.networks.nets import resnet50
from torch import nn


class ResNet50Classifier(nn.Module):
    """Tells slices with abnormality from those without.

    Args:
        in_channels: Channels of the input.
        features: Feature maps of the first stage; 64 in the paper.
    """

    def __init__(self, in_channels: int, features: int = 64) -> None:
        super().__init__()
        self.layers = resnet50(
            spatial_dims=2,
            n_input_channels=in_channels,
            num_classes=1,
            conv1_t_stride=2,
            widen_factor=features / 64,
        )

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, 1)`` logits; H and W from 32 on."""
        logits: torch.Tensor = self.layers(channels)
        return logits
