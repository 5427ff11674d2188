"""What several test files share: small synthetic volumes, and the real data where there are any."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import SimpleITK as sitk
from growth_case import grown_series, unaligned_series  # noqa: F401 - fixtures
from heads import BrightPredictor, ball_volume
from slicer_case import faults, formula_model, panel, slicer_module, synthetic_study  # noqa: F401 - fixtures

_TRAINING = re.compile(r"^(?:import|from) (?:torch|monai|lggseg_training|training|tools)\b", re.MULTILINE)
# Without PyTorch the core is tested alone, as on the systems that have no build of it.
collect_ignore = (
    [path for path in Path(__file__).parent.rglob("test_*.py") if _TRAINING.search(path.read_text(encoding="utf-8"))]
    if find_spec("torch") is None
    else []
)


def pytest_report_header() -> str:
    """Say what is left out."""
    return f"no PyTorch here: {len(collect_ignore)} files of tests are left out" if collect_ignore else ""


@pytest.fixture(scope="session")
def lgg_data() -> Path:
    """The folder that holds kaggle_3m, as LGG_DATA names it."""
    folder = os.environ.get("LGG_DATA")
    if not folder:
        pytest.skip("LGG_DATA does not name the LGG data set")
    return Path(folder)


@pytest.fixture(scope="session")
def external_data() -> Path:
    """Labelled FLAIR volumes from elsewhere, as LGG_EXTERNAL_DATA names them."""
    folder = os.environ.get("LGG_EXTERNAL_DATA")
    if not folder:
        pytest.skip("LGG_EXTERNAL_DATA does not name a folder of labelled FLAIR volumes")
    return Path(folder)


@pytest.fixture
def head() -> sitk.Image:
    """See ``ball_volume``."""
    return ball_volume()


@pytest.fixture
def bright_predictor() -> BrightPredictor:
    """See ``BrightPredictor``."""
    return BrightPredictor()
