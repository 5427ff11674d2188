"""What can be taken along: made of the outline as it is when it is asked for, never of an earlier one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from lggseg.errors import InputError, OutputError
from lggseg.files import write_text
from lggseg.growth.conclusion import SeriesResult
from lggseg.growth.writing import PAGE, write_patient
from lggseg.segmentation.request import SEG_FILE, SR_FILE
from lggseg.segmentation.result import SegmentResult
from lggseg_app.outline import Outline
from LGGSegmentationLib.Scene import Following, GrowthPlot, Measurements, TimePoints
from LGGSegmentationLib.Scene.Growth import Growth
from LGGSegmentationLib.Scene.Measurements import Values
from LGGSegmentationLib.Scene.Outline import Outlines

Make = Callable[[Path], Path]
"""Makes a file in a folder and returns it; what it needs of the scene it has already, so that it may run beside it."""

_WRITTEN = {
    "report.html": "nii.gz",
    "segmentation.nii.gz": "nii.gz",
    "segmentation.seg.nrrd": "seg.nrrd",
    "probability.nrrd": "nii.gz",
    "overlay.png": "nii.gz",
    "report.json": "nii.gz",
}
"""Files that ``lggseg segment`` writes, and the format that it is asked for."""

MEASUREMENTS_FILE, SESSION_FILE, GROWTH_FILE = "measurements.csv", "session.mrb", "growth.zip"
OF_AN_OUTLINE = (*_WRITTEN, SEG_FILE, SR_FILE, MEASUREMENTS_FILE)
OF_A_PATIENT = (PAGE, GROWTH_FILE)


def of_outline(name: str, outline: Outline | None, values: Values) -> Make:
    """Return what makes a file of an outline.

    Args:
        name: One of ``OF_AN_OUTLINE``.
        outline: As it is now.
        values: Its measurements as it is now.

    Raises:
        InputError: If there is no outline, or DICOM objects are asked for where FLAIR is no DICOM.
    """
    if outline is None:
        msg = f"expected an outline to make {name} of, got none yet; segment a volume first"
        raise InputError(msg)
    if name == MEASUREMENTS_FILE:
        return lambda folder: _text(folder / name, Measurements.asText(values, ","))
    result = outline.as_it_is()
    if name in (SEG_FILE, SR_FILE):
        objects = outline.dicom_maker(result)
        return lambda folder: _dicom(folder / name, objects())
    return lambda folder: _of_segment(folder / name, result)


def of_patient(name: str, result: SeriesResult) -> Make:
    """Return what makes a file of the time points of a patient.

    Args:
        name: One of ``OF_A_PATIENT``.
        result: All that is known of the patient's growth, with the volumes.
    """

    def make(folder: Path) -> Path:
        written = folder / "growth"
        write_patient(result, written, overwrite=False)
        if name == GROWTH_FILE:
            return Path(shutil.make_archive(str(folder / "growth"), "zip", written))
        return written / name

    return make


def session(io_manager: Any, scene: Any, outlines: Outlines, growth: Growth, folder: Path) -> Path:
    """Save the scene: volumes, outlines, measurements, time points and their charts.

    Raises:
        OutputError: If it cannot be written.
    """
    Following.followOutlines(scene, outlines, growth)  # what was made of earlier outlines says so, or is emptied
    for table in TimePoints.tables(scene):
        if len(TimePoints.read(table)) > 1:
            with suppress(InputError):  # where a day is missing there is nothing to draw yet
                for kind in (GrowthPlot.VOLUME, GrowthPlot.DIAMETER):
                    GrowthPlot.show(table, growth.result(table).report, kind)
    file = folder / SESSION_FILE
    if not io_manager.write_scene(file) or not file.is_file():
        msg = f"{SESSION_FILE}: expected room to save it, got a failure; make room in {folder.parent}"
        raise OutputError(msg)
    return file


def _of_segment(file: Path, result: SegmentResult) -> Path:
    written = result.save(file.parent / "result", format=_WRITTEN[file.name], probability=True)
    return next(one for one in written.values() if one.name == file.name)


def _dicom(file: Path, objects: dict[str, Any]) -> Path:
    objects[file.name].save_as(file, enforce_file_format=True)
    return file


def _text(file: Path, text: str) -> Path:
    write_text(file, text)
    return file
