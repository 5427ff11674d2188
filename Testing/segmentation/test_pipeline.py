import json
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from heads import ball_volume
from places import ROOT

from lggseg.cli import main
from lggseg.errors import InputError
from lggseg.shape import FEATURES
from lggseg.volumes import geometry


@pytest.fixture
def flair_file(tmp_path):
    file = tmp_path / "flair.nii.gz"
    sitk.WriteImage(ball_volume(), str(file))
    return file


def run(*arguments):
    return main(["segment", *[str(argument) for argument in arguments]])


def test_results_and_report(flair_file, tmp_path, capsys):
    assert run(flair_file, "-o", tmp_path / "out", "--probability", "--progress", "json") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["event"] == "result"
    assert {"event": "start", "slices": 16} in events
    stages = [event["stage"] for event in events if event["event"] == "progress"]
    assert list(dict.fromkeys(stages)) == ["reading", "preparing", "segmenting", "measuring", "writing"]
    names = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert names == ["overlay.png", "probability.nrrd", "report.html", "report.json", "segmentation.nii.gz"]
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert "Research use only" in report["notice"]
    assert list(report["measurements"]) == [feature.key for feature in FEATURES]
    assert report["inputs"]["flair"]["size"] == [64, 72, 16]
    assert len(report["outputs"]["segmentation"]["sha256"]) == 64
    assert "Research use only" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    mask = sitk.ReadImage(str(tmp_path / "out" / "segmentation.nii.gz"))
    assert geometry.same_grid(mask, sitk.ReadImage(str(flair_file)))


def test_seg_nrrd_is_named_for_slicer(flair_file, tmp_path):
    assert run(flair_file, "-o", tmp_path / "out", "--format", "seg.nrrd") == 0
    header = (tmp_path / "out" / "segmentation.seg.nrrd").read_bytes()[:4000].decode("latin-1")
    assert "Segment0_Name:=FLAIR abnormality" in header


def test_results_are_not_overwritten_unasked(flair_file, tmp_path, capsys):
    assert run(flair_file, "-o", tmp_path / "out") == 0
    assert run(flair_file, "-o", tmp_path / "out") == 4
    assert "add --overwrite" in capsys.readouterr().err
    assert run(flair_file, "-o", tmp_path / "out", "--overwrite") == 0


def test_only_results_of_an_earlier_run_make_room(flair_file, tmp_path):
    out = tmp_path / "out"
    assert run(flair_file, "-o", out, "--format", "nrrd", "--probability") == 0
    (out / "segmentation.seg.nrrd").write_bytes(b"corrected by hand")
    assert run(flair_file, "-o", out, "--overwrite") == 0
    names = {file.name for file in out.iterdir()}
    assert not names & {"segmentation.nrrd", "probability.nrrd"}, "the report no longer speaks of them"
    assert (out / "segmentation.seg.nrrd").read_bytes() == b"corrected by hand"
    corrected = out / "segmentation.nii.gz"
    corrected.write_bytes(corrected.read_bytes() + b"\0")
    assert run(flair_file, "-o", out, "--format", "nrrd", "--overwrite") == 0
    assert corrected.is_file(), "it was changed since"


def test_a_folder_of_dicom_slices_and_nrrd_give_what_nifti_gives(flair_file, tmp_path):
    from synthetic_dicom import write_series

    image = sitk.Cast(sitk.ReadImage(str(flair_file)), sitk.sitkInt16)
    sitk.WriteImage(image, str(tmp_path / "flair.nrrd"))
    write_series(image, tmp_path / "dicom")
    assert pydicom.dcmread(next((tmp_path / "dicom").iterdir())).Modality == "MR"
    masks = []
    for name in ("flair.nrrd", "dicom"):
        assert run(tmp_path / name, "-o", tmp_path / f"out-{name}", "--format", "nrrd") == 0
        masks.append(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / f"out-{name}" / "segmentation.nrrd"))))
    np.testing.assert_array_equal(*masks)


