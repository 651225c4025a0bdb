"""Markdown page of a bench: setting, measurements and advice."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from resnet_lab.files import write_text
from resnet_lab.speed.advice import advice
from resnet_lab.speed.breakdown import convolution_share
from resnet_lab.speed.measurements import Measurements


def file_name(theme: str, hardware: Mapping[str, Any], day: date) -> str:
    """Return ``<theme>_<hardware>_<yyyymm>.md``.

    Args:
        theme: First word of the name.
        hardware: From ``describe_hardware``.
        day: Day of the measurement.

    >>> file_name("bench", {"processor": "Intel(R) Xeon(R) Processor"}, date(2026, 11, 24))
    'bench_intel-xeon-processor_202611.md'
    """
    name = re.sub(r"\((?:r|tm)\)", "", (hardware.get("accelerator") or hardware["processor"]).lower())
    slug = re.sub(r"[^a-z0-9]+", "-", name).strip("-")
    return f"{theme}_{slug}_{day:%Y%m}.md"


def median_and_range(values: Sequence[float], digits: int) -> str:
    """Return median, minimum and maximum as text: ``38.2 (37.9 to 38.4)``."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def page(measured: Measurements, setting: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Return the whole page as Markdown.

    Args:
        measured: The measurements.
        setting: Setting of the measurements; the page shows all of it.
        facts: ``command``, ``hardware``, ``versions``, ``git_commit``.
    """
    hardware, versions = facts["hardware"], facts["versions"]
    rows = {
        "bare training step, one batch in memory": measured.resident,
        "training loop of a fit: data, metrics, logging": measured.loop,
        "evaluation of one batch in memory": measured.evaluation,
        "training batches alone, warm cache": measured.cached,
        "training batches alone, decoded each time": measured.decoded,
    }
    peaks = ", ".join(f"{name} {peak:,.0f}" for name, peak in measured.peaks.items())
    step = median(measured.resident) * measured.gflops_per_image
    lines = [
        f"# How fast {hardware.get('accelerator') or hardware['processor']} trains",
        "",
        f"`{facts['command']}`",
        "",
        *(f"- {key}: {value}" for key, value in setting.items()),
        f"- processor: {hardware['processor']} ({', '.join(hardware['instructions'])})",
        f"- versions: {', '.join(f'{name} {version}' for name, version in versions.items())}",
        f"- commit: {facts['git_commit'] or 'not from a checkout'}",
        "",
        f"Median of {len(measured.resident)} rounds, with their range. Rounds of all measurements alternate.",
        "",
        "| measured | images/s |",
        "| --- | --- |",
        *(f"| {name} | {median_and_range(values, 1)} |" for name, values in rows.items() if values),
        "",
        "| ratio | |",
        "| --- | --- |",
        f"| training loop to bare step | {median_and_range(measured.loop_to_resident, 2)} |",
        f"| share of the loop's time between two steps | {median_and_range(measured.data_wait, 3)} |",
        f"| bare step to matrix peak | {measured.peak_share(setting['precision']):.2f} |",
        "",
        f"Fastest matrix product, in 10^9 operations per second: {peaks}. A training step takes "
        f"{measured.gflops_per_image:.1f} x 10^9 operations per image, so the bare step makes {step:,.0f} x 10^9 per "
        "second.",
        "",
        "## Time of a step by kind of operation",
        "",
        "| kind | share |",
        "| --- | --- |",
        *(f"| {kind} | {share:.1%} |" for kind, share in measured.shares.items()),
        "",
        f"If only convolutions took time, a step would be {1 / convolution_share(measured.shares):.2f} times as fast.",
        "",
        "## What to change",
        "",
        *(f"- {sentence}" for sentence in advice(measured, setting)),
    ]
    return "\n".join(lines) + "\n"


def write_page(folder: Path, name: str, text: str) -> Path:
    """Write the page, whole or not at all. It replaces a page of the same month."""
    write_text(folder / name, text)
    return folder / name
