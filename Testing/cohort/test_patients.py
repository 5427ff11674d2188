import pytest

from lggseg.cohort.patients import OTHER_INSTITUTION, institution_of, patient_key
from lggseg.errors import InputError


@pytest.mark.parametrize(
    ("name", "patient", "institution"),
    [
        ("TCGA_HT_A61B_19991127", "TCGA_HT_A61B", "HT"),
        ("TCGA-CS-4942-01A", "TCGA_CS_4942", "CS"),
        ("tcga_du_5852", "TCGA_DU_5852", "DU"),
        ("SYN_001", "SYN_001", OTHER_INSTITUTION),
        ("anna_mask", "anna", OTHER_INSTITUTION),
        ("TCGA_HT_A61B5", "TCGA_HT_A61B5", OTHER_INSTITUTION),
    ],
)
def test_a_name_tells_patient_and_institution(name, patient, institution):
    assert patient_key(name) == patient
    assert institution_of(name) == institution


def test_an_own_rule_that_does_not_match_says_which_name():
    assert patient_key("p7-later", r"^(p\d+)") == "p7"
    with pytest.raises(InputError, match=r"x: expected a name that the rule '\^p' matches"):
        patient_key("x", "^p")
    with pytest.raises(InputError, match="expected a regular expression"):
        patient_key("x", "(")
