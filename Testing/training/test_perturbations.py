"""Perturbations keep the label with the head, and robustness is what they cost."""

import json

import numpy as np
import pytest
import SimpleITK as sitk
from heads import ball_volume
from tiny_model import write_tiny_run

from lggseg.volumes import geometry
from lggseg_training.perturbations import LABEL, PERTURBATIONS
from lggseg_training.plan import write_plan
from lggseg_training.robustness import summary_of
from lggseg_training.synthetic import write_synthetic_dataset
from training import robustness


@pytest.fixture(scope="module")
def study():
    flair = sitk.Cast(ball_volume(), sitk.sitkFloat32)
    label = sitk.Cast((flair > 140) & (flair < 220), sitk.sitkUInt8)
    return {"flair": flair, "pre": flair, "post": flair, LABEL: label}


CASES = [(name, strength) for name, each in PERTURBATIONS.items() for strength in each.strengths]


@pytest.mark.parametrize(("name", "strength"), CASES)
def test_the_label_stays_on_what_it_labels(study, name, strength):
    changed = PERTURBATIONS[name].change(study, strength, 7)
    flair, label = changed["flair"], changed[LABEL]
    assert geometry.same_grid(flair, label)
    array, inside = sitk.GetArrayFromImage(flair), sitk.GetArrayFromImage(label) > 0
    assert inside.any()
    assert np.isfinite(array).all()
    whole = [sitk.GetArrayFromImage(study[key]) for key in ("flair", LABEL)]
    before = np.median(whole[0][whole[1] > 0]) - np.median(whole[0])
    after = np.median(array[inside]) - np.median(array)
    assert after > 0.3 * before * (strength if name == "intensity scale" else 1.0)


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_a_perturbation_changes_something_and_repeats_itself(study, name):
    change, strength = PERTURBATIONS[name].change, PERTURBATIONS[name].strengths[1]
    first, second = change(study, strength, 3), change(study, strength, 3)
    assert list(first) == list(second)
    for key in first:
        np.testing.assert_array_equal(*(sitk.GetArrayFromImage(each[key]) for each in (first, second)))
    same = list(first) == list(study) and all(
        first[key].GetSize() == study[key].GetSize()
        and np.array_equal(sitk.GetArrayFromImage(first[key]), sitk.GetArrayFromImage(study[key]))
        for key in study
    )
    assert not same


@pytest.mark.parametrize("millimetres", [2.0, 8.0])
def test_other_slices_cover_the_same_head(study, millimetres):
    changed = PERTURBATIONS["slice thickness"].change(study, millimetres, 0)
    heights = [each[LABEL].GetSize()[2] * each[LABEL].GetSpacing()[2] for each in (study, changed)]
    assert heights[1] == pytest.approx(heights[0], abs=millimetres)
    volumes = [sitk.GetArrayFromImage(e[LABEL]).sum() * geometry.voxel_volume_ml(e[LABEL]) for e in (study, changed)]
    assert volumes[1] == pytest.approx(volumes[0], rel=0.2)
    middles = [
        np.array(e[LABEL].TransformContinuousIndexToPhysicalPoint([0.5 * (n - 1) for n in e[LABEL].GetSize()]))
        for e in (study, changed)
    ]
    assert np.abs(middles[1] - middles[0]).max() < 1e-6


def test_the_summary_tells_what_is_lost_and_whether_it_is_too_much():
    rows = [
        {"case": str(n), "perturbation": "noise", "strength": "medium", "dice": 0.8, "unchanged": 0.8 + 0.02 * n}
        for n in range(5)
    ]
    found = summary_of(rows)["noise"]
    assert found["medium"]["mean"] == pytest.approx(0.04)
    assert (found["medium"]["value"], found["medium"]["patients"], found["within_limit"]) == (6, 5, False)
    assert "weak" not in found


@pytest.mark.slow
def test_robustness_is_measured_on_unseen_patients_and_goes_on(tmp_path, monkeypatch):
    chosen = {"flip": PERTURBATIONS["flip"], "missing sequence": PERTURBATIONS["missing sequence"]}
    for module in ("lggseg_training.robustness.PERTURBATIONS", "lggseg_training.perturbations.PERTURBATIONS"):
        monkeypatch.setattr(module, chosen)
    data = write_synthetic_dataset(tmp_path / "data", patients=2)
    run = write_tiny_run(tmp_path / "run")
    write_plan(run / "plan.json", "fold0", training={"SYN_001"}, validation={"SYN_000"})
    arguments = ["--run", str(run), "--data", str(data), "-o", str(tmp_path / "out")]
    assert robustness.main(arguments) == 0
    table = tmp_path / "out" / "robustness.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 6
    assert all(line.startswith("SYN_000") for line in lines[1:])
    assert set(json.loads((tmp_path / "out" / "robustness.json").read_text(encoding="utf-8"))) == set(chosen)
    table.write_text("\n".join(line.replace(lines[1].split(",")[3], "0.1234") for line in lines) + "\n")
    with table.open("a", encoding="utf-8") as stream:
        stream.write("SYN_001,flip,weak,0,1\n")  # of a patient who is not asked about any more
    assert robustness.main([*arguments, "--cases", "1"]) == 0
    summary = json.loads((tmp_path / "out" / "robustness.json").read_text(encoding="utf-8"))
    assert summary["flip"]["weak"]["patients"] == 1
    assert robustness.main([*arguments, "--cases", "0"]) == 2
    write_tiny_run(run, seed=1)
    assert robustness.main(arguments) == 2
    assert "0.1234" in table.read_text(encoding="utf-8")
