"""Where the files of this clone lie that training reads and writes."""

from __future__ import annotations

from pathlib import Path

from lggseg.model.bundle import BUNDLE_NAME

_TRAINING = Path(__file__).resolve().parents[1]

CONFIG_DEFAULTS = _TRAINING / "config.yaml"
SPLITS_FILE = _TRAINING / "splits.json"
SHIPPED_MODEL = _TRAINING.parent / "Resources" / BUNDLE_NAME
COMPARISON = _TRAINING / "comparison"
"""Rows of the comparison of networks that are finished, whoever trained them."""
EXTERNAL_CASES = _TRAINING / "external-cases.csv"
PREPARED = Path("data") / "prepared"
"""The prepared data set, where no option says otherwise; relative to where the script is started."""
EXTERNAL = Path("data") / "external"
"""Volumes of elsewhere, prepared."""
NEGATIVES = Path("data") / "negatives"
"""Volumes in which nothing is to be found."""
PHANTOMS = Path("data") / "phantoms"
"""Synthetic heads to train on."""
