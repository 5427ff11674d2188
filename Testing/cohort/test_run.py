"""A cohort from folder to results, through the command."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import SimpleITK as sitk
from places import MODULE
from synthetic_dicom import write_series

from lggseg.cli import main
from lggseg.cohort.ledger import LEDGER
from lggseg.cohort.summary import COLUMNS, trust
from lggseg.errors import InputError
from lggseg.leftovers import STAGE_PREFIX
from lggseg.phantom.study import write_phantom


@pytest.fixture(scope="module")
def phantom(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom")
    write_phantom(folder, size=128, spacing_mm=(1.7, 1.7, 5.0))
    return folder


def copies(phantom, folder, names):
    for name in names:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(phantom / "flair.nii.gz", place)


def lines(folder):
    return [json.loads(line) for line in (folder / LEDGER).read_text(encoding="utf-8").splitlines()]


def run(*words):
    return main(["cohort", *map(str, words), "--progress", "none", "--jobs", "1"])


def test_a_bad_study_is_a_row_and_the_rest_is_done_once(phantom, tmp_path, capsys):
    studies, out = tmp_path / "in", tmp_path / "out"
    copies(phantom, studies, ["A/flair.nii.gz", "B_flair.nii.gz"])
    (studies / "C_flair.nii.gz").write_bytes(b"no volume")
    assert run(studies, "-o", out) == 0
    assert "2 of 3 studies segmented. Research use only." in capsys.readouterr().out
    records = {line["study"]: line for line in lines(out)}
    assert records["A"]["measurements"]["volume_ml"] == pytest.approx(27.7, abs=3)
    assert records["C_flair"]["status"] == "failed"
    assert records["C_flair"]["reason"].startswith(
        "C_flair.nii.gz: expected"
    )  # relative: where a cohort lies is private
    assert (
        sitk.ReadImage(out / "studies/A/segmentation.nii.gz").GetSize()
        == sitk.ReadImage(phantom / "flair.nii.gz").GetSize()
    )
    rows = list(csv.DictReader((out / "cohort.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["study"] for row in rows] == ["A", "B_flair", "C_flair"]
    assert tuple(rows[0]) == COLUMNS
    page = (out / "index.html").read_text(encoding="utf-8")
    assert 'src="studies/A/overlay.png"' in page
    assert "C_flair.nii.gz: expected" in page

    # Again: nothing is done twice, but what was added, changed, or is to be tried again.
    before = {line["study"]: line["process"] for line in lines(out)}
    copies(phantom, studies, ["D/flair.nii.gz"])
    assert run(studies, "-o", out) == 0
    after = {line["study"]: line["process"] for line in lines(out)}
    assert {name: after[name] for name in before} == before
    assert run(studies, "-o", out, "--retry") == 0
    retried = {line["study"] for line in lines(out) if line["process"] != after[line["study"]]}
    assert retried == {"C_flair"}
    shutil.rmtree(out / "studies/A")
    assert run(studies, "-o", out) == 0
    assert (out / "studies/A/report.json").is_file(), "what was removed is done again"

    with pytest.raises(
        InputError, match=r"got others \(threshold 0\.\d+, now 0\.9.*\); choose another folder, or begin anew"
    ):
        _raising(studies, "-o", out, "--threshold", "0.9")
    (out / "cohort.json").write_text("{")
    with pytest.raises(InputError, match="expected the settings of the results there, got «Expecting"):
        _raising(studies, "-o", out)


def _raising(*words):
    import argparse

    from lggseg.commands import cohort

    parser = argparse.ArgumentParser()
    cohort.add_arguments(parser)
    cohort.run(parser.parse_args([*map(str, words), "--progress", "none"]))


def test_results_of_a_bids_data_set_are_derivatives(phantom, tmp_path):
    studies, out = tmp_path / "in", tmp_path / "in" / "derivatives" / "lggseg"
    copies(phantom, studies, ["sub-01/ses-a/anat/sub-01_ses-a_FLAIR.nii.gz"])
    (studies / "sub-01/sub-01_sessions.tsv").write_text("session_id\tacq_time\nses-a\t2011-03-02\n")
    assert run(studies, "-o", out, "--probability") == 0
    anatomy = out / "sub-01/ses-a/anat"
    assert sorted(path.name for path in anatomy.iterdir()) == [
        "sub-01_ses-a_desc-lggseg_report.html",
        "sub-01_ses-a_desc-lggseg_report.json",
        "sub-01_ses-a_desc-overlay_FLAIR.png",
        "sub-01_ses-a_label-lesion_mask.json",
        "sub-01_ses-a_label-lesion_mask.nii.gz",
        "sub-01_ses-a_label-lesion_probseg.nii.gz",
    ]
    beside = json.loads((anatomy / "sub-01_ses-a_label-lesion_mask.json").read_text(encoding="utf-8"))
    assert beside["Sources"] == ["bids:raw:sub-01/ses-a/anat/sub-01_ses-a_FLAIR.nii.gz"]
    assert json.loads((out / "dataset_description.json").read_text(encoding="utf-8"))["DatasetType"] == "derivative"
    assert lines(out)[0]["date"] == "2011-03-02"


@pytest.mark.slow
def test_studies_of_any_kind_in_one_folder(phantom, tmp_path):
    flair, t1 = (sitk.ReadImage(phantom / f"{name}.nii.gz") for name in ("flair", "pre"))
    studies, out = tmp_path / "in", tmp_path / "out"
    write_series(flair, studies / "D" / "s1", description="AX T2 FLAIR", StudyInstanceUID="1.2.3")
    write_series(t1, studies / "D" / "s2", description="AX T1", StudyInstanceUID="1.2.3")
    sitk.WriteImage(flair, studies / "N_flair.nrrd")
    shutil.make_archive(str(studies / "Z"), "zip", studies / "D" / "s1")
    assert run(studies, "-o", out) == 0
    records = {line["study"]: line for line in lines(out)}
    assert {name: sorted(record["inputs_described"]) for name, record in records.items()} == {
        "D": ["flair", "pre"],
        "N_flair": ["flair"],
        "Z": ["flair"],
    }
    volumes = {name: record["measurements"]["volume_ml"] for name, record in records.items()}
    assert volumes["Z"] == pytest.approx(volumes["N_flair"], rel=0.01)


@pytest.mark.parametrize("place", [".", "results"])
def test_results_among_the_studies_are_refused(phantom, tmp_path, capsys, place):
    copies(phantom, tmp_path, ["A/flair.nii.gz"])
    assert run(tmp_path, "-o", tmp_path / place) == 2
    assert "expected a folder for results outside" in capsys.readouterr().err


def test_not_one_result_is_not_a_success(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "flair.nii.gz").write_bytes(b"x")
    assert run(tmp_path / "in", "-o", tmp_path / "out") == 2


def test_the_most_doubtful_come_first():
    sure = {"study": "sure", "found": True, "certainty": 0.9, "doubt": {}}
    unsure = {"study": "unsure", "found": True, "certainty": 0.2, "doubt": {}}
    nothing = {"study": "nothing", "found": False, "certainty": 0.0, "doubt": {}}
    check = {"study": "check", "found": True, "certainty": 1, "doubt": {"reasons": ["x"], "expected_dice": 0.95}}
    assert [one["study"] for one in sorted([sure, nothing, unsure, check], key=trust)] == [
        "check",
        "unsure",
        "nothing",
        "sure",
    ]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_goes_on_where_it_was(phantom, tmp_path, how):
    studies, out = tmp_path / "in", tmp_path / "out"
    copies(phantom, studies, [f"P{n}_flair.nii.gz" for n in range(6)])
    command = [sys.executable, "-m", "lggseg", "cohort", str(studies), "-o", str(out), "--jobs", "2"]
    environment = {**os.environ, "PYTHONPATH": str(MODULE)}
    first = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while (time.monotonic() < deadline and not (out / LEDGER).is_file()) or not (out / LEDGER).read_text(
        encoding="utf-8"
    ).count("\n"):
        time.sleep(0.02)
    started = time.monotonic()
    first.send_signal(how)
    assert first.wait(timeout=10) == (130 if how == signal.SIGTERM else -9)
    assert time.monotonic() - started < 5
    done = {line["study"]: line["process"] for line in lines(out)}
    assert 0 < len(done) < 6
    subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)
    records = {line["study"]: line for line in lines(out)}
    assert len(lines(out)) == len(records) == 6
    assert {name: records[name]["process"] for name in done} == done
    assert {record["status"] for record in records.values()} == {"done"}
    assert len({record["measurements"]["volume_ml"] for record in records.values()}) == 1
    assert not list(out.rglob(f"{STAGE_PREFIX}*/"))
