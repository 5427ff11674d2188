import hashlib
import json

import pytest

from lggseg.errors import ModelError
from lggseg.model.bundle import METADATA_FILE, ONNX_FILE, RUN_MODEL_FOLDER, TORCH_FILE, find_bundle, load_bundle

SOUND = {"threshold": 0.5, "components": "large", "features": [8, 16], "sha256": {ONNX_FILE: "0"}}


def write_bundle(folder, **lggseg):
    (folder / "configs").mkdir(parents=True)
    metadata = {"name": "tiny", "version": "9.9", "lggseg": {**SOUND, **lggseg}}
    (folder / METADATA_FILE).write_text(json.dumps(metadata))
    return folder


def test_the_shipped_model_is_intact():
    bundle = load_bundle()
    for name in (ONNX_FILE, TORCH_FILE):
        assert bundle.verified(name).stat().st_size <= 8_000_000


def test_metadata_of_the_shipped_model_is_complete():
    metadata = load_bundle().metadata
    assert metadata["version"] in metadata["changelog"]
    assert "Research use only" in metadata["intended_use"]
    assert metadata["eval_metrics"]
    assert (find_bundle() / "LICENSE").is_file()
    assert (find_bundle() / "docs" / "README.md").is_file()


def test_a_changed_weight_file_is_refused(tmp_path):
    folder = write_bundle(tmp_path / "m", sha256={ONNX_FILE: hashlib.sha256(b"right").hexdigest()})
    (folder / "models").mkdir()
    (folder / ONNX_FILE).write_bytes(b"wrong")
    with pytest.raises(ModelError, match="damaged or replaced; install the model again"):
        load_bundle(folder).verified(ONNX_FILE)
    (folder / ONNX_FILE).write_bytes(b"right")
    assert load_bundle(folder).verified(ONNX_FILE) == folder / ONNX_FILE


def test_a_missing_weight_file_is_named(tmp_path):
    bundle = load_bundle(write_bundle(tmp_path / "m"))
    with pytest.raises(ModelError, match=r"model\.onnx: .*No such file"):
        bundle.verified(ONNX_FILE)


def test_a_missing_checksum_is_an_error(tmp_path):
    with pytest.raises(ModelError, match=r"expected a SHA-256 for models/model\.pt"):
        load_bundle(write_bundle(tmp_path / "m")).checksum(TORCH_FILE)


def test_a_folder_without_model_says_what_writes_one(tmp_path):
    with pytest.raises(ModelError, match=r"training/train\.py writes one"):
        load_bundle(tmp_path)


def test_the_rule_comes_from_the_metadata(tmp_path):
    bundle = load_bundle(write_bundle(tmp_path / "a", threshold=0.4, components="all"))
    assert (bundle.threshold, bundle.rule.components) == (0.4, "all")


def test_a_run_folder_has_its_model_in_it(tmp_path):
    write_bundle(tmp_path / "run" / RUN_MODEL_FOLDER)
    assert load_bundle(tmp_path / "run").folder == tmp_path / "run" / RUN_MODEL_FOLDER
