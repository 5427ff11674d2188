"""Pages and pictures of training: they are written, and say what they were given."""

import json
import re

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from PIL import Image
from training_runs import LIBRARY_WARNINGS

from lggseg.errors import FormatError, InputError
from lggseg_training.comparison import BUDGET_FILE, row_file
from lggseg_training.experiments import experiments
from lggseg_training.exploration import clinical_rows
from lggseg_training.history import History
from lggseg_training.maskers import Made
from lggseg_training.reports.comparison_page import write_comparison
from lggseg_training.reports.history import draw_history
from lggseg_training.reports.predictions import draw_prediction, write_film
from lggseg_training.reports.shown_cases import ShownCases
from training import compare, explore

pytestmark = LIBRARY_WARNINGS


def test_a_history_without_validation_can_be_drawn(tmp_path):
    history = History(tmp_path, 0)
    history.start()
    draw_history(tmp_path, tmp_path / "none.png", "dice")
    history.log_metrics({"loss": 1.0, "learning_rate": 0.1}, 0)
    draw_history(tmp_path, tmp_path / "one.png", "dice")
    assert Image.open(tmp_path / "one.png").width > 500


def image(array):
    return sitk.GetImageFromArray(array)


def case(dice):
    rng = np.random.default_rng(0)
    flair = np.zeros((5, 40, 40), np.float32)
    flair[:, 5:35, 5:35] = 50 + rng.normal(0, 5, (5, 30, 30))
    mask = np.zeros((5, 40, 40), np.uint8)
    mask[1:4, 10:20, 10:20] = 1
    return f"case{dice}", dice, (image(flair), image(mask), Made(image(mask), image(mask.astype(np.float32) * 0.8)))


def test_best_median_and_worst_are_shown(tmp_path):
    shown = ShownCases()
    assert shown.chosen() == {}
    for dice in (0.5, 0.9, 0.1, 0.7, 0.8):
        shown.see(*case(dice))
    assert {rank: name for rank, (name, _) in shown.chosen().items()} == {
        "worst": "case0.1", "median": "case0.7", "best": "case0.9"
    }  # fmt: skip
    volumes = shown.volumes("case0.1")
    draw_prediction(volumes, "worst", tmp_path / "worst.png")
    write_film(volumes, "worst", tmp_path / "worst.gif")
    assert Image.open(tmp_path / "worst.gif").n_frames == 5


def test_a_clinical_table_is_summarised(tmp_path):
    table = tmp_path / "data.csv"
    ages = "\n".join(f"{age},{'male' if age % 2 else 'female'},{age % 2}" for age in range(30, 42))
    table.write_text(f"age,gender,code\n{ages}\n,,\n")
    rows = {name: (said, what) for name, said, what in clinical_rows(table)}
    assert rows["age"] == ("12", "30 to 41, median 35.5")
    assert rows["gender"] == ("12", "female: 6, male: 6")
    assert rows["code"] == ("12", "0: 6, 1: 6")
    with pytest.raises(FormatError, match="expected a CSV"):
        clinical_rows(tmp_path / "none.csv")


@pytest.mark.slow
def test_a_data_set_is_explored(dataset, tmp_path):
    assert explore.main(["--data", str(dataset), "-o", str(tmp_path)]) == 0
    page = (tmp_path / "explore.html").read_text(encoding="utf-8")
    assert "5 patients, 30 slices" in page
    assert "Research use only" in page
    rows = re.findall(r"<tr>(<td .*?)</tr>", page)
    cells = dict(re.findall(r'data-label="([^"]+)">([^<]*)</td>', rows[0]))
    assert cells["institution"] == "SYN"
    assert (cells["patients with tumor"], cells["patients without"]) == ("5", "0")


def row(name, dice):
    hit = [[round(100 * value)] for value in dice]
    return {
        "name": name, "group": "network", "overrides": [], "steps": 9, "parameters": 10**6, "cpu_seconds": 60.0,
        "wall_seconds": 61.0, "cpu_ms_per_slice": 50.0, "peak_memory_mb": 300, "onnx_mb": 2.0, "torch_mb": 2.0,
        "mean_dice": float(np.mean(dice)), "dice": {f"P{n}": value for n, value in enumerate(dice)},
        "slices": {f"P{n}": [hit[n], [0], [100 - hit[n][0]], [900]] for n in range(len(dice))},
    }  # fmt: skip


def write_rows(folder):
    known = {one.name: one for one in experiments()}
    rng = np.random.default_rng(0)
    base = rng.uniform(0.6, 0.9, 12)
    for name, shift in (("flair_unet", 0.0), ("unet_bn", -0.2)):
        file = row_file(folder, known[name])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(row(name, [round(float(value), 3) for value in base + shift])))
    budget = {"cpu_minutes": 1.0, "calibration_steps": 4, "fold": 0, "overrides": []}
    (folder / BUDGET_FILE).write_text(json.dumps(budget))


def test_a_comparison_says_what_is_provisional_and_what_others_counted(tmp_path):
    write_rows(tmp_path)
    page = write_comparison(tmp_path, []).read_text(encoding="utf-8")
    assert "PROVISIONAL" in page
    assert "-0.200" in page
    assert "Dice of 0.880, an IoU of 0.786" in page
    assert "slices at random" in page
    assert "Not done yet" in page
    assert "r2unet" in page


def test_rows_of_another_budget_are_not_mixed(tmp_path, capsys):
    write_rows(tmp_path)
    assert compare.main(["--minutes", "25", "-o", str(tmp_path)]) == InputError.exit_status
    assert "expected the budget of the rows that are there" in capsys.readouterr().err
    assert compare.main(["--only", "unet_bm", "-o", str(tmp_path)]) == InputError.exit_status
    assert "--only: expected experiments among flair_unet" in capsys.readouterr().err


def test_every_choice_is_an_experiment():
    names = [one.name for one in experiments()]
    assert len(names) == len(set(names))
    assert {"flair_unet", "fpn", "unet_bn-2d", "flair_unet-2.5d-flair", "loss-focal_tversky", "without-elastic",
            "with-grid", "with-optical"} <= set(names)  # fmt: skip


@pytest.mark.slow
def test_a_comparison_trains_each_row_once(dataset, tmp_path, capsys):
    arguments = ["--data", dataset, "--splits", dataset / "splits.json", "--minutes", "0.01", "-o", tmp_path,
                 "--calibration-steps", "1", "--only", "unet_light-2d", "sampling.crop_pixels=64",
                 "optimization.batch_size=2"]  # fmt: skip
    threads = torch.get_num_threads()
    assert compare.main([str(argument) for argument in arguments]) == 0
    assert torch.get_num_threads() == threads, "the budget of one core is that of the comparison"
    file = tmp_path / "rows" / "unet_light-2d.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["steps"] >= 1
    assert set(content["dice"]) == {"SYN_000"} == set(content["slices"])
    assert 20 < content["peak_memory_mb"] < 2000
    before = file.stat().st_mtime_ns
    assert compare.main([str(argument) for argument in arguments]) == 0
    assert file.stat().st_mtime_ns == before