@pytest.mark.parametrize(
    ("make", "arguments", "status", "message"),
    [
        (lambda file: None, [], 2, "missing"),
        (lambda file: file.write_bytes(b""), [], 2, "flair.nii.gz"),
        (lambda file: file.write_bytes(b"no volume"), [], 2, "flair.nii.gz"),
        (lambda file: sitk.WriteImage(sitk.Image([8, 8, 8], sitk.sitkInt16), str(file)), [], 2, "all 0"),
        (lambda file: sitk.WriteImage(ball_volume(), str(file)), ["--threshold", "1.5"], 2, "between 0 and 1"),
        (
            lambda file: sitk.WriteImage(ball_volume(), str(file)),
            ["--model", "/nowhere"],
            3,
            "training/train.py writes",
        ),
        (lambda file: sitk.WriteImage(ball_volume(), str(file)), ["--pre", "/nowhere.nii"], 2, "/nowhere.nii"),
        (
            lambda file: sitk.WriteImage(ball_volume(), str(file)),
            ["--series", "2"],
            2,
            "series 2: expected several series, got flair.nii.gz, one volume; leave the series out",
        ),
    ],
)
def test_bad_input_gets_one_clear_message_and_leaves_nothing(tmp_path, capsys, make, arguments, status, message):
    file = tmp_path / "flair.nii.gz"
    make(file)
    assert run(file, "-o", tmp_path / "out", *arguments) == status
    error = capsys.readouterr().err
    assert error.startswith("lggseg: ")
    assert "Traceback" not in error
    if message != "missing":
        assert message in error
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_errors_are_json_for_programs(tmp_path, capsys):
    assert run(tmp_path / "none.nii", "-o", tmp_path / "out", "--progress", "json") == 2
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["event"] == "error"
    assert last["exit_status"] == 2
    assert "none.nii" in last["message"]


def test_cancel_file_stops_the_run_and_leaves_nothing(flair_file, tmp_path, capsys):
    (tmp_path / "cancel").touch()
    assert run(flair_file, "-o", tmp_path / "out", "--cancel-file", tmp_path / "cancel") == 130
    assert "cancelled" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_run_and_leaves_nothing(tmp_path, how):
    file = tmp_path / "flair.nrrd"
    sitk.WriteImage(ball_volume(size=(200, 200, 150), spacing=(1.0, 1.0, 1.0)), str(file))
    command = [sys.executable, "-m", "lggseg", "segment", str(file), "-o", str(tmp_path / "out"), "--progress", "json"]
    # Where the tests run in the background, SIGINT is ignored, and a child would inherit that.
    listen = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    options = {"cwd": ROOT / "LGGSegmentation", "stdout": subprocess.PIPE, "text": True, "preexec_fn": listen}
    with subprocess.Popen(command, **options) as child:
        for line in child.stdout:
            if json.loads(line).get("stage") == "segmenting":
                break
        time.sleep(0.05)
        child.send_signal(how)
        rest = child.stdout.read()
    assert child.returncode == 130
    assert json.loads(rest.splitlines()[-1])["kind"] == "CancelledError"
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_tiff_slices_say_that_their_spacing_is_assumed(tmp_path, capsys):
    from tiff_cases import write_case

    folder = write_case(tmp_path, "TCGA_CS_0001_20000101")
    assert run(folder, "-o", tmp_path / "out") == 0
    assert "0.85 x 0.85 x 5 mm was assumed" in capsys.readouterr().out
    assert run(folder, "-o", tmp_path / "out2", "--spacing", 1, 1, 6) == 0
    assert "assumed" not in capsys.readouterr().out
    assert run(folder, "-o", tmp_path / "out3", "--series", "FLAIR") == 2
    assert "got TCGA_CS_0001_20000101, one volume" in capsys.readouterr().err


def test_a_study_that_was_read_already_gives_the_same_and_is_refused_alike(flair_file):
    from dataclasses import replace

    from lggseg.segmentation.pipeline import load_model, run_pipeline
    from lggseg.segmentation.request import SegmentRequest
    from lggseg.segmentation.study import read_study
    from lggseg.volumes.sequence import assess

    request, model = SegmentRequest(str(flair_file)), load_model()
    study = read_study(request)
    results = [run_pipeline(request, model=model, study=study) for _ in range(2)]
    expected = run_pipeline(request, model=model)
    for result in results:
        np.testing.assert_array_equal(*(sitk.GetArrayFromImage(one.mask) for one in (result, expected)))
        assert result.report.inputs == expected.report.inputs
        assert result.notes == expected.notes
    study.assessment = assess(None, {"Modality": "CT"}, "CT head")
    with pytest.raises(InputError, match="expected a T2-FLAIR volume, got something else"):
        run_pipeline(request, model=model, study=study)
    assert run_pipeline(replace(request, force=True), model=model, study=study).notes
