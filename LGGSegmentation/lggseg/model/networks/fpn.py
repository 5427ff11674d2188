"""Feature pyramid network (Lin et al. 2017) with the segmentation head of Kirillov et al. 2019.

22.4 million parameters with three channels: a ResNet-34 without its classifier goes up (MONAI's), lateral
convolutions of 1 x 1 and upsampling lead down, and the head sums the pyramid at a quarter of the resolution.
"""

from __future__ import annotations

import torch
from monai.networks.nets import resnet34
from torch import nn
from torch.nn import functional

_STAGES = (64, 128, 256, 512)


class FPN(nn.Module):
    """Bottom-up, top-down, lateral; every level is segmented, and the sum of the levels is the answer.

    Args:
        in_channels: Channels of the input.
        pyramid: Feature maps of every level of the pyramid.
        head: Feature maps of the segmentation head.
    """

    def __init__(self, in_channels: int, pyramid: int = 128, head: int = 64) -> None:
        super().__init__()
        self.encoder = resnet34(
            spatial_dims=2, n_input_channels=in_channels, conv1_t_stride=2, feed_forward=False, shortcut_type="B"
        )
        self.lateral = nn.ModuleList(nn.Conv2d(features, pyramid, 1) for features in _STAGES)
        self.smooth = nn.ModuleList(nn.Conv2d(pyramid, pyramid, 3, padding=1) for _ in _STAGES)
        # A level at 1/4, 1/8, 1/16, 1/32 of the resolution is doubled 0, 1, 2, 3 times on its way to 1/4.
        self.heads = nn.ModuleList(_head(pyramid, head, doublings) for doublings in range(len(_STAGES)))
        self.classify = nn.Conv2d(head, 1, 1)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, 1, H, W)`` logits; H and W multiples of 32."""
        stages = self._bottom_up(channels)
        pyramid = [self.lateral[-1](stages[-1])]
        for lateral, stage in zip(reversed(self.lateral[:-1]), reversed(stages[:-1]), strict=True):
            pyramid.insert(0, lateral(stage) + functional.interpolate(pyramid[0], scale_factor=2.0))
        levels = zip(self.heads, self.smooth, pyramid, strict=True)
        total = torch.stack([head(smooth(level)) for head, smooth, level in levels]).sum(0)
        return functional.interpolate(self.classify(total), scale_factor=4.0, mode="bilinear")

    def _bottom_up(self, channels: torch.Tensor) -> list[torch.Tensor]:
        encoder = self.encoder
        features = encoder.maxpool(encoder.act(encoder.bn1(encoder.conv1(channels))))
        found = []
        for layer in (encoder.layer1, encoder.layer2, encoder.layer3, encoder.layer4):
            features = layer(features)
            found.append(features)
        return found


def _head(in_features: int, features: int, doublings: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index in range(max(doublings, 1)):
        convolution = nn.Conv2d(in_features if index == 0 else features, features, 3, padding=1, bias=False)
        layers += [convolution, nn.GroupNorm(8, features), nn.ReLU(inplace=True)]
        if doublings:
            layers.append(nn.Upsample(scale_factor=2))
    return nn.Sequential(*layers)
