"""Volumes and patients are told apart."""

from __future__ import annotations

import pytest
from slicer_case import add_small, block, put_result

pytestmark = pytest.mark.slicer


def test_volumes_keep_their_identity_when_scenes_are_merged(panel):
    from LGGSegmentationLib.Scene import Identity, Probability

    first, second = add_small("FLAIR 1"), add_small("FLAIR 2")
    assert Identity.identityOf(first) == Identity.identityOf(first)
    assert Identity.identityOf(first) != Identity.identityOf(second)
    put_result(panel, first, block())
    put_result(panel, second, block())
    maps = [Probability.probabilityOf(volume) for volume in (first, second)]
    assert None not in maps
    assert maps[0] is not maps[1]
    assert all(Probability.isProbability(node) for node in maps)
