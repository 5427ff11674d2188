"""Both DICOM objects of a result, made together so that the report refers to the segment."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from lggseg.errors import DependencyError, InputError
from lggseg.export.deidentify import deidentify
from lggseg.export.sources import sources_of
from lggseg.segmentation.request import SEG_FILE, SR_FILE


def check_installed() -> None:
    """Make sure that highdicom is there, before any work is done.

    Raises:
        DependencyError: If it is not.
    """
    try:
        import highdicom  # noqa: F401, PLC0415  (an extra)
    except ImportError as error:
        msg = f"expected the package highdicom ({error}); install it with: pip install 'lggseg[dicom]'"
        raise DependencyError(msg) from error


def dicom_objects(
    mask: sitk.Image,
    measurements: Mapping[str, float | int | None],
    model: Mapping[str, str],
    files: Iterable[Path],
    *,
    name: str = "the FLAIR series",
    anonymous: bool = False,
) -> dict[str, Any]:
    """Make the SEG and the SR object of a result.

    Args:
        mask: On the grid of the FLAIR series.
        measurements: Shape features of the mask, by key.
        model: ``name`` and ``version`` of the network.
        files: The DICOM files of the FLAIR series.
        name: What to call the series in a message.
        anonymous: Blank the patient and study modules.

    Returns:
        The datasets by the name of their file.

    Raises:
        DependencyError: If highdicom is not installed.
        InputError: If the mask does not belong to the series, or the series lacks what an object must carry.
    """
    check_installed()
    from highdicom.uid import UID  # noqa: PLC0415  (an extra)

    from lggseg.export import dicom_seg, dicom_sr  # noqa: PLC0415

    sources = sources_of(files, mask, name)
    about, tracking = dict(model), UID()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of values in the source that are against the standard
            segmentation = dicom_seg.make(mask, sources, about, tracking)
            report = dicom_sr.make(dicom_sr.Measured(measurements, segmentation, sources, about, tracking))
    except (AttributeError, ValueError, TypeError, KeyError) as error:
        msg = f"{name}: expected DICOM images that objects can refer to, got some that lack or contradict ({error})"
        raise InputError(msg) from error
    objects = {SEG_FILE: segmentation, SR_FILE: report}
    if anonymous:
        for dataset in objects.values():
            deidentify(dataset)
    return objects


def write(objects: Mapping[str, Any], folder: Path) -> None:
    """Write objects into a folder, as a PACS takes them."""
    for file, dataset in objects.items():
        dataset.save_as(folder / file, enforce_file_format=True)
