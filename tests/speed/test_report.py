"""The page: a name that sorts, medians with ranges, and every setting."""

from datetime import date

import pytest

from resnet_lab.speed.measurements import Measurements
from resnet_lab.speed.report import file_name, median_and_range, page, write_page

MEASURED = Measurements(
    peaks={"bf16-mixed": 400.0, "32-true": 200.0},
    gflops_per_image=10.0,
    shares={"convolution, backward": 0.6, "convolution, forward": 0.2, "BatchNorm": 0.2},
    resident=[20.0, 30.0, 40.0],
    evaluation=[60.0, 61.0, 62.0],
    loop=[19.0, 27.0, 40.0],
    data_wait=[0.01, 0.02, 0.03],
    cached=[],
    decoded=[300.0, 301.0, 302.0],
)
SETTING = {"precision": "bf16-mixed", "workers": 2, "threads": 2, "cores": 2, "allocator": "mimalloc", "device": "cpu"}
FACTS = {
    "command": "resnet-lab bench --rounds 3",
    "hardware": {"processor": "AMD EPYC", "cores": 2, "instructions": ["avx2", "avx512_bf16"]},
    "versions": {"torch": "2.14.1"},
    "git_commit": None,
}


@pytest.mark.parametrize(
    ("hardware", "name"),
    [
        ({"processor": "AMD EPYC"}, "bench_amd-epyc_202602.md"),
        ({"processor": "x", "accelerator": "NVIDIA H100 80GB HBM3"}, "bench_nvidia-h100-80gb-hbm3_202602.md"),
        ({"processor": "Intel(R) Core(TM) i7 @ 2.80GHz/../x"}, "bench_intel-core-i7-2-80ghz-x_202602.md"),
    ],
)
def test_the_file_is_named_by_theme_hardware_and_month(hardware, name):
    assert file_name("bench", hardware, date(2026, 2, 3)) == name


def test_a_rate_is_shown_as_median_and_range():
    assert median_and_range([3.0, 1.0, 2.25], 1) == "2.2 (1.0 to 3.0)"


def test_the_page_has_every_figure_and_setting(tmp_path):
    text = page(MEASURED, SETTING, FACTS)
    for line in (
        "# How fast AMD EPYC trains",
        "`resnet-lab bench --rounds 3`",
        *(f"- {key}: {value}" for key, value in SETTING.items()),
        "- processor: AMD EPYC (avx2, avx512_bf16)",
        "- versions: torch 2.14.1",
        "- commit: not from a checkout",
        "| bare training step, one batch in memory | 30.0 (20.0 to 40.0) |",
        "| training loop of a fit: data, metrics, logging | 27.0 (19.0 to 40.0) |",
        "| training batches alone, decoded each time | 301.0 (300.0 to 302.0) |",
        "| training loop to bare step | 0.95 (0.90 to 1.00) |",
        "| bare step to matrix peak | 0.75 |",
        "| BatchNorm | 20.0% |",
        "If only convolutions took time, a step would be 1.25 times as fast.",
        "- Images are decoded anew in each epoch: data.cache true keeps the decoded pixels.",
    ):
        assert f"\n{line}\n" in f"\n{text}", line
    assert "warm cache" not in text  # it was not measured
    path = write_page(tmp_path / "new" / "folder", "a.md", text)
    assert path.read_text() == text
