"""What has to be installed."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slicer


def test_requirements_are_compared_as_numbers(slicer_module):
    from LGGSegmentationLib.Process.Dependencies import isSatisfied

    assert isSatisfied("numpy>=1.9")
    assert not isSatisfied("numpy>=99.1")
    assert not isSatisfied("no-such-package>=1.0")
