"""The comparison: each row is trained once, by whomever; rows that cannot be compared never stand side by side."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from training_runs import LIBRARY_WARNINGS

from lggseg.errors import FormatError, InputError, ModelError
from lggseg.model.bundle import load_bundle
from lggseg_training import comparison
from lggseg_training.comparison_rows import BUDGET_FILE, compact, gathered, keep, read_rows, row_file
from lggseg_training.counting import WAYS
from lggseg_training.experiments import experiments
from lggseg_training.places import COMPARISON
from lggseg_training.plan import Plan
from lggseg_training.reports.comparison_markdown import MARKS, renew
from lggseg_training.reports.comparison_page import write_comparison
from lggseg_training.reports.comparison_table import GROUPS
from training import compare

pytestmark = LIBRARY_WARNINGS

BASE = np.random.default_rng(0).uniform(0.6, 0.9, 12)
ONE_MINUTE = {"cpu_minutes": 1.0, "calibration_steps": 4, "fold": 0, "overrides": ["a.b=1", "c.d=2"], "threshold": 0.5}


def row(name, dice, group="network"):
    hit = [[round(100 * value)] for value in dice]
    return {
        "name": name, "group": group, "overrides": [], "steps": 9, "parameters": 10**6, "cpu_seconds": 60.0,
        "wall_seconds": 61.0, "cpu_ms_per_slice": 50.0, "peak_memory_mb": 300, "onnx_mb": 2.0, "torch_mb": 2.0,
        "mean_dice": float(np.mean(dice)), "dice": {f"P{n}": value for n, value in enumerate(dice)},
        "slices": {f"P{n}": [hit[n], [0], [100 - hit[n][0]], [900]] for n in range(len(dice))}, "machine": "a",
    }  # fmt: skip


def write_rows(folder, budget=ONE_MINUTE, **shifts):
    """Write rows that are so much better or worse than the baseline, and their budget."""
    for name, shift in (shifts or {"flair_unet": 0.0, "unet_bn": -0.2}).items():
        file = row_file(folder, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(row(name, [round(float(value), 3) for value in BASE + shift])))
    (folder / BUDGET_FILE).write_text(json.dumps(budget))
    return folder


def names(comparison):
    return [one["name"] for one in comparison.rows]


def page_of(folder, kept, evaluations=()):
    return write_comparison(folder, gathered(folder, kept, evaluations)).read_text(encoding="utf-8")


def test_a_page_says_what_is_provisional_and_what_others_counted(tmp_path):
    page = page_of(write_rows(tmp_path), tmp_path / "none")
    assert "PROVISIONAL" in page
    assert "20 to 30 minutes were planned" in page
    assert f"{load_bundle().rule.components} pieces; but at a threshold of 0.5" in page
    assert "-0.200" in page
    assert "Dice of 0.880, an IoU of 0.786" in page
    assert "slices at random" in page
    assert "Not done yet" in page
    assert "r2unet" in page


def test_a_row_without_its_slices_says_the_same():
    whole = row("unet_bn", [0.5, 1.0])
    small = compact(whole)
    assert small["pixel_matrix"] == [[1800, 0], [50, 150]]
    assert small["figures"]["pooled"]["dice"] == pytest.approx(300 / 350)
    assert set(small["figures"]) == set(WAYS)
    assert "slices" not in small
    assert compact(small) == small
    assert len(json.dumps(small)) < len(json.dumps(row("unet_bn", [0.5] * 90)))


def test_a_figure_that_is_no_number_is_null():
    empty = row("unet_bn", [0.0])
    empty["slices"] = {"P0": [[0], [0], [100], [900]]}
    small = compact(empty)
    assert small["figures"]["pooled"]["precision"] is None
    assert json.loads(json.dumps(small, allow_nan=False)) == small


def test_kept_rows_count_with_those_of_an_output_folder(tmp_path):
    first, second = write_rows(tmp_path / "first"), write_rows(tmp_path / "second", r2unet=0.1, unet_bn=-0.1)
    kept = tmp_path / "kept"
    assert keep(first, kept, note="Shared machine.") == 2
    assert not list(kept.rglob("comparison.html"))
    both = gathered(second, kept)
    assert names(both) == ["flair_unet", "unet_bn", "r2unet"]
    assert both.rows[1]["mean_dice"] == pytest.approx(BASE.mean() - 0.1, abs=1e-3), "its own row counts"
    assert both.left_out == ""
    page = page_of(second, kept)
    assert "Shared machine." in page
    assert f"3 of {len(experiments())} runs" in page
    assert keep(second, kept) == 2
    assert names(gathered(tmp_path / "nothing", kept)) == ["flair_unet", "unet_bn", "r2unet"]
    assert json.loads((kept / BUDGET_FILE).read_text())["note"] == "Shared machine.", "it stays"


def test_rows_of_another_budget_or_of_other_patients_are_left_out(tmp_path):
    kept = tmp_path / "kept"
    keep(write_rows(tmp_path / "first"), kept)
    other = write_rows(tmp_path / "other", {**ONE_MINUTE, "fold": 1}, r2unet=0.0)
    found = gathered(other, kept)
    assert names(found) == ["r2unet"]
    assert (
        "2 rows of another budget (1 minutes, fold 0, a.b=1 c.d=2, threshold 0.5; here 1 minutes, fold 1"
        in found.left_out
    )
    assert "Left out" in page_of(other, kept)
    with pytest.raises(InputError, match=r"2 rows of another budget .*choose another --kept"):
        keep(other, kept)
    strangers = write_rows(tmp_path / "strangers", {**ONE_MINUTE, "overrides": ["c.d=2", "a.b=1"]}, r2unet=0.0)
    file = row_file(strangers, "r2unet")
    file.write_text(file.read_text().replace('"P', '"Q'))
    assert "2 rows that were measured on other patients" in gathered(strangers, kept).left_out
    write_rows(strangers, unet_bn=0.0)
    with pytest.raises(FormatError, match=r"r2unet\.json: expected the patients of unet_bn, got others"):
        read_rows(strangers)


def test_rows_of_several_machines_are_said(tmp_path):
    write_rows(tmp_path)
    assert "several machines" not in page_of(tmp_path, tmp_path / "none")
    file = row_file(tmp_path, "unet_bn")
    file.write_text(file.read_text().replace('"machine": "a"', '"machine": "b"'))
    assert "The rows are from several machines (a, b)" in page_of(tmp_path, tmp_path / "none")


@pytest.mark.parametrize("content", ["{", "[]", '{"name": "unet_bn"}', '{"name": 1, "group": 1, "dice": {}}'])
def test_a_damaged_row_is_named(tmp_path, content):
    write_rows(tmp_path)
    row_file(tmp_path, "unet_bn").write_text(content)
    with pytest.raises(FormatError, match=r"unet_bn\.json: expected JSON of training/compare\.py"):
        read_rows(tmp_path)


def evaluation(folder):
    folder.mkdir()
    metrics = {"dice": 0.9, "iou": 0.8, "precision": 0.7, "recall": 0.6, "specificity": 0.99, "accuracy": 0.9979}
    counts = {"patients": 3, "slices": 70, "figures": dict.fromkeys(WAYS, metrics), "pixel_matrix": [[1, 2], [3, 4]],
              "slice_matrix": [[5, 6], [7, 8]], "log_loss": None, "cases": {"P": {}}}  # fmt: skip
    (folder / "counts.json").write_text(json.dumps({"all": counts}))
    (folder / "summary.json").write_text(json.dumps({"predictor": ["/far/away/a net"], "seen_in_training": "no"}))
    return folder


def test_an_evaluation_stands_beside_what_others_counted_and_is_kept(tmp_path):
    folder = evaluation(tmp_path / "ours")
    page = page_of(write_rows(tmp_path / "rows"), tmp_path / "none", [folder])
    for text in ("Ours, counted that way: ours", "pooled over all pixels", "99.79 %", "[[1, 2], [3, 4]]", "[[5, 6]",
                 "Predictor: a net. Patients seen in training: no."):  # fmt: skip
        assert text in page
    assert "far/away" not in page
    keep(tmp_path / "nothing", tmp_path / "kept", [folder])
    found = gathered(tmp_path / "rows", tmp_path / "kept").evaluations
    assert [one["predictor"] for one in found] == [["a net"]]
    assert "cases" not in found[0]["splits"]["all"]
    with pytest.raises(FormatError, match=r"summary\.json: expected JSON of training/compare\.py or"):
        gathered(tmp_path / "rows", tmp_path / "kept", [tmp_path])


def test_the_documentation_has_the_same_tables(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{MARKS.start}\noutdated\n{MARKS.end}\n\nafter\n")
    renew(page, gathered(write_rows(tmp_path), tmp_path / "none", [evaluation(tmp_path / "ours")]))
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\n\nafter\n")
    assert "outdated" not in text
    assert "| flair_unet | 1.00 | 2.0 | 9 |" in text
    assert "| pooled over all pixels | 0.900 | 0.800 | 0.700 | 0.600 | 99.79 % |" in text
    assert "PROVISIONAL" in text
    tables = [block for block in text.split("\n\n") if block.startswith("|")]
    assert all(len({line.count("|") for line in table.splitlines()}) == 1 for table in tables)
    page.write_text("nothing")
    with pytest.raises(FormatError, match=r"page\.md: expected the marks <!-- compared -->"):
        renew(page, gathered(tmp_path, tmp_path / "none"))


def test_rows_of_another_budget_are_not_mixed(tmp_path, capsys):
    write_rows(tmp_path)
    assert compare.main(["--minutes", "25", "-o", str(tmp_path)]) == InputError.exit_status
    assert "expected the budget of the rows that are there" in capsys.readouterr().err
    assert compare.main(["--only", "unet_bm", "-o", str(tmp_path)]) == InputError.exit_status
    assert "--only: expected experiments among flair_unet" in capsys.readouterr().err


def test_rows_of_other_patients_do_not_pass_for_those_asked_for(dataset, tmp_path, capsys):
    write_rows(tmp_path)
    words = ["--data", dataset, "--splits", dataset / "splits.json", "-o", tmp_path, "--kept", tmp_path / "none"]
    words += ["--minutes", "1", "--calibration-steps", "4", "--only", "unet_bn", "a.b=1", "c.d=2"]
    assert compare.main([str(word) for word in words]) == InputError.exit_status
    assert "got 2 that were measured on others; choose another --output" in capsys.readouterr().err
    assert compare.main(["--page", "--note", "Why.", "-o", str(tmp_path)]) == InputError.exit_status
    assert "--note: expected --keep with it" in capsys.readouterr().err


def test_the_page_is_made_and_rows_are_kept_without_training(tmp_path, capsys):
    output, kept = write_rows(tmp_path / "output"), tmp_path / "kept"
    arguments = ["--page", "--keep", "--kept", kept, "--note", "Why.", "--evaluation", evaluation(tmp_path / "ours")]
    assert compare.main([*map(str, arguments), "-o", str(output)]) == 0
    assert "2 rows taken over" in capsys.readouterr().out
    assert sorted(file.relative_to(kept).as_posix() for file in kept.rglob("*.json")) == [
        "budget.json", "evaluations/ours.json", "rows/flair_unet.json", "rows/unet_bn.json"
    ]  # fmt: skip
    page = (output / "comparison.html").read_text(encoding="utf-8")
    assert page.count("Ours, counted that way") == 1


def test_every_choice_is_an_experiment():
    known = [one.name for one in experiments()]
    assert len(known) == len(set(known))
    assert {"flair_unet", "fpn", "unet_bn-2d", "flair_unet-2.5d-flair", "loss-focal_tversky", "without-elastic",
            "with-grid", "with-optical", "attention_unet-warmup"} <= set(known)  # fmt: skip
    assert {one.group for one in experiments()} == set(GROUPS)


def test_what_the_repository_keeps_can_be_read_and_is_small():
    found = gathered(Path("no-output"), COMPARISON)
    assert not (found.rows and not found.budget)
    assert sum(file.stat().st_size for file in COMPARISON.rglob("*") if file.is_file()) < 300_000


def test_a_run_that_fails_does_not_stop_the_others(tmp_path, capsys, monkeypatch):
    def trained(experiment, *_):
        if experiment.name == "fpn":
            message = "ONNX Runtime and PyTorch differ"
            raise ModelError(message)
        return row(experiment.name, BASE)

    monkeypatch.setattr(comparison, "_row", trained)
    monkeypatch.setattr(comparison, "make_plan", lambda patients: Plan([], [], "none"))
    words = ["--minutes", "25", "-o", str(tmp_path), "--kept", str(tmp_path / "none"), "--only", "fpn", "unet_bn"]
    assert compare.main(words) == ModelError.exit_status
    said = capsys.readouterr()
    assert "fpn: left out: ONNX Runtime and PyTorch differ" in said.out
    assert "expected a row of each run, got none of fpn" in said.err
    assert row_file(tmp_path, "unet_bn").is_file()
    assert not row_file(tmp_path, "fpn").exists()
    assert "unet_bn" in (tmp_path / "comparison.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_comparison_trains_each_row_once(dataset, tmp_path, capsys):
    def arguments(output):
        return [str(word) for word in (
            "--data", dataset, "--splits", dataset / "splits.json", "--minutes", "0.01", "-o", tmp_path / output,
            "--calibration-steps", "1", "--only", "unet_light-2d", "sampling.crop_pixels=64",
            "optimization.batch_size=2", "--kept", tmp_path / "kept",
        )]  # fmt: skip

    threads = torch.get_num_threads()
    assert compare.main([*arguments("first"), "--keep"]) == 0
    assert torch.get_num_threads() == threads, "the budget of one core is that of the comparison"
    file = row_file(tmp_path / "first", "unet_light-2d")
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["steps"] >= 1
    assert set(content["dice"]) == {"SYN_000"} == set(content["slices"])
    assert 20 < content["peak_memory_mb"] < 2000
    before = file.stat().st_mtime_ns
    assert compare.main(arguments("first")) == 0
    assert file.stat().st_mtime_ns == before
    assert compare.main(arguments("second")) == 0
    assert not row_file(tmp_path / "second", "unet_light-2d").exists(), "a kept row is not trained again"
    assert "unet_light-2d" in (tmp_path / "second" / "comparison.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert compare.main([*arguments("third"), "seed=3"]) == 0
    assert "trained anew, because" in capsys.readouterr().out
    assert row_file(tmp_path / "third", "unet_light-2d").exists()
