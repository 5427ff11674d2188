"""Several clinical tables, joined by patient."""

from __future__ import annotations

from pathlib import Path

import pytest

from lggseg.errors import InputError
from lggseg.radiogenomics.joining import join_tables

PATIENTS = ["TCGA_AB_0001", "TCGA_AB_0002", "TCGA_AB_0003"]


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.fixture
def gdc(tmp_path):
    """As GDC hands it out: one row a treatment, and its words for no entry."""
    return write(
        tmp_path / "clinical.tsv",
        "case_id\tcases.submitter_id\tdemographic.vital_status\ttreatments.treatment_type\n"
        "7f\tTCGA-AB-0001\tDead\tRadiation\n7f\tTCGA-AB-0001\tDead\tPharmaceutical\n"
        "8e\tTCGA-AB-0002\tAlive\t'--\n",
    )


@pytest.fixture
def cbioportal(tmp_path):
    """As cBioPortal hands it out: # lines before the header."""
    return write(
        tmp_path / "data_clinical_patient.txt",
        "#Patient Identifier\tSubtype\tSex\n#Patient\tSubtype\tSex\n#STRING\tSTRING\tSTRING\n#1\t1\t1\n"
        "PATIENT_ID\tSUBTYPE\tSEX\nTCGA-AB-0001\tLGG_IDHwt\tMale\nTCGA-AB-0003\tLGG_IDHmut-codel\tFemale\n"
        "TCGA-ZZ-0009\tLGG_IDHwt\tFemale\n",
    )


class TestJoin:
    def test_exports_as_they_come(self, gdc, cbioportal):
        clinical = join_tables([gdc, cbioportal], PATIENTS)
        rows = clinical.table.rows
        assert rows["TCGA_AB_0001"]["demographic.vital_status"] == "Dead"
        assert rows["TCGA_AB_0001"]["SUBTYPE"] == "LGG_IDHwt"
        assert rows["TCGA_AB_0001"]["treatments.treatment_type"] == ""  # two that differ
        assert rows["TCGA_AB_0002"]["SUBTYPE"] == ""
        first, second = clinical.matches
        assert (first.key, first.matched) == ("cases.submitter_id", ("TCGA_AB_0001", "TCGA_AB_0002"))
        assert first.without_row == ("TCGA_AB_0003",)
        assert first.contradicted == {"treatments.treatment_type": ("TCGA_AB_0001",)}
        assert second.without_features == ("TCGA_ZZ_0009",)
        assert second.new == ("PATIENT_ID", "SUBTYPE", "SEX")

    def test_an_agreeing_column_fills_blanks(self, tmp_path):
        one = write(tmp_path / "one.csv", "patient,sex,grade\nTCGA-AB-0001,male,\nTCGA-AB-0002,,G3\n")
        two = write(tmp_path / "two.csv", "patient,sex,grade\nTCGA-AB-0001,Male,G2\nTCGA-AB-0003,female,G2\n")
        clinical = join_tables([one, two], PATIENTS)
        assert [clinical.table.rows[patient]["grade"] for patient in PATIENTS] == ["G2", "G3", "G2"]
        assert clinical.matches[1].filled == {"sex": 1, "grade": 2}
        assert clinical.table.columns == ("patient", "sex", "grade")

    def test_a_differing_column_is_neither_mixed_nor_lost(self, tmp_path):
        one = write(tmp_path / "one.csv", "patient,status\nTCGA-AB-0001,0\nTCGA-AB-0002,\n")
        two = write(tmp_path / "two.csv", "patient,status\nTCGA-AB-0001,1\nTCGA-AB-0002,1\n")
        other = tmp_path / "again"
        other.mkdir()
        three = write(other / "two.csv", "patient,status\nTCGA-AB-0001,5\n")
        clinical = join_tables([one, two, three], PATIENTS)
        assert clinical.table.columns == ("patient", "status", "status (two.csv)", "status (two.csv) 2")
        row = clinical.table.rows["TCGA_AB_0001"]
        assert [row[name] for name in clinical.table.columns[1:]] == ["0", "1", "5"]
        assert clinical.table.rows["TCGA_AB_0002"]["status"] == ""
        assert clinical.matches[1].differing == {"status": ("TCGA_AB_0001",)}

    def test_a_table_of_other_people_is_refused(self, gdc, tmp_path):
        odd = write(tmp_path / "odd.csv", "patient,x\nsomebody,1\nelse,2\n")
        with pytest.raises(InputError, match=r"odd.csv: expected patients who have features, got none \(somebody"):
            join_tables([gdc, odd], PATIENTS)

    def test_a_key_that_is_nowhere_is_refused(self, gdc):
        with pytest.raises(InputError, match="expected a column 'name', got case_id"):
            join_tables([gdc], PATIENTS, key="name")

    def test_a_key_counts_for_the_tables_that_have_it(self, gdc, tmp_path):
        own = write(tmp_path / "own.csv", "row,name,x\nTCGA-AB-0002,TCGA-AB-0001,a\n")
        clinical = join_tables([gdc, own], PATIENTS, key="name")
        assert clinical.table.rows["TCGA_AB_0001"]["x"] == "a"
