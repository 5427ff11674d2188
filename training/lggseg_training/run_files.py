"""What a run folder holds: the names that training, evaluation and export agree on."""

CONFIG_FILE = "config.yaml"
PLAN_FILE = "plan.json"
WEIGHTS_FILE = "model.pt"
METRICS_FILE = "metrics.csv"
VALIDATION_FILE = "validation.json"
LAST_CHECKPOINT = "last.ckpt"
