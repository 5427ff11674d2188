"""What is compared: every network, and every choice that is not the network, one at a time."""

from __future__ import annotations

from dataclasses import dataclass, fields

from lggseg.model.networks.registry import CLASSIFICATION, NETWORKS
from lggseg_training.augmentation_groups import Augmentation
from lggseg_training.losses import LOSSES

BASELINE = "flair_unet"

_ALSO_IN_2D = ("unet_bn", "unet_light", "r2unet")

_ALSO_WARMED_UP_SOONER = (BASELINE, "attention_unet")
"""With a budget for few steps, the usual warm-up keeps a network below its learning rate until the schedule falls."""

_SHORT_WARMUP_STEPS = 10


@dataclass(frozen=True)
class Experiment:
    """One row of the comparison.

    Attributes:
        name: Of its row and folder.
        group: ``network``, ``view``, ``warmup``, ``loss`` or ``augmentation``.
        overrides: Of the configuration.
    """

    name: str
    group: str
    overrides: tuple[str, ...] = ()


def experiments() -> list[Experiment]:
    """Return all, in the order in which they are done: the networks first, then the choices, on the baseline."""
    segmenting = [name for name, entry in NETWORKS.items() if entry.task != CLASSIFICATION]
    found = [Experiment(name, "network", (f"network.name={name}",)) for name in segmenting]
    found += [Experiment(f"{name}-2d", "view", (f"network.name={name}", "network.view=2d")) for name in _ALSO_IN_2D]
    found += [
        Experiment(f"{BASELINE}-{view}", "view", (f"network.view={view}",)) for view in ("2d", "2.5d-flair", "2d-flair")
    ]
    found += [_warmed_up_sooner(name) for name in _ALSO_WARMED_UP_SOONER]
    found += [Experiment(f"loss-{name}", "loss", (f"loss.name={name}",)) for name in LOSSES if name != "dice_bce"]
    for field in fields(Augmentation):
        value = not field.default
        word = "with" if value else "without"
        override = f"augmentation.{field.name}={str(value).lower()}"
        found.append(Experiment(f"{word}-{field.name}", "augmentation", (override,)))
    return found


def _warmed_up_sooner(name: str) -> Experiment:
    overrides = (f"network.name={name}", f"optimization.warmup_steps={_SHORT_WARMUP_STEPS}")
    return Experiment(f"{name}-warmup", "warmup", overrides)
