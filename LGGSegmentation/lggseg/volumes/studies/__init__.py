"""Whole studies as hospitals hand them out: which series are in a folder, DICOMDIR or zip, and which is the FLAIR."""
