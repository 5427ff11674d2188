"""Numbers in files have a point, whatever sign the user's language has."""

from __future__ import annotations

import locale
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import SimpleITK as sitk


@contextmanager
def withPoint() -> Iterator[None]:
    """Write and read numbers with a point in the block, also where the process was told to use a comma.

    ITK writes the header of an NRRD file in the language of the process, and another process cannot read it then.
    """
    before = locale.setlocale(locale.LC_NUMERIC)
    locale.setlocale(locale.LC_NUMERIC, "C")
    try:
        yield
    finally:
        locale.setlocale(locale.LC_NUMERIC, before)


def writeImage(image: sitk.Image, path: Path) -> None:
    """Write an image for another process: uncompressed, which is quicker than what it saves."""
    with withPoint():
        sitk.WriteImage(image, str(path), useCompression=False)
