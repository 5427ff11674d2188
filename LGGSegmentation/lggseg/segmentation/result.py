"""What a segmentation gives: volumes, numbers, the record of how they came about, and their files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import SimpleITK as sitk
from PIL import Image

from lggseg.errors import DependencyError, InputError
from lggseg.files import refuse_to_replace, staged, write_text
from lggseg.model.segmenter import Segmentation
from lggseg.pages.leaf import leaf
from lggseg.pages.overlay import montage
from lggseg.recorded import outputs_of, recorded_outputs, remove_outdated
from lggseg.segmentation.hospital import Hospital
from lggseg.segmentation.progress import Checkpoint, never_stop
from lggseg.segmentation.report import Report, html_fragment, html_page
from lggseg.segmentation.request import FORMATS, REPORT_FILE, Destination
from lggseg.volumes import geometry, io

VOLUMES = ("mask", "probability")


@dataclass(frozen=True)
class SegmentResult:
    """The outline of one study, with its numbers. In a notebook it shows itself.

    Attributes:
        flair: The volume that was segmented.
        segmentation: Mask, probability and the rule between them, on FLAIR's grid.
        report: The record that ``report.json`` holds.
        truth: The reference segmentation on FLAIR's grid, where there was one.
        hospital: The study that the volumes were found in, where it was one; DICOM objects refer to it.
    """

    flair: sitk.Image
    segmentation: Segmentation
    report: Report
    truth: sitk.Image | None = None
    hospital: Hospital | None = None

    @property
    def mask(self) -> sitk.Image:
        """8-bit mask on FLAIR's grid, 1 where the FLAIR signal is abnormal."""
        return self.segmentation.mask

    @property
    def probability(self) -> sitk.Image:
        """Probability on FLAIR's grid, float32, 0 to 1."""
        return self.segmentation.probability

    @property
    def found(self) -> bool:
        """Whether there is any abnormality."""
        return self.report.found

    @property
    def measurements(self) -> dict[str, float | int | None]:
        """Shape features by key; None where one is not defined. ``lggseg.shape.FEATURES`` says what each is."""
        return self.report.measurements

    @property
    def notes(self) -> list[str]:
        """What a reader has to know before trusting a number."""
        return self.report.notes

    @cached_property
    def overlay(self) -> Image.Image:
        """Axial slices with the outline, as a Pillow image."""
        return montage(self.flair, self.mask, self.truth)

    @property
    def page(self) -> str:
        """The report as one HTML file: opens offline, and its slices can be leafed through."""
        return html_page(self.report, self.overlay, leaf(self.flair, self.mask, self.probability, self.truth))

    def to_nibabel(self, volume: str = "mask") -> Any:
        """Return the mask or the probability as a nibabel image: array ``(i, j, k)``, affine to RAS+ mm.

        Raises:
            InputError: If ``volume`` is neither ``mask`` nor ``probability``.
            DependencyError: If nibabel is not installed.
        """
        if volume not in VOLUMES:
            msg = f"expected one of {', '.join(VOLUMES)}, got {volume!r}"
            raise InputError(msg)
        try:
            import nibabel  # noqa: PLC0415  (not needed for anything else)
        except ImportError as error:
            msg = f"expected the package nibabel ({error}); install it with: pip install nibabel"
            raise DependencyError(msg) from error
        image = getattr(self, volume)
        array = sitk.GetArrayFromImage(image).transpose()
        return nibabel.Nifti1Image(array, geometry.ras_affine(image))

    def save(
        self,
        folder: Path | str,
        *,
        overwrite: bool = False,
        format: str = FORMATS[0],  # noqa: A002  (as the command's option)
        probability: bool = False,
        dicom: bool = False,
        deidentify: bool = False,
    ) -> dict[str, Path]:
        """Write what ``lggseg segment`` writes, all of it or nothing.

        Args:
            folder: Made if it does not exist.
            overwrite: Whether results that are there already may be replaced.
            format: ``nii.gz``, ``nrrd`` or ``seg.nrrd``.
            probability: Whether to write the probability map too.
            dicom: Whether to write DICOM SEG and SR too; FLAIR then has to come from DICOM.
            deidentify: Whether to blank patient and study in them.

        Returns:
            The files by what they hold.

        Raises:
            OutputError: If results are there already, or cannot be written.
            InputError: If ``dicom`` is wanted and FLAIR does not come from DICOM.
            DependencyError: If ``dicom`` is wanted and highdicom is not installed.
        """
        return write(self, Destination(Path(folder), overwrite, format, probability, dicom, deidentify))

    def dicom_objects(self, *, deidentify: bool = False) -> dict[str, Any]:
        """Return DICOM SEG and SR as pydicom datasets, by the name of their file.

        Raises:
            InputError: If FLAIR does not come from DICOM.
            DependencyError: If highdicom is not installed.
        """
        from lggseg.export.objects import dicom_objects  # noqa: PLC0415  (an extra)

        series = self.hospital.series["flair"] if self.hospital else None
        if series is None or not series.is_dicom:
            msg = "expected FLAIR from DICOM, which SEG and SR refer to, got another kind of file; leave out --dicom"
            raise InputError(msg)
        return dicom_objects(
            self.mask, self.measurements, self.report.model, series.files, name=series.label, anonymous=deidentify
        )

    def _repr_html_(self) -> str:
        return html_fragment(self.report, self.overlay)


def write(
    result: SegmentResult, destination: Destination, raise_if_stopped: Checkpoint = never_stop
) -> dict[str, Path]:
    """Write the results, all of them or none; see ``SegmentResult.save``."""
    if destination.format not in FORMATS:
        msg = f"expected one of the formats {', '.join(FORMATS)}, got {destination.format!r}"
        raise InputError(msg)
    folder, names, report = destination.folder, destination.names, result.report
    if not destination.overwrite:
        refuse_to_replace(folder, names.values())
    before = recorded_outputs(folder / REPORT_FILE) if destination.overwrite else {}
    with staged(folder, overwrite=destination.overwrite) as stage:
        io.write_segmentation(result.mask, stage / names["segmentation"])
        result.overlay.save(stage / names["overlay"])
        if destination.probability:
            io.write_volume(result.probability, stage / names["probability"])
        if destination.dicom:
            for file, dataset in result.dicom_objects(deidentify=destination.deidentify).items():
                dataset.save_as(stage / file, enforce_file_format=True)
        written = sorted(stage.iterdir())
        outputs = outputs_of({name: stage / file for name, file in names.items() if stage / file in written})
        write_text(stage / names["report"], report.to_json(outputs))
        write_text(stage / names["page"], result.page)
        raise_if_stopped()
    remove_outdated(folder, before, names.values())
    return {name: folder / file for name, file in names.items()}
