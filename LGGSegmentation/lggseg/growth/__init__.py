"""Growth of an abnormality over several studies of one patient.

``analyse`` is a pure function on dated measurements, so that the command line, 3D Slicer's panel and a browser
get the same answer; ``time_point`` makes such a measurement of a mask on its own grid. What reads and writes files
(:mod:`lggseg.growth.finding`, :mod:`lggseg.growth.writing`) and what aligns volumes is loaded only when used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lggseg.growth.timeline import Lesion, TimePoint, Treatment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lggseg.growth.measurement_error import MeasurementError
    from lggseg.growth.report import GrowthReport

__all__ = ["Lesion", "TimePoint", "Treatment", "analyse"]


def analyse(
    points: Iterable[TimePoint],
    treatments: Sequence[Treatment] = (),
    *,
    patient: str = "",
    error: MeasurementError | None = None,
) -> GrowthReport:
    """Say how an abnormality grew: see :func:`lggseg.growth.analysis.analyse`."""
    from lggseg.growth.analysis import analyse as run  # noqa: PLC0415  (needs scipy)

    return run(points, treatments, patient=patient, error=error)
