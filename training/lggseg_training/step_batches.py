"""Which slices a step sees: follows from (seed, step, item) alone, however many processes make the batches.

A run that goes on from a checkpoint therefore sees what it would have seen.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from monai.transforms import Compose, Randomizable
from torch.utils.data import DataLoader, Dataset, Sampler

from lggseg.errors import FormatError

Place = tuple[int, int]
"""Step and number of the item within its batch."""


def seed_of(*numbers: int) -> int:
    """Return a seed of 32 bits that follows from numbers, such as (seed, step, item)."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch compute on one thread: by how many a sum is shared decides how it is rounded."""
    before = torch.get_num_threads()
    if before != 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if before != 1:
            torch.set_num_threads(before)


class StepSlices(Dataset[Any]):
    """Makes the item of a place.

    Args:
        indices: The volumes of an epoch, each as often as it is to be seen; every epoch deals them anew.
        transform: Makes an item of ``{"index": index}``; everything that it draws follows from its seed.
        seed: Of the run.
        batch_size: Items a step, of all processes together.
    """

    def __init__(
        self, indices: Sequence[int], transform: Callable[[dict[str, int]], Any], *, seed: int, batch_size: int
    ) -> None:
        self.indices = np.asarray(indices)
        self.transform = transform
        self.seed = seed
        self.batch_size = batch_size
        self._random = np.random.RandomState()
        share_state(transform, self._random)
        self._dealt: tuple[int, np.ndarray] = (-1, self.indices)

    def index_at(self, place: Place) -> int:
        """Return which volume a place shows."""
        step, item = place
        epoch, position = divmod(step * self.batch_size + item, len(self.indices))
        if self._dealt[0] != epoch:
            order = np.random.default_rng([self.seed, epoch]).permutation(len(self.indices))
            self._dealt = (epoch, self.indices[order])
        return int(self._dealt[1][position])

    def __getitem__(self, place: Place) -> Any:
        """Return the item of a place: bit by bit the same in this process and in a worker, which has one thread."""
        with one_thread():
            return self._item(place)

    def __getitems__(self, places: Sequence[Place]) -> list[Any]:
        """Return the items of a batch, as PyTorch's loader asks for them: the threads change once a batch."""
        with one_thread():
            return [self._item(place) for place in places]

    def _item(self, place: Place) -> Any:
        self._random.seed(seed_of(self.seed, *place))
        return self.transform({"index": self.index_at(place)})


def share_state(transform: Any, state: np.random.RandomState) -> None:
    """Let a transform and all in it draw from one state: to seed each of them would take a quarter of the time."""
    if isinstance(transform, Compose):
        Randomizable.set_random_state(transform, state=state)
        for part in transform.transforms:
            share_state(part, state)
    elif isinstance(transform, Randomizable):
        transform.set_random_state(state=state)


class StepBatches(Sampler[list[Place]]):
    """The places of this process, step after step without end.

    Args:
        batch_size: Items a step, of all processes together.
        first: The step to begin with.
        rank: Of this process.
        processes: How many share each batch.
    """

    def __init__(self, batch_size: int, first: int, *, rank: int = 0, processes: int = 1) -> None:
        self.batch_size = batch_size
        self.first = first
        self.rank = rank
        self.processes = processes

    def __iter__(self) -> Iterator[list[Place]]:
        """Yield the places of each step."""
        for step in range(self.first, sys.maxsize):
            yield [(step, item) for item in range(self.rank, self.batch_size, self.processes)]

    def __len__(self) -> int:
        """Return a number that no run reaches: the trainer counts the steps."""
        return sys.maxsize


class StepLoader(DataLoader[Any]):
    """Loads batch after batch and keeps its place in the checkpoints.

    Attributes:
        place: The step whose batch comes next.
        waited_seconds: How long whoever asked for batches has waited for them; without workers, as long as they take.
    """

    def __init__(self, slices: StepSlices, batches: StepBatches, workers: int) -> None:
        self.place = batches.first
        self.waited_seconds = 0.0
        super().__init__(
            slices,
            batch_sampler=batches,
            num_workers=workers,
            pin_memory=torch.cuda.is_available(),
            worker_init_fn=_one_thread if workers else None,
        )

    def __iter__(self) -> Any:
        """Yield the batches from the first step on."""
        asked = time.perf_counter()
        for batch in super().__iter__():
            self.waited_seconds += time.perf_counter() - asked
            self.place += 1
            yield batch
            asked = time.perf_counter()

    def state_dict(self) -> dict[str, int]:
        """Return the place for a checkpoint: the step whose batch comes next."""
        return {"step": self.place}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Make sure that the loader begins where the checkpoint ended.

        Raises:
            FormatError: If it does not: the run would not be the same.
        """
        if state["step"] != self.place:
            msg = f"expected a checkpoint that ended before step {self.place}, got one of step {state['step']}"
            raise FormatError(msg)


def _one_thread(_worker: int) -> None:
    """Let a worker use one core: several would fight over them."""
    torch.set_num_threads(1)
