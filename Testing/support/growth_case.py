"""A patient with three studies in the scene of the hosted module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from slicer_case import add_small, block, put_result, settle

DAYS = ("2020-01-01", "2021-01-01", "2022-01-01")
SIZES = (20, 24, 28)
MOVED_MM = 5.0


def shifted_block(size: int) -> Any:
    """The mask of the block in ``add_small`` as far as a column."""
    mask = block()
    mask[:, :, size:] = 0
    return mask


@pytest.fixture
def unaligned_series(panel: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Volumes of three studies with outlines, each larger; the later ones lie 5 mm farther to the left of the image."""
    from LGGSegmentationLib.Scene import TimePoints

    monkeypatch.setattr(panel.logic, "samePatient", lambda *_: True)
    volumes = []
    for number, size in enumerate(SIZES):
        affine = np.diag([1.0, 1.0, 4.0, 1.0])
        affine[0, 3] = MOVED_MM * (number > 0)
        volumes.append(add_small(f"FLAIR {number}", affine=affine))
        put_result(panel, volumes[-1], shifted_block(size))
    table = panel.parameters.timePointTable
    dates = dict(zip((volume.GetName() for volume in volumes), DAYS, strict=True))
    TimePoints.write(table, [replace(point, date=dates[point.name]) for point in TimePoints.read(table)])
    panel.update()
    settle()
    yield volumes
    panel.ui.growthSection.collapsed = True


@pytest.fixture
def grown_series(panel: Any, unaligned_series: list[Any]) -> list[Any]:
    """The same, aligned with the first."""
    from lggseg.growth.alignment import Alignment
    from LGGSegmentationLib.Scene import Alignments

    # RAS points move to larger x, LPS ones to smaller.
    move = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.0, 0.0, 0.0, (-MOVED_MM, 0.0, 0.0))
    for volume in unaligned_series[1:]:
        Alignments.keep(unaligned_series[0], volume, Alignment(move, 0.97, 0.4, MOVED_MM, 0.0))
    panel.update()
    settle()
    return unaligned_series
