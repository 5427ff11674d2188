"""Saving a corrected case in the layout of the prepared data set, so that corrections become training data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lggseg.cohort.prepared import SAVED_SPACING, add_case, case_folder, read_rows, write_case
from lggseg.volumes import geometry
from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.Result import Result
from LGGSegmentationLib.Scene.Texts import _

_INSTITUTION = "local"


def save(root: Path, case: str, patient: str, volumes: dict[str, Any], result: Result) -> Path:
    """Write one case and its row of the manifest; a case of the same name is replaced.

    Args:
        root: The prepared data set; made if it does not exist.
        case: Name of the case, a plain folder name.
        patient: Cases of one patient stay together when data are split.
        volumes: Volume nodes by ``flair`` and, where there are any, ``pre`` and ``post``.
        result: The corrected outline.

    Returns:
        The folder of the case.

    Raises:
        ValueError: If a name cannot be used.
        OutputError: If the files cannot be written.
        FormatError: If the manifest that is there cannot be read.
    """
    for name in (case, patient):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
            msg = _("“{name}” cannot be a name here: use letters, digits, dot, hyphen and underscore.")
            raise ValueError(msg.format(name=name))
    flair = volumes["flair"]
    label = geometry.image_from_array(
        VolumeExchange.readMask(result.node, result.segmentId, flair), VolumeExchange.ijkToRas(flair)
    )
    images = {name: VolumeExchange.imageInSpaceOf(node, flair) for name, node in volumes.items()}
    folder = case_folder(root, case)
    read_rows(root)  # a manifest that cannot be read is found before anything is replaced
    add_case(root, write_case(images, label, folder, SAVED_SPACING, patient=patient, institution=_INSTITUTION))
    return folder
