"""From files to a report, with an outliner in one line in place of the model."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from lggseg.cli import main
from lggseg.growth.alignment import Alignment
from lggseg.growth.change import GROWN, SHRUNK, STABLE, change_map
from lggseg.growth.conclusion import Seen, between
from lggseg.growth.finding import find_studies
from lggseg.growth.rano import Category
from lggseg.growth.series import Choices, Outline, run_series
from lggseg.growth.timeline import TimePoint, Treatment
from lggseg.growth.writing import PART_COLUMNS, STUDY_COLUMNS, write_patient
from lggseg.phantom.study import make_phantom
from lggseg.volumes import geometry
from lggseg.volumes.io import write_volume

GROWTH = {"2020-01-01": 1.0, "2021-01-01": 1.6}


def person(growth: float, seed: int = 1) -> dict[str, sitk.Image]:
    return make_phantom(seed=seed, growth=growth, slices=26, size=68, spacing_mm=(3.0, 3.0, 5.0))


@pytest.fixture(scope="session")
def series_folder(tmp_path_factory) -> Path:
    """Two studies of a person who moved in between, each with FLAIR and mask."""
    root = tmp_path_factory.mktemp("growth") / "P01"
    for n, (name, growth) in enumerate(GROWTH.items()):
        study = person(growth)
        by = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.05 * n, 0.0, 0.1 * n, (8.0 * n, -5.0 * n, 0.0))
        write_volume(sitk.TransformGeometry(study["flair"], by), root / name / "flair.nii.gz")
        write_volume(sitk.TransformGeometry(study["label"], by), root / name / "label.nii.gz")
    return root


def masks_alone(series_folder: Path, target: Path) -> Path:
    for name in GROWTH:
        write_volume(sitk.ReadImage(str(series_folder / name / "label.nii.gz")), target / f"P01_{name}_mask.nii.gz")
    return target


def never(_flair: str) -> Outline:
    pytest.fail("there was a mask")


def ignore(_words: str) -> None:
    pass


def test_volumes_are_those_of_the_masks_and_never_of_resampled_ones(series_folder):
    ((patient, studies),) = find_studies([series_folder]).items()
    result = run_series(patient, studies, (), never, Choices(), ignore)
    for seen, growth in zip(result.seen, GROWTH.values(), strict=True):
        label = person(growth)["label"]
        expected = np.count_nonzero(sitk.GetArrayViewFromImage(label)) * 45 / 1000
        assert seen.point.volume_ml == pytest.approx(expected)
    assert not result.seen[1].alignment.doubtful
    assert result.seen[1].point.new_lesions == 0
    assert result.report.parts[0].velocity.value > 2


def test_the_map_of_the_change_lies_on_the_first_study(series_folder):
    ((patient, studies),) = find_studies([series_folder]).items()
    result = run_series(patient, studies, (), never, Choices(), ignore)
    labels = sitk.GetArrayFromImage(result.maps[date.fromisoformat("2021-01-01")])
    first = sitk.GetArrayFromImage(result.seen[0].mask) > 0
    assert labels.shape == first.shape
    counts = [np.count_nonzero(labels == label) for label in (STABLE, GROWN, SHRUNK)]
    assert counts[0] > 0.9 * np.count_nonzero(first)
    assert counts[1] > 0.3 * np.count_nonzero(first)
    assert counts[2] < 0.1 * np.count_nonzero(first)


def test_change_by_hand():
    def mask(*columns: int) -> sitk.Image:
        array = np.zeros((3, 3, 6), np.uint8)
        array[1, 1, list(columns)] = 1
        return sitk.GetImageFromArray(array)

    labels = sitk.GetArrayFromImage(change_map(mask(1, 2, 3), mask(2, 3, 4), sitk.Transform(3, sitk.sitkIdentity)))
    assert labels[1, 1].tolist() == [0, SHRUNK, STABLE, STABLE, GROWN, 0]


def test_masks_alone_are_measured_but_not_aligned(series_folder, tmp_path):
    ((patient, studies),) = find_studies([masks_alone(series_folder, tmp_path)]).items()
    result = run_series(patient, studies, (), never, Choices(), ignore)
    assert result.maps == {}
    assert result.report.parts[0].by_volume[1].reason == "new lesions were not looked for"


def test_studies_without_a_mask_are_outlined(series_folder, tmp_path):
    for name in GROWTH:
        write_volume(
            sitk.ReadImage(str(series_folder / name / "flair.nii.gz")), tmp_path / "P9" / name / "flair.nii.gz"
        )

    def bright(source: str) -> Outline:
        flair = sitk.ReadImage(source)
        mask = sitk.ConnectedThreshold(flair, [(40, 34, 16)], 580, 720)
        volume = np.count_nonzero(sitk.GetArrayViewFromImage(mask)) * 45 / 1000
        doubt = {"volume_low_ml": 0.9 * volume, "volume_high_ml": 1.1 * volume, "coverage": 0.9}
        return Outline(flair, mask, "threshold", doubt, ("made by a threshold",))

    ((patient, studies),) = find_studies([tmp_path]).items()
    result = run_series(patient, studies, (), bright, Choices(align=False), ignore)
    assert {seen.point.origin for seen in result.seen} == {"threshold"}
    assert all(seen.point.interval_ml for seen in result.seen)
    assert "2020-01-01: made by a threshold" in result.notes


def test_the_command_writes_everything(series_folder, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["growth", str(series_folder), "-o", str(out), "--treatment", "2022-01-01=surgery"]) == 0
    shown = capsys.readouterr().out
    assert "P01: Before treatment: it grows, mean diameter +" in shown
    assert "Research use only" in shown
    assert sorted(file.name for file in out.iterdir()) == [
        "change_2021-01-01.seg.nrrd",
        "checkerboard_2021-01-01.png",
        "growth.csv",
        "growth.html",
        "growth.json",
        "growth.svg",
        "overlay_2021-01-01.png",
        "studies.csv",
    ]
    labels = sitk.ReadImage(str(out / "change_2021-01-01.seg.nrrd"))
    assert [labels.GetMetaData(f"Segment{n}_Name") for n in range(3)] == ["stable", "grown", "shrunk"]
    assert [labels.GetMetaData(f"Segment{n}_LabelValue") for n in range(3)] == ["1", "2", "3"]
    page = (out / "growth.html").read_text(encoding="utf-8")
    for words in ("imaging part only", "Research use only", "moved by 9", "Velocity of diametric expansion"):
        assert words in page
    assert (out / "growth.csv").read_text(encoding="utf-8").splitlines()[0] == ",".join(PART_COLUMNS)
    assert (out / "studies.csv").read_text(encoding="utf-8").splitlines()[0] == ",".join(STUDY_COLUMNS)
    record = json.loads((out / "growth.json").read_text(encoding="utf-8"))
    assert record["treatments"] == [{"date": "2022-01-01", "kind": "surgery"}]


def test_results_are_not_replaced_unasked(series_folder, tmp_path, capsys):
    (tmp_path / "growth.html").write_text("somebody's")
    assert main(["growth", str(series_folder), "-o", str(tmp_path)]) == 4
    assert "holds growth.html already" in capsys.readouterr().err
    assert (tmp_path / "growth.html").read_text(encoding="utf-8") == "somebody's"


def test_a_cohort_goes_on_where_one_patient_cannot_be_read(series_folder, tmp_path, capsys):
    masks = masks_alone(series_folder, tmp_path / "masks")
    (masks / "P02_2020-01-01_mask.nii.gz").write_bytes(b"no NIfTI file")
    out = tmp_path / "out"
    assert main(["growth", str(masks), "-o", str(out)]) == 0
    assert "P02: not worked up:" in capsys.readouterr().out
    assert (out / "P01" / "growth.html").is_file()
    rows = (out / "growth.csv").read_text(encoding="utf-8").splitlines()
    assert rows[1].startswith('P01,"whole series, no treatment stated",2,2020-01-01,2021-01-01,')
    assert rows[2].startswith("P02,")
    assert '<a href="P01/growth.html">P01</a>' in (out / "growth.html").read_text(encoding="utf-8")


def test_json_lines_for_programs(series_folder, tmp_path, capsys):
    masks = masks_alone(series_folder, tmp_path / "masks")
    assert main(["growth", str(masks), "-o", str(tmp_path / "out"), "--progress", "json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["event"] == "result"
    assert events[-1]["sentences"]["P01"][0].startswith("It grows")


def test_a_mask_elsewhere_in_space_is_refused(series_folder, tmp_path, capsys):
    folder = tmp_path / "P1" / "2020-01-01"
    write_volume(sitk.ReadImage(str(series_folder / "2020-01-01" / "flair.nii.gz")), folder / "flair.nii.gz")
    mask = sitk.ReadImage(str(series_folder / "2020-01-01" / "label.nii.gz"))
    mask.SetOrigin((0.0, 0.0, 500.0))
    write_volume(mask, folder / "label.nii.gz")
    assert main(["growth", str(tmp_path / "P1"), "-o", str(tmp_path / "out")]) == 2
    assert "expected a mask inside the volume, got one 100 % outside" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--recompute"], "expected a FLAIR volume to outline anew, got a mask alone"),
        (["--error", "0"], "percentage between 0 and 100"),
        (["--model", "mine"], "--model: expected a study to outline, got masks of all; add --recompute"),
        (["--treatment", "soon"], "expected a day such as 2020-03-04, got 'soon'"),
        (["--treatment", "2020-01-01"], "expected study and treatment on different days"),
    ],
)
def test_what_cannot_be_done_says_why(more, message, series_folder, tmp_path, capsys):
    masks = masks_alone(series_folder, tmp_path / "masks")
    assert main(["growth", str(masks), "-o", str(tmp_path / "out"), *more]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_studies_cannot_both_be_aligned_and_not(series_folder, tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["growth", str(series_folder), "-o", str(tmp_path / "out"), "--no-align", "--aligned"])
    assert "not allowed with argument" in capsys.readouterr().err


def test_a_treatment_needs_to_belong_to_somebody(series_folder, tmp_path, capsys):
    table = tmp_path / "treatments.csv"
    table.write_text("patient,date,kind\nP1,2020-06-01,surgery\n")
    assert main(["growth", str(series_folder), "-o", str(tmp_path / "out"), "--treatments", str(table)]) == 2
    assert "expected patients among P01, got P1" in capsys.readouterr().err


def test_a_new_lesion_is_seen_after_treatment_too(series_folder):
    ((patient, studies),) = find_studies([series_folder]).items()
    treatments = (Treatment(date.fromisoformat("2020-06-01"), "drug"),)
    result = run_series(patient, studies, treatments, never, Choices(), ignore)
    assert result.seen[1].point.new_lesions == 0  # against the last study before the drug


def test_two_patients_never_share_a_folder(series_folder, tmp_path, capsys):
    mask = sitk.ReadImage(str(series_folder / "2020-01-01" / "label.nii.gz"))
    table = tmp_path / "days.csv"
    table.write_text("study,date,patient\na_mask.nii.gz,2020-01-01,A/B\nb_mask.nii.gz,2020-01-01,A_B\n")
    for name in ("a", "b"):
        write_volume(mask, tmp_path / "masks" / f"{name}_mask.nii.gz")
    arguments = [str(tmp_path / "masks"), "-o", str(tmp_path / "out"), "--dates", str(table)]
    assert main(["growth", *arguments]) == 2
    assert "got «A/B» and «A_B»" in capsys.readouterr().err


def test_studies_said_to_be_aligned_are_taken_as_they_lie(series_folder, tmp_path):
    masks = masks_alone(series_folder, tmp_path / "masks")
    assert main(["growth", str(masks), "-o", str(tmp_path / "out"), "--aligned"]) == 0
    assert (tmp_path / "out" / "change_2021-01-01.seg.nrrd").is_file()
    assert "said to lie in one space" in (tmp_path / "out" / "growth.html").read_text(encoding="utf-8")
    header, _, second = (tmp_path / "out" / "studies.csv").read_text(encoding="utf-8").splitlines()
    assert dict(zip(header.split(","), second.split(","), strict=False))["similarity"] == ""


def test_a_study_is_compared_with_a_baseline_that_is_not_the_first():
    def seen(name: str, transform: sitk.Transform) -> Seen:
        point = TimePoint(date.fromisoformat(name), 1.0)
        return Seen(point, sitk.Image(1, 1, 1, sitk.sitkUInt8), None, Alignment(transform, 0.9, 0.1, 0.0, 0.0))

    to_baseline = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.1, 0.2, 0.3, (5.0, -7.0, 11.0))
    to_one = sitk.Euler3DTransform((3.0, 2.0, 1.0), -0.2, 0.1, 0.4, (-8.0, 4.0, 2.0))
    first, baseline, one = (
        seen(name, transform)
        for name, transform in (("2020-01-01", to_one), ("2021-01-01", to_baseline), ("2022-01-01", to_one))
    )
    place = (12.0, -30.0, 25.0)  # in the space of the first study
    moved = between(one, baseline, first=first).TransformPoint(to_one.TransformPoint(place))
    assert moved == pytest.approx(to_baseline.TransformPoint(place))
    assert between(one, first, first=first).TransformPoint(to_one.TransformPoint(place)) == pytest.approx(place)
    lost = replace(one, alignment=replace(one.alignment, similarity=0.2))
    assert between(lost, baseline, first=first) is None


def test_outlines_of_different_origin_are_not_drawn_over_each_other(series_folder, tmp_path):
    ((patient, studies),) = find_studies([series_folder]).items()
    mixed = [studies[0], replace(studies[1], origin="another model")]
    result = run_series(patient, mixed, (), never, Choices(), ignore)
    assert result.maps == {}
    write_patient(result, tmp_path, overwrite=False)
    assert not list(tmp_path.glob("overlay*"))
    assert len(list(tmp_path.glob("checkerboard*"))) == 1
    assert "No slope: outlines of different origin" in (tmp_path / "growth.html").read_text(encoding="utf-8")


def test_what_an_earlier_run_left_goes_and_what_a_person_changed_stays(series_folder, tmp_path):
    out = tmp_path / "out"
    assert main(["growth", str(series_folder), "-o", str(out)]) == 0
    (out / "overlay_2021-01-01.png").write_bytes(b"drawn upon by a person")
    assert main(["growth", str(series_folder / "2020-01-01"), "-o", str(out), "--overwrite"]) == 0
    assert sorted(file.name for file in out.iterdir()) == [
        "growth.csv",
        "growth.html",
        "growth.json",
        "growth.svg",
        "overlay_2021-01-01.png",
        "studies.csv",
    ]


def test_a_piece_elsewhere_is_pointed_out(series_folder, tmp_path):
    for name in GROWTH:
        mask = sitk.ReadImage(str(series_folder / "2020-01-01" / "label.nii.gz"))
        if name == "2021-01-01":
            array = sitk.GetArrayFromImage(mask)
            array[3:6, 40:46, 30:36] = 1  # 18 x 18 x 15 mm below the brain's middle
            mask = geometry.like(array, mask)
        write_volume(mask, tmp_path / f"P1_{name}_mask.nii.gz")
    ((patient, studies),) = find_studies([tmp_path]).items()
    result = run_series(patient, studies, (), never, Choices(aligned=True), ignore)
    assert result.seen[1].point.new_lesions == 1
    assert result.report.parts[0].by_volume[1].category == Category.PROGRESSION
    assert any("1 measurable piece lies away from the abnormality" in note for note in result.notes)
