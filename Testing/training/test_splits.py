import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggseg.cohort.prepared import Case
from lggseg.errors import FormatError, InputError
from lggseg_training import folds as folding
from lggseg_training.synthetic import write_synthetic_dataset
from training import splits


def case(patient: str, institution: str, tumor_slices: int) -> Case:
    return Case(patient, patient, institution, 30, tumor_slices, ("flair",), "default", Path())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["CS", "DU", "EZ"]), st.integers(1, 30)), min_size=5, max_size=60))
def test_every_patient_is_in_one_fold_and_folds_are_even(cohort):
    cases = [case(f"{institution}_{n}", institution, size) for n, (institution, size) in enumerate(cohort)]
    folds = folding.stratified_folds(cases)
    assert sorted(patient for fold in folds for patient in fold) == sorted(c.patient for c in cases)
    assert max(map(len, folds)) - min(map(len, folds)) <= 1
    for institution in {c.institution for c in cases}:
        counts = [sum(patient.startswith(institution) for patient in fold) for fold in folds]
        assert max(counts) - min(counts) <= 1


def test_the_stored_folds_hold_90_patients_with_their_institutions_spread():
    folds = folding.read_folds()
    assert [len(fold) for fold in folds] == [18] * 5
    for fold in folds:
        institutions = Counter(patient.split("_")[1] for patient in fold)
        assert institutions["DU"] >= 6
        assert institutions["HT"] >= 5


def test_patients_who_are_kept_back_are_in_no_fold(tmp_path):
    data = write_synthetic_dataset(tmp_path / "data", patients=8)
    assert splits.main(["--data", str(data), "--test-share", "0.25", "--output", str(tmp_path / "s.json")]) == 0
    folds = folding.read_folds(tmp_path / "s.json")
    assert len(folds) == 5
    assert sum(map(len, folds)) == 6
    for share in ("0.9", "-1"):
        with pytest.raises(InputError, match=f"--test-share: expected a share above 0 and up to 0.5, got {share}"):
            folding.write_folds(data, tmp_path / "other.json", test_share=float(share))
    assert splits.main(["--data", str(data), "--test-share", "0.5", "--output", str(tmp_path / "t.json")]) == 2


def test_too_few_patients():
    with pytest.raises(InputError, match="expected at least 5 patients for 5 folds, got 2"):
        folding.stratified_folds([case("a", "CS", 1), case("b", "CS", 2)])


def test_a_patient_in_two_folds_is_refused(tmp_path):
    file = tmp_path / "splits.json"
    file.write_text(json.dumps({"folds": [["a", "b"], ["b"]]}))
    with pytest.raises(FormatError, match=r"got \['b'\] in several"):
        folding.read_folds(file)


def test_a_damaged_file_says_what_makes_a_new_one(tmp_path):
    (tmp_path / "splits.json").write_text("{")
    with pytest.raises(FormatError, match=r"make them with training/splits\.py"):
        folding.read_folds(tmp_path / "splits.json")


def test_folds_are_written_once(tmp_path, capsys):
    data = write_synthetic_dataset(tmp_path / "data", patients=5)
    new = tmp_path / "new.json"
    assert splits.main(["--data", str(data), "--output", str(new)]) == 0
    assert [len(fold) for fold in folding.read_folds(new)] == [1] * 5
    before = new.read_bytes()
    assert splits.main(["--data", str(data), "--output", str(new)]) == 4
    assert "expected a new file" in capsys.readouterr().err
    assert new.read_bytes() == before
