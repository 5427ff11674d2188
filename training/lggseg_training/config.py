"""The configuration of a training run: one readable file, checked, overridable, saved with the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from lggseg.errors import InputError
from lggseg.files import write_text
from lggseg.model.networks.registry import DEFAULT_VIEW, VIEWS, NetworkSpec, entry
from lggseg_training.augmentation_groups import Augmentation
from lggseg_training.places import CONFIG_DEFAULTS

MAY_CHANGE = ("optimization.steps", "optimization.precision", "sampling.workers", "validation.", "checkpoints.")
"""How far a run goes, on which machine, and what is looked at: all else makes it another run."""


@dataclass
class Sampling:
    """Which slices a step sees."""

    crop_pixels: int = 192
    tumor_share: float = 0.6
    flair_only_share: float = 0.35
    single_drop_share: float = 0.1
    stripped_share: float = 0.35
    extra_share: float = 0.2
    negative_share: float = 0.08
    healthy_share: float = 0.2
    transplant_share: float = 0.12
    lesions_share: float = 0.1
    remap_share: float = 0.25
    fat_suppressed_share: float = 0.15
    workers: int = 2


@dataclass
class Network:
    """Which network, what it sees, and what it knows at the start."""

    name: str = "flair_unet"
    view: str = DEFAULT_VIEW
    arguments: dict[str, Any] = field(default_factory=dict)
    pretrained: bool = True
    train_depthwise: bool = False
    weights: str | None = None

    @property
    def spec(self) -> NetworkSpec:
        """What a model folder says of it."""
        return NetworkSpec(self.name, dict(self.arguments), VIEWS[self.view])


@dataclass
class Loss:
    """What is made small; ``alpha``, ``beta`` and ``gamma`` are those of the Tversky losses."""

    name: str = "dice_bce"
    alpha: float = 0.7
    beta: float = 0.3
    gamma: float = 4 / 3


@dataclass
class Optimization:
    """How the weights are found."""

    steps: int = 2500
    batch_size: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    schedule: str = "cosine"
    warmup_steps: int = 100
    plateau_checks: int = 2
    ema_decay: float = 0.995
    precision: str = "auto"
    gradient_clip: float = 1.0


@dataclass
class Validation:
    """When the run looks at its validation patients, and which weights it keeps."""

    every_steps: int = 500
    early_stopping_checks: int = 0
    keep: str = "last"


@dataclass
class Checkpoints:
    """How much of a run a stop may cost."""

    every_steps: int = 100
    every_minutes: float = 10.0


@dataclass
class Config:
    """Everything that tells one run from another."""

    seed: int = 2019
    sampling: Sampling = field(default_factory=Sampling)
    augmentation: Augmentation = field(default_factory=Augmentation)
    network: Network = field(default_factory=Network)
    loss: Loss = field(default_factory=Loss)
    optimization: Optimization = field(default_factory=Optimization)
    validation: Validation = field(default_factory=Validation)
    checkpoints: Checkpoints = field(default_factory=Checkpoints)


def load(file: Path = CONFIG_DEFAULTS, overrides: Sequence[str] = ()) -> Config:
    """Read a configuration and apply ``section.key=value`` overrides.

    Raises:
        InputError: If the file cannot be read, a key or a choice is unknown, or a value is of the wrong kind.
    """
    schema = OmegaConf.structured(Config)
    try:
        own, changes = (_modern(part) for part in (OmegaConf.load(file), OmegaConf.from_dotlist(list(overrides))))
        config = OmegaConf.to_object(OmegaConf.merge(schema, own, changes))
    except (OmegaConfBaseException, OSError, ValueError) as error:
        msg = f"{file}: {str(error).splitlines()[0]}; {CONFIG_DEFAULTS} has the keys; write section.key=value"
        raise InputError(msg) from error
    assert isinstance(config, Config)  # what OmegaConf makes of this schema
    _check(config)
    return config


def save(config: Config, file: Path) -> None:
    """Write the configuration as YAML, so that the run can be repeated."""
    write_text(file, OmegaConf.to_yaml(OmegaConf.structured(config)))


def refuse_other(now: Config, folder: Path, file: Path) -> None:
    """Make sure that a run goes on with the settings that it was begun with, but for those of ``MAY_CHANGE``.

    Args:
        now: Settings of the command.
        folder: Of the run, for the message.
        file: What ``save`` wrote for the run; nothing is refused where it is not there.

    Raises:
        InputError: If another setting differs, or the file cannot be read.
    """
    if not file.is_file():
        return
    settings = OmegaConf.structured(now)
    before = OmegaConf.structured(load(file))
    keys = [key for key in _leaves(before) if not key.startswith(MAY_CHANGE)]
    values = [(key, OmegaConf.select(before, key), OmegaConf.select(settings, key)) for key in keys]
    changed = [f"{key} {old!r}, now {new!r}" for key, old, new in values if old != new]
    if changed:
        msg = (
            f"{folder}: expected the settings of the run that is to go on, got others ({'; '.join(changed)}); choose "
            "another --output, or --restart"
        )
        raise InputError(msg)


def _leaves(part: DictConfig, above: str = "") -> list[str]:
    """Return the keys of a configuration, dots between those of a section and of what is in it."""
    found: list[str] = []
    for name in map(str, part):
        key = above + name
        inner = part[name]
        found += _leaves(inner, f"{key}.") if isinstance(inner, DictConfig) and key != "network.arguments" else [key]
    return found


def _modern(part: Any) -> Any:
    """Bring a configuration of before version 0.5 up to date: ``network.features`` was all there was to choose."""
    network = part.get("network") if isinstance(part, DictConfig) else None
    if isinstance(network, DictConfig) and "features" in network:
        features = network.pop("features")
        network["arguments"] = OmegaConf.merge(network.get("arguments") or {}, {"features": features})
    return part


def _check(config: Config) -> None:
    """Refuse choices that do not exist and numbers that make no run.

    Raises:
        InputError: Naming the key, what is expected and what came.
    """
    from lggseg_training.losses import LOSSES  # noqa: PLC0415  (needs PyTorch)
    from lggseg_training.schedules import SCHEDULES  # noqa: PLC0415

    entry(config.network.name)
    _check_choice("network.view", config.network.view, VIEWS)
    _check_choice("loss.name", config.loss.name, LOSSES)
    _check_choice("optimization.schedule", config.optimization.schedule, SCHEDULES)
    _check_choice("validation.keep", config.validation.keep, ("last", "best"))
    positive = {
        "optimization.steps": config.optimization.steps,
        "optimization.batch_size": config.optimization.batch_size,
        "optimization.learning_rate": config.optimization.learning_rate,
        "optimization.plateau_checks": config.optimization.plateau_checks,
        "sampling.crop_pixels": config.sampling.crop_pixels,
        "validation.every_steps": config.validation.every_steps,
        "checkpoints.every_steps": config.checkpoints.every_steps,
        "checkpoints.every_minutes": config.checkpoints.every_minutes,
    }
    for key, value in positive.items():
        if not value > 0:
            msg = f"{key}: expected a number above 0, got {value:g}"
            raise InputError(msg)
    not_negative = {
        "seed": config.seed,
        "sampling.workers": config.sampling.workers,
        "optimization.weight_decay": config.optimization.weight_decay,
        "optimization.warmup_steps": config.optimization.warmup_steps,
        "optimization.gradient_clip": config.optimization.gradient_clip,
        "validation.early_stopping_checks": config.validation.early_stopping_checks,
    }
    for key, value in not_negative.items():
        if not value >= 0:
            msg = f"{key}: expected 0 or more, got {value:g}"
            raise InputError(msg)
    _check_shares(config)


def _check_shares(config: Config) -> None:
    """Refuse what is no share of a whole, and volumes of elsewhere that leave none to those of the data set."""
    sampling = config.sampling
    shares = {f"sampling.{one.name}": getattr(sampling, one.name) for one in fields(sampling) if "share" in one.name}
    for key, value in {**shares, "optimization.ema_decay": config.optimization.ema_decay}.items():
        if not 0 <= value <= 1:
            msg = f"{key}: expected a number from 0 to 1, got {value:g}"
            raise InputError(msg)
    if sampling.extra_share + sampling.negative_share >= 1:
        msg = (
            "sampling.extra_share and sampling.negative_share: expected less than 1 together, got "
            f"{sampling.extra_share:g} and {sampling.negative_share:g}"
        )
        raise InputError(msg)


def _check_choice(key: str, value: str, choices: Sequence[str] | dict[str, Any]) -> None:
    if value not in choices:
        msg = f"{key}: expected one of {', '.join(choices)}; got {value!r}"
        raise InputError(msg)
