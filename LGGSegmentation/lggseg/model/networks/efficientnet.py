"""The encoder: EfficientNet-Lite0 (Tan and Le 2019, without squeeze-and-excitation), for 2.5D input.

MONAI's EfficientNet has squeeze-and-excitation and swish, which the weights that can be had for this
one were not trained with.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

STEM_FEATURES = 32


class Stage(NamedTuple):
    """Blocks of one kind: the first may halve the resolution and changes the number of features."""

    kernel: int
    stride: int
    expansion: int
    features: int
    blocks: int


STAGES = (
    Stage(3, 1, 1, 16, 1),
    Stage(3, 2, 6, 24, 2),
    Stage(5, 2, 6, 40, 2),
    Stage(3, 2, 6, 80, 3),
    Stage(5, 1, 6, 112, 3),
    Stage(5, 2, 6, 192, 4),
    Stage(3, 1, 6, 320, 1),
)

LEVEL_FEATURES = tuple(
    stage.features for stage, following in zip_longest(STAGES, STAGES[1:]) if following is None or following.stride == 2
)
"""Feature maps that the encoder hands over at 1/2, 1/4, 1/8, 1/16 and 1/32 of the resolution."""


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite0 without its classifier.

    The activations are ReLU, not ReLU6, whose gradient takes several times as long.

    Args:
        in_channels: Channels of the input.
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.stem = _convolution(in_channels, STEM_FEATURES, 3, stride=2)
        features = STEM_FEATURES
        levels: list[list[nn.Module]] = []
        for stage in STAGES:
            if stage.stride == 2 or not levels:
                levels.append([])
            for index in range(stage.blocks):
                stride = stage.stride if index == 0 else 1
                levels[-1].append(InvertedResidual(features, stage.features, stage.kernel, stride, stage.expansion))
                features = stage.features
        self.levels = nn.ModuleList(nn.Sequential(*level) for level in levels)

    @property
    def blocks(self) -> Iterator[InvertedResidual]:
        """The blocks from the first to the last, over all levels."""
        for level in self.levels:
            for block in level.children():
                assert isinstance(block, InvertedResidual)
                yield block

    def forward(self, channels: torch.Tensor) -> list[torch.Tensor]:
        """Map ``(N, C, H, W)`` to the features of each level, in the order of ``LEVEL_FEATURES``."""
        features = self.stem(channels)
        found = []
        for level in self.levels:
            features = level(features)
            found.append(features)
        return found


class InvertedResidual(nn.Module):
    """Widen, filter each feature map by itself, narrow (Sandler et al. 2018)."""

    def __init__(self, in_features: int, out_features: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = in_features * expansion
        widen = [] if expansion == 1 else [_convolution(in_features, hidden)]
        depthwise = _convolution(hidden, hidden, kernel, stride=stride, groups=hidden)
        self.layers = nn.Sequential(*widen, depthwise, _convolution(hidden, out_features, activated=False))
        self.residual = stride == 1 and in_features == out_features

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, C', H / stride, W / stride)``."""
        changed: torch.Tensor = self.layers(features)
        return features + changed if self.residual else changed


class HalvingConvolution(nn.Conv2d):
    """A convolution of stride 2, centred on odd pixels, as the pretrained weights expect it."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, C', H / 2, W / 2)``."""
        half = self.kernel_size[0] // 2
        if self.training and self.groups > 1:
            # PyTorch's gradient of a strided depthwise convolution takes several times as long as this.
            full = functional.conv2d(features, self.weight, padding=half, groups=self.groups)
            return full[:, :, 1::2, 1::2].contiguous(memory_format=torch.channels_last)
        padded = functional.pad(features, (half - 1, half, half - 1, half))
        return functional.conv2d(padded, self.weight, stride=2, groups=self.groups)


def _convolution(
    in_features: int, out_features: int, kernel: int = 1, *, stride: int = 1, groups: int = 1, activated: bool = True
) -> nn.Sequential:
    kind = HalvingConvolution if stride == 2 else nn.Conv2d
    convolution = kind(in_features, out_features, kernel, stride, kernel // 2, groups=groups, bias=False)
    activation = [nn.ReLU(inplace=True)] if activated else []
    return nn.Sequential(convolution, nn.BatchNorm2d(out_features), *activation)
