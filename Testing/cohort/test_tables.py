"""CSV files of patients."""

from __future__ import annotations

import pytest

from lggseg.cohort.patients import patient_key
from lggseg.cohort.tables import csv_text, numbers, read_table
from lggseg.errors import FormatError, InputError, OutputError
from lggseg.files import write_text


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
