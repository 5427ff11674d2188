"""ResNeXt-50 (32 x 4d) without its classifier (Xie et al. 2017), with the names that torchvision gives its weights.

MONAI's ResNeXt has squeeze-and-excitation, so that weights of the plain one do not fit it. 23.0 million parameters.
"""

from __future__ import annotations

import torch
from torch import nn

STAGE_FEATURES = (256, 512, 1024, 2048)
"""Feature maps at 1/4, 1/8, 1/16 and 1/32 of the resolution."""

STEM_FEATURES = 64
_BLOCKS = (3, 4, 6, 3)
_GROUPS = 32
_EXPANSION = 2  # of the grouped convolution, 4 feature maps a group at the first stage, to the block's result


class ResNeXt50(nn.Module):
    """The encoder.

    Args:
        in_channels: Channels of the input.
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, STEM_FEATURES, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(STEM_FEATURES)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        features = STEM_FEATURES
        for number, (blocks, result) in enumerate(zip(_BLOCKS, STAGE_FEATURES, strict=True), 1):
            stride = 1 if number == 1 else 2
            first = Bottleneck(features, result, stride)
            rest = [Bottleneck(result, result, 1) for _ in range(blocks - 1)]
            self.add_module(f"layer{number}", nn.Sequential(first, *rest))
            features = result

    def forward(self, channels: torch.Tensor) -> list[torch.Tensor]:
        """Map ``(N, C, H, W)`` to features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the resolution."""
        features = self.relu(self.bn1(self.conv1(channels)))
        found = [features]
        features = self.maxpool(features)
        for number in range(1, len(_BLOCKS) + 1):
            features = self.get_submodule(f"layer{number}")(features)
            found.append(features)
        return found


class Bottleneck(nn.Module):
    """Narrow, filter in groups, widen, and add what came in."""

    def __init__(self, in_features: int, out_features: int, stride: int) -> None:
        super().__init__()
        hidden = out_features // _EXPANSION
        self.conv1 = nn.Conv2d(in_features, hidden, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.conv2 = nn.Conv2d(hidden, hidden, 3, stride=stride, padding=1, groups=_GROUPS, bias=False)
        self.bn2 = nn.BatchNorm2d(hidden)
        self.conv3 = nn.Conv2d(hidden, out_features, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_features)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or in_features != out_features:
            shortcut = nn.Conv2d(in_features, out_features, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(out_features))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map ``(N, C, H, W)`` to ``(N, C', H / stride, W / stride)``."""
        changed = self.relu(self.bn1(self.conv1(features)))
        changed = self.relu(self.bn2(self.conv2(changed)))
        changed = self.bn3(self.conv3(changed))
        result: torch.Tensor = self.relu(changed + self.downsample(features))
        return result
