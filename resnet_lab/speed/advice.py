"""Advice that follows from the measurements of a bench."""

from collections.abc import Mapping
from statistics import median
from typing import Any

from resnet_lab.speed.breakdown import convolution_share
from resnet_lab.speed.measurements import Measurements

_NEAR = 0.95  # a ratio above it differs from one by no more than noise
_FASTER = 1.1  # a ratio below it is too small for advice


def advice(measured: Measurements, setting: Mapping[str, Any]) -> list[str]:
    """Return at least one sentence on what would make training faster on this machine.

    Args:
        measured: The measurements.
        setting: ``precision``, ``workers``, ``threads``, ``cores``, ``allocator`` and ``device`` of the measurements.
    """
    said = [*_of_the_loop(measured, setting), *_of_the_step(measured, setting)]
    return said or ["Nothing: the training loop is as fast as the bare step, and the step is mostly convolutions."]


def _of_the_loop(measured: Measurements, setting: Mapping[str, Any]) -> list[str]:
    ratio, wait = median(measured.loop_to_resident), median(measured.data_wait)
    said = []
    if ratio < _NEAR:
        lost = (
            f"The training loop reaches {ratio:.0%} of the bare step's speed and spends {wait:.0%} of its time between "
            "steps"
        )
        data = measured.cached or measured.decoded
        if median(data) < median(measured.resident) * 1.5:
            more = "more data.num_workers" if setting["workers"] < setting["cores"] else "more cores, or smaller files"
            said.append(f"{lost}; the data path yields {median(data):.0f} images/s: {more} would help.")
        else:
            said.append(f"{lost}; the data path alone is fast enough, but its workers use the same cores.")
    if not measured.cached:
        said.append("Images are decoded anew in each epoch: data.cache true keeps the decoded pixels.")
    return said


def _of_the_step(measured: Measurements, setting: Mapping[str, Any]) -> list[str]:
    said = []
    precision, peaks = setting["precision"], measured.peaks
    fastest = max(peaks, key=lambda name: peaks[name])
    if peaks[fastest] > _FASTER * peaks[precision]:
        times = peaks[fastest] / peaks[precision]
        said.append(f"trainer.precision {fastest} multiplies {times:.1f} times as fast here as {precision}.")
    if setting["device"] == "cpu" and setting["threads"] < setting["cores"]:
        said.append(f"{setting['threads']} of {setting['cores']} cores compute: OMP_NUM_THREADS sets their number.")
    if setting["device"] == "cpu" and setting["allocator"] == "system":
        said.append(
            "The memory allocator is the C library's: use --allocator auto, with the wheel cmeel-mimalloc installed."
        )
    convolutions = convolution_share(measured.shares)
    if convolutions < 0.7:
        other = next(kind for kind in measured.shares if not kind.startswith("convolution"))
        said.append(
            f"Convolutions take {convolutions:.0%} of the step. Of the rest, {other} takes most "
            f"({measured.shares[other]:.0%}): --compile may fuse some of it, but changes bits of the results."
        )
    return said
