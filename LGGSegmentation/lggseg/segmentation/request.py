"""What to segment, how, and where the results go: built alike by Python, the command line, Slicer and cohorts.

Light on purpose: parsing a command line and driving a child process need no numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lggseg.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt
    import SimpleITK as sitk

    Source: TypeAlias = str | Path | sitk.Image | tuple[npt.ArrayLike, npt.ArrayLike] | Any

Spacing = tuple[float, float, float]

FORMATS = ("nii.gz", "nrrd", "seg.nrrd")
"""Formats that a segmentation can be written in."""

REPORT_FILE = "report.json"
PAGE_FILE = "report.html"
OVERLAY_FILE = "overlay.png"
PROBABILITY_FILE = "probability.nrrd"
SEG_FILE = "segmentation.dcm"
SR_FILE = "measurements.dcm"


@dataclass(frozen=True)
class SegmentRequest:
    """One study, and how to segment it.

    A source is a path (NIfTI, NRRD, MetaImage, a folder of DICOM or TIFF slices), a ``SimpleITK.Image``, a
    nibabel image, or a pair of an array ``(i, j, k)`` and its ``(4, 4)`` affine to RAS+ mm, as nibabel has them.

    Attributes:
        flair: The FLAIR volume.
        pre: T1 before contrast, in any grid of the same patient.
        post: T1 after contrast, likewise.
        register: Move ``pre`` and ``post`` rigidly onto FLAIR first.
        spacing: Voxel size ``(i, j, k)`` in mm, for files that do not store it, as TIFF slices.
        threshold: Probability from which a voxel counts; the model's where None. With a threshold or components of
            one's own nothing is held back for being unsure (``MaskRule.least_peak``).
        components: Which pieces are kept, one of ``COMPONENTS``; the model's rule where None.
        model: A model folder or a run of training/train.py; the model that ships with lggseg where None.
        runtime: One of ``RUNTIMES``.
        gate: A slice classifier that is asked first; nothing is outlined in slices where it sees nothing.
        truth: A reference segmentation to compare with.
        truth_label: Value of its voxels, in a label map with several labels.
        truth_segment: Name of its segment, in a ``.seg.nrrd`` file with several.
        series: UID, number or a part of the description of the FLAIR series, where ``flair`` is a whole study.
        force: Segment what is certainly no FLAIR volume all the same; the report says so.
        with_paths: Name the inputs by their paths in the report, not by file or series alone.
    """

    flair: Source
    pre: Source | None = None
    post: Source | None = None
    register: bool = False
    spacing: Spacing | None = None
    threshold: float | None = None
    components: str | None = None
    model: Path | None = None
    runtime: str = "auto"
    gate: Path | None = None
    truth: Source | None = None
    truth_label: int | None = None
    truth_segment: str | None = None
    series: str | None = None
    force: bool = False
    with_paths: bool = False


@dataclass(frozen=True)
class Destination:
    """Where the results of a request go, and in which form.

    Attributes:
        folder: Made if it does not exist.
        overwrite: Whether results that are in the folder already may be replaced.
        format: One of ``FORMATS``.
        probability: Whether the probability map is written too.
        dicom: Whether DICOM SEG and SR are written too; FLAIR then has to come from DICOM.
        deidentify: Whether patient and study are blanked in them.
    """

    folder: Path
    overwrite: bool = False
    format: str = FORMATS[0]
    probability: bool = False
    dicom: bool = False
    deidentify: bool = False

    def __post_init__(self) -> None:
        """Refuse what would be believed to be done, and is not.

        Raises:
            InputError: If nothing is written that ``deidentify`` speaks of.
        """
        if self.deidentify and not self.dicom:
            msg = (
                "--deidentify: expected --dicom with it, got none: it blanks patient and study in DICOM SEG and SR "
                "alone; add --dicom, or leave it out"
            )
            raise InputError(msg)

    @property
    def names(self) -> dict[str, str]:
        """Names of the files, by what they hold."""
        names = {"segmentation": f"segmentation.{self.format}", "overlay": OVERLAY_FILE}
        if self.probability:
            names["probability"] = PROBABILITY_FILE
        if self.dicom:
            names |= {"seg": SEG_FILE, "sr": SR_FILE}
        return {**names, "report": REPORT_FILE, "page": PAGE_FILE}


_REQUEST_OPTIONS = {"pre", "post", "register", "threshold", "components", "model", "runtime", "truth", "spacing"}
_REQUEST_OPTIONS |= {"truth_label", "truth_segment", "series", "force", "with_paths", "gate"}


def command_arguments(request: SegmentRequest, destination: Destination) -> list[str]:
    """Return the arguments after ``lggseg`` that make a child process do the same; sources are paths.

    What has its default is left out.
    """
    arguments = ["segment", str(request.flair), "--output", str(destination.folder)]
    for field in fields(request):
        if field.name in _REQUEST_OPTIONS:
            arguments += _option(field.name, getattr(request, field.name), field.default)
    for name in ("overwrite", "format", "probability", "dicom", "deidentify"):
        default = next(field.default for field in fields(destination) if field.name == name)
        arguments += _option(name, getattr(destination, name), default)
    return arguments


def _option(name: str, value: object, default: object) -> Sequence[str]:
    if value == default:
        return ()
    name = name.replace("_", "-")
    if isinstance(value, bool):
        return (f"--{name}",)
    if isinstance(value, tuple):
        return (f"--{name}", *map(repr, value))
    return (f"--{name}", repr(value) if isinstance(value, float) else str(value))
