"""Checkpoints: whole or not there, saved when it is time, and never run as a program."""

import pickle
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from lightning.fabric.plugins import TorchCheckpointIO
from tiny_model import TINY_FEATURES
from training_runs import LIBRARY_WARNINGS, run_training

from lggseg.errors import FormatError, OutputError
from lggseg_training import config
from lggseg_training.checkpoints import KeepCheckpoints, WholeCheckpoints, check_checkpoint, read_checkpoint
from lggseg_training.module import NetworkTraining
from lggseg_training.run_files import BEST_CHECKPOINT, LAST_CHECKPOINT

pytestmark = LIBRARY_WARNINGS

SIZE = 32


def model_of(*overrides):
    sizes = (f"network.arguments.features={TINY_FEATURES}", "network.pretrained=false")
    return NetworkTraining(config.load(overrides=[*sizes, *overrides])).eval()


def content_of(model):
    """Return what Lightning would keep of a model that has taken one step."""
    made = model.configure_optimizers()
    model(torch.zeros(1, 5, SIZE, SIZE)).sum().backward()
    made["optimizer"].step()
    weights = model.state_dict()
    return {
        "global_step": 1,
        "state_dict": weights,
        "current_model_state": weights,
        "averaging_state": {"n_averaged": torch.tensor(1)},
        "optimizer_states": [made["optimizer"].state_dict()],
        "lr_schedulers": [made["lr_scheduler"]["scheduler"].state_dict()],
        "callbacks": {},
        "loops": {},
        "plateau": model.plateau.state_dict(),
    }


@pytest.fixture(scope="module")
def content():
    torch.manual_seed(0)
    return content_of(model_of())


@pytest.fixture
def file(tmp_path, content):
    torch.save(content, tmp_path / LAST_CHECKPOINT)
    return tmp_path / LAST_CHECKPOINT


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return (Path.mkdir, (self.folder,))


def test_a_sound_checkpoint_is_read(file, content):
    found = read_checkpoint(file)
    assert found["global_step"] == 1
    assert all(torch.equal(found["state_dict"][name], value) for name, value in content["state_dict"].items())
    check_checkpoint(file, model_of())


@pytest.mark.parametrize("place", ["callbacks", "plateau"])
def test_what_a_checkpoint_holds_is_not_run(tmp_path, content, place):
    crater, file = tmp_path / "crater", tmp_path / LAST_CHECKPOINT
    torch.save({**content, place: {"harmless": Bomb(crater)}}, file)
    with pytest.raises(FormatError, match="nothing of it was run; begin anew with --restart") as refused:
        read_checkpoint(file)
    assert "weights_only" not in str(refused.value), "no advice to open the door"
    assert not crater.exists()
    torch.load(file, weights_only=False)
    assert crater.is_dir(), "the bomb is live"


def test_a_bomb_that_is_no_archive_is_not_run_either(tmp_path):
    crater, file = tmp_path / "crater", tmp_path / LAST_CHECKPOINT
    file.write_bytes(pickle.dumps({"global_step": Bomb(crater)}))
    with pytest.raises(FormatError, match="nothing of it was run"):
        read_checkpoint(file)
    assert not crater.exists()


def test_a_run_with_a_bomb_in_its_folder_is_refused_in_one_line(dataset, tmp_path, capsys, content):
    crater, folder = tmp_path / "crater", tmp_path / "run"
    folder.mkdir()
    torch.save({**content, "callbacks": {"harmless": Bomb(crater)}}, folder / LAST_CHECKPOINT)
    assert run_training(dataset, folder) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("train: ")
    assert "nothing of it was run" in said
    assert not crater.exists()


def test_a_bit_that_fell_over_is_found(file):
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 4  # in the middle of the weights, which PyTorch reads without a look at the sum
    file.write_bytes(damaged)
    with pytest.raises(FormatError, match="one that is damaged"):
        read_checkpoint(file)


@pytest.mark.parametrize("length", [0, 1, 100, -1000])
def test_a_checkpoint_that_ends_early_is_refused(file, length):
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(FormatError, match="expected the checkpoint of a run"):
        read_checkpoint(file)


@given(
    part=st.sampled_from(
        [
            "global_step",
            "state_dict",
            "current_model_state",
            "averaging_state",
            "optimizer_states",
            "callbacks",
            "loops",
        ]
    ),
    junk=st.one_of(st.none(), st.text(max_size=3), st.floats(), st.tuples(st.integers())),
)
def test_parts_of_another_kind_are_named(tmp_path_factory, content, part, junk):
    file = tmp_path_factory.mktemp("junk") / LAST_CHECKPOINT
    small = {name: value if name == "global_step" else type(value)() for name, value in content.items()}
    torch.save({**small, part: junk}, file)
    with pytest.raises(FormatError, match=f"one without a fit {part}"):
        read_checkpoint(file)


