"""Advice follows from figures: each sentence appears where its figure says so, and not elsewhere."""

from dataclasses import replace

import pytest

from resnet_lab.speed.advice import advice
from resnet_lab.speed.measurements import Measurements

GOOD = Measurements(
    peaks={"bf16-mixed": 400.0, "32-true": 200.0},
    gflops_per_image=20.0,
    shares={"convolution, backward": 0.6, "convolution, forward": 0.2, "BatchNorm": 0.2},
    resident=[20.0, 20.0, 20.0],
    evaluation=[60.0, 60.0, 60.0],
    loop=[19.6, 19.6, 19.6],
    data_wait=[0.01, 0.01, 0.01],
    cached=[800.0, 800.0, 800.0],
    decoded=[300.0, 300.0, 300.0],
)
SETTING = {"precision": "bf16-mixed", "workers": 2, "threads": 2, "cores": 2, "allocator": "mimalloc", "device": "cpu"}
SLOW = replace(GOOD, loop=[14.0] * 3, data_wait=[0.3] * 3)
THREE_FIFTHS = {"convolution, backward": 0.4, "convolution, forward": 0.2, "BatchNorm": 0.3, "ReLU": 0.1}


def test_where_nothing_is_to_gain_it_says_so():
    assert advice(GOOD, SETTING) == [
        "Nothing: the training loop is as fast as the bare step, and the step is mostly convolutions."
    ]


@pytest.mark.parametrize(
    ("measured", "setting", "sentence"),
    [
        (
            replace(SLOW, cached=[25.0] * 3),
            {"cores": 8},
            "The training loop reaches 70% of the bare step's speed and spends 30% of its time between steps; the data "
            "path yields 25 images/s: more data.num_workers would help.",
        ),
        (
            replace(SLOW, cached=[25.0] * 3),
            {},
            "The training loop reaches 70% of the bare step's speed and spends 30% of its time between steps; the data "
            "path yields 25 images/s: more cores, or smaller files would help.",
        ),
        (
            SLOW,
            {},
            "The training loop reaches 70% of the bare step's speed and spends 30% of its time between steps; the data "
            "path alone is fast enough, but its workers use the same cores.",
        ),
        (
            replace(GOOD, cached=[]),
            {},
            "Images are decoded anew in each epoch: data.cache true keeps the decoded pixels.",
        ),
        (GOOD, {"precision": "32-true"}, "trainer.precision bf16-mixed multiplies 2.0 times as fast here as 32-true."),
        (GOOD, {"cores": 8}, "2 of 8 cores compute: OMP_NUM_THREADS sets their number."),
        (
            GOOD,
            {"allocator": "system"},
            "The memory allocator is the C library's: use --allocator auto, with the wheel cmeel-mimalloc installed.",
        ),
        (
            replace(GOOD, shares=THREE_FIFTHS),
            {},
            "Convolutions take 60% of the step. Of the rest, BatchNorm takes most (30%): --compile may fuse some of "
            "it, but changes bits of the results.",
        ),
    ],
)
def test_each_sentence_has_its_figure(measured, setting, sentence):
    assert sentence in advice(measured, {**SETTING, **setting})
    assert sentence not in advice(GOOD, SETTING)


def test_an_accelerator_is_not_told_of_threads_and_allocators():
    setting = {**SETTING, "device": "cuda", "cores": 8, "allocator": "system"}
    assert advice(GOOD, setting) == advice(GOOD, SETTING)
