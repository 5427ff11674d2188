"""DICOM objects of a result that lies in a folder: of the segmentation as it is now, corrected or not."""

from __future__ import annotations

from pathlib import Path

from lggseg.errors import FormatError, InputError
from lggseg.export.objects import check_installed, dicom_objects
from lggseg.files import refuse_to_replace, sha256_of, sha256_of_files, staged
from lggseg.segmentation.report import Report
from lggseg.segmentation.request import FORMATS, REPORT_FILE, SEG_FILE, SR_FILE
from lggseg.shape import measure
from lggseg.volumes import io
from lggseg.volumes.studies.choice import candidates, named
from lggseg.volumes.studies.index import index_of
from lggseg.volumes.studies.places import is_packed, opened
from lggseg.volumes.studies.series import Series


def export_result(
    result: Path,
    study: Path,
    output: Path,
    *,
    series: str | None = None,
    overwrite: bool = False,
    deidentify: bool = False,
) -> list[Path]:
    """Write DICOM SEG and SR of a result.

    Args:
        result: A folder that ``lggseg segment`` wrote.
        study: The DICOM study it was made of.
        output: Where the files go.
        series: UID, number or a part of the description of FLAIR, where its files are no longer those whose checksum
            the report has.
        overwrite: Whether files that are there already may be replaced.
        deidentify: Blank the patient and study modules.

    Raises:
        LggsegError: With a message for the user; nothing is left half written.
    """
    check_installed()
    if not overwrite:
        refuse_to_replace(output, (SEG_FILE, SR_FILE))
    report, file = _report(result), _segmentation(result)
    mask = io.read_volume(file) != 0
    if not (study.is_dir() or is_packed(study)):
        msg = f"{study}: expected a DICOM study: a folder, a DICOMDIR or a zip"
        raise FormatError(msg)
    place = opened(study)
    try:
        flair = _flair(place.folder, study.name, report, series)
        model = {**report.model, "algorithm_type": "AUTOMATIC" if _untouched(result, file) else "SEMIAUTOMATIC"}
        objects = dicom_objects(mask, measure(mask), model, flair.files, name=flair.label, anonymous=deidentify)
        with staged(output, overwrite=overwrite) as stage:
            for name, dataset in objects.items():
                dataset.save_as(stage / name, enforce_file_format=True)
    finally:
        place.close()
    return [output / name for name in objects]


def _report(result: Path) -> Report:
    try:
        return Report.from_json((result / REPORT_FILE).read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{result}: expected a folder that lggseg segment wrote, with {REPORT_FILE} («{error.strerror}»)"
        raise FormatError(msg) from error


def _segmentation(result: Path) -> Path:
    found = [result / f"segmentation.{ending}" for ending in FORMATS if (result / f"segmentation.{ending}").is_file()]
    if len(found) != 1:
        names = ", ".join(file.name for file in found) or "none"
        msg = f"{result}: expected one segmentation, got {names}; leave the one to export"
        raise InputError(msg)
    return found[0]


def _untouched(result: Path, file: Path) -> bool:
    """Tell whether the segmentation is still the one that the network made."""
    return f'"{sha256_of(file)}"' in (result / REPORT_FILE).read_text(encoding="utf-8")


def _flair(folder: Path, name: str, report: Report, wanted: str | None) -> Series:
    """Return the series that the result was made of: nobody else's may pass for it because it has the same grid."""
    index, checksum = index_of(folder), report.inputs.get("flair", {}).get("sha256")
    made_of = [one for one in index.series if sha256_of_files(one.files) == checksum]
    if wanted is None and made_of:
        return made_of[0]
    if wanted is None:
        msg = (
            f"{name}: expected the series that the result was made of, got {len(index.series)} with other checksums "
            f"than in {REPORT_FILE}; if it is one of them, sent or stored anew since, name it with --series"
        )
        raise InputError(msg)
    chosen = named(candidates(index.series), wanted, name)
    if made_of and chosen not in made_of:
        msg = (
            f"{name}: expected the series that the result was made of, {made_of[0].label}, got {chosen.label}; leave "
            "--series out"
        )
        raise InputError(msg)
    return chosen
