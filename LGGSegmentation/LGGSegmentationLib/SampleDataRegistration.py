"""The synthetic study in Slicer's Sample Data: made on this computer, nothing is downloaded."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

CATEGORY = "Lower-grade glioma"
FIRST_STUDY, SECOND_STUDY = "LGGSyntheticStudy", "LGGSyntheticStudyLater"

_SEED = 0
_GROWTH = {FIRST_STUDY: 1.0, SECOND_STUDY: 1.6}
_NODE_NAMES = {"flair": "FLAIR", "pre": "T1 pre-contrast", "post": "T1 post-contrast"}
_SUFFIX = {FIRST_STUDY: "synthetic", SECOND_STUDY: "synthetic, later"}


def register(thumbnailPath: str) -> None:
    """Add the studies to Sample Data, once."""
    import SampleData  # noqa: PLC0415 - a Slicer module, there after start-up only

    known = getattr(slicer.modules, "sampleDataSources", {}).get(CATEGORY, [])
    for sampleName in (FIRST_STUDY, SECOND_STUDY):
        if any(source.sampleName == sampleName for source in known):
            continue
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=sampleName,
            # Sample Data wants these three of every data set, also of one that comes from no network.
            uris="made-on-this-computer",
            fileNames=f"{sampleName}.nrrd",
            nodeNames=sampleName,
            customDownloader=lambda source: load(source.sampleName),
            thumbnailFileName=thumbnailPath,
        )


def load(sampleName: str = FIRST_STUDY) -> list[Any]:
    """Make a study and put it into the scene; return its volume nodes, FLAIR first."""
    from lggseg.phantom.study import make_phantom  # noqa: PLC0415 - loads scipy

    slicer.util.showStatusMessage(_("Making the synthetic study…"), 3000)
    study = make_phantom(seed=_SEED, growth=_GROWTH[sampleName])
    nodes = [addVolume(study[key], f"{name} ({_SUFFIX[sampleName]})") for key, name in _NODE_NAMES.items()]
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    folder = hierarchy.CreateFolderItem(
        hierarchy.GetSceneItemID(), _("Synthetic study ({kind})").format(kind=_SUFFIX[sampleName])
    )
    for node in nodes:
        hierarchy.SetItemParent(hierarchy.GetItemByDataNode(node), folder)
    slicer.util.setSliceViewerLayers(background=nodes[0], fit=True)
    return nodes


def addVolume(image: Any, name: str) -> Any:
    """Put a SimpleITK image into the scene."""
    import SimpleITK as sitk  # noqa: PLC0415 - loads slowly, and this file is loaded when Slicer starts

    from lggseg.volumes import geometry  # noqa: PLC0415

    array = sitk.GetArrayFromImage(image)
    return slicer.util.addVolumeFromArray(array, ijkToRAS=geometry.ras_affine(image), name=name)
