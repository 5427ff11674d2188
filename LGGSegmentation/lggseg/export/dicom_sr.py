"""SR TID 1500: the numbers of a result as coded measurements of the segment, in coded units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lggseg
from lggseg.export import codes
from lggseg.export.dicom_seg import DEVICE, MANUFACTURER
from lggseg.export.sources import Sources
from lggseg.segmentation.segment_identity import SEGMENT_NAME
from lggseg.shape.registry import FEATURES

SERIES_DESCRIPTION = "Measurements of the FLAIR abnormality (research use only)"
SERIES_NUMBER = 9002

_PROCEDURE = ("241602007", "SCT", "Magnetic resonance imaging of brain")
_GROUP = "1"


@dataclass(frozen=True)
class Measured:
    """What was measured, on what, and by whom.

    Attributes:
        measurements: Shape features by key.
        segmentation: The SEG object that they were measured on.
        sources: The source images.
        model: ``name`` and ``version`` of the network.
        tracking_uid: As in the SEG object.
    """

    measurements: Mapping[str, float | int | None]
    segmentation: Any
    sources: Sources
    model: Mapping[str, str]
    tracking_uid: str


def make(result: Measured) -> Any:
    """Return the structured report of a result; features that are not defined are left out."""
    from highdicom.sr import Comprehensive3DSR, MeasurementReport  # noqa: PLC0415  (an extra)
    from highdicom.uid import UID  # noqa: PLC0415
    from pydicom.sr.codedict import codes as dictionary  # noqa: PLC0415

    content = MeasurementReport(
        observation_context=_observed_by(result.model),
        procedure_reported=codes.concept(_PROCEDURE),
        imaging_measurements=[_group(result)],
        title=dictionary.DCM.ImagingMeasurementReport,
    )
    report = Comprehensive3DSR(
        evidence=[*result.sources.datasets, result.segmentation],
        content=content[0],
        series_instance_uid=UID(),
        series_number=SERIES_NUMBER,
        sop_instance_uid=UID(),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        series_description=SERIES_DESCRIPTION,
    )
    report.ManufacturerModelName = DEVICE
    report.SoftwareVersions = lggseg.__version__
    report.CodingSchemeIdentificationSequence = _schemes()
    return report


def read(report: Any) -> dict[str, float]:
    """Return the measurements of a report that this project wrote, by key of the feature."""
    found: dict[str, float] = {}
    for item in _walk(report):
        if item.get("ValueType") != "NUM" or not item.get("MeasuredValueSequence"):
            continue
        name = item.ConceptNameCodeSequence[0]
        feature = codes.feature_of(str(name.CodeValue), str(name.CodingSchemeDesignator))
        if feature is not None:
            found[feature.key] = float(item.MeasuredValueSequence[0].NumericValue)
    return found


def _group(result: Measured) -> Any:
    from highdicom.sr import (  # noqa: PLC0415  (an extra)
        AlgorithmIdentification,
        FindingSite,
        Measurement,
        ReferencedSegment,
        SourceSeriesForSegmentation,
        TrackingIdentifier,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )

    named, segmentation, measurements = codes.segment_codes(), result.segmentation, result.measurements
    return VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=result.tracking_uid, identifier=SEGMENT_NAME),
        referenced_segment=ReferencedSegment(
            sop_class_uid=segmentation.SOPClassUID,
            sop_instance_uid=segmentation.SOPInstanceUID,
            segment_number=1,
            source_series=SourceSeriesForSegmentation(result.sources.datasets[0].SeriesInstanceUID),
        ),
        finding_category=codes.concept(named["category"]),
        finding_type=codes.concept(named["type"]),
        finding_sites=[FindingSite(codes.concept(named["site"]))],
        algorithm_id=AlgorithmIdentification(name=result.model["name"], version=result.model["version"]),
        measurements=[
            Measurement(
                name=codes.concept(codes.feature_code(feature)),
                value=measurements[feature.key],
                unit=codes.concept(codes.unit_code(feature)),
            )
            for feature in FEATURES
            if measurements.get(feature.key) is not None
        ],
    )


def _observed_by(model: Mapping[str, str]) -> Any:
    from highdicom.sr import (  # noqa: PLC0415  (an extra)
        DeviceObserverIdentifyingAttributes,
        ObservationContext,
        ObserverContext,
    )
    from highdicom.uid import UID  # noqa: PLC0415
    from pydicom.sr.codedict import codes as dictionary  # noqa: PLC0415

    device = DeviceObserverIdentifyingAttributes(
        uid=UID(),
        name=f"{DEVICE} {lggseg.__version__}",
        manufacturer_name=MANUFACTURER,
        model_name=f"{model['name']} {model['version']}",
    )
    return ObservationContext(
        observer_device_context=ObserverContext(
            observer_type=dictionary.DCM.Device, observer_identifying_attributes=device
        )
    )


def _schemes() -> list[Any]:
    from pydicom.dataset import Dataset  # noqa: PLC0415  (slow to import)

    scheme = Dataset()
    scheme.CodingSchemeDesignator = codes.PRIVATE_SCHEME
    scheme.CodingSchemeName = codes.PRIVATE_SCHEME_NAME
    scheme.CodingSchemeResponsibleOrganization = MANUFACTURER
    return [scheme]


def _walk(item: Any) -> Any:
    for child in item.get("ContentSequence") or ():
        yield child
        yield from _walk(child)
