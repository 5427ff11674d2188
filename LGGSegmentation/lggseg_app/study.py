"""The volumes that a person brought: read, named, and put into the scene."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import SimpleITK as sitk

from lggseg.errors import InputError
from lggseg.volumes import geometry, io, system_files
from lggseg.volumes.sequence import Assessment, Kind, assess
from lggseg.volumes.suffixes import VOLUME_SUFFIXES
from LGGSegmentationLib.Scene import VolumeExchange

SEQUENCES = {Kind.FLAIR: "flair", Kind.T1: "pre", Kind.T1_CONTRAST: "post"}
"""Which part of a study a kind of volume plays."""

_LARGEST_UNPACKED_BYTES = 8 << 30


@dataclass(frozen=True)
class StudyVolume:
    """A volume of the study.

    Attributes:
        name: Of the file or folder, as the person knows it.
        image: As it was read.
        node: The same in the scene.
        assessment: What it is, with the reasons.
    """

    name: str
    image: sitk.Image
    node: Any
    assessment: Assessment

    @property
    def role(self) -> str | None:
        """``flair``, ``pre`` or ``post``; None where it is something else, or in doubt."""
        certain = self.assessment.kind is not Kind.FLAIR or not self.assessment.doubt
        return SEQUENCES.get(self.assessment.kind) if certain else None


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip file.

    Raises:
        InputError: If it is damaged, or would write outside of the folder or more than there is room for.
    """
    try:
        with zipfile.ZipFile(archive) as content:
            entries = [entry for entry in content.infolist() if not entry.is_dir()]
            outside = [e.filename for e in entries if not is_inside(e.filename)]
            size = sum(entry.file_size for entry in entries)
            if outside or size > _LARGEST_UNPACKED_BYTES:
                what = f"the file {outside[0]!r} outside of it" if outside else f"{size / 1e9:.0f} GB"
                msg = f"{archive.name}: expected a zip file of one study, got {what}; unpack it and choose the folder"
                raise InputError(msg)
            content.extractall(folder)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        msg = f"{archive.name}: expected a zip file ({error}); pack it again, or choose the folder"
        raise InputError(msg) from error


def is_inside(name: str) -> bool:
    """Tell whether a relative name stays below where it is put."""
    path = PurePosixPath(name.replace("\\", "/"))
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and ":" not in path.parts[0]


def sources_in(folder: Path) -> list[Path]:
    """Return what is to be read of a folder: volume files, and the folders that hold slices."""
    files = sorted(system_files.walk(folder))
    volumes = [path for path in files if path.name.lower().endswith(VOLUME_SUFFIXES)]
    slices = dict.fromkeys(path.parent for path in files if path not in volumes)
    return [*volumes, *slices]


def read_volumes(folder: Path, scene: Any) -> tuple[list[StudyVolume], list[str]]:
    """Read all volumes below a folder and put them into the scene.

    Returns:
        The volumes, and why others could not be read.
    """
    volumes, reasons = [], []
    for source in sources_in(folder):
        name = str(source.relative_to(folder)) if source != folder else folder.name
        try:
            image = io.read_volume(source, wanted=None)
        except InputError as error:
            reasons.append(str(error).replace(str(folder) + "/", ""))
            continue
        volumes.append(StudyVolume(name, image, add_volume(scene, image, name), assess(image, {}, name)))
    return volumes, reasons


def add_volume(scene: Any, image: sitk.Image, name: str) -> Any:
    """Put an image into a scene; return its node."""
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", scene.GenerateUniqueName(name))
    VolumeExchange.setVoxels(node, sitk.GetArrayFromImage(image))
    node.SetIJKToRASMatrix(VolumeExchange.matrixOfArray(geometry.ras_affine(image)))
    node.CreateDefaultDisplayNodes()
    return node
