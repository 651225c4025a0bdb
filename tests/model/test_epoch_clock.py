"""The clock of an epoch, with a time that ticks once a reading."""

import pytest

from resnet_lab.model.epoch_clock import EpochClock


@pytest.fixture(autouse=True)
def ticks(monkeypatch):
    time = iter(range(1000))
    monkeypatch.setattr("resnet_lab.model.epoch_clock.perf_counter", lambda: float(next(time)))


def step(clock, images=8):
    clock.batch_starts()
    clock.batch_ends(images)


def test_loop_waits_and_validation():
    clock = EpochClock()
    clock.start()  # 0
    step(clock)  # waits until 1, ends at 2
    clock.validation_ends()  # 3: the validation took one tick
    step(clock)  # waits until 4, ends at 5
    assert (clock.images, clock.waiting, clock.looping) == (16, 2.0, 4.0)
    assert clock.seconds() == 6.0  # the reading itself is the sixth tick


def test_an_epoch_in_two_parts_has_the_time_of_both():
    first, second = EpochClock(), EpochClock()
    first.start()
    step(first)
    assert first.state() == {"images": 8, "looping": 2.0, "waiting": 1.0, "whole": 2.0}
    second.restore(first.state())
    second.go_on()  # whatever passed in between is nobody's
    step(second)
    assert second.state() == {"images": 16, "looping": 4.0, "waiting": 2.0, "whole": 4.0}
    second.start()
    assert second.state() == {"images": 0, "looping": 0.0, "waiting": 0.0, "whole": 0.0}
