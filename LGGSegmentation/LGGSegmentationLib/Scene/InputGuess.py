"""Guessing which volume is which sequence, from names and DICOM descriptions.

A guess is only made where it is obvious: exactly one candidate. Everything else is left to the user.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import slicer

FLAIR, PRE, POST = "flair", "pre", "post"

_FLAIR = {"flair", "tirm", "darkfluid"}
_T1 = {"t1", "t1w", "t1wi", "mprage", "bravo", "spgr", "tfl", "vibe"}
_POST_ONE_WORD = {"t1c", "t1ce", "t1gd", "t1post", "t1km"}
_CONTRAST = {"post", "gd", "gad", "gado", "gadolinium", "ce", "contrast", "c", "km", "enhanced", "postcontrast"}
_NO_CONTRAST = {"pre", "without", "native", "nativ", "precontrast", "unenhanced", "noncontrast"}


@dataclass(frozen=True)
class Description:
    """What is known of a volume besides its voxels.

    Attributes:
        name: Node name and series description.
        contrastAgent: DICOM's ContrastBolusAgent, empty without.
    """

    name: str
    contrastAgent: str = ""


def sequenceOf(description: Description) -> str | None:
    """Return ``flair``, ``pre``, ``post``, or None where the description does not say.

    Examples:
        >>> sequenceOf(Description("AX FLAIR FS")), sequenceOf(Description("t1_mprage_post_gd"))
        ('flair', 'post')
    """
    words = set(re.split(r"[^a-z0-9+]+", description.name.lower().replace("dark fluid", "darkfluid")))
    words |= {part for word in words for part in re.split(r"(?<=[a-z])\+|^\+", word)}
    if words & _FLAIR or "flair" in description.name.lower():
        return FLAIR
    if words & _POST_ONE_WORD:
        return POST
    if not words & _T1:
        return None
    withAgent = description.contrastAgent.strip().lower() not in ("", "none", "no")
    if words & _NO_CONTRAST:
        return PRE
    return POST if words & _CONTRAST or withAgent else PRE


def uniqueSequences(descriptions: Mapping[str, Description]) -> dict[str, str]:
    """Return the volume of each sequence that exactly one description fits.

    Args:
        descriptions: By node identifier.

    Returns:
        Node identifiers by ``flair``, ``pre``, ``post``.
    """
    found: dict[str, list[str]] = {}
    for identifier, description in descriptions.items():
        sequence = sequenceOf(description)
        if sequence:
            found.setdefault(sequence, []).append(identifier)
    return {sequence: nodes[0] for sequence, nodes in found.items() if len(nodes) == 1}


def describe(volumeNode: Any) -> Description:
    """Read the description of a volume in the scene."""
    return Description(
        name=" ".join(filter(None, (volumeNode.GetName(), dicomValue(volumeNode, "0008,103E")))),
        contrastAgent=dicomValue(volumeNode, "0018,0010"),
    )


def dicomValue(volumeNode: Any, tag: str) -> str:
    """Return the value of a DICOM tag of a volume, or an empty string where it did not come from DICOM."""
    instances = (volumeNode.GetAttribute("DICOM.instanceUIDs") or "").split()
    database = getattr(slicer, "dicomDatabase", None)
    if not instances or database is None:
        return ""
    return str(database.instanceValue(instances[0], tag) or "")


def nodesOfSameStudy(volumeNode: Any, candidates: Iterable[Any]) -> list[Any]:
    """Return those candidates that lie beside a volume in the subject hierarchy."""
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    place = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(volumeNode))
    return [node for node in candidates if hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) == place]


def companionsOf(flairNode: Any) -> dict[str, Any]:
    """Return the T1 volumes that obviously belong to a FLAIR volume, by ``pre`` and ``post``."""
    volumes = [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if isPlainVolume(node)]
    others = [node for node in nodesOfSameStudy(flairNode, volumes) if node is not flairNode]
    found = uniqueSequences({node.GetID(): describe(node) for node in others})
    return {name: slicer.mrmlScene.GetNodeByID(found[name]) for name in (PRE, POST) if name in found}


def isPlainVolume(node: Any) -> bool:
    """Tell whether a node is a grey-value volume for people, not a label map, colour image or helper."""
    return node.GetClassName() == "vtkMRMLScalarVolumeNode" and not node.GetHideFromEditors()
