"""Outline the FLAIR abnormality of lower-grade glioma and measure its shape. Research use only.

>>> import lggseg
>>> result = lggseg.segment("flair.nii.gz")            # doctest: +SKIP
>>> result.measurements["volume_ml"]                   # doctest: +SKIP

Importing this package loads neither numpy nor a runtime: what a call needs is loaded by the call.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lggseg.segmentation.pipeline import Model
    from lggseg.segmentation.result import SegmentResult

__version__ = "0.1.0"
__all__ = ["__version__", "load_model", "measure", "segment"]


def segment(  # noqa: PLR0913  (each is worth choosing, and all have a default)
    flair: Any,
    *,
    pre: Any = None,
    post: Any = None,
    register: bool = False,
    spacing: tuple[float, float, float] | None = None,
    threshold: float | None = None,
    components: str | None = None,
    truth: Any = None,
    model: Model | Path | str | None = None,
    runtime: str = "auto",
    series: str | None = None,
    force: bool = False,
) -> SegmentResult:
    """Outline the FLAIR abnormality of one study and measure it.

    Args:
        flair: The FLAIR volume: a path (NIfTI, NRRD, MetaImage, folder of DICOM or TIFF slices), a
            ``SimpleITK.Image``, a nibabel image, or a pair of an array ``(i, j, k)`` and its ``(4, 4)`` affine to
            RAS+ mm, in nibabel's order.
        pre: T1 before contrast, likewise, in any grid of the same patient.
        post: T1 after contrast, likewise.
        register: Move ``pre`` and ``post`` rigidly onto FLAIR first.
        spacing: Voxel size ``(i, j, k)`` in mm of a folder of TIFF slices.
        threshold: Probability from which a voxel counts; by default the model's.
        components: Pieces to keep: ``large``, ``largest`` or ``all``; by default the model's rule.
        truth: A reference segmentation to compare with, likewise.
        model: What ``load_model`` returned, or a model folder; by default the model that ships with lggseg.
        runtime: ``auto``, ``onnx`` or ``torch``, where ``model`` is not loaded yet.
        series: UID, number or a part of the description of the FLAIR series, where ``flair`` is a whole study: a
            folder of several DICOM series, a DICOMDIR or a zip.
        force: Segment what does not look like FLAIR all the same.

    Raises:
        LggsegError: With a message that says what was expected, what came, and what to do.
    """
    from lggseg.segmentation.pipeline import Model, run_pipeline  # noqa: PLC0415
    from lggseg.segmentation.request import SegmentRequest  # noqa: PLC0415

    loaded = model if isinstance(model, Model) else None
    folder = Path(model) if isinstance(model, str | Path) else None
    request = SegmentRequest(
        flair,
        pre,
        post,
        register,
        spacing,
        threshold,
        components,
        model=folder,
        runtime=runtime,
        truth=truth,
        series=series,
        force=force,
    )
    return run_pipeline(request, model=loaded)


def measure(mask: Any, *, label: int | None = None, segment: str | None = None) -> dict[str, float | int | None]:
    """Measure the shape of a mask: volume, surface, diameters and the features of Buda et al. 2019.

    Args:
        mask: As ``flair`` of :func:`segment`; what is not zero belongs to it.
        label: Value of its voxels, in a map with several labels.
        segment: Name of its segment, in a ``.seg.nrrd`` file with several.

    Returns:
        Values by key, None where one is not defined; ``lggseg.shape.FEATURES`` has units and definitions.

    Raises:
        InputError: If it is no mask: an image, a probability map, inside and outside exchanged.
    """
    from lggseg.shape.measuring import measure as run  # noqa: PLC0415
    from lggseg.volumes.masks import Choice, mask_of, read_mask  # noqa: PLC0415
    from lggseg.volumes.sources import is_path, volume_of  # noqa: PLC0415

    choice = Choice(label, segment, ("label", "segment"))
    return run(read_mask(mask, choice) if is_path(mask) else mask_of(volume_of(mask, "mask"), "mask", choice))


def load_model(folder: Path | str | None = None, runtime: str = "auto") -> Model:
    """Load a model once, for many studies: ``model.segment(flair)`` then costs the network only.

    Args:
        folder: A model folder or a run of training/train.py; by default the model that ships with lggseg.
        runtime: ``auto``, ``onnx`` or ``torch``.

    Raises:
        ModelError: If the model is missing, damaged or does not fit.
        DependencyError: If the runtime is not installed.
    """
    from lggseg.segmentation.pipeline import load_model as run  # noqa: PLC0415

    return run(folder, runtime)
