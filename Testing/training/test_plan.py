"""Whom a run trains on, and whom it must not."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from training_runs import LIBRARY_WARNINGS, run_training, with_plan

from lggseg.errors import InputError
from lggseg.model.bundle import TORCH_FILE
from lggseg_training.config import load
from lggseg_training.evaluation import splits_of
from lggseg_training.folds import read_folds
from lggseg_training.module import make_network
from lggseg_training.places import SHIPPED_MODEL
from lggseg_training.plan import Patients, make_plan, read_plan, same_plan, seen_by
from lggseg_training.run import load_weights
from training import train

pytestmark = LIBRARY_WARNINGS


@pytest.mark.slow
def test_a_run_does_not_go_on_with_other_patients(dataset, finished_run, tmp_path, capsys):
    folder = shutil.copytree(finished_run, tmp_path / "run")
    plan = (folder / "plan.json").read_bytes()
    assert run_training(dataset, folder, "--fold", "1") == 2
    assert "one on other patients (fold0)" in capsys.readouterr().err
    assert (folder / "plan.json").read_bytes() == plan
    assert run_training(dataset, folder, "--fold", "1", "--restart") == 0
    assert json.loads((folder / "plan.json").read_text(encoding="utf-8"))["name"] == "fold1"


@pytest.mark.slow
def test_training_on_all_folds_validates_on_nobody(dataset, tmp_path):
    assert run_training(dataset, tmp_path / "all", "--all") == 0
    plan = json.loads((tmp_path / "all" / "plan.json").read_text(encoding="utf-8"))
    assert len(plan["training"]) == 5
    assert plan["validation"] == []
    assert (tmp_path / "all" / "model.pt").is_file()


def test_fold_numbers_and_foreign_data_are_checked(dataset, tmp_path, capsys):
    assert run_training(dataset, tmp_path / "run", "--fold", "9") == 2
    assert "expected a fold from 0 to 4, got 9" in capsys.readouterr().err
    assert train.main(["--data", str(dataset), "--output", str(tmp_path / "run")]) == 2
    assert "make folds for it with training/splits.py" in capsys.readouterr().err


def test_missing_data_says_what_makes_it(tmp_path, capsys):
    assert train.main(["--data", str(tmp_path)]) == 2
    assert "python training/prepare.py" in capsys.readouterr().err


def test_unfit_initial_weights_are_refused(dataset, tmp_path, capsys):
    before = with_plan(tmp_path / "before", [])
    assert run_training(dataset, tmp_path / "run", "--init", before) == 2
    assert "expected the weights model.pt" in capsys.readouterr().err
    assert run_training(dataset, tmp_path / "run", "--init", tmp_path) == 2
    assert "expected plan.json of training/train.py" in capsys.readouterr().err


def test_initial_weights_that_have_seen_the_fold_are_refused(dataset, tmp_path, capsys):
    fold = json.loads((dataset / "splits.json").read_text(encoding="utf-8"))["folds"][0]
    before = with_plan(tmp_path / "before", fold)
    assert run_training(dataset, tmp_path / "run", "--fold", "0", "--init", before) == 2
    assert "expected a run that has not seen fold 0" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_model_folder_counts_as_having_seen_everybody(dataset, tmp_path, capsys):
    everybody = {patient for fold in read_folds() for patient in fold}
    assert seen_by(SHIPPED_MODEL) == everybody
    folds = tmp_path / "folds.json"
    content = json.loads((dataset / "splits.json").read_text(encoding="utf-8"))
    folds.write_text(
        json.dumps(content | {"folds": [[sorted(everybody)[0], *content["folds"][0]], content["folds"][1]]})
    )
    assert run_training(dataset, tmp_path / "run", "--fold", "0", "--splits", folds, "--init", SHIPPED_MODEL) == 2
    assert "expected a run that has not seen fold 0" in capsys.readouterr().err


def test_a_model_folder_lends_its_weights():
    network = make_network(load().network)
    load_weights(network, SHIPPED_MODEL)
    stored = torch.load(SHIPPED_MODEL / TORCH_FILE, weights_only=True)
    name, weight = next(iter(network.state_dict().items()))
    torch.testing.assert_close(weight, stored[name].float())


@pytest.mark.slow
def test_patients_of_the_initial_weights_count_as_trained_on(dataset, finished_run, tmp_path):
    before = shutil.copytree(finished_run, tmp_path / "before")
    plan = json.loads((before / "plan.json").read_text(encoding="utf-8"))
    (before / "plan.json").write_text(json.dumps(plan | {"training": [*plan["training"], "somebody else"]}))
    assert run_training(dataset, tmp_path / "run", "--init", before) == 0
    assert "somebody else" in json.loads((tmp_path / "run" / "plan.json").read_text(encoding="utf-8"))["training"]


def test_patients_of_no_fold_are_kept_for_the_test(dataset, tmp_path):
    file = tmp_path / "splits.json"
    file.write_text(json.dumps({"folds": [["SYN_000"], ["SYN_001", "SYN_002"], ["SYN_009"]]}))
    plan = make_plan(Patients(dataset, 0, splits=file))
    plan.save(tmp_path / "plan.json")
    read = read_plan(tmp_path)
    assert read["in_folds"] == ["SYN_000", "SYN_001", "SYN_002", "SYN_009"]
    split = splits_of(read, external=False)
    expected = {"SYN_000": "validation", "SYN_001": "training", "SYN_003": "test", "SYN_009": "other fold"}
    assert {patient: split(patient) for patient in expected} == expected
    file.write_text(json.dumps({"folds": [["SYN_000"], ["SYN_001"]]}))
    gone_on = same_plan(make_plan(Patients(dataset, 0, splits=file)), tmp_path)
    assert gone_on.seen_before == {"SYN_001", "SYN_002"}
    assert "SYN_009" in gone_on.in_folds, "who was in a fold of an earlier part is no test"


def test_runs_of_before_the_folds_were_noted_have_those_of_the_repository(tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps({"name": "fold0", "training": ["a"], "validation": []}))
    assert read_plan(tmp_path)["in_folds"] == [patient for fold in read_folds() for patient in fold]


def test_a_further_set_of_whom_no_fold_knows_anybody_is_refused(dataset, tmp_path):
    """Synthetic heads, say, beside folds that do not name them: nothing of them would be trained on."""
    file = tmp_path / "splits.json"
    file.write_text(json.dumps({"folds": [["SYN_000"], ["SYN_001", "SYN_002"]]}))
    further = shutil.copytree(dataset, tmp_path / "further")
    manifest = further / "manifest.csv"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("SYN_00", "NEW_00"), encoding="utf-8")
    with pytest.raises(InputError, match=r"--extra .*further: expected patients of the folds, got none of its 5 cases"):
        make_plan(Patients(dataset, 0, extra=(further,), splits=file))
    assert make_plan(Patients(dataset, 0, extra=(dataset,), splits=file)).unnamed == 2


def test_a_run_does_not_go_on_with_other_first_weights(dataset, tmp_path):
    before = with_plan(tmp_path / "before", ["SYN_001"])
    wanted = Patients(dataset, 0, splits=dataset / "splits.json")
    plan, with_init = make_plan(wanted), make_plan(replace(wanted, init=before))
    for first, second, name in ((plan, with_init, "no other"), (with_init, plan, "before")):
        first.save(tmp_path / "plan.json")
        same_plan(first, tmp_path)
        with pytest.raises(InputError, match=f"got one that began with {name}; leave --init as it was"):
            same_plan(second, tmp_path)
    old = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    del old["init"]  # of an earlier version
    (tmp_path / "plan.json").write_text(json.dumps(old))
    same_plan(plan, tmp_path)