def test_no_list_of_parts_is_refused(tmp_path):
    torch.save([1, 2], tmp_path / LAST_CHECKPOINT)
    with pytest.raises(FormatError, match="one without a fit global_step"):
        read_checkpoint(tmp_path / LAST_CHECKPOINT)


def without_moments(content):
    return {**content, "optimizer_states": [{**content["optimizer_states"][0], "param_groups": []}]}


def with_moments_of_another_shape(content):
    states = content["optimizer_states"][0]
    changed = {number: {**one, "exp_avg": torch.zeros(1, 2)} for number, one in states["state"].items()}
    return {**content, "optimizer_states": [{**states, "state": changed}]}


def without_optimizer(content):
    return {**content, "optimizer_states": []}


def without_count_of_averages(content):
    return {**content, "averaging_state": {}}


def with_fewer_weights(content):
    return {**content, "state_dict": dict(list(content["state_dict"].items())[1:])}


@pytest.mark.parametrize(
    "damage",
    [
        without_moments,
        with_moments_of_another_shape,
        without_optimizer,
        without_count_of_averages,
        with_fewer_weights,
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused(tmp_path, content, damage):
    file = tmp_path / LAST_CHECKPOINT
    torch.save(damage(content), file)
    with pytest.raises(FormatError, match="one of another network; begin anew with --restart"):
        check_checkpoint(file, model_of())


def test_a_run_does_not_go_on_with_another_network(file):
    with pytest.raises(FormatError, match=r"last\.ckpt: expected .* got one of another network"):
        check_checkpoint(file, model_of("network.name=unet_light", "network.arguments.features=[4,4,4]"))


def test_a_run_that_dies_while_it_writes_keeps_the_checkpoint_before(tmp_path, monkeypatch):
    writer, file = WholeCheckpoints(), tmp_path / LAST_CHECKPOINT
    writer.save_checkpoint({"step": 1}, file)

    def half(_self, _checkpoint, path, _options=None):
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(TorchCheckpointIO, "save_checkpoint", half)
    with pytest.raises(OutputError, match="No space left"):
        writer.save_checkpoint({"step": 2}, file)
    assert torch.load(file) == {"step": 1}
    assert [one.name for one in tmp_path.iterdir()] == [LAST_CHECKPOINT]


class Recorder:
    """As much of a trainer as the callback asks: where it stands, and which files it was told to save."""

    world_size = 1
    max_steps = 10

    def __init__(self):
        self.global_step = 0
        self.callback_metrics = {}
        self.saved = []

    def save_checkpoint(self, path):
        """Note the file and the step."""
        self.saved.append((Path(path).name, self.global_step))


def walk(keeper, steps, validate_every=None, dices=()):
    trainer, dices = Recorder(), iter(dices)
    for step in range(1, steps + 1):
        trainer.global_step = step
        keeper.on_train_batch_end(trainer)
        if validate_every and step % validate_every == 0:
            trainer.callback_metrics = {"val_dice": torch.tensor(next(dices))}
            keeper.on_validation_end(trainer)
    return trainer.saved


def options(every_steps=4, every_minutes=1e9):
    return config.Checkpoints(every_steps=every_steps, every_minutes=every_minutes)


def test_the_last_is_saved_every_so_many_steps_and_at_the_end(tmp_path):
    keeper = KeepCheckpoints(tmp_path, options(), None)
    assert walk(keeper, 10) == [(LAST_CHECKPOINT, 4), (LAST_CHECKPOINT, 8), (LAST_CHECKPOINT, 10)]


def test_the_last_is_saved_where_minutes_have_gone_by(tmp_path):
    keeper = KeepCheckpoints(tmp_path, options(every_steps=1000, every_minutes=0.0), None)
    assert walk(keeper, 3) == [(LAST_CHECKPOINT, step) for step in (1, 2, 3)]


def test_a_step_that_validates_is_saved_after_that_and_the_best_once(tmp_path):
    keeper = KeepCheckpoints(tmp_path, options(every_steps=3), 3)
    found = walk(keeper, 9, validate_every=3, dices=(0.5, 0.4, 0.6))
    assert found == [
        (BEST_CHECKPOINT, 3), (LAST_CHECKPOINT, 3), (LAST_CHECKPOINT, 6), (BEST_CHECKPOINT, 9), (LAST_CHECKPOINT, 9)
    ]  # fmt: skip


def test_a_resumed_run_knows_its_best(tmp_path):
    before = KeepCheckpoints(tmp_path, options(), 3)
    walk(before, 3, validate_every=3, dices=(0.7,))
    after = KeepCheckpoints(tmp_path, options(), 3)
    after.load_state_dict(before.state_dict())
    assert (BEST_CHECKPOINT, 3) not in walk(after, 3, validate_every=3, dices=(0.65,))
    assert isinstance(before.state_dict()["best"], float), "a number that a safe reader takes"
