"""DICOM SEG: the mask as a segment with a coded meaning, in the frame of its source images."""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK as sitk

import lggseg
from lggseg.export import codes
from lggseg.export.sources import Sources
from lggseg.segmentation.segment_identity import SEGMENT_COLOR, SEGMENT_NAME

MANUFACTURER = "lggseg"
DEVICE = "lggseg"
SERIES_DESCRIPTION = "FLAIR abnormality (research use only)"
SERIES_NUMBER = 9001

_LAB_MAX = 65535


def make(mask: sitk.Image, sources: Sources, model: dict[str, str], tracking_uid: str) -> Any:
    """Return the SEG object of a mask.

    Args:
        mask: On the grid of the sources; what is not zero belongs to the segment.
        sources: Its source images.
        model: ``name`` and ``version`` of the network.
        tracking_uid: What follows the abnormality through the objects of a result.
    """
    from highdicom.seg import Segmentation, SegmentationTypeValues  # noqa: PLC0415  (an extra)
    from highdicom.uid import UID  # noqa: PLC0415

    array = np.ascontiguousarray(sitk.GetArrayViewFromImage(mask) != 0)
    frames = array[sources.frames]
    segmentation = Segmentation(
        source_images=sources.datasets,
        pixel_array=frames,
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[_description(model, tracking_uid)],
        series_instance_uid=UID(),
        series_number=SERIES_NUMBER,
        sop_instance_uid=UID(),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=DEVICE,
        software_versions=lggseg.__version__,
        device_serial_number="none",
        content_label="FLAIR",
        content_description=SERIES_DESCRIPTION,
        omit_empty_frames=bool(frames.any()),
        series_description=SERIES_DESCRIPTION,
    )
    segmentation.SegmentSequence[0].RecommendedDisplayCIELabValue = _cielab(SEGMENT_COLOR)
    return segmentation


def _description(model: dict[str, str], tracking_uid: str) -> Any:
    from highdicom import AlgorithmIdentificationSequence  # noqa: PLC0415  (an extra)
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription  # noqa: PLC0415
    from pydicom.sr.codedict import codes as dictionary  # noqa: PLC0415

    named = codes.segment_codes()
    return SegmentDescription(
        segment_number=1,
        segment_label=SEGMENT_NAME,
        segmented_property_category=codes.concept(named["category"]),
        segmented_property_type=codes.concept(named["type"]),
        algorithm_type=SegmentAlgorithmTypeValues(model.get("algorithm_type", "AUTOMATIC")),
        algorithm_identification=AlgorithmIdentificationSequence(
            name=model["name"], version=model["version"], family=dictionary.DCM.ArtificialIntelligence
        ),
        tracking_uid=tracking_uid,
        tracking_id=SEGMENT_NAME,
        anatomic_regions=[codes.concept(named["site"])],
    )


def _cielab(color: tuple[float, float, float]) -> list[int]:
    """Return a colour as DICOM writes it: L, a, b of the profile connection space, each in 16 bits."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    # sRGB to XYZ relative to the white point D50 (Bradford), as the ICC profile connection space has it.
    matrix = ((0.4361, 0.3851, 0.1431), (0.2225, 0.7169, 0.0606), (0.0139, 0.0971, 0.7142))
    white = (0.9642, 1.0, 0.8249)
    x, y, z = (
        _lab_curve(sum(m * c for m, c in zip(row, linear, strict=True)) / w)
        for row, w in zip(matrix, white, strict=True)
    )
    lab = (116 * y - 16) / 100, (500 * (x - y) + 128) / 255, (200 * (y - z) + 128) / 255
    return [min(_LAB_MAX, max(0, round(part * _LAB_MAX))) for part in lab]


def _lab_curve(value: float) -> float:
    return value ** (1 / 3) if value > (6 / 29) ** 3 else value / (3 * (6 / 29) ** 2) + 4 / 29
