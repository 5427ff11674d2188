"""How a later study lies in the space of the first: a transform node, and how good it is.

Nothing in the scene is moved by it: a person may put the later volume under it.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import SimpleITK as sitk

from lggseg.growth.alignment import Alignment
from lggseg.volumes import geometry
from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.Result import nodesOf
from LGGSegmentationLib.Scene.Texts import _
from LGGSegmentationLib.Scene.VolumeExchange import Array

_FIRST_ROLE, _LATER_ROLE = "LGGSegmentation.AlignedWith", "LGGSegmentation.Aligned"
_ATTRIBUTE = "LGGSegmentation.Alignment"
_SAME_MM = 1e-3  # a scene's file holds fewer digits than memory


def keep(first: Any, later: Any, alignment: Alignment) -> Any:
    """Keep an alignment in the scene, in place of an older one of the two; return its transform node.

    Args:
        first: Volume node of the first study.
        later: Volume node of the later study.
        alignment: From points of the first to points of the later study, in each volume's own space.
    """
    scene = first.GetScene()
    node = nodeOf(first, later)
    if node is None:
        name = _("{later} to {first}").format(later=later.GetName(), first=first.GetName())
        node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", scene.GenerateUniqueName(name))
        node.SetNodeReferenceID(_FIRST_ROLE, first.GetID())
        node.SetNodeReferenceID(_LATER_ROLE, later.GetID())
    node.SetMatrixTransformToParent(
        VolumeExchange.matrixOfArray(np.linalg.inv(geometry.ras_matrix(alignment.transform)))
    )
    node.SetAttribute(_ATTRIBUTE, json.dumps({**alignment.numbers, "state": _state(node, first, later)}))
    return node


def find(first: Any, later: Any) -> Alignment | None:
    """Return how a later volume lies in the space of the first; None where nobody aligned them.

    An alignment whose volumes have another grid since, or that was changed by hand, is none: its numbers would be
    those of another one.
    """
    node = nodeOf(first, later)
    record = json.loads(node.GetAttribute(_ATTRIBUTE) or "{}") if node is not None else {}
    if not record or not np.allclose(record["state"], _state(node, first, later), atol=_SAME_MM):
        return None
    inverse = np.linalg.inv(_matrix(node))
    return Alignment.of(geometry.transform_from_ras(inverse), record)


def nodeOf(first: Any, later: Any) -> Any:
    """Return the transform node of two volumes, None without; it moves the later one onto the first."""
    nodes = nodesOf(first.GetScene(), "vtkMRMLLinearTransformNode")
    pairs = ((node, (node.GetNodeReference(_FIRST_ROLE), node.GetNodeReference(_LATER_ROLE))) for node in nodes)
    return next((node for node, pair in pairs if pair[0] is first and pair[1] is later), None)


def between(first: Any, one: Any, other: Any) -> sitk.Transform | None:
    """Return the transform from points of one volume to those of another, both aligned with the first.

    None where one of them is not aligned.
    """
    legs = []
    for volume, inverse in ((other, False), (one, True)):
        if volume is first:
            continue
        alignment = find(first, volume)
        if alignment is None:
            return None
        legs.append(alignment.transform.GetInverse() if inverse else alignment.transform)
    return sitk.CompositeTransform(legs) if legs else sitk.Transform(3, sitk.sitkIdentity)


def _matrix(node: Any) -> Array:
    matrix = VolumeExchange.matrixOfArray(np.eye(4))
    node.GetMatrixTransformToParent(matrix)
    return VolumeExchange.arrayOfMatrix(matrix)


def _state(node: Any, first: Any, later: Any) -> list[Any]:
    """Return numbers that change with the transform and with the grids that it was found on: ``(3, 5, 4)``."""
    grids = []
    for volume in (first, later):
        size = volume.GetImageData().GetDimensions() if volume.GetImageData() is not None else (0, 0, 0)
        grids.append([*VolumeExchange.ijkToRas(volume).tolist(), [*size, 0]])
    return [[*_matrix(node).tolist(), [0, 0, 0, 0]], *grids]
