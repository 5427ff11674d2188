"""From folders of TIFF slices to a prepared data set."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from lggseg import workers
from lggseg.cohort.patients import patient_key
from lggseg.cohort.prepared import (
    LABEL,
    SAVED_SPACING,
    Row,
    case_folder,
    read_rows,
    volume_name,
    write_case,
    write_manifest,
)
from lggseg.errors import FormatError, InputError
from lggseg.model.threads import usable_cores
from lggseg.volumes import tiff_stack
from lggseg.volumes.system_files import walk

Spacing = tuple[float, float, float]


@dataclass(frozen=True)
class Job:
    """One case to prepare."""

    source: Path
    target: Path
    spacing: Spacing | None
    spacing_source: str


def prepare_dataset(
    data: Path,
    output: Path,
    *,
    spacing: Spacing | None = None,
    spacing_table: Path | None = None,
    jobs: int | None = None,
) -> list[Row]:
    """Prepare all cases that are not prepared yet, and write the manifest.

    Args:
        data: The folder of the cases, or any folder above it.
        output: Folder to write; made if needed.
        spacing: Voxel size ``(i, j, k)`` of all cases in mm.
        spacing_table: CSV with voxel sizes by case.
        jobs: Processes; by default one a core.

    Returns:
        The rows of the manifest.

    Raises:
        InputError: If there is no case, or a case cannot be used; the others are prepared all the same.
        OutputError: If ``output`` cannot be written.
    """
    table = _read_spacing_table(spacing_table) if spacing_table else {}
    sources = find_cases(data)
    _check_table(table, sources)
    done = read_rows(output)
    todo = [_job(source, output, spacing, table) for source in sources]
    todo = [job for job in todo if not _is_done(job, done)]
    failures = []
    for row, failure in _run(todo, usable_cores() if jobs is None else jobs):
        if row:
            done[row["case"]] = row
            # After every case: what is in the manifest is whole, and is not done again.
            write_manifest(output, [done[case] for case in sorted(done)])
        else:
            failures.append(failure)
    if failures:
        msg = f"{len(failures)} of {len(sources)} cases cannot be used; the others are prepared:\n  " + "\n  ".join(
            failures
        )
        raise InputError(msg)
    return [done[case] for case in sorted(done)]


def find_cases(data: Path) -> list[Path]:
    """Return the case folders below a folder, each case once.

    The public download holds the whole data set twice, one copy inside the other: of folders with the
    same name, the one nearest to the top counts.

    Raises:
        FormatError: If there is none.
    """
    if not data.is_dir():
        msg = (
            f"{data}: expected a folder with the cases of the data set, got {'a file' if data.exists() else 'nothing'}"
        )
        raise FormatError(msg)
    folders = {path.parent for path in walk(data, links=True) if _is_slice(path.name)}
    found: dict[str, Path] = {}
    for folder in sorted(folders, key=lambda path: (len(path.parts), path)):
        found.setdefault(folder.name, folder)
    if not found:
        msg = f"{data}: expected folders CASE with CASE_1.tif and CASE_1_mask.tif in it or below, got none"
        raise FormatError(msg)
    _check_patients(found)
    return [found[name] for name in sorted(found)]


def _run(todo: Sequence[Job], jobs: int) -> Iterator[tuple[Row | None, str]]:
    """Prepare cases side by side; yield rows, or why there is none."""
    if not todo:
        return
    cases = workers.run(_prepare_case, todo, jobs, _crashed)
    yield from tqdm(cases, total=len(todo), desc="preparing", unit="case", disable=None)


def _crashed(job: Job) -> tuple[Row | None, str]:
    return None, f"{job.source}: the process that prepared it ended: a damaged file, or out of memory"


def _prepare_case(job: Job) -> tuple[Row | None, str]:
    try:
        images = tiff_stack.read_tiff_stack(job.source, job.spacing)
        label = tiff_stack.read_tiff_mask(job.source, job.spacing)
        if label.GetSize() != images["flair"].GetSize():
            msg = f"{job.source}: expected masks of size {images['flair'].GetSize()}, got {label.GetSize()}"
            raise InputError(msg)
        return write_case(images, label, job.target, job.spacing_source), ""
    except InputError as error:
        return None, str(error)


def _job(source: Path, output: Path, spacing: Spacing | None, table: dict[str, Spacing]) -> Job:
    target = case_folder(output, source.name)
    if source.name in table:
        return Job(source, target, table[source.name], "table")
    return Job(source, target, spacing, "option" if spacing else "default")


def _is_done(job: Job, done: dict[str, Row]) -> bool:
    """Tell whether a case is prepared, with the same spacing, and its files are there."""
    row = done.get(job.source.name)
    if row is not None and row["spacing_source"] == SAVED_SPACING:
        return True  # corrected by hand in 3D Slicer: what the slices say is older
    if row is None or row["spacing_source"] != job.spacing_source:
        return False
    wanted = job.spacing or tiff_stack.DEFAULT_TIFF_SPACING_MM
    same = [row[f"spacing_{axis}"] for axis in "xyz"] == [f"{edge:g}" for edge in wanted]
    names = [*row["sequences"].split(), LABEL]
    return same and all((job.target / volume_name(name)).is_file() for name in names)


def _read_spacing_table(file: Path) -> dict[str, Spacing]:
    try:
        with file.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
            names = [row["case"] for row in rows]
            found = {row["case"]: (float(row["x"]), float(row["y"]), float(row["z"])) for row in rows}
    except (OSError, KeyError, TypeError, ValueError) as error:
        msg = f"{file}: expected a CSV with columns case, x, y, z in mm, got {error!r}"
        raise FormatError(msg) from error
    if len(found) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        msg = f"{file}: expected each case once, got {twice} in several rows; leave one"
        raise FormatError(msg)
    return found


def _check_table(table: dict[str, Spacing], sources: Sequence[Path]) -> None:
    unknown = sorted(set(table) - {source.name for source in sources})
    if unknown:
        msg = f"expected cases of the data set in the spacing table, got {', '.join(unknown[:5])}; check the names"
        raise InputError(msg)


def _is_slice(name: str) -> bool:
    return Path(name).suffix.lower() in tiff_stack.SUFFIXES


def _check_patients(found: dict[str, Path]) -> None:
    """Two cases of one patient must not land in two folds: that would be a leak."""
    by_patient: dict[str, str] = {}
    for case in sorted(found):
        patient = patient_key(case)
        if patient in by_patient:
            msg = (
                f"expected one case a patient, got {by_patient[patient]} and {case} of {patient}; "
                "remove one, or give them names of their own"
            )
            raise InputError(msg)
        by_patient[patient] = case
