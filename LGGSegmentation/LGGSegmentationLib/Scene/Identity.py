"""Which volume, which patient: told apart without a name of anybody being kept."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

_VOLUME_ATTRIBUTE, _PATIENT_ATTRIBUTE = "LGGSegmentation.VolumeId", "LGGSegmentation.Patient"
_SALT_NODE, _SALT = "LGGSegmentationPatients", "Salt"
_NODE_CLASS = "vtkMRMLScriptedModuleNode"

PATIENT_ID_TAG = "0010,0020"

ReadTag = Callable[[Any, str], str]
"""Gives the value of a DICOM tag of a volume node, empty where it has none: the DICOM database is the application's."""


def identityOf(volumeNode: Any) -> str:
    """Return what tells a volume from all others, also after scenes were merged and node IDs changed."""
    identity = volumeNode.GetAttribute(_VOLUME_ATTRIBUTE)
    if not identity:
        identity = uuid.uuid4().hex
        volumeNode.SetAttribute(_VOLUME_ATTRIBUTE, identity)
    return str(identity)


def hasIdentity(volumeNode: Any, identity: str) -> bool:
    """Tell whether a volume is the one of that identity."""
    return bool(identity) and volumeNode.GetAttribute(_VOLUME_ATTRIBUTE) == identity


def patientOf(volumeNode: Any, readTag: ReadTag) -> str:
    """Return a key of the patient: from DICOM, or as somebody said before; empty where it is not known.

    The key is a hash of PatientID with a salt of this scene: it is the same for all volumes of a patient here, and
    tells nobody who that is.
    """
    known = volumeNode.GetAttribute(_PATIENT_ATTRIBUTE)
    if known:
        return str(known)
    identifier = readTag(volumeNode, PATIENT_ID_TAG).strip()
    return patientKey(volumeNode.GetScene(), identifier) if identifier else ""


def patientKey(scene: Any, identifier: str) -> str:
    """Return the key of a patient by an identifier, which itself is not kept."""
    return hashlib.sha256(f"{_saltOf(scene)}/{identifier}".encode()).hexdigest()[:16]


def newPatient() -> str:
    """Return a key of a patient of whom nothing is known."""
    return uuid.uuid4().hex[:16]


def setPatient(volumeNode: Any, key: str) -> None:
    """Note whose a volume is."""
    volumeNode.SetAttribute(_PATIENT_ATTRIBUTE, key)


def _saltOf(scene: Any) -> str:
    node = scene.GetSingletonNode(_SALT_NODE, _NODE_CLASS)
    if node is None:
        node = scene.CreateNodeByClass(_NODE_CLASS)
        node.UnRegister(None)
        node.SetSingletonTag(_SALT_NODE)
        node.SetName(_SALT_NODE)
        node.SetHideFromEditors(True)
        node = scene.AddNode(node)
    if not node.GetParameter(_SALT):
        node.SetParameter(_SALT, uuid.uuid4().hex)
    return str(node.GetParameter(_SALT))
