"""The studies in a folder: volumes, DICOM and TIFF folders in any mix, or a BIDS data set.

What is no study is said with its reason, so that nothing is passed over in silence.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lggseg.cohort import bids, dicom_folders
from lggseg.cohort.patients import patient_key
from lggseg.cohort.study_files import Passed, StudyFiles, is_clutter, stem_of
from lggseg.errors import InputError
from lggseg.volumes import tiff_stack
from lggseg.volumes.sequence import Kind, kind_of_name
from lggseg.volumes.suffixes import VOLUME_SUFFIXES

_ARCHIVE = ".zip"
_T1_KINDS = (Kind.T1, Kind.T1_CONTRAST)
_BESIDE_IMAGES = (".json", ".tsv", ".csv", ".txt", ".md", ".html", ".pdf", ".bval", ".bvec", ".raw", ".zraw", ".png")


@dataclass
class Found:
    """What is in a folder.

    Attributes:
        root: The folder.
        studies: In the order of their keys.
        passed: What was passed over, and why.
    """

    root: Path
    studies: list[StudyFiles] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)


def find_studies(root: Path, pattern: str | None = None) -> Found:
    """Find the studies below a folder.

    Args:
        root: A BIDS data set (told by its ``dataset_description.json`` or its ``sub-*`` folders), or any folders.
        pattern: Own rule for the patient, see :func:`lggseg.cohort.patients.patient_key`.

    Raises:
        InputError: If the folder does not exist or holds no study, or two studies have one name.
    """
    if not root.is_dir():
        msg = f"{root}: expected a folder of studies, got {'a file' if root.exists() else 'nothing'}; give the folder"
        raise InputError(msg)
    found = Found(root, *bids.find(root, pattern)) if bids.is_dataset(root) else _find(root, pattern)
    found.studies.sort(key=lambda study: study.key)
    if not found.studies:
        why = f" ({found.passed[0].path.name}: {found.passed[0].reason})" if found.passed else ""
        msg = (
            f"{root}: expected studies (NIfTI, NRRD, MetaImage, DICOM or TIFF folders, or BIDS), got none{why}; "
            "give the folder above them"
        )
        raise InputError(msg)
    for one, other in zip(found.studies, found.studies[1:], strict=False):
        if one.key.casefold() == other.key.casefold():
            msg = f"{one.flair}, {other.flair}: expected names that differ, got {one.key} twice; rename one"
            raise InputError(msg)
    return found


def _find(root: Path, pattern: str | None) -> Found:
    found, leaves = Found(root), []
    for folder, files in _folders(root):
        if tiff_stack.is_tiff_folder(folder):
            found.studies.append(_study(folder, root, pattern))
            continue
        volumes = [file for file in files if file.name.lower().endswith(VOLUME_SUFFIXES)]
        archives = [file for file in files if file.suffix.lower() == _ARCHIVE]
        found.studies += [_study(archive, root, pattern) for archive in archives]
        _add_volumes(found, volumes, root, pattern)
        rest = [
            file for file in files if file not in volumes and file.suffix.lower() not in (_ARCHIVE, *_BESIDE_IMAGES)
        ]
        uid = dicom_folders.study_of(rest)
        if uid is not None:
            leaves.append((folder, uid))
        else:
            found.passed += [Passed(file, "not an image of a known kind") for file in rest]
    found.studies += [_study(folder, root, pattern) for folder in dicom_folders.together(leaves, root)]
    return found


def _folders(root: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Yield every folder with its files, in order, without the clutter of systems."""
    for name, folders, files in os.walk(root):
        folders[:] = sorted(folder for folder in folders if not is_clutter(folder))
        yield Path(name), [Path(name) / file for file in sorted(files) if not is_clutter(file)]


def _study(source: Path, root: Path, pattern: str | None) -> StudyFiles:
    """Return a study named after its file or folder; its patient is the first folder below the root, or the file."""
    place = source.relative_to(root)
    key = (place.parent / stem_of(place)).as_posix().removesuffix(_ARCHIVE) if source != root else root.resolve().name
    first, _, rest = key.partition("/")
    return StudyFiles(key, patient_key(first if rest else _without_sequence(key), pattern), source)


def _without_sequence(name: str) -> str:
    """Return ``P1`` for ``P1_flair``."""
    before, mark, word = (re.match(r"(.*)([-_. ])(.*)", name) or re.match(r"(.*)()()", name)).groups()  # type: ignore[union-attr]
    return str(before) if mark and kind_of_name(word) is Kind.FLAIR else name


def _add_volumes(found: Found, volumes: Sequence[Path], root: Path, pattern: str | None) -> None:
    """Make studies of the volumes of a folder: FLAIR with the T1 of its study, or files whose names say nothing."""
    kinds = {file: kind_of_name(stem_of(file)) for file in volumes}
    main = [file for file in volumes if kinds[file] is Kind.FLAIR]
    main = main or [file for file in volumes if kinds[file] is Kind.UNKNOWN]
    used: set[Path | None] = set()
    for flair in main:
        alone = len(main) == 1
        named = flair.parent if alone and flair.parent != root else flair
        others = [file for file in volumes if kinds[file] in _T1_KINDS and (alone or _base(file) == _base(flair))]
        study = _with_others(replace(_study(named, root, pattern), flair=flair), others, kinds)
        used |= {study.flair, study.pre, study.post}
        found.studies.append(study)
    found.passed += [Passed(file, f"not FLAIR: {kinds[file].words}") for file in volumes if file not in used]


def _with_others(study: StudyFiles, files: Sequence[Path], kinds: dict[Path, Kind]) -> StudyFiles:
    """Add the T1 volumes; where two could be the same sequence, none is taken."""
    pre, post = ([file for file in files if kinds[file] is kind] for kind in _T1_KINDS)
    notes = [
        f"several volumes could be {kind.words}, none was used: {', '.join(file.name for file in fitting)}"
        for kind, fitting in zip(_T1_KINDS, (pre, post), strict=True)
        if len(fitting) > 1
    ]
    return replace(
        study,
        pre=pre[0] if len(pre) == 1 else None,
        post=post[0] if len(post) == 1 else None,
        notes=(*study.notes, *notes),
    )


def _base(file: Path) -> str:
    """Return the words of a name that do not say which sequence it is: what the volumes of one study share."""
    words = re.split(r"[\W_]+", stem_of(file).lower())
    return " ".join(word for word in words if kind_of_name(word) is Kind.UNKNOWN)
