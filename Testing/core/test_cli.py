import json

import pytest

import lggseg
from lggseg.cli import COMMANDS, main
from lggseg.errors import OutputError


@pytest.mark.parametrize("command", [[], *[[name] for name in COMMANDS]])
def test_every_command_has_help_with_exit_statuses_and_notice(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--help"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert "exit status" in shown
    assert "Research use only" in shown


def test_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert lggseg.__version__ in capsys.readouterr().out


def test_an_unknown_command_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["segmnt"])
    assert stopped.value.code == 2
    assert "segmnt" in capsys.readouterr().err


def test_info_in_words_and_json(capsys):
    assert main(["info", "--json", "--verify"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["lggseg"] == lggseg.__version__
    assert content["model"]["name"] == "lgg_flair_unet"
    assert len(content["model"]["sha256"]) == 64
    assert main(["info"]) == 0
    assert "Research use only" in capsys.readouterr().out


def test_phantom_writes_a_study(tmp_path, capsys):
    assert main(["phantom", "-o", str(tmp_path), "--no-tumor"]) == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "flair.nii.gz",
        "label.nii.gz",
        "post.nii.gz",
        "pre.nii.gz",
    ]
    assert "Synthetic data" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["report.json", "study/flair.nii.gz"])
def test_demo_replaces_only_when_told_to(name, tmp_path, capsys):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("of a patient")
    assert main(["demo", "-o", str(tmp_path)]) == OutputError.exit_status
    assert f"holds {file.name} already" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "of a patient"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]


def test_phantom_replaces_only_when_told_to(tmp_path, capsys):
    (tmp_path / "flair.nii.gz").write_text("of a patient")
    assert main(["phantom", "-o", str(tmp_path)]) == OutputError.exit_status
    assert "holds flair.nii.gz already; choose another folder or add --overwrite" in capsys.readouterr().err
    assert (tmp_path / "flair.nii.gz").read_text(encoding="utf-8") == "of a patient"
    assert main(["phantom", "-o", str(tmp_path), "--overwrite"]) == 0
    assert (tmp_path / "flair.nii.gz").stat().st_size > 1000


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_demo_outlines_the_synthetic_abnormality(seed, tmp_path):
    assert main(["demo", "-o", str(tmp_path), "--seed", str(seed)]) == 0
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["comparison"]["Dice"] >= 0.8


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "most_ml"), [(0, 3.0), (3, 12.0)])
def test_a_healthy_head_gives_little(seed, most_ml, tmp_path):
    # Every patient it learnt from has a tumor: some millilitres in a healthy head are a known limit (README).
    assert main(["demo", "-o", str(tmp_path), "--no-tumor", "--seed", str(seed)]) == 0
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["measurements"]["volume_ml"] < most_ml
