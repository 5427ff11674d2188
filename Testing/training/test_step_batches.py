"""What a step sees follows from seed, step and item alone."""

from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from training_runs import LIBRARY_WARNINGS

from lggseg.errors import FormatError
from lggseg_training.config import Config, Optimization, Sampling
from lggseg_training.slices import training_slices
from lggseg_training.step_batches import StepBatches, StepLoader, StepSlices

pytestmark = LIBRARY_WARNINGS


def settings(seed=5):
    return Config(seed=seed, sampling=Sampling(crop_pixels=64), optimization=Optimization(batch_size=2))


def loader(volumes, *, first=0, workers=0, seed=5):
    return StepLoader(training_slices(volumes, settings(seed)), StepBatches(2, first), workers)


def images(batches, steps):
    return [batch["image"] for batch in islice(batches, steps)]


def test_batches_are_the_same_with_and_without_workers_and_from_the_middle(volumes):
    whole, apart = (images(loader(volumes, workers=workers), 4) for workers in (0, 2))
    rest = loader(volumes, first=2)
    assert all(torch.equal(a, b) for a, b in zip(whole, apart, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(whole[2:], images(rest, 2), strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(whole, images(loader(volumes, seed=6), 4), strict=True))
    assert rest.state_dict() == {"step": 4}


@given(st.integers(1, 7), st.integers(1, 5), st.integers(0, 100))
def test_every_volume_is_seen_equally_often_in_an_epoch(count, batch_size, seed):
    slices = StepSlices(range(count), dict, seed=seed, batch_size=batch_size)
    seen = [slices.index_at(divmod(place, batch_size)) for place in range(3 * count)]
    for epoch in range(3):
        assert sorted(seen[epoch * count : (epoch + 1) * count]) == list(range(count))


@given(st.integers(1, 4), st.integers(1, 5))
def test_processes_share_each_batch(processes, each):
    size = processes * each
    parts = [iter(StepBatches(size, 3, rank=rank, processes=processes)) for rank in range(processes)]
    for step in (3, 4):
        batch = sorted(place for part in parts for place in next(part))
        assert batch == [(step, item) for item in range(size)]


def test_a_checkpoint_of_another_place_is_refused(volumes):
    at_four = loader(volumes, first=4)
    at_four.load_state_dict({"step": 4})
    with pytest.raises(FormatError, match="got one of step 3"):
        at_four.load_state_dict({"step": 3})


@pytest.fixture
def threads():
    """Set how many threads PyTorch computes on; afterwards as before."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def test_a_draw_is_the_same_bit_by_bit_on_any_number_of_threads(volumes, threads):
    """Slices of the size of a real run: PyTorch shares the sum of a large array among its threads."""
    slices = training_slices(volumes, Config(seed=5, sampling=Sampling(crop_pixels=192)))
    places = [(step, item) for step in range(6) for item in range(3)]
    drawn = []
    for number in (2, 1):
        threads(number)
        drawn.append([item["image"] for item in slices.__getitems__(places)])
        assert torch.get_num_threads() == number, "the network computes on as many as before"
    assert all(torch.equal(a, b) for a, b in zip(*drawn, strict=True))
    assert torch.equal(slices[places[4]]["image"], drawn[0][4])


def test_nothing_is_drawn_from_the_state_of_the_process(volumes):
    slices = training_slices(volumes, settings())
    first = slices[7, 1]["image"]
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    assert torch.equal(slices[7, 1]["image"], first)
