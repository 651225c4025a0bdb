"""The measurements as a page to keep: what was timed, on what, and what follows."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from resnet_lab.speed.advice import advice
from resnet_lab.speed.breakdown import convolution_share
from resnet_lab.speed.measurements import Measurements


def file_name(theme: str, hardware: Mapping[str, Any], day: date) -> str:
    """Return ``<theme>_<hardware>_<yyyymm>.md``.

    Args:
        theme: What was measured.
        hardware: From ``describe_hardware``.
        day: When.

    >>> file_name("bench", {"processor": "Intel(R) Xeon(R) Processor"}, date(2026, 11, 24))
    'bench_intel-xeon-processor_202611.md'
    """
    name = re.sub(r"\((?:r|tm)\)", "", (hardware.get("accelerator") or hardware["processor"]).lower())
    slug = re.sub(r"[^a-z0-9]+", "-", name).strip("-")
    return f"{theme}_{slug}_{day:%Y%m}.md"


def spread(values: Sequence[float], digits: int) -> str:
    """Return median and range: ``38.2 (37.9 to 38.4)``."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def page(measured: Measurements, setting: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Return the whole page as Markdown.

    Args:
        measured: The measurements.
        setting: What they were made with; all of it is shown.
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
        f"Medians of {len(measured.resident)} rounds with their range; rounds of all measurements alternate.",
        "",
        "| measured | images/s |",
        "| --- | --- |",
        *(f"| {name} | {spread(values, 1)} |" for name, values in rows.items() if values),
        "",
        "| ratio | |",
        "| --- | --- |",
        f"| training loop to bare step | {spread(measured.loop_to_resident, 2)} |",
        f"| share of the loop's time between two steps | {spread(measured.data_wait, 3)} |",
        f"| bare step to matrix peak | {measured.peak_share(setting['precision']):.2f} |",
        "",
        f"Fastest matrix product, 10^9 operations a second: {peaks}. A training step takes "
        f"{measured.gflops_per_image:.1f} x 10^9 an image, so the bare step makes {step:,.0f} x 10^9 a second.",
        "",
        "## Where a step's time goes",
        "",
        "| kind | share |",
        "| --- | --- |",
        *(f"| {kind} | {share:.1%} |" for kind, share in measured.shares.items()),
        "",
        f"Were all but convolutions free, a step would be {1 / convolution_share(measured.shares):.2f} times as fast.",
        "",
        "## What to change",
        "",
        *(f"- {sentence}" for sentence in advice(measured, setting)),
    ]
    return "\n".join(lines) + "\n"


def write_page(folder: Path, name: str, text: str) -> Path:
    """Write the page, in place of one of the same month."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name
