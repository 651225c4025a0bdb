"""Mean and standard deviation over the seeds that have a value."""

import statistics

import pytest

from resnet_lab.statistics.mean_sd import mean_sd


def test_it_is_the_mean_and_the_sample_deviation():
    values = [0.8, 0.9, 0.4]
    found = mean_sd(values)
    assert found.mean == pytest.approx(statistics.mean(values))
    assert found.sd == pytest.approx(statistics.stdev(values))
    assert str(found) == "0.7000\u00a0±\u00a00.2646"


@pytest.mark.parametrize(
    ("values", "n", "text"), [([], 0, "—"), ([None], 0, "—"), ([0.25], 1, "0.2500"), ([None, 0.25], 1, "0.2500")]
)
def test_one_seed_has_no_deviation_and_none_no_mean(values, n, text):
    found = mean_sd(values)
    assert (found.n, found.sd, str(found)) == (n, None, text)
