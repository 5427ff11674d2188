"""Features of a folder of masks."""

from __future__ import annotations

import argparse
import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk
from places import MODULE
from shape_bodies import blob, ellipsoid, image_of

from lggseg.cohort.features import COLUMNS, find_masks, folders_without, measure_cohort, write_features
from lggseg.cohort.tables import read_table
from lggseg.commands import features as command
from lggseg.errors import InputError, OutputError


def save(image, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(path))


@pytest.fixture
def prepared(tmp_path):
    folder = tmp_path / "masks"
    for n in range(3):
        save(image_of(blob(n, 12), (1, 1, 3)), folder / f"TCGA_CS_494{n}_1996090{n}" / "label.nii.gz")
    return folder


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


class TestFindMasks:
    def test_folders_of_patients(self, prepared):
        save(image_of(blob(9, 12)), prepared / "other" / "segmentation.nii.gz")
        (prepared / "empty").mkdir()
        assert [mask.patient for mask in find_masks(prepared)] == [*(f"TCGA_CS_494{n}" for n in range(3)), "other"]

    def test_files(self, tmp_path):
        for name in ("b_mask.nrrd", "a.nii.gz", "notes.txt", ".hidden.nii.gz"):
            (tmp_path / name).touch()
        assert [(mask.patient, mask.path.name) for mask in find_masks(tmp_path)] == [
            ("a", "a.nii.gz"),
            ("b", "b_mask.nrrd"),
        ]

    def test_another_name(self, prepared):
        save(image_of(blob(9, 12)), prepared / "x" / "tumor.nrrd")
        assert [mask.patient for mask in find_masks(prepared, name="tumor.nrrd")] == ["x"]

    def test_nothing_there(self, tmp_path):
        with pytest.raises(InputError, match=r"expected masks .* got neither"):
            find_masks(tmp_path)
        with pytest.raises(InputError, match="got nothing; give the folder"):
            find_masks(tmp_path / "none")

    def test_folders_without_a_mask_are_told(self, prepared):
        (prepared / "empty").mkdir()
        assert [folder.name for folder in folders_without(prepared, find_masks(prepared))] == ["empty"]
        save(image_of(blob(9, 12)), prepared / "alone.nii.gz")
        assert [folder.name for folder in folders_without(prepared, find_masks(prepared))] == ["empty"]


