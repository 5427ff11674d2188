"""What a cohort costs: measured figures, held against their targets and multiplied for the page."""

import copy
from pathlib import Path

import pytest

from lggseg.phantom.study import write_phantom
from tools import scale
from tools.scale_page import MARKS, duration, missed_targets, text_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"
STUDY = {
    "study_cpu_s": 1.0, "network_cpu_s": 0.7, "writing_cpu_s": 0.8, "beside_network_s": 0.25, "disk_mb": 1.0
}  # fmt: skip
FIGURES = {
    "machine": {"processor": "Abacus 9", "cores": 2, "system": "Linux, Python 3.11.7", "load_before": 0.1},
    "memory_mb": {"studies": 200, "early": 380.0, "late": 381.0, "most": 390.0},
    "thick": STUDY,
    "thin": {name: 2 * value for name, value in STUDY.items()},
    "throughput": {"cohort_per_second": 1.0, "apart_per_second": 1.0, "ratio": 1.0, "ratios": [0.9, 1.0, 1.1]},
    "large": {"320": {"peak_mb": 640.0, "seconds": 9.0}, "512": {"peak_mb": 1520.0, "seconds": 30.0}},
}


def changed(*path, to):
    figures = copy.deepcopy(FIGURES)
    place = figures
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return figures


def test_a_machine_that_keeps_all_targets_misses_none():
    assert missed_targets(FIGURES) == []


@pytest.mark.parametrize(
    ("path", "to", "words"),
    [
        (("throughput", "ratio"), 0.89, "throughput ratio 0.89"),
        (("memory_mb", "late"), 500.0, "memory grew to 1.32 times"),
        (("large", "320", "peak_mb"), 1001.0, "320^3: 1001 MB"),
        (("large", "512", "peak_mb"), 2001.0, "512^3: 2001 MB"),
        (("thick", "beside_network_s"), 0.31, "0.31 s beside its network"),
    ],
)
def test_each_target_that_is_missed_is_named(path, to, words):
    (missed,) = missed_targets(changed(*path, to=to))
    assert words in missed


def test_the_page_says_what_was_measured_and_what_it_comes_to():
    page = text_of(FIGURES)
    assert "2 cores of Abacus 9" in page
    assert "| of that the network, each slice as it is and mirrored | 0.70 s | 1.40 s |" in page
    # 1.8 s a study: 10 000 are 5 hours of one core, 1 000 000 are 500; thin slices twice that.
    assert "| 10 000 | 5 to 10 | 38 min to 1.2 h | 3 min to 6 min | 10 GB to 20 GB |" in page
    assert "| 1 000 000 | 500 to 1 000 | 2.6 days to 5.2 days | 5.0 h to 10.0 h | 1 TB to 2 TB |" in page
    assert "1.00 times the throughput (median of 3 rounds: 0.90, 1.00, 1.10)" in page


def test_the_real_page_has_a_place_for_them():
    assert "Abacus 9" in MARKS.renewed(PAGE.read_text(encoding="utf-8"), text_of(FIGURES))


@pytest.mark.parametrize(("hours", "words"), [(0.05, "3 min"), (1.5, "1.5 h"), (47.0, "47.0 h"), (48.0, "2.0 days")])
def test_durations_are_said_as_people_say_them(hours, words):
    assert duration(hours) == words


@pytest.mark.slow
def test_a_study_is_measured(tmp_path):
    flair = write_phantom(tmp_path / "study", slices=6, size=64, spacing_mm=(3.4, 3.4, 20.0))["flair"]
    found = scale.cost_of(flair, tmp_path / "results", rounds=1)
    assert 0 < found["network_cpu_s"] < found["study_cpu_s"] + 0.05
    assert found["disk_mb"] > 0.001
    memory = scale.memory_over(flair, tmp_path / "many", 3)
    assert 50 < memory["early"] <= memory["most"] < 4000
    peak = scale.peak_of_command(flair, 48, tmp_path)
    assert 50 < peak["peak_mb"] < 4000
