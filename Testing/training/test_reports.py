"""Pages and pictures of training: they are written, and say what they were given."""

import re

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image
from training_runs import LIBRARY_WARNINGS

from lggseg.errors import FormatError
from lggseg_training.exploration import clinical_rows
from lggseg_training.history import History
from lggseg_training.maskers import Made
from lggseg_training.reports.history import draw_history
from lggseg_training.reports.predictions import draw_prediction, write_film
from lggseg_training.reports.shown_cases import ShownCases
from training import explore

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


@pytest.mark.parametrize("separator", [",", ";", "\t"])  # the data set's own has semicolons
def test_a_clinical_table_is_summarised(tmp_path, separator):
    table = tmp_path / "data.csv"
    ages = "\n".join(f"{age},{'male' if age % 2 else 'female'},{age % 2}" for age in range(30, 42))
    table.write_text(f"age,gender,code\n{ages}\n,,\n".replace(",", separator))
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
