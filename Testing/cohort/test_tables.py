"""CSV files of patients."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lggseg.cohort.cells import unguarded
from lggseg.cohort.tables import csv_text, numbers, read_clinical, read_table
from lggseg.errors import FormatError, InputError, OutputError
from lggseg.files import write_text


class TestReadTable:
    @pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
    def test_any_usual_separator(self, tmp_path, separator):
        path = tmp_path / "t.csv"
        path.write_text("Patient;A;B\nTCGA_CS_4941;1;\nTCGA-CS-4942; x ;NA\n".replace(";", separator))
        table = read_table(path)
        assert table.columns == ("Patient", "A", "B")
        assert table.rows["TCGA_CS_4942"] == {"Patient": "TCGA-CS-4942", "A": "x", "B": ""}

    def test_the_key_is_found_by_name_or_given(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text("\ufeffa,case_id\n1,p1\n2,p2\n", encoding="utf-8")
        assert list(read_table(path).rows) == ["p1", "p2"]
        assert list(read_table(path, "a").rows) == ["1", "2"]
        with pytest.raises(InputError, match="expected a column 'b', got a, case_id"):
            read_table(path, "b")

    @pytest.mark.parametrize(
        ("text", "error", "message"),
        [
            ("a,b\n", FormatError, "got 1 lines"),
            ("p,a\nx,1\nx,2\n", InputError, "line 3: expected one row a patient, got x again"),
            ("p,a\nx,1,2\n", FormatError, "line 2: expected no more values than columns"),
        ],
    )
    def test_what_cannot_be_read_says_why(self, tmp_path, text, error, message):
        path = tmp_path / "t.csv"
        path.write_text(text)
        with pytest.raises(error, match=message):
            read_table(path)

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(FormatError, match="could not read it"):
            read_table(tmp_path / "none.csv")

    def test_numbers(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text("patient,a,b\nx,1.5,big\ny,,inf\n")
        table = read_table(path)
        assert numbers(table, "a", ["x", "y"]) == {"x": 1.5}
        with pytest.raises(InputError, match="x: expected a number in column 'b', got 'big'"):
            numbers(table, "b", ["x"])
        with pytest.raises(InputError, match="got 'inf'"):
            numbers(table, "b", ["y"])
        with pytest.raises(InputError, match="expected a column 'c'"):
            numbers(table, "c", ["x"])


class TestWrite:
    def test_whole_or_not_at_all(self, tmp_path):
        write_text(tmp_path / "new" / "t.csv", "x")
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["t.csv"]
        with pytest.raises(OutputError, match="expected to write this file"):
            write_text(tmp_path / "new" / "t.csv" / "below", "x")

    def test_csv_text(self):
        assert csv_text(["a", "b"], [{"a": 0.1, "b": None}, {"a": "x,y"}]) == 'a,b\n0.1,\n"x,y",\n'

    @given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=6), min_size=1))
    def test_what_was_written_is_read_again_and_no_cell_is_a_formula(self, texts):
        text = csv_text(["patient", "word"], [{"patient": f"p{n}", "word": word} for n, word in enumerate(texts)])
        cells = [row[1] for row in csv.reader(text.splitlines()[1:])]
        assert not any(cell[:1] in ("=", "@") for cell in cells)
        assert [unguarded(cell) for cell in cells] == texts

    def test_numbers_stay_numbers(self):
        assert csv_text(["a", "b"], [{"a": -0.5, "b": "-0.5"}, {"a": 1, "b": "-x"}]) == "a,b\n-0.5,-0.5\n1,'-x\n"


CBIOPORTAL_FILE = """\
#Patient Identifier\tSex\tGrade, by pathologist\tOverall Survival (Months)
#Identifier to uniquely specify a patient.\tSex\tGrade\tMonths
#STRING\tSTRING\tSTRING\tNUMBER
#1\t1\t1\t1
PATIENT_ID\tSEX\tGRADE\tOS_MONTHS
TCGA-CS-4941\tMale\t[Not Available]\t7.7
TCGA-CS-4942\tFemale\tG3\t43.8
"""
CBIOPORTAL_VIEW = """\
Study ID\tPatient ID\tSample ID\tSex
lgg_tcga\tTCGA-CS-4941\tTCGA-CS-4941-01\tMale
lgg_tcga\tTCGA-CS-4942\tTCGA-CS-4942-01\tFemale
"""
GDC = """\
case_id\tcase_submitter_id\tproject_id\tgender\ttreatment_type\tdays_to_death
0a5e\tTCGA-CS-4941\tTCGA-LGG\tmale\tRadiation\t234
0a5e\tTCGA-CS-4941\tTCGA-LGG\tmale\tPharmaceutical\t'--
77b1\tTCGA-CS-4942\tTCGA-LGG\tfemale\tNot Reported\t'--
"""
BIOTAB = """\
bcr_patient_uuid\tbcr_patient_barcode\tgender
bcr_patient_uuid\tbcr_patient_barcode\tgender
CDE_ID:\tCDE_ID:2003301\tCDE_ID:2200604
9A3F\tTCGA-CS-4941\tMALE
77B1\tTCGA-CS-4942\t[Not Evaluated]
"""
XENA = "sampleID\t_PATIENT\tgender\nTCGA-CS-4941-01\tTCGA-CS-4941\tMALE\nTCGA-CS-4942-01\tTCGA-CS-4942\tFEMALE\n"
BIDS = "participant_id\tsex\nsub-01\tM\nsub-02\tn/a\n"
PATIENTS = ("TCGA_CS_4941", "TCGA_CS_4942")


def clinical(tmp_path, text, patients=PATIENTS, **options):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    return read_clinical(path, patients, **options)


class TestPortals:
    @pytest.mark.parametrize(
        ("text", "column", "values"),
        [
            (CBIOPORTAL_FILE, "GRADE", ["", "G3"]),
            (CBIOPORTAL_VIEW, "Sex", ["Male", "Female"]),
            (GDC, "gender", ["male", "female"]),
            (BIOTAB, "gender", ["MALE", ""]),
            (XENA, "gender", ["MALE", "FEMALE"]),
        ],
    )
    def test_read_as_downloaded(self, tmp_path, text, column, values):
        table = clinical(tmp_path, text)
        assert [table.rows[patient][column] for patient in PATIENTS] == values

    def test_bids(self, tmp_path):
        table = clinical(tmp_path, BIDS, ["sub-01", "sub-02"])
        assert (table.key, table.rows["sub-02"]["sex"]) == ("participant_id", "")

    def test_rows_of_one_patient_are_put_together(self, tmp_path):
        table = clinical(tmp_path, GDC)
        row = table.rows["TCGA_CS_4941"]
        assert (row["days_to_death"], row["treatment_type"]) == ("234", "")
        assert table.contradicted == {"TCGA_CS_4941": {"treatment_type"}}
        assert table.notes["treatment_type"][-1] == "the rows of 1 patients differ, taken for no entry"
        assert table.notes["days_to_death"] == ('taken for no entry: "\'--" (2)',)


class TestClinical:
    def test_whole_numbers_and_spellings_are_one_group(self, tmp_path):
        text = "patient,cluster,sex\np1,1.0,Male\np2,1,Male\np3,,male \n"
        table = clinical(tmp_path, text, ["p1", "p2", "p3"])
        assert [row["cluster"] for row in table.rows.values()] == ["1", "1", ""]
        assert [row["sex"] for row in table.rows.values()] == ["Male"] * 3
        assert table.notes["sex"] == ("'male' taken for 'Male'",)

    def test_a_german_spreadsheet(self, tmp_path):
        table = clinical(tmp_path, "sep=;\nPatient;Alter;Monate\nP1;43,5;1,250\nP2;61;12,000\n", ["P1", "P2"])
        assert numbers(table, "Alter", ["P1", "P2"]) == {"P1": 43.5, "P2": 61}
        assert numbers(table, "Monate", ["P1"]) == {"P1": 1.25}

    @pytest.mark.parametrize(
        "text",
        [
            'patient,days\nP1,"1,234"\nP2,90\n',  # in a comma-separated file
            "patient;days\nP1;1,234\nP2;90\n",  # nothing else tells
            "patient;days;age\nP1;1.234;4,5\nP2;90;5,5\n",  # thousands in German
            "patient;days\nP1;1,5\nP2;2.5\n",  # mixed
        ],
    )
    def test_a_number_that_can_be_read_in_two_ways_is_refused(self, tmp_path, text):
        table = clinical(tmp_path, text, ["P1", "P2"])
        with pytest.raises(InputError, match=r"expected numbers in column 'days', got 1[.,]"):
            numbers(table, "days", ["P1", "P2"])

    def test_further_words(self, tmp_path):
        table = clinical(tmp_path, "patient,a\nP1,ausstehend\nP2,x\n", ["P1"], missing=["Ausstehend"])
        assert table.rows["P1"]["a"] == ""
