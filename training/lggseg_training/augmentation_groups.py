"""The groups of random changes by name, each on or off: ``augmentation.elastic=false``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Augmentation:
    """Which changes a slice may go through; ``lggseg_training.augmentation`` says what each does."""

    tumors: bool = True
    flips: bool = True
    rotation: bool = True
    crop: bool = True
    zoom: bool = True
    elastic: bool = True
    grid: bool = False
    optical: bool = False
    bias_field: bool = True
    low_resolution: bool = True
    sharpness: bool = True
    gamma: bool = True
    brightness: bool = True
    noise: bool = True
    neighbors: bool = True
