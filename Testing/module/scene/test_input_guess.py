"""Which volume is which."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slicer


@pytest.mark.parametrize(
    ("name", "agent", "expected"),
    [
        ("AX T2 FLAIR FS", "", "flair"),
        ("t2_tirm_tra_dark-fluid", "", "flair"),
        ("4: AX T1 FLAIR POST", "", "post"),
        ("Ax T1 FLAIR", "", "pre"),
        ("FLAIR_mask", "", None),
        ("t2_spc_da-fl_sag_p2_iso", "", "flair"),
        ("BraTS-GLI-00000-000-t2f", "", "flair"),
        ("BraTS-GLI-00000-000-t1n", "", "pre"),
        ("BraTS-GLI-00000-000-t1c", "", "post"),
        ("TCGA_CS_4941_pre", "", "pre"),
        ("TCGA_CS_4941_post", "", "post"),
        ("t1_mprage_sag", "", "pre"),
        ("t1_mprage_sag", "GADAVIST", "post"),
        ("AX T1 +C", "", "post"),
        ("T1ce", "", "post"),
        ("T1 pre-contrast", "", "pre"),
        ("T1 without contrast", "", "pre"),
        ("ax_t1_post_gd", "NONE", "post"),
        ("AX T2 TSE", "", None),
        ("DWI", "GADAVIST", None),
    ],
)
def test_sequences_are_told_by_name_and_dicom(slicer_module, name, agent, expected):
    from LGGSegmentationLib.Scene.InputGuess import Description, sequenceOf

    assert sequenceOf(Description(name, {"ContrastBolusAgent": agent})) == expected
