"""Guessing which volume is which sequence, from names and DICOM descriptions, as the core tells them.

A guess is only made where it is obvious: exactly one candidate. Everything else is left to the user.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import SimpleITK as sitk

from lggseg.volumes.sequence import Assessment, Kind, assess
from lggseg.volumes.sequence.tags import TAGS
from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.ForLooking import kindOf
from LGGSegmentationLib.Scene.Identity import ReadTag
from LGGSegmentationLib.Scene.Probability import isProbability
from LGGSegmentationLib.Scene.Result import nodesOf

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


def describe(volumeNode: Any, readTag: ReadTag) -> Description:
    """Read the description of a volume in the scene."""
    values = {keyword: readTag(volumeNode, tag) for keyword, tag in TAGS.items()}
    return Description(volumeNode.GetName() or "", {keyword: value for keyword, value in values.items() if value})


def assessmentOf(volumeNode: Any, readTag: ReadTag) -> Assessment:
    """Say whether a volume is a FLAIR volume, by its name, its DICOM values and its voxels."""
    description = describe(volumeNode, readTag)
    try:
        image = sitk.GetImageFromArray(VolumeExchange.voxels(volumeNode))
    except (ValueError, RuntimeError, NotImplementedError):
        image = None  # odd voxels are refused elsewhere, with a message of their own
    return assess(image, description.metadata, description.name)


def nodesOfSameStudy(volumeNode: Any, candidates: Iterable[Any]) -> list[Any]:
    """Return those candidates that lie beside a volume in the subject hierarchy."""
    hierarchy = volumeNode.GetScene().GetSubjectHierarchyNode()
    place = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(volumeNode))
    return [node for node in candidates if hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) == place]


def companionsOf(flairNode: Any, readTag: ReadTag) -> dict[str, Any]:
    """Return the T1 volumes that obviously belong to a FLAIR volume, by ``pre`` and ``post``."""
    others = [node for node in nodesOfSameStudy(flairNode, plainVolumes(flairNode.GetScene())) if node is not flairNode]
    found = uniqueSequences({node.GetID(): describe(node, readTag) for node in others})
    return {name: flairNode.GetScene().GetNodeByID(found[name]) for name in (PRE, POST) if name in found}


def obviousFlair(scene: Any, readTag: ReadTag) -> Any:
    """Return the one volume of a scene that is FLAIR, None where there is none or more than one."""
    found = uniqueSequences({node.GetID(): describe(node, readTag) for node in plainVolumes(scene)})
    return scene.GetNodeByID(found[FLAIR]) if FLAIR in found else None


def flairVolumes(scene: Any, readTag: ReadTag) -> list[Any]:
    """Return all FLAIR volumes of a scene."""
    return [node for node in plainVolumes(scene) if sequenceOf(describe(node, readTag)) == FLAIR]


def plainVolumes(scene: Any) -> list[Any]:
    """Return the grey-value volumes for people, with an image: no label map, colour image, helper or map of ours."""
    volumes = nodesOf(scene, "vtkMRMLScalarVolumeNode")
    return [
        node
        for node in volumes
        if node.GetClassName() == "vtkMRMLScalarVolumeNode"
        and not node.GetHideFromEditors()
        and node.GetImageData() is not None
        and not isProbability(node)
        and not kindOf(node)
    ]
