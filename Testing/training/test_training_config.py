import pytest

from lggseg.errors import InputError
from lggseg_training import config


def test_the_file_and_the_schema_agree():
    assert config.load() == config.Config()


def test_overrides_win_and_survive_saving(tmp_path):
    changed = config.load(overrides=["optimization.steps=7", "network.features=[4,4,4,4]"])
    assert changed.optimization.steps == 7
    config.save(changed, tmp_path / "config.yaml")
    assert config.load(tmp_path / "config.yaml") == changed


@pytest.mark.parametrize("override", ["optimization.stepz=7", "optimization.steps=many"])
def test_wrong_keys_and_kinds_are_refused(override):
    with pytest.raises(InputError, match=r"write section\.key=value"):
        config.load(overrides=[override])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.yaml"):
        config.load(tmp_path / "none.yaml")
