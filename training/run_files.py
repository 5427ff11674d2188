"""What a run folder holds: the names that training, evaluation and export agree on."""

from lggseg.bundle import RUN_MODEL_FOLDER as MODEL_FOLDER

CONFIG_FILE = "config.yaml"
PLAN_FILE = "plan.json"
WEIGHTS_FILE = "model.pt"
METRICS_FILE = "metrics.csv"
VALIDATION_FILE = "validation.json"
LAST_CHECKPOINT = "last.ckpt"

__all__ = [
    "CONFIG_FILE", "LAST_CHECKPOINT", "METRICS_FILE", "MODEL_FOLDER", "PLAN_FILE", "VALIDATION_FILE", "WEIGHTS_FILE",
]  # fmt: skip
