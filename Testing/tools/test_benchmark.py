import sys

import pytest

from tools import benchmark, rivals


def parameters(network):
    return sum(weight.numel() for weight in network.parameters()) / 1e6


@pytest.mark.parametrize(
    ("make", "millions"), [(rivals.plain_unet, 7.8), (rivals.nnunet_2d, 33), (rivals.brats_segresnet, 4.7)]
)
def test_rivals_have_the_size_that_is_said_of_them(make, millions):
    assert parameters(make()) == pytest.approx(millions, rel=0.05)


def test_candidates_take_turns_and_the_first_round_does_not_count():
    order = []
    candidates = {name: (lambda name=name: order.append(name), times) for name, times in (("a", 1), ("b", 1000))}
    timings = benchmark.take_turns(candidates, 3)
    assert order == ["a", "b"] * 4
    assert timings["a"].least <= timings["a"].median <= timings["a"].greatest


def test_the_table_compares_with_our_network():
    seconds = {
        benchmark.OURS: {"median": 0.5, "least": 0.4, "greatest": 0.6},
        "other": {"median": 5.0, "least": 4.0, "greatest": 6.0},
    }
    assert "10.0 times" in benchmark.table(seconds)


def test_peak_memory_is_that_of_the_command_and_not_of_whoever_starts_it():
    held = bytearray(300_000_000)
    assert benchmark.peak_memory_mb([sys.executable, "-c", "pass"]) < 150
    assert benchmark.peak_memory_mb([sys.executable, "-c", "bytearray(200_000_000)"]) > 190
    del held
