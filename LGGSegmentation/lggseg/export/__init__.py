"""Results as the objects that a PACS keeps: DICOM SEG and SR TID 1500. Needs ``pip install lggseg[dicom]``."""
