"""Alignment from files, by the command."""

from __future__ import annotations

import json

import numpy as np
import pytest
import SimpleITK as sitk

from lggseg.cli import main
from lggseg.errors import InputError
from lggseg.growth.aligning import read_alignment
from lggseg.phantom.study import make_phantom
from lggseg.volumes.io import write_volume

PLACE = (20.0, -30.0, 15.0)


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """A head, and the same head moved, with their masks."""
    folder = tmp_path_factory.mktemp("aligned")
    study = make_phantom(seed=1, slices=26, size=68, spacing_mm=(3.0, 3.0, 5.0))
    by = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.05, 0.0, 0.1, (8.0, -5.0, 0.0))
    for name in ("flair", "label"):
        write_volume(study[name], folder / "first" / f"{name}.nii.gz")
        write_volume(sitk.TransformGeometry(study[name], by), folder / "second" / f"{name}.nii.gz")
    return folder, by


def test_the_command_aligns_and_says_how_well(studies, tmp_path, capsys):
    folder, by = studies
    masks = [f"--{n}-mask={folder / name / 'label.nii.gz'}" for n, name in (("baseline", "first"), ("later", "second"))]
    files = [str(folder / name / "flair.nii.gz") for name in ("first", "second")]
    assert main(["align", *files, *masks, "-o", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "Similarity" in said
    assert "Research use only" in said
    found = read_alignment(tmp_path)
    # TransformGeometry moves the volume by the inverse.
    np.testing.assert_allclose(by.TransformPoint(found.transform.TransformPoint(PLACE)), PLACE, atol=0.5)
    assert json.loads((tmp_path / "alignment.json").read_text(encoding="utf-8"))["doubtful"] is False
    assert f"{found.similarity:.2f}" in said
    assert main(["align", *files, "-o", str(tmp_path)]) == 4, "a result is not replaced unasked"


def test_a_cancelled_alignment_writes_nothing(studies, tmp_path, capsys):
    folder, _ = studies
    files = [str(folder / name / "flair.nii.gz") for name in ("first", "second")]
    asked = tmp_path / "cancel"
    asked.touch()
    out = tmp_path / "out"
    assert main(["align", *files, "-o", str(out), "--cancel-file", str(asked), "--progress", "json"]) == 130
    assert "cancelled" in capsys.readouterr().out
    assert not out.exists()


def test_a_mask_of_elsewhere_is_refused(studies, tmp_path, capsys):
    folder, _ = studies
    files = [str(folder / name / "flair.nii.gz") for name in ("first", "second")]
    label = sitk.ReadImage(str(folder / "first" / "label.nii.gz"))
    label.SetOrigin((400.0, 400.0, 400.0))
    write_volume(label, tmp_path / "elsewhere.nii.gz")
    wrong = f"--baseline-mask={tmp_path / 'elsewhere.nii.gz'}"
    assert main(["align", *files, wrong, "-o", str(tmp_path / "out")]) == 2
    assert "elsewhere.nii.gz" in capsys.readouterr().err


def test_a_folder_without_an_alignment_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"expected alignment\.tfm and alignment\.json"):
        read_alignment(tmp_path)
