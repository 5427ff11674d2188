"""What the tests of the page share: a browser, and a small study."""

from __future__ import annotations

import pytest
from browser import browser

from lggseg.phantom.study import write_phantom


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_phantom(tmp_path_factory.mktemp("study"), slices=14, size=128, spacing_mm=(1.7, 1.7, 9.3))
