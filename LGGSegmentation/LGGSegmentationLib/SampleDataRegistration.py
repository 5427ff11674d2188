"""The synthetic study in Slicer's Sample Data: made on this computer, nothing is downloaded."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from lggseg import __version__

CATEGORY = "Lower-grade glioma"
FIRST_STUDY, SECOND_STUDY = "LGGSyntheticStudy", "LGGSyntheticStudyLater"

_SEED = 0
_GROWTH = {FIRST_STUDY: 1.0, SECOND_STUDY: 1.6}
_NODE_NAMES = {"flair": "FLAIR", "pre": "T1 pre-contrast", "post": "T1 post-contrast"}
_SUFFIX = {FIRST_STUDY: "synthetic", SECOND_STUDY: "synthetic, later"}
_SCHEME = "lggseg-phantom:"


def register(thumbnailPath: str) -> None:
    """Add the studies to Sample Data; those of an earlier load of this file make way.

    Sample Data's button calls ``customDownloader``. ``SampleData.downloadSample`` does not: it fetches addresses.
    So ours pass a rule that makes the files, and returns where they are.
    """
    import SampleData  # noqa: PLC0415 - a Slicer module, there after start-up only

    logic = SampleData.SampleDataLogic
    logic.registerUrlRewriteRule("LGGSegmentation", _made)
    getattr(slicer.modules, "sampleDataSources", {}).pop(CATEGORY, None)
    for sampleName in (FIRST_STUDY, SECOND_STUDY):
        logic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=sampleName,
            uris=[f"{_SCHEME}{sampleName}/{key}" for key in _NODE_NAMES],
            # Sample Data keeps files by their names: those of another version are others.
            fileNames=[f"{sampleName}-{key}-{__version__}.nrrd" for key in _NODE_NAMES],
            nodeNames=[_nodeName(sampleName, key) for key in _NODE_NAMES],
            customDownloader=lambda source: load(source.sampleName),
            thumbnailFileName=thumbnailPath,
        )


def _nodeName(sampleName: str, key: str) -> str:
    return f"{_NODE_NAMES[key]} ({_SUFFIX[sampleName]})"


def _made(url: str) -> str:
    """Return the address of a file made on this computer for an address of ours; leave any other as it is."""
    if not url.startswith(_SCHEME):
        return url
    import SimpleITK as sitk  # noqa: PLC0415 - loads slowly, and this file is loaded when Slicer starts

    sampleName, key = url.removeprefix(_SCHEME).split("/")
    file = Path(slicer.app.temporaryPath) / f"{sampleName}-{key}.nrrd"
    if not file.is_file():
        sitk.WriteImage(_study(sampleName)[key], str(file), useCompression=True)
    return file.as_uri()


@functools.lru_cache(maxsize=1)
def _study(sampleName: str) -> Any:
    """Make a study; kept, for its three volumes are asked for one after the other."""
    from lggseg.phantom.study import make_phantom  # noqa: PLC0415 - loads scipy

    return make_phantom(seed=_SEED, growth=_GROWTH[sampleName])


def load(sampleName: str = FIRST_STUDY) -> list[Any]:
    """Make a study and put it into the scene; return its volume nodes, FLAIR first."""
    slicer.util.showStatusMessage(_("Making the synthetic study…"), 3000)
    study = _study(sampleName)
    nodes = [addVolume(study[key], _nodeName(sampleName, key)) for key in _NODE_NAMES]
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
