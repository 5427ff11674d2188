"""What the tests of training share: a synthetic data set, and a run on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from training_runs import run_training


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five synthetic patients, one a fold."""
    from lggseg_training.synthetic import write_synthetic_dataset

    return write_synthetic_dataset(tmp_path_factory.mktemp("data") / "prepared", patients=5)


@pytest.fixture(scope="session")
def finished_run(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two steps."""
    folder = tmp_path_factory.mktemp("runs") / "fold0"
    assert run_training(dataset, folder) == 0
    return folder


@pytest.fixture(scope="session")
def volumes(dataset: Path) -> list[dict[str, Any]]:
    """Two packed volumes."""
    from lggseg.cohort.prepared import read_manifest
    from lggseg_training.slices import load_volumes

    loaded = load_volumes(read_manifest(dataset)[:2], learn=True, workers=1)
    return [loaded[index] for index in range(2)]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the exhaustive tests out, unless -m asks for them: they take minutes."""
    if "exhaustive" in str(config.option.markexpr):
        return
    left_out = [item for item in items if item.get_closest_marker("exhaustive")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
