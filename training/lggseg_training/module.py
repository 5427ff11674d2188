"""The Lightning module: loss, optimizer, and validation by whole patients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from monai.losses import DiceCELoss

from lggseg.model.networks.flair_unet import FlairUNet
from lggseg.model.predictor import channels_last
from lggseg.model.preprocessing import stack_channels
from lggseg.segmentation.overlap import dice
from lggseg_training.config import Config, Network
from lggseg_training.pretrained import freeze_depthwise, load_pretrained, pretrained_weights

_SLICES_AT_ONCE = 8


class FlairSegmentation(pl.LightningModule):  # type: ignore[misc]
    """Trains ``FlairUNet`` with batch Dice + binary cross-entropy.

    Dice is taken over the whole batch: over single slices, those without tumor would make it jump
    between 0 and 1.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.network = channels_last(make_network(config.network))
        self.loss = DiceCELoss(sigmoid=True, batch=True, smooth_nr=1e-5, smooth_dr=1e-5)
        self.validation_dice: dict[str, float] = {}

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """Map ``(N, 5, H, W)`` channels to ``(N, 1, H, W)`` logits."""
        logits: torch.Tensor = self.network(channels.contiguous(memory_format=torch.channels_last))
        return logits

    def training_step(self, batch: Mapping[str, torch.Tensor], _index: int) -> torch.Tensor:
        """Return the loss of a batch of ``image`` ``(N, 5, H, W)`` and ``label`` ``(N, 1, H, W)``."""
        loss: torch.Tensor = self.loss(self(batch["image"]).float(), batch["label"])
        self.log("loss", loss, prog_bar=True, batch_size=len(batch["image"]))
        return loss

    def on_validation_epoch_start(self) -> None:
        """Forget the patients of the last check."""
        self.validation_dice = {}

    def validation_step(self, volume: Mapping[str, Any], _index: int) -> None:
        """Measure the volumetric Dice of one patient, with all sequences."""
        probability = predict_volume(self, volume["sequences"].astype(np.float32), volume)
        self.validation_dice[volume["case"]] = dice(probability > 0.5, volume["label"] > 0)

    def on_validation_epoch_end(self) -> None:
        """Log the mean over the patients."""
        mean = float(np.mean(list(self.validation_dice.values())))
        self.log("val_dice", mean, prog_bar=True, sync_dist=True)

    def configure_optimizers(self) -> dict[str, Any]:
        """AdamW; the learning rate rises over the warm-up and falls along a cosine to zero."""
        options = self.config.optimization
        trained = [weight for weight in self.parameters() if weight.requires_grad]
        decay = [weight for weight in trained if weight.ndim > 1]
        rest = [weight for weight in trained if weight.ndim <= 1]
        groups = [{"params": decay, "weight_decay": options.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=options.learning_rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._learning_rate_factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _learning_rate_factor(self, step: int) -> float:
        options = self.config.optimization
        warm = min(1.0, (step + 1) / max(options.warmup_steps, 1))
        return warm * 0.5 * (1.0 + math.cos(math.pi * min(step / options.steps, 1.0)))


def make_network(options: Network) -> FlairUNet:
    """Build the network as a run starts with it.

    Raises:
        DependencyError: If ImageNet weights are wanted and not installed.
    """
    network = FlairUNet(tuple(options.features))
    if options.pretrained:
        load_pretrained(network.encoder, pretrained_weights())
        if not options.train_depthwise:
            freeze_depthwise(network.encoder)
    return network


@torch.inference_mode()
def predict_volume(model: FlairSegmentation, sequences: np.ndarray, volume: Mapping[str, Any]) -> np.ndarray:
    """Return the ``(K, J, I)`` tumor probability of a packed volume; empty slices stay 0.

    Args:
        model: In evaluation mode.
        sequences: ``(3, K, J, I)`` float32.
        volume: Gives ``occupied_slices`` and ``offset``.
    """
    probability = np.zeros(sequences.shape[1:], np.float32)
    slices = volume["occupied_slices"]
    for first in range(0, len(slices), _SLICES_AT_ONCE):
        chosen = slices[first : first + _SLICES_AT_ONCE]
        batch = np.stack([stack_channels(sequences, int(k), volume["offset"]) for k in chosen])
        logits = model(torch.from_numpy(batch).to(model.device))
        probability[chosen] = logits.float().sigmoid()[:, 0].cpu().numpy()
    return probability
