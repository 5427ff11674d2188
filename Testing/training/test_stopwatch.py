"""How a run tells of its time, over all its parts."""

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


def test_processor_time_is_that_of_the_steps_alone():
    watch = DataShare()
    watch.on_train_batch_start()
    sum(range(3_000_000))
    watch.on_train_batch_end()
    of_a_step = watch.cpu_seconds
    assert of_a_step > 0
    watch.on_validation_start()
    sum(range(3_000_000))
    watch.on_validation_end()
    watch.on_train_batch_start()
    watch.on_train_batch_end()
    assert watch.cpu_seconds < 1.5 * of_a_step
