"""Turns: how long they last, and from where they start."""

import numpy as np
import pytest

from harness.base.errors import ModelError
from harness.bench import contenders
from harness.bench.contenders import Turns
from harness.bench.plan import NUMPY, Contender, Workload
from harness.bench.profile import profile
from harness.bench.worker import Worker


class Clock:
    """A clock that a call puts forward: by 0.1 s for itself, 1 ms an image and step, and 0.5 s that it waits."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now

    def make_call(self, contender, workload):
        clock = self

        class Call:
            waiting = 0.5

            def use(self, x, y, batch_size):
                self.n_images = len(x)
                assert len(x) % batch_size == 0

            def __call__(self):
                clock.now += 0.1 + 0.001 * self.n_images + self.waiting

            get_weights = start = staticmethod(lambda *_: None)

        call = Call()
        return call, call


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(contenders, "time", clock)
    monkeypatch.setattr(contenders, "make_call", clock.make_call)
    return clock


@pytest.mark.parametrize("batch_size", [1, 32, 256])
def test_a_turn_is_one_call_with_as_many_images_as_it_has_time_for(clock, batch_size):
    turn = Turns(NUMPY, Workload("train", batch_size), least_seconds=2).take()
    assert turn.calls == 1
    assert 2 <= turn.seconds < 2.5
    assert turn.seconds == pytest.approx(0.1 + 0.001 * turn.n_images)


def test_a_turn_with_few_images_is_several_calls(clock):
    turn = Turns(NUMPY, Workload("train", 32, 320), least_seconds=2).take()
    assert (turn.calls, turn.n_images) == (5, 320)
    assert turn.seconds == pytest.approx(5 * 0.42)


def test_waiting_is_not_in_the_seconds_of_a_turn(clock):
    turn = Turns(NUMPY, Workload("train", 1, 900), least_seconds=0).take()
    assert turn.microseconds_per_image == pytest.approx(1e6 / 900)
    assert turn.waiting_microseconds_per_image == pytest.approx(0.5e6 / 900)


def test_a_turn_takes_no_more_than_an_epoch_in_one_call(clock):
    turn = Turns(NUMPY, Workload("train", 256), least_seconds=100).take()
    assert turn.n_images == 59_904  # the full batches of 60,000
    assert turn.calls == 2


def test_a_turn_starts_from_the_first_weights():
    turns = Turns(NUMPY, Workload("train", 4, 12))
    turns.take()
    first = turns.model.get_weights()
    turns.take()
    assert all(np.array_equal(one, other) for one, other in zip(first, turns.model.get_weights(), strict=True))


def test_a_worker_that_dies_is_named():
    broken = Contender("broken", "numpy", threads=-1)
    worker = Worker(broken)
    with pytest.raises(ModelError, match="the process of broken ended"):
        worker.prepare(broken, Workload("train", 1, 1))
    worker.close()


def test_a_profile_names_every_layer_and_the_floor():
    table = profile(batch_size=1, n_steps=5)
    assert all(name in table for name in ("conv2d_1", "max_pooling2d", "dense_1", "matrix products alone"))
