"""The Lightning module: loss, optimizer, and validation by whole patients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch import distributed, nn

from lggseg.model.networks.registry import CLASSIFICATION
from lggseg.model.predictor import channels_last
from lggseg_training.config import Config, Network
from lggseg_training.losses import make_loss
from lggseg_training.schedules import Plateau, learning_rate_share
from lggseg_training.starting_weights import load_starting_weights
from lggseg_training.step_batches import seed_of
from lggseg_training.validation import CaseFigures, case_figures, predict


class NetworkTraining(pl.LightningModule):  # type: ignore[misc]
    """Trains the network and the loss that the configuration names.

    A slice classifier learns whether a slice shows any tumor; its Dice and IoU are those of the set of slices.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.network = channels_last(make_network(config.network))
        self.classifies = config.network.spec.task == CLASSIFICATION
        self.loss = make_loss(config.loss)
        self.plateau = Plateau(config.optimization.plateau_checks)
        self.figures: dict[str, CaseFigures] = {}

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, 5, H, W)`` channels to ``(N, 1, H, W)`` logits, or to ``(N, 1)``."""
        logits: torch.Tensor = self.network(channels.contiguous(memory_format=torch.channels_last))
        return logits

    def on_train_batch_start(self, *_: Any) -> None:
        """What a network itself draws follows from seed, step and process too."""
        torch.manual_seed(seed_of(self.config.seed, self.global_step, self.global_rank))

    def training_step(self, batch: Mapping[str, torch.Tensor], _index: int) -> torch.Tensor:
        """Return the loss of a batch of ``image`` ``(N, 5, H, W)`` and ``label`` ``(N, 1, H, W)``."""
        loss = self.loss(self(batch["image"]).float(), self.target(batch["label"]))
        size = len(batch["image"])
        self.log("loss", loss, prog_bar=True, batch_size=size, sync_dist=True)
        self.log("learning_rate", self.optimizers().param_groups[0]["lr"], batch_size=size)
        return loss

    def target(self, label: torch.Tensor) -> torch.Tensor:
        """Return what the loss wants of a label ``(N, 1, H, W)``: itself, or ``(N, 1)`` for a slice classifier."""
        return label.flatten(1).amax(1, keepdim=True) if self.classifies else label

    def on_validation_epoch_start(self) -> None:
        """Forget the patients of the last check."""
        self.figures = {}

    def validation_step(self, volume: Mapping[str, Any], _index: int) -> None:
        """Measure one patient, with all sequences."""
        self.figures[volume["case"]] = case_figures(self, volume, predict(self, volume))

    def on_validation_epoch_end(self) -> None:
        """Log the mean over the patients, of all processes."""
        self.figures = _of_all_processes(self.figures)
        for name in ("val_loss", "val_dice", "val_iou"):
            mean = float(np.mean([figures[name] for figures in self.figures.values()]))
            self.log(name, mean, prog_bar=name == "val_dice", rank_zero_only=False)
            if name == "val_dice":
                self.plateau.see(mean)

    def configure_optimizers(self) -> dict[str, Any]:
        """AdamW; the learning rate rises over the warm-up and follows the schedule from there."""
        options = self.config.optimization
        trained = [weight for weight in self.parameters() if weight.requires_grad]
        decay = [weight for weight in trained if weight.ndim > 1]
        rest = [weight for weight in trained if weight.ndim <= 1]
        groups = [{"params": decay, "weight_decay": options.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=options.learning_rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._learning_rate_share)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _learning_rate_share(self, step: int) -> float:
        options = self.config.optimization
        share = learning_rate_share(
            options.schedule, step, steps=options.steps, warmup_steps=min(options.warmup_steps, options.steps)
        )
        return share * self.plateau.factor if options.schedule == "plateau" else share

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what the plateau schedule has seen."""
        checkpoint["plateau"] = self.plateau.state_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on with it; checkpoints of before version 0.5 have none."""
        if "plateau" in checkpoint:
            self.plateau.load_state_dict(checkpoint["plateau"])


def make_network(options: Network) -> nn.Module:
    """Build the network as a run starts with it.

    Raises:
        InputError: If its name, an argument or its starting weights do not fit.
        DependencyError: If ImageNet weights are wanted and not installed.
    """
    network = options.spec.build()
    load_starting_weights(network, options)
    return network


def _of_all_processes(figures: dict[str, CaseFigures]) -> dict[str, CaseFigures]:
    """Return the patients of all processes, by name, so that every process logs the same mean."""
    if distributed.is_available() and distributed.is_initialized():
        parts: list[Any] = [None] * distributed.get_world_size()
        distributed.all_gather_object(parts, figures)
        figures = {case: found for part in parts for case, found in part.items()}
    return dict(sorted(figures.items()))
