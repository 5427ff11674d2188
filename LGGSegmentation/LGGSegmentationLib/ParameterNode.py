"""What the panel remembers, kept in the scene and saved with it."""

from typing import TYPE_CHECKING, Annotated, Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLTableNode
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

from LGGSegmentationLib.Process.ModelChoice import describe

THRESHOLDS = (0.0, 1.0)
"""All that a probability can be: a model of somebody may have any threshold, and a narrower limit would raise in
whatever observer the model's threshold is set."""


def _shippedThreshold() -> float:
    """Return the threshold that was chosen with the model; without a model, the panel says what is missing."""
    model = describe("")
    return 0.5 if model.problem else model.threshold


if TYPE_CHECKING:

    class _Wrapper:
        """What ``parameterNodeWrapper`` adds."""

        def __init__(self, parameterNode: Any) -> None: ...

        def connectGui(self, gui: Any) -> int: ...

        def disconnectGui(self, tag: int) -> None: ...

else:
    _Wrapper = object


@parameterNodeWrapper
class LGGSegmentationParameterNode(_Wrapper):
    """Parameters of the module.

    Attributes:
        flairVolume: The volume to segment.
        preVolume: T1 before contrast; optional.
        postVolume: T1 after contrast; optional.
        segmentation: Where the result goes; a new node is made when there is none.
        probabilityVolume: The probability map of the last run, which the threshold works on.
        measurementTable: Shape features of the result.
        timePointTable: Volume over time.
        alignVolumes: Whether the T1 volumes are moved rigidly onto FLAIR first.
        show3D: Whether the result is shown in 3D.
        addToTimePoints: Whether each result becomes a time point.
        threshold: Probability from which a voxel belongs to the abnormality.
        modelFolder: A model that the user trained; empty for the one that ships.
        runtime: ``auto``, ``onnx`` or ``torch``.
    """

    flairVolume: vtkMRMLScalarVolumeNode
    preVolume: vtkMRMLScalarVolumeNode
    postVolume: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
    probabilityVolume: vtkMRMLScalarVolumeNode
    measurementTable: vtkMRMLTableNode
    timePointTable: vtkMRMLTableNode
    alignVolumes: bool = False
    show3D: bool = False
    addToTimePoints: bool = True
    threshold: Annotated[float, WithinRange(*THRESHOLDS)] = _shippedThreshold()
    modelFolder: str = ""
    runtime: str = "auto"
