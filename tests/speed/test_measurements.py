"""Everything is measured once a round, the warm-up left out, and ratios pair what belongs together."""

import pytest
import torch

from resnet_lab import Classifier, ImageFolderDataModule
from resnet_lab.speed.measurements import Measurements, measure


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.filterwarnings("default")
def test_a_value_a_round(cell_folder, cache):
    said = []

    def data(cache):
        return ImageFolderDataModule(str(cell_folder), batch_size=8, image_size=32, num_workers=0, seed=0, cache=cache)

    def model():
        return Classifier(2, lr=1e-3, weight_decay=0.0, label_smoothing=0.1, warmup_epochs=0, depth=20)

    measured, device = measure(model, data(cache), data(False), precision="32-true", steps=2, rounds=2, say=said.append)
    assert device == torch.device("cpu")
    for rates in (measured.resident, measured.evaluation, measured.loop, measured.decoded):
        assert len(rates) == 2
        assert all(rate > 0 for rate in rates)
    assert len(measured.cached) == (2 if cache else 0)
    assert all(0 < wait < 1 for wait in measured.data_wait)
    assert sum(measured.shares.values()) == pytest.approx(1.0)
    assert measured.peaks.keys() == {"bf16-mixed", "32-true"}
    assert measured.gflops_per_image == pytest.approx(6 * 40.8e6 / (1e9), rel=0.02)  # He et al., 40.8e6 at 32 pixels
    assert said[-1] == "profile"
    assert "round 3 of 3: training loop, bare step, data" in said


def test_ratios_are_taken_round_by_round():
    measured = Measurements(
        peaks={"bf16-mixed": 1000.0},
        gflops_per_image=20.0,
        shares={},
        resident=[20.0, 10.0, 40.0],
        evaluation=[],
        loop=[10.0, 9.0, 10.0],
        data_wait=[],
        cached=[],
        decoded=[],
    )
    assert measured.loop_to_resident == [0.5, 0.9, 0.25]
    assert measured.peak_share("bf16-mixed") == pytest.approx(0.4)
