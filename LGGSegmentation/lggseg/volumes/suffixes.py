"""Endings of the files that are read and written, in one place and without a library."""

NIFTI_SUFFIXES = (".nii", ".nii.gz")
VOLUME_SUFFIXES = (*NIFTI_SUFFIXES, ".nrrd", ".nhdr", ".mha", ".mhd")
"""Of the volume files that can be read."""

SEGMENTATION_SUFFIX = ".seg.nrrd"
MASK_SUFFIXES = tuple(sorted((*VOLUME_SUFFIXES, SEGMENTATION_SUFFIX), key=len, reverse=True))
"""Of the mask files that can be read; one that ends in another stands before it."""

OUTPUT_SUFFIXES = (*NIFTI_SUFFIXES, ".nrrd", ".mha")
"""Of the volume files that can be written; ``.seg.nrrd`` is one of ``.nrrd``."""
