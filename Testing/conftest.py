"""What several test files share: small synthetic volumes, and the real data where there are any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import SimpleITK as sitk
from heads import BrightPredictor, ball_volume
from slicer_case import faults, formula_model, panel, slicer_module, synthetic_study  # noqa: F401 - fixtures


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
