"""Path lengths against published and exact numbers."""

import pytest
from scipy.stats import binom

from resnet_lab.statistics.path_lengths import path_shares


@pytest.mark.parametrize(
    ("blocks", "low", "high", "share"),
    [(54, 5, 17, 0.004537), (54, 19, 35, 0.980)],  # Veit et al. 2016: ResNet-110
)
def test_the_numbers_of_resnet_110(blocks, low, high, share):
    assert sum(path_shares(blocks)[low : high + 1]) == pytest.approx(share, rel=5e-4)


def test_resnet_34_has_most_paths_in_the_middle():
    shares = path_shares(16)
    assert sum(length * share for length, share in enumerate(shares)) == 8
    assert sum(shares[4:13]) >= 0.95
    assert shares == pytest.approx(binom.pmf(range(17), 16, 0.5).tolist())


def test_a_plain_net_has_one_path():
    assert path_shares(16, residual=False) == [0.0] * 16 + [1.0]
