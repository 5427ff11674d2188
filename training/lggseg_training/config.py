"""The configuration of a training run: one readable file, checked, overridable, saved with the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from lggseg.errors import InputError
from lggseg.files import write_text
from lggseg_training.places import CONFIG_DEFAULTS


@dataclass
class Sampling:
    """Which slices a step sees."""

    crop_pixels: int = 192
    tumor_share: float = 0.6
    flair_only_share: float = 0.35
    single_drop_share: float = 0.1
    stripped_share: float = 0.35
    extra_share: float = 0.22
    negative_share: float = 0.06
    healthy_share: float = 0.2
    transplant_share: float = 0.12
    lesions_share: float = 0.1
    remap_share: float = 0.25
    fat_suppressed_share: float = 0.15
    workers: int = 2


@dataclass
class Network:
    """Shape of the network, and what it knows at the start."""

    features: list[int] = field(default_factory=lambda: [128, 64, 48, 32])
    pretrained: bool = True
    train_depthwise: bool = False


@dataclass
class Optimization:
    """How the weights are found."""

    steps: int = 2500
    batch_size: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warmup_steps: int = 100
    ema_decay: float = 0.995
    precision: str = "auto"
    gradient_clip: float = 1.0


@dataclass
class Validation:
    """When the run looks at its validation patients."""

    every_steps: int = 500
    early_stopping_checks: int = 0


@dataclass
class Config:
    """Everything that tells one run from another."""

    seed: int = 2019
    sampling: Sampling = field(default_factory=Sampling)
    network: Network = field(default_factory=Network)
    optimization: Optimization = field(default_factory=Optimization)
    validation: Validation = field(default_factory=Validation)


def load(file: Path = CONFIG_DEFAULTS, overrides: Sequence[str] = ()) -> Config:
    """Read a configuration and apply ``section.key=value`` overrides.

    Raises:
        InputError: If the file cannot be read, or a key is unknown, or a value is of the wrong kind.
    """
    schema = OmegaConf.structured(Config)
    try:
        merged = OmegaConf.merge(schema, OmegaConf.load(file), OmegaConf.from_dotlist(list(overrides)))
        config = OmegaConf.to_object(merged)
    except (OmegaConfBaseException, OSError, ValueError) as error:
        msg = f"{file}: {str(error).splitlines()[0]}; {CONFIG_DEFAULTS} has the keys; write section.key=value"
        raise InputError(msg) from error
    assert isinstance(config, Config)  # what OmegaConf makes of this schema
    return config


def save(config: Config, file: Path) -> None:
    """Write the configuration as YAML, so that the run can be repeated."""
    write_text(file, OmegaConf.to_yaml(OmegaConf.structured(config)))
