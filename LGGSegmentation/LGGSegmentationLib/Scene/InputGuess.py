"""Guessing which volume is which sequence, from names and DICOM descriptions, as the core tells them.

A guess is only made where it is obvious: exactly one candidate. Everything else is left to the user.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import slicer

from lggseg.volumes.sequence import Kind, assess
from lggseg.volumes.sequence.tags import TAGS

FLAIR, PRE, POST = "flair", "pre", "post"

_SEQUENCES = {Kind.FLAIR: FLAIR, Kind.T1: PRE, Kind.T1_CONTRAST: POST}


@dataclass(frozen=True)
class Description:
    """What is known of a volume besides its voxels.

    Attributes:
        name: Node name.
        metadata: DICOM values by keyword, empty where the volume did not come from DICOM.
    """

    name: str
    metadata: Mapping[str, str] = field(default_factory=dict)


def sequenceOf(description: Description) -> str | None:
    """Return ``flair``, ``pre``, ``post``, or None where the description does not say, or says something else.

    Examples:
        >>> sequenceOf(Description("AX FLAIR FS")), sequenceOf(Description("t1_mprage_post_gd"))
        ('flair', 'post')
    """
    assessment = assess(None, description.metadata, description.name)
    return None if assessment.kind is Kind.FLAIR and assessment.doubt else _SEQUENCES.get(assessment.kind)


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
    values = {keyword: dicomValue(volumeNode, tag) for keyword, tag in TAGS.items()}
    return Description(volumeNode.GetName() or "", {keyword: value for keyword, value in values.items() if value})


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
