"""Preprocessing exists once: training, MONAI bundle and command line see and say the same."""

import json
import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk
from heads import ball_volume
from monai.bundle import verify_metadata
from monai.transforms import Compose, EnsureChannelFirstd, LoadImaged
from places import ROOT

from lggseg.cli import main
from lggseg.model import preprocessing
from lggseg.model.bundle import BUNDLE_NAME
from lggseg.model.monai_transforms import PrepareStudyd, to_image, to_tensor
from lggseg.model.networks.registry import NetworkSpec
from lggseg.volumes import geometry, io

BUNDLE = ROOT / "Resources" / BUNDLE_NAME

pytestmark = [
    # MONAI and nibabel warn of their own dependencies.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture
def study(tmp_path):
    files = {}
    for seed, name in enumerate(preprocessing.SEQUENCES):
        image = geometry.reorient(ball_volume(seed=seed, spacing=(2.4, 2.4, 5.5)), "RAS")
        files[name] = tmp_path / f"{name}.nii.gz"
        sitk.WriteImage(image, str(files[name]))
    return files


def test_training_and_command_line_prepare_bit_for_bit_alike(study):
    load = Compose(
        [
            LoadImaged(tuple(study), image_only=True),
            EnsureChannelFirstd(tuple(study), channel_dim="no_channel"),
            PrepareStudyd(),
        ]
    )
    with_monai = load({name: str(file) for name, file in study.items()})
    with_core = preprocessing.prepare({name: io.read_volume(file) for name, file in study.items()})
    np.testing.assert_array_equal(with_monai["sequences"], with_core.sequences)
    np.testing.assert_array_equal(with_monai["foreground"], with_core.foreground)
    assert with_monai["neighbor_offset"] == with_core.neighbor_offset
    assert geometry.same_grid(with_monai["grid"], with_core.grid)


def test_images_survive_the_border_with_monai(head):
    again = to_image(to_tensor(geometry.reorient(head, "PIR")))
    assert geometry.same_grid(again, geometry.reorient(head, "PIR"))


def run_bundle(output, **overrides):
    command = [sys.executable, "-m", "monai.bundle", "run", "--config_file", str(BUNDLE / "configs" / "inference.json")]
    overrides = {"bundle_root": BUNDLE, "output_dir": output, "device": "$torch.device('cpu')", **overrides}
    command += [part for key, value in overrides.items() for part in (f"--{key}", str(value))]
    done = subprocess.run(command, cwd=ROOT / "LGGSegmentation", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_the_bundle_gives_the_mask_of_the_command_line(study, tmp_path):
    run_bundle(tmp_path / "monai", flair=study["flair"], pre=study["pre"], post=study["post"])
    arguments = ["segment", study["flair"], "--pre", study["pre"], "--post", study["post"], "-o", tmp_path / "lggseg"]
    assert main([str(argument) for argument in (*arguments, "--runtime", "torch")]) == 0
    with_bundle = sitk.ReadImage(str(tmp_path / "monai" / "flair_segmentation.nii.gz"))
    with_command = sitk.ReadImage(str(tmp_path / "lggseg" / "segmentation.nii.gz"))
    assert geometry.same_grid(with_bundle, with_command)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(with_bundle), sitk.GetArrayFromImage(with_command))


@pytest.mark.slow
def test_the_bundle_reads_nrrd_and_dicom(tmp_path):
    from synthetic_dicom import write_series

    image = sitk.Cast(ball_volume(), sitk.sitkInt16)
    sitk.WriteImage(image, str(tmp_path / "flair.nrrd"))
    write_series(image, tmp_path / "dicom")
    run_bundle(tmp_path / "a", flair=tmp_path / "flair.nrrd")
    run_bundle(tmp_path / "b", flair=tmp_path / "dicom")
    masks = [sitk.ReadImage(str(next((tmp_path / name).glob("*.nii.gz")))) for name in "ab"]
    assert geometry.same_grid(masks[0], image)
    np.testing.assert_array_equal(*[sitk.GetArrayFromImage(mask) for mask in masks])


@pytest.mark.slow
def test_monai_verifies_the_network_against_the_metadata():
    command = [sys.executable, "-m", "monai.bundle", "verify_net_in_out", "--net_id", "network_def"]
    command += ["--meta_file", str(BUNDLE / "configs" / "metadata.json")]
    command += ["--config_file", str(BUNDLE / "configs" / "inference.json"), "--bundle_root", str(BUNDLE)]
    done = subprocess.run(command, cwd=ROOT / "LGGSegmentation", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def kinds(**names):
    return {"type": "object", "required": list(names), "properties": names}


def test_monai_verifies_the_metadata(tmp_path):
    """What MONAI's schema (meta_schema_20240725.json, which it would download) asks for, in our words."""
    text, table = {"type": "string"}, {"type": "object"}
    numbers = {"type": "array", "items": {"type": "number"}}
    sizes = {"type": "array", "items": {"type": ["string", "integer"]}}
    tensor = kinds(
        type=text, format=text, num_channels={"type": "integer"}, spatial_shape=sizes, dtype=text, value_range=numbers
    )
    tensors = {"type": "object", "minProperties": 1, "additionalProperties": tensor}
    schema = kinds(
        schema=text, version=text, monai_version=text, pytorch_version=text, numpy_version=text,
        required_packages_version=table, task=text, description=text, authors=text, copyright=text,
        network_data_format=kinds(inputs=tensors, outputs=tensors),
    )  # fmt: skip
    schema["properties"] |= {
        "changelog": table, "eval_metrics": table, "supported_apps": table, "data_source": text, "data_type": text,
        "image_classes": text, "label_classes": text, "pred_classes": text, "intended_use": text,
        "references": {"type": "array", "items": text},
    }  # fmt: skip
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(schema))
    verify_metadata(meta_file=str(BUNDLE / "configs" / "metadata.json"), filepath=str(file))
    broken = json.loads((BUNDLE / "configs" / "metadata.json").read_text(encoding="utf-8"))
    broken["network_data_format"]["outputs"]["pred"]["num_channels"] = "one"
    (tmp_path / "metadata.json").write_text(json.dumps(broken))
    with pytest.raises(ValueError, match="'one' is not of type 'integer'"):
        verify_metadata(meta_file=str(tmp_path / "metadata.json"), filepath=str(file))


def test_both_configurations_describe_one_network():
    metadata = json.loads((BUNDLE / "configs" / "metadata.json").read_text(encoding="utf-8"))
    inference = json.loads((BUNDLE / "configs" / "inference.json").read_text(encoding="utf-8"))
    described = NetworkSpec.from_metadata(metadata["lggseg"])
    definition = inference["network_def"]
    if "features" in definition:  # as up to version 0.4
        assert described.to_json()["arguments"] == {"features": definition["features"]}
    else:
        assert {key: value for key, value in definition.items() if key != "_target_"} == described.to_json()
    assert inference["threshold"] == metadata["lggseg"]["threshold"]
    assert inference["components"] == metadata["lggseg"]["components"]
    assert metadata["network_data_format"]["inputs"]["image"]["num_channels"] == len(preprocessing.CHANNELS)
