"""Figures from the table of cases, and a rule that is not measured on what chose it."""

import json

import pytest

from lggseg.errors import InputError
from lggseg_training.choosing import Choice, Trial, choices, choose, nested
from lggseg_training.figures import (
    all_figures,
    false_alarms,
    headline,
    held_back,
    paired_difference,
    second_lesions,
    share,
)
from training import figures


def row(case, patient, dice=0.9, reference=10.0, mask=10.0, *, institution="CS", second=(0, 0)):  # noqa: PLR0913
    numbers = {"dice": dice, "reference_ml": reference, "mask_ml": mask}
    lesions = {"second_lesions": second[0], "second_found": second[1]}
    text = {name: str(value) for name, value in {**numbers, **lesions}.items()}
    return {"case": case, "patient": patient, "institution": institution, **text}


ROWS = [
    row("TCGA_A_1999", "TCGA_A", 0.5, second=(2, 1)),
    row("TCGA_B_1999", "TCGA_B", 0.9),
    row("BraTS_1", "TCGA_A", 0.8),
    row("BraTS_2", "stranger", 0.7, second=(1, 1)),
    row("TCGA_A_1999-healthy", "TCGA_A", 0.0, 0.0, 3.0),
    row("TCGA_B_1999-healthy", "TCGA_B", 1.0, 0.0, 0.0),
    row("phantom00-healthy", "phantom00", 0.0, 0.0, 0.4, institution="synthetic"),
    row("patient07", "L_7", 1.0, 0.0, 0.0),
]


def test_every_case_is_counted_where_it_belongs():
    found = all_figures(ROWS, {"TCGA_A", "TCGA_B"})
    assert (found["home"]["patients"], found["home"]["mean"]) == (2, 0.7)
    assert found["home"]["below_0.6"] == {"TCGA_A_1999": 0.5}
    assert found["elsewhere"]["patients"] == 2
    assert found["elsewhere, patients of the data set"]["mean"] == 0.8
    assert found["elsewhere, others"]["mean"] == 0.7
    assert found["without tumor, healthy"]["alarms"] == {"TCGA_A_1999-healthy": 3.0}
    assert found["without tumor, synthetic healthy"]["below_1_ml"]["share"] == 1.0
    assert found["without tumor, real"]["nothing"]["share"] == 1.0
    assert found["second lesions"]["lesions"] == 3
    assert found["second lesions"]["recall"]["share"] == pytest.approx(2 / 3, abs=1e-4)


def test_false_alarms_have_intervals():
    found = false_alarms([row(str(n), "p", 0, 0, 2.0 if n == 0 else 0.0) for n in range(20)])
    assert found["below_1_ml"] == {"share": 0.95, "low95": 0.7639, "high95": 0.9911}
    assert (found["most_ml"], found["median_ml"]) == (2.0, 0.0)


def test_paired_differences_count_the_same_cases_only():
    mine = [row(str(n), "p", 0.8 + 0.001 * n) for n in range(10)]
    theirs = [row(str(n), "p", 0.75) for n in range(8)]
    found = paired_difference(mine, theirs)
    assert (found["cases"], found["mean"]) == (8, 0.0535)
    assert found["low95"] < found["mean"] < found["high95"]
    assert paired_difference(mine, theirs[:2]) == {"cases": 2}


def test_no_second_lesion_has_no_recall():
    assert second_lesions([row("a", "p")]) == {"lesions": 0, "recall": {"share": None}}
    assert share(0, 0) == {"share": None}


def test_the_script_prints_json(tmp_path, capsys):
    import csv

    with (tmp_path / "cases.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    assert figures.main(["--maps", str(tmp_path), "-o", str(tmp_path / "figures.json")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert printed["second lesions"]["lesions"] == 3


GOOD, BAD = Choice(0.35, "large", 0.0), Choice(0.65, "all", 0.9)


def trial(run, good, bad, *, tumor=True):
    return Trial(f"{run}-{good}-{bad}", run, tumor, {GOOD: good, BAD: bad})


def test_the_best_rule_weighs_tumors_and_false_alarms():
    assert choose([trial("a", 0.9, 0.8), trial("b", 0.0, 1.0, tumor=False)]) == BAD
    assert choose([trial("a", 0.9, 0.6), trial("b", 0.0, 1.0, tumor=False)]) == GOOD
    with pytest.raises(InputError, match="expected cases to choose a rule on"):
        choose([])


def test_a_rule_is_measured_where_it_was_not_chosen():
    trials = [trial("a", 0.9, 0.1), trial("b", 0.2, 0.8)]
    found = nested(trials)
    # Chosen on b, measured on a, and the other way round: both times the wrong one.
    assert found["chosen_by_run"]["a"]["threshold"] == BAD.threshold
    assert found["nested_mean_dice"] == pytest.approx(0.15)
    assert found["nested_below_1_ml"] is None


def test_choices_are_all_different():
    everything = list(choices())
    assert len(set(everything)) == len(everything) == 90


def test_what_is_less_sure_than_the_rule_asks_does_not_count():
    rows = [row("TCGA_A_1", "TCGA_A") | {"peak": "0.995"}, row("TCGA_B_1", "TCGA_B") | {"peak": "0.5"}]
    kept, dropped = held_back(rows, 0.98)
    assert kept == rows[0]
    assert (dropped["dice"], dropped["mask_ml"], dropped["second_found"]) == ("0", "0", "0")
    assert held_back(rows, 0.0) == rows


def test_the_headline_names_what_was_seen_and_of_whom():
    figures = {"home": {"mean": 0.8, "median": 0.9}, "elsewhere": {"mean": 0.7, "median": 0.75}}
    assert headline(figures, "all") == {
        "out_of_fold_all_sequences_mean_dice": 0.8,
        "out_of_fold_all_sequences_median_dice": 0.9,
        "external_mean_dice": 0.7,
        "external_median_dice": 0.75,
    }
    assert list(headline({"home": figures["home"]}, "flair")) == [
        "out_of_fold_flair_only_mean_dice",
        "out_of_fold_flair_only_median_dice",
    ]
