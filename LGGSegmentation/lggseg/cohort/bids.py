"""Data sets in the layout of the Brain Imaging Data Structure (BIDS), read, and results written as derivatives.

Read: ``sub-*/[ses-*/]anat/*_FLAIR.nii[.gz]`` with ``*_T1w`` beside it (``ce-`` in its name: after contrast), dates from
``sub-*_sessions.tsv``. K. J. Gorgolewski et al., Scientific Data 3 (2016) 160044; bids-specification 1.10.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import lggseg
from lggseg.cohort.delimited import read_sheet
from lggseg.cohort.patients import patient_key
from lggseg.cohort.study_files import Passed, StudyFiles, stem_of
from lggseg.errors import LggsegError
from lggseg.volumes.system_files import entries

DESCRIPTION = "dataset_description.json"
_VERSION = "1.10.0"
_FLAIR, _T1 = "_FLAIR", "_T1w"
_ENDINGS = (".nii", ".nii.gz")


def is_dataset(root: Path) -> bool:
    """Tell whether a folder is a BIDS data set."""
    return (root / DESCRIPTION).is_file() or any(root.glob("sub-*/anat")) or any(root.glob("sub-*/ses-*/anat"))


def find(root: Path, pattern: str | None = None) -> tuple[list[StudyFiles], list[Passed]]:
    """Return the FLAIR volumes of a data set with the T1 volumes of their session, and who has none.

    Args:
        root: Folder of the data set.
        pattern: Own rule for the patient in ``sub-*``; the whole name where None.

    Raises:
        InputError: If a name does not follow the rule.
    """
    studies, passed = [], []
    for subject in sorted(path for path in root.glob("sub-*") if path.is_dir()):
        dates = _dates(subject)
        anatomies = [path for path in (subject / "anat", *sorted(subject.glob("ses-*/anat"))) if path.is_dir()]
        patient = subject.name if pattern is None else patient_key(subject.name, pattern)
        found = [
            replace(_study(file, subject, dates), patient=patient)
            for anatomy in anatomies
            for file in _images(anatomy, _FLAIR)
        ]
        studies += found
        if not found:
            passed.append(Passed(subject, "no anat/*_FLAIR.nii.gz"))
    return studies, passed


def entities(name: str) -> dict[str, str]:
    """Return the entities of a file name: ``sub-01_ses-2_acq-3d_FLAIR`` has sub, ses and acq."""
    return dict(re.findall(r"(?:^|_)([a-z]+)-([A-Za-z0-9]+)", name))


def _images(folder: Path, suffix: str) -> list[Path]:
    endings = tuple(f"{suffix}{end}".lower() for end in _ENDINGS)
    return [file for file in entries(folder) if file.name.lower().endswith(endings)]


def _study(flair: Path, subject: Path, dates: Mapping[str, str]) -> StudyFiles:
    stem = stem_of(flair).removesuffix(_FLAIR)
    said = entities(stem)
    session = said.get("ses", "")
    key = "/".join([subject.name, *([f"ses-{session}"] if session else []), stem])
    notes: tuple[str, ...] = ()
    others: dict[str, Path | None] = {"pre": None, "post": None}
    images = _images(flair.parent, _T1)
    for role in others:
        fitting = [image for image in images if ("ce" in entities(image.name)) == (role == "post")]
        fitting = [image for image in fitting if _alike(entities(image.name), said)] or fitting
        if len(fitting) == 1:
            others[role] = fitting[0]
        elif fitting:
            names = ", ".join(image.name for image in fitting)
            notes = (*notes, f"several volumes could be T1 {role} contrast, none was used: {names}")
    date = dates.get(session, "")
    return StudyFiles(key, subject.name, flair, others["pre"], others["post"], session, date, stem, notes)


def _alike(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Tell whether two names agree in all but what the contrast agent is."""
    return {**one, "ce": ""} == {**other, "ce": ""}


def _dates(subject: Path) -> dict[str, str]:
    """Return session to day, from ``sub-*_sessions.tsv``; empty where there is no such file or it cannot be read."""
    file = subject / f"{subject.name}_sessions.tsv"
    try:
        cells = read_sheet(file).cells() if file.is_file() else {}
    except LggsegError:
        return {}
    sessions, times = cells.get("session_id", ()), cells.get("acq_time", ())
    rows = zip(sessions, times, strict=False)
    return {session.removeprefix("ses-"): time[:10] for session, time in rows if time.lower() != "n/a"}


def names(stem: str, ending: str) -> dict[str, str]:
    """Return the names of the results of a study, by what they hold, as derivatives are called."""
    return {
        "segmentation": f"{stem}_label-lesion_mask.{ending}",
        "probability": f"{stem}_label-lesion_probseg.nii.gz",
        "sidecar": f"{stem}_label-lesion_mask.json",
        "overlay": f"{stem}_desc-overlay_FLAIR.png",
        "report": f"{stem}_desc-lggseg_report.json",
        "page": f"{stem}_desc-lggseg_report.html",
    }


def description() -> str:
    """Return the content of the ``dataset_description.json`` of the results."""
    content = {
        "Name": "FLAIR abnormality of lower-grade glioma, outlined by lggseg",
        "BIDSVersion": _VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "lggseg", "Version": lggseg.__version__}],
        "HowToAcknowledge": "Research use only. Not a medical device.",
    }
    return json.dumps(content, indent=2) + "\n"


def sidecar(flair: Path, root: Path, record: Mapping[str, object]) -> str:
    """Return the JSON beside a mask: what it is, of what, and how it was made."""
    content = {
        "Type": "Lesion",
        "Manual": False,
        "Atlas": None,
        "Sources": [f"bids:raw:{flair.relative_to(root).as_posix()}"],
        "LabelMap": {"1": "FLAIR signal abnormality"},
        **record,
    }
    return json.dumps(content, indent=2) + "\n"
