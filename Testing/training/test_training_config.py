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


@pytest.mark.parametrize(
    ("overrides", "changed"),
    [
        (["optimization.steps=7", "validation.keep=best", "sampling.workers=0", "checkpoints.every_steps=3"], ""),
        (["optimization.learning_rate=.5"], "optimization.learning_rate 0.001, now 0.5"),
        (["network.arguments.features=[4,4]"], "network.arguments {}, now {'features': [4, 4]}"),
        (["seed=7", "loss.alpha=.5"], "seed 2019, now 7; loss.alpha 0.7, now 0.5"),
    ],
)
def test_what_makes_another_run_is_refused(tmp_path, overrides, changed):
    config.save(config.Config(), tmp_path / "config.yaml")
    now = config.load(overrides=overrides)
    config.refuse_other(now, tmp_path, tmp_path / "none.yaml")
    if not changed:
        config.refuse_other(now, tmp_path, tmp_path / "config.yaml")
        return
    with pytest.raises(InputError) as refused:
        config.refuse_other(now, tmp_path, tmp_path / "config.yaml")
    assert f"got others ({changed}); choose another --output, or --restart" in str(refused.value)


@pytest.mark.parametrize("override", ["optimization.stepz=7", "optimization.steps=many"])
def test_wrong_keys_and_kinds_are_refused(override):
    with pytest.raises(InputError, match=r"write section\.key=value"):
        config.load(overrides=[override])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.yaml"):
        config.load(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("optimization.steps=-1", "above 0"),
        ("checkpoints.every_minutes=nan", "above 0"),
        ("validation.early_stopping_checks=-1", "0 or more"),
        ("optimization.gradient_clip=-1", "0 or more"),
        ("sampling.tumor_share=60", "from 0 to 1"),
        ("optimization.ema_decay=1.5", "from 0 to 1"),
        ("loss.name=dise", "one of "),
    ],
)
def test_values_that_make_no_run_are_refused(override, expected):
    key = override.split("=")[0]
    with pytest.raises(InputError, match=f"{key}: expected .*{expected}"):
        config.load(overrides=[override])


def test_volumes_of_elsewhere_leave_something_to_the_data_set():
    with pytest.raises(InputError, match=r"expected less than 1 together, got 0\.9 and 0\.1"):
        config.load(overrides=["sampling.extra_share=.9", "sampling.negative_share=.1"])