class TestMeasureCohort:
    def test_failures_are_rows_with_a_reason(self, prepared):
        (prepared / "broken").mkdir()
        (prepared / "broken" / "label.nii.gz").write_bytes(b"not an image")
        save(image_of(np.zeros((4, 4, 4))), prepared / "empty" / "label.nii.gz")
        save(sitk.GetImageFromArray(np.full((3, 3, 3), 0.5)), prepared / "soft" / "label.nii.gz")
        save(image_of(blob(9, 12)), prepared / "TCGA_CS_4940_20010101" / "label.nii.gz")
        reasons = {row.mask.path.parent.name: row.reason for row in measure_cohort(find_masks(prepared))}
        assert reasons["TCGA_CS_4941_19960901"] == ""
        assert "got a file of another kind" in reasons["broken"]
        assert "the mask is empty" in reasons["empty"]
        assert "fills 100 % of the volume" in reasons["soft"]
        assert reasons["TCGA_CS_4940_20010101"].startswith("a second mask of TCGA_CS_4940")

    def test_a_mask_that_is_cut_off_is_not_measured(self, prepared):
        whole = prepared / "TCGA_CS_4941_19960901" / "label.nii.gz"
        data = whole.read_bytes()
        whole.write_bytes(data[: len(data) * 6 // 10])
        (row,) = (row for row in measure_cohort(find_masks(prepared)) if row.mask.path == whole)
        assert "cut off" in row.reason

    def test_a_row_without_values_does_not_stand_in_the_way(self, tmp_path):
        table = tmp_path / "f.csv"
        table.write_text("patient,reason,x\nb,broken,\na,,1\na,a second mask of a,\nb,,2\n")
        rows = read_table(table).rows
        assert (rows["a"]["x"], rows["b"]["x"]) == ("1", "2")
        table.write_text("patient,reason,x\na,,1\na,,2\n")
        with pytest.raises(InputError, match="expected one row a patient"):
            read_table(table)

    def test_processes_give_what_one_gives(self, prepared):
        masks, seen = find_masks(prepared), []
        assert measure_cohort(masks, jobs=2, progress=lambda *step: seen.append(step)) == measure_cohort(masks)
        assert seen == [(1, 3), (2, 3), (3, 3)]

    def test_no_process_is_refused(self, prepared):
        with pytest.raises(InputError, match="--jobs: expected at least 1 process, got 0"):
            measure_cohort(find_masks(prepared), jobs=0)

    def test_nothing_half_written(self, prepared, tmp_path):
        rows = measure_cohort(find_masks(prepared))
        (tmp_path / "taken").mkdir()
        with pytest.raises(OutputError, match="taken"):
            write_features(tmp_path / "taken", rows, prepared)
        assert not list(tmp_path.glob(".*part"))

    def test_reasons_do_not_tell_where_the_folder_is(self, tmp_path):
        private = tmp_path / "Doe_Jane"
        save(image_of(blob(9, 12)), private / "good.nii.gz")
        (private / "bad.nii.gz").write_bytes(b"no volume")
        write_features(tmp_path / "f.csv", measure_cohort(find_masks(private)), private)
        assert "Doe_Jane" not in (tmp_path / "f.csv").read_text()
        assert read_table(tmp_path / "f.csv").rows["bad"]["reason"].startswith("bad.nii.gz: expected")


class TestCommand:
    def test_from_masks_to_csv(self, prepared, tmp_path, capsys):
        assert run(prepared, "-o", tmp_path / "features.csv", "--jobs", 1) == 0
        table = read_table(tmp_path / "features.csv")
        assert table.columns == COLUMNS
        row = table.rows["TCGA_CS_4941"]
        assert row["file"] == "TCGA_CS_4941_19960901/label.nii.gz"
        assert row["spacing_mm"] == "1 x 1 x 3"
        assert float(row["volume_ml"]) == pytest.approx(blob(1, 12).sum() * 3 / 1000)
        assert "3 of 3 masks measured. Research use only." in capsys.readouterr().out

    def test_a_name_in_folders_is_refused_where_masks_lie_loose(self, prepared, tmp_path):
        save(ellipsoid((8, 6, 5)), prepared / "p.nii.gz")
        with pytest.raises(InputError, match=r"--name label\.nii\.gz: expected folders .* got files \(p\.nii\.gz\)"):
            run(prepared, "-o", tmp_path / "f.csv", "--name", "label.nii.gz")

    def test_the_choice_of_points_reaches_the_measure(self, tmp_path):
        save(ellipsoid((8, 6, 5)), tmp_path / "masks" / "p.nii.gz")
        values = []
        for kind in ("corners", "centres"):
            run(tmp_path / "masks", "-o", tmp_path / "f.csv", "--jobs", 1, "--points", kind)
            values.append(float(read_table(tmp_path / "f.csv").rows["p"]["bevr"]))
        assert values[0] < values[1]

    def test_the_status_tells_when_nothing_could_be_measured(self, tmp_path, capsys):
        save(image_of(np.zeros((4, 4, 4))), tmp_path / "masks" / "p.nii.gz")
        assert run(tmp_path / "masks", "-o", tmp_path / "f.csv", "--jobs", 1) == 2
        assert "p: the mask is empty" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["features", "radiogenomics", "agreement"])
def test_help_loads_nothing_heavy(name):
    code = (
        f"import argparse, sys, lggseg.commands.{name} as c; c.add_arguments(argparse.ArgumentParser()); "
        "assert not {'scipy', 'numpy', 'SimpleITK'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=MODULE)
