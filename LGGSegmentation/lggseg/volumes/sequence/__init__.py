"""What a volume is: FLAIR, T1, a mask, CT, told from DICOM tags, names and values, with the reasons in words."""
