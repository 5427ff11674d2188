"""What the options of ``lggseg cohort`` ask for is done for every study and in a run that goes on, or refused."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pydicom
import pytest
import SimpleITK as sitk
from formula_model import write_formula_bundle
from synthetic_dicom import write_series

from lggseg.cli import main
from lggseg.cohort.bids import find
from lggseg.phantom.study import write_phantom

SPACING = (2.4, 2.4, 10.0)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    write_phantom(folder / "phantom", size=96, slices=12, spacing_mm=SPACING)
    write_formula_bundle(folder / "model")
    return folder


@pytest.fixture
def studies(place: Path, tmp_path: Path) -> Path:
    (tmp_path / "in" / "P1_a").mkdir(parents=True)
    shutil.copy(place / "phantom" / "flair.nii.gz", tmp_path / "in" / "P1_a")
    return tmp_path / "in"


def run(place: Path, studies: Path, *words: object) -> int:
    out = studies.parent / "out"
    options = ["-o", out, "--model", place / "model", "--progress", "none", *words]
    return main(["cohort", str(studies), *map(str, options)])


def lines(studies: Path) -> list[dict[str, str]]:
    text = (studies.parent / "out" / "studies.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_the_rule_for_the_patient_holds_for_what_was_done_before(place: Path, studies: Path) -> None:
    assert run(place, studies, "--jobs", 1) == 0
    (before,) = lines(studies)
    assert run(place, studies, "--jobs", 1, "--patient", "^([^_]+)") == 0
    (after,) = lines(studies)
    assert (before["patient"], after["patient"]) == ("P1_a", "P1")
    assert after == {**before, "patient": "P1"}, "nothing is done again for a name"
    with (studies.parent / "out" / "cohort.csv").open(newline="", encoding="utf-8") as stream:
        assert [row["patient"] for row in csv.DictReader(stream)] == ["P1"]


def test_the_rule_for_the_patient_holds_for_bids(tmp_path: Path) -> None:
    for name in ("sub-A01", "sub-A02"):
        (tmp_path / name / "anat").mkdir(parents=True)
        (tmp_path / name / "anat" / f"{name}_FLAIR.nii.gz").touch()
    assert [study.patient for study in find(tmp_path)[0]] == ["sub-A01", "sub-A02"]
    assert [study.patient for study in find(tmp_path, r"sub-A0(\d)")[0]] == ["1", "2"]


def test_reports_with_and_without_paths_are_not_mixed(
    place: Path, studies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(place, studies, "--jobs", 1) == 0
    assert run(place, studies, "--jobs", 1, "--with-paths") == 2
    assert "got others (with_paths False, now True); choose another folder" in capsys.readouterr().err
    file = studies.parent / "out" / "cohort.json"
    settings = json.loads(file.read_text(encoding="utf-8"))
    del settings["with_paths"]  # of a version that did not keep it
    file.write_text(json.dumps(settings), encoding="utf-8")
    assert run(place, studies, "--jobs", 1) == 0


def test_a_voxel_size_reaches_all_studies_that_store_none(place: Path, studies: Path) -> None:
    image = sitk.Cast(sitk.ReadImage(str(place / "phantom" / "flair.nii.gz")), sitk.sitkInt16)
    write_series(image, studies / "P2")
    for file in (studies / "P2").iterdir():
        dataset = pydicom.dcmread(file)
        del dataset.PixelSpacing
        dataset.save_as(file)
    assert run(place, studies, "--jobs", 1, "--spacing", *SPACING) == 0
    assert [(line["study"], line["status"], line["reason"]) for line in lines(studies)] == [
        ("P1_a", "done", ""),
        ("P2", "done", ""),
    ]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--scheduler", "tcp://127.0.0.1:9", "--jobs", 2, "--timeout", 60], "--jobs, --timeout: expected no limits"),
        (["--scheduler", "tcp://127.0.0.1:9", "--memory", 2000], "--memory: expected no limits beside --scheduler"),
        (["--timeout", "nan"], "--timeout: expected at least 1, got nan"),
        (["--jobs", 0], "--jobs: expected at least 1, got 0"),
        (["--memory", -1], "--memory: expected at least 0, got -1"),
    ],
)
def test_limits_that_would_not_hold_are_refused(
    place: Path, studies: Path, capsys: pytest.CaptureFixture[str], words: list[object], reason: str
) -> None:
    assert run(place, studies, *words) == 2
    assert reason in capsys.readouterr().err
