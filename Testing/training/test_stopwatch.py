"""How a run tells of its time, over all its parts."""

import time

import pytest

from lggseg_training.stopwatch import DataShare


def timed():
    watch = DataShare()
    watch.waiting_seconds, watch.working_seconds, watch.cpu_seconds, watch.steps = 1.0, 3.0, 3.5, 8
    return watch


def test_a_resumed_run_tells_of_all_its_steps():
    resumed = DataShare()
    resumed.load_state_dict(timed().state_dict())
    assert resumed.to_json() == {"data_share": 0.25, "seconds_per_step": 0.5, "cpu_seconds": 3.5}
    assert resumed.in_words() == "25.0 %"


def test_where_nothing_was_timed_nothing_is_claimed():
    watch = DataShare()
    watch.load_state_dict({})  # a checkpoint of before version 0.5
    assert watch.to_json() == {"data_share": None, "seconds_per_step": None, "cpu_seconds": None}
    assert watch.in_words() == "an unknown share"


class Loading:
    """A trainer as the stopwatch sees it: its loader says how long it let the run wait."""

    def __init__(self):
        self.train_dataloader = self
        self.waited_seconds = 0.0

    def wait(self, seconds):
        time.sleep(seconds)
        self.waited_seconds += seconds


def test_processor_time_is_that_of_the_steps_alone():
    watch, trainer = DataShare(), Loading()
    watch.on_train_batch_start(trainer)
    sum(range(3_000_000))
    watch.on_train_batch_end()
    of_a_step = watch.cpu_seconds
    assert of_a_step > 0
    watch.on_validation_start()
    sum(range(3_000_000))
    watch.on_validation_end()
    watch.on_train_batch_start(trainer)
    watch.on_train_batch_end()
    assert watch.cpu_seconds < 1.5 * of_a_step


def test_checkpoints_and_logs_between_two_steps_are_no_waiting_for_data():
    watch, trainer = DataShare(), Loading()
    trainer.wait(0.05)  # the first batch, for which workers start
    for _ in range(2):
        watch.on_train_batch_start(trainer)
        time.sleep(0.02)
        watch.on_train_batch_end()
        time.sleep(0.1)  # a checkpoint
        trainer.wait(0.03)
    watch.on_train_batch_start(trainer)
    assert watch.waiting_seconds == pytest.approx(0.06)
    assert watch.working_seconds >= 0.24
    assert watch.share < 0.25
