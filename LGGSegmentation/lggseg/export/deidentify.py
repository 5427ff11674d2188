"""Take out of an object who the patient is; what it shows and refers to stays."""

from __future__ import annotations

from typing import Any

BLANKED = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
    "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip
"""Elements that have to be there, and may be empty."""

REMOVED = (
    "OtherPatientIDs", "OtherPatientIDsSequence", "OtherPatientNames", "PatientAge", "PatientSize", "PatientWeight",
    "PatientAddress", "PatientComments", "PatientBirthTime", "EthnicGroup", "Occupation", "AdditionalPatientHistory",
    "PregnancyStatus", "IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence", "StudyDescription",
    "PhysiciansOfRecord", "NameOfPhysiciansReadingStudy", "PhysiciansOfRecordIdentificationSequence",
    "ProcedureCodeSequence", "ReasonForPerformedProcedureCodeSequence", "AdmittingDiagnosesDescription",
    "ConsultingPhysicianName", "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName",
    "StationName", "OperatorsName", "ReferencedRequestSequence", "RequestAttributesSequence",
    "ClinicalTrialSponsorName", "ClinicalTrialProtocolID", "ClinicalTrialSubjectID",
)  # fmt: skip
"""Elements of the patient, study and equipment that may be absent."""

METHOD = "Patient and study modules blanked by lggseg; UIDs kept"


def deidentify(dataset: Any) -> None:
    """Blank the patient and study of an object in place.

    UIDs stay, or its references would lead nowhere: blank and renumber the source images alike where they must not
    lead back to the patient.
    """
    for keyword in BLANKED:
        setattr(dataset, keyword, "")
    for keyword in REMOVED:
        if keyword in dataset:
            delattr(dataset, keyword)
    dataset.remove_private_tags()
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = METHOD
