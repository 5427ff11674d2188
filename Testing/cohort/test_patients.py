"""Names of patients, and the column that holds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lggseg.cohort.patients import OTHER_INSTITUTION, institution_of, key_column, patient_key
from lggseg.errors import InputError

FILE = Path("t.csv")


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


class TestPatientKey:
    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("TCGA_CS_4941_19960909", "TCGA_CS_4941"),
            ("TCGA-CS-4941", "TCGA_CS_4941"),
            ("tcga_fg_a60k_20040224_label", "TCGA_FG_A60K"),
            ("TCGA-DU-5855-01A-11R", "TCGA_DU_5855"),
            ("case_07_mask", "case_07"),
            ("Mueller-segmentation", "Mueller"),
            (" P1 ", "P1"),
        ],
    )
    def test_rules(self, name, key):
        assert patient_key(name) == key

    def test_own_rule(self):
        assert patient_key("site2_s017_t1", r"_(s\d+)_") == "s017"
        assert patient_key("s017", r"s\d+") == "s017"

    def test_own_rule_that_does_not_fit(self):
        with pytest.raises(InputError, match="x: expected a name that the rule 'y' matches, got none"):
            patient_key("x", "y")
        with pytest.raises(InputError, match="--patient: expected a regular expression"):
            patient_key("x", "(")


class TestKeyColumn:
    def test_the_column_that_names_the_patients(self):
        cells = {"Study ID": ["lgg", "lgg"], "Patient ID": ["P1", "P2"], "Sample ID": ["P1-01", "P2-01"]}
        assert key_column(FILE, cells, patients=["P1", "P2"]) == "Patient ID"

    def test_a_name_nobody_knows(self):
        assert key_column(FILE, {"Nr": ["1", "2"], "Kennung": ["a7", "b9"]}, patients=["a7"]) == "Kennung"

    def test_row_numbers_do_not_stand_in_for_patients_who_are_numbers(self):
        cells = {"column 1": ["0", "1", "2"], "patient": ["2", "3", "9"]}
        assert key_column(FILE, cells, patients=["1", "2"]) == "patient"

    def test_numbers_in_several_columns_are_asked_about(self):
        with pytest.raises(InputError, match=r"got several whose numbers could: nr, age; choose one with --key"):
            key_column(FILE, {"nr": ["1", "2"], "age": ["2", "40"]}, patients=["1", "2"])

    def test_nobody_matches(self):
        assert key_column(FILE, {"a": ["x"], "case": ["y"]}, patients=["z"]) == "case"
        assert key_column(FILE, {"a": ["x"], "b": ["y"]}, patients=["z"]) == "a"
