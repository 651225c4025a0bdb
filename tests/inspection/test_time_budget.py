"""A budget of a clock that the test turns."""

from resnet_lab.inspection.time_budget import TimeBudget


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def spend(budget: TimeBudget, clock: Clock, seconds_each: float, least: int = 1) -> int:
    done = 0
    for _ in budget.spend_on(range(10), least):
        clock.now += seconds_each
        done += 1
    return done


def test_items_come_as_long_as_time_is_left():
    clock = Clock()
    assert spend(TimeBudget(10, clock), clock, 3) == 4


def test_the_least_comes_in_any_case():
    clock = Clock()
    budget = TimeBudget(1, clock)
    clock.now += 50
    assert spend(budget, clock, 1) == 1
    assert spend(budget, clock, 1, least=3) == 3
    assert spend(budget.part(0.5), clock, 1) == 1


def test_a_part_is_a_share_of_what_is_left():
    clock = Clock()
    budget = TimeBudget(20, clock)
    clock.now += 10
    assert spend(budget.part(0.5), clock, 1) == 5
    assert spend(budget, clock, 1) == 5


def test_without_an_end_all_come():
    clock = Clock()
    assert spend(TimeBudget(None, clock).part(0.1), clock, 1e9) == 10
