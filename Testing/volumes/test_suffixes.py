"""Endings of files: of two that fit, the longer is meant."""

from lggseg.volumes.suffixes import MASK_SUFFIXES, OUTPUT_SUFFIXES, SEGMENTATION_SUFFIX, VOLUME_SUFFIXES


def ending_of(name):
    return next(ending for ending in MASK_SUFFIXES if name.endswith(ending))


def test_an_ending_that_ends_in_another_stands_before_it():
    assert ending_of("a.nii.gz") == ".nii.gz"
    assert ending_of("a.seg.nrrd") == SEGMENTATION_SUFFIX
    assert all(not one.endswith(other) for n, one in enumerate(MASK_SUFFIXES) for other in MASK_SUFFIXES[:n])


def test_what_is_written_can_be_read():
    assert set(OUTPUT_SUFFIXES) <= set(VOLUME_SUFFIXES) <= set(MASK_SUFFIXES)
