"""Numbers in files have a point, whatever sign the user's language has."""

from __future__ import annotations

import locale
from collections.abc import Iterator
from contextlib import contextmanager


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
