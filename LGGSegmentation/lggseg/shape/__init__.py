"""Shape features of a mask: the standard set, and ASD, BEVR and MF of Buda et al. 2019.

``measure`` gives all of them, ``FEATURES`` says what each is. The registry loads at once; the
measuring code, which needs scipy, loads when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lggseg.shape.registry import FEATURES, Feature

if TYPE_CHECKING:
    import SimpleITK as sitk

    from lggseg.shape.diameters import Bidirectional

__all__ = ["FEATURES", "Feature", "bidirectional", "measure"]


def measure(mask: sitk.Image) -> dict[str, float | int | None]:
    """Measure every feature of ``FEATURES`` on a 3D mask: see :func:`lggseg.shape.measuring.measure`."""
    from lggseg.shape.measuring import measure as run  # noqa: PLC0415

    return run(mask)


def bidirectional(mask: sitk.Image) -> Bidirectional | None:
    """Return the bidirectional diameters with their ends: see :func:`lggseg.shape.measuring.bidirectional`."""
    from lggseg.shape.measuring import bidirectional as run  # noqa: PLC0415

    return run(mask)
