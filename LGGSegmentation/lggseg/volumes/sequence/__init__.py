"""What a volume is: FLAIR, T1, a mask, CT, told from DICOM tags, names and values, with the reasons in words."""

from lggseg.volumes.sequence.assessment import UNKNOWN, Assessment, assess
from lggseg.volumes.sequence.kinds import Finding, Kind
from lggseg.volumes.sequence.names import kind_of_name

__all__ = ["UNKNOWN", "Assessment", "Finding", "Kind", "assess", "kind_of_name"]
