"""Report of throughput.py: its values as tables and a plot."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, ScalarFormatter

from resnet_lab.speed.breakdown import convolution_share
from resnet_lab.speed.report import median_and_range

Round = dict[str, dict[str, Any]]


def write(results: dict[str, Any], folder: Path) -> None:
    """Write throughput.md, growth.md and growth.png from what has been measured, and print the tables."""
    parts = [
        (aims(results["loop"]) if "loop" in results else ""),
        (what_changes_gave(results["changes"]) if "changes" in results else ""),
        (what_saving_costs(results["checkpoint"]) if "checkpoint" in results else ""),
    ]
    text = "# Throughput of `resnet-lab fit`\n\n" + "\n".join(part for part in parts if part)
    (folder / "throughput.md").write_text(text)
    print(text)
    if "growth" in results and "opening" in results:
        grown = growth_tables(results["growth"], results["opening"])
        grown += extrapolation(json.loads((folder / "data.json").read_text()))
        (folder / "growth.md").write_text(grown)
        picture(results["growth"], results["opening"], folder / "growth.png")
        print(grown)


def header(section: dict[str, Any]) -> list[str]:
    """Return what a section was measured on."""
    hardware, versions = section["hardware"], section["versions"]
    return [
        f"`{section['command']}`: ResNet-34, batch 32, `builtin:elpv`, {section['threads']} threads, 2 workers; "
        f"{hardware['cores']} cores of {hardware['processor']} ({', '.join(hardware['instructions'])}), "
        f"torch {versions['torch']}, lightning {versions['lightning']}, commit {(section['git_commit'] or '?')[:12]}.",
        "",
    ]


def aims(section: dict[str, Any]) -> str:
    """Return the table of aims: what was measured, round by round, against what is wanted."""
    rounds: list[Round] = section["rounds"]

    def ratio(ours: str, theirs: str, what: str = "train") -> list[float]:
        return [one[ours][what] / one[theirs][what] for one in rounds]

    def fit(what: str) -> list[float]:
        return [one["fit"][what] for one in rounds]

    shares = [convolution_share(one["bare"]["shares"]) for one in rounds]
    held = [a + max(b, 0) for a, b in zip(fit("checkpoint_hold_seconds"), fit("checkpoint_slows_seconds"), strict=True)]
    at_least: Callable[[float, float], bool] = float.__ge__
    at_most: Callable[[float, float], bool] = float.__le__
    rows = [
        ("training loop to the ordinary loop, bf16, channels-last", ratio("fit", "ordinary_bf16"), at_least, 1.3, 2),
        ("training loop to the ordinary loop, fp32, contiguous", ratio("fit", "ordinary_fp32"), at_least, 4.0, 2),
        ("training loop to the bare step, one batch in memory", ratio("fit", "bare"), at_least, 0.97, 2),
        ("share of the bare step in convolutions", shares, at_least, 0.7, 2),
        ("evaluation to the ordinary loop's", ratio("fit", "ordinary_bf16", "evaluation"), at_least, 1.5, 2),
        ("seconds that a checkpoint costs the loop", held, at_most, 0.5, 2),
        ("seconds from start to the end of the first step", fit("first_step_seconds"), at_most, 15.0, 1),
        ("seconds of `resnet-lab --help`", [one["help_seconds"] for one in rounds], at_most, 0.3, 2),
        ("peak memory to the bare step's", ratio("fit", "bare", "peak_mb"), at_most, 1.15, 2),
    ]
    lines = ["## Aims", "", *header(section), "| | measured | aim | |", "| --- | --- | --- | --- |"]
    for name, values, compare, aim, digits in rows:
        sign = "at least" if compare is at_least else "at most"
        met = "met" if compare(median(values), aim) else "**missed**"
        lines.append(f"| {name} | {median_and_range(values, digits)} | {sign} {aim:g} | {met} |")
    lines += [
        "",
        f"Medians of {len(rounds)} alternating rounds of {section['steps']} steps, with their range.",
        f"Were all but the convolutions free, a step would be {1 / median(shares):.2f} times as fast: nothing around",
        "them can give more on this machine.",
        "",
        "| images per second | training | evaluation | peak memory, MB |",
        "| --- | --- | --- | --- |",
    ]
    names = {
        "fit": "`resnet-lab fit`",
        "bare": "bare step",
        "ordinary_bf16": "ordinary loop, bf16, channels-last",
        "ordinary_fp32": "ordinary loop, fp32, contiguous",
    }
    for key, name in names.items():
        cells = [median_and_range([one[key][what] for one in rounds], 1) for what in ("train", "evaluation")]
        lines.append(f"| {name} | {' | '.join(cells)} | {median(one[key]['peak_mb'] for one in rounds):,.0f} |")
    lines += ["", "| the bare step's time | share |", "| --- | --- |"]
    kinds = {kind for one in rounds for kind in one["bare"]["shares"]}
    table = {kind: median(one["bare"]["shares"].get(kind, 0.0) for one in rounds) for kind in kinds}
    lines += [f"| {kind} | {share:.1%} |" for kind, share in sorted(table.items(), key=lambda item: -item[1])]
    return "\n".join(lines) + "\n"


def what_changes_gave(section: dict[str, Any]) -> str:
    """Return the table of changes, each against the system's malloc, round by round."""
    rounds: list[Round] = section["rounds"]
    base = "system malloc"
    lines = [
        "## What each change gave",
        "",
        *header(section),
        "The bare step under each change, against that of an unchanged process; more than 1 is faster. *Bits*: whether",
        "the weights after three steps are those of the unchanged process.",
        "",
        "| change | training | evaluation | peak memory | bits |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in rounds[0]:
        if failed := next((one[name]["failed"] for one in rounds if "failed" in one[name]), None):
            lines.append(f"| {name} | failed: {failed} | | | |")
            continue
        cells = [
            median_and_range([one[name][what] / one[base][what] for one in rounds], 2)
            for what in ("train", "evaluation", "peak_mb")
        ]
        same = all(one[name]["weights"] == one[base]["weights"] for one in rounds)
        lines.append(f"| {name} | {' | '.join(cells)} | {'equal' if same else 'differ'} |")
    return "\n".join(lines) + "\n"


def what_saving_costs(section: dict[str, Any]) -> str:
    """Return what a checkpoint costs whoever saves it."""
    lines = [
        "## A checkpoint",
        "",
        *header(section),
        f"`last` and `best`, {section['bytes'] / 1e6:.0f} MB, saved {len(section['beside'])} times. Seconds:",
        "",
        f"- written in place and copied, as it was: {median_and_range(section['in_place'], 2)}",
        f"- what the loop waits for, as it is: {median_and_range(section['beside'], 2)}",
        f"- until both are on disk: {median_and_range(section['on_disk'], 2)}",
    ]
    return "\n".join(lines) + "\n"


def growth_tables(section: dict[str, Any], opening: dict[str, Any]) -> str:
    """Return the tables of how throughput grows."""
    lines = ["# How throughput grows", "", *header(section), "Images per second; one measurement each."]
    for axis, series in section["axes"].items():
        values = list(next(iter(series.values())))
        lines += ["", f"| {axis} | {' | '.join(map(str, values))} |", f"| --- |{' --- |' * len(values)}"]
        for what, rates in series.items():
            lines.append(f"| {what} | {' | '.join(f'{rates[value]:.1f}' for value in values)} |")
    lines += ["", "| images in the folder | seconds to open it, first | again | peak memory, MB |"]
    lines += ["| --- | --- | --- | --- |"]
    for entries, opened in opening["opened"].items():
        seconds = f"{opened['first']['seconds']:.1f} | {opened['second']['seconds']:.1f}"
        lines.append(f"| {int(entries):,} | {seconds} | {opened['first']['peak_mb']:,.0f} |")
    return "\n".join([*lines, "", "![How throughput grows](growth.png)"]) + "\n"


def extrapolation(data: dict[str, Any]) -> str:
    """Return what the data path alone would give on more cores: an extrapolation, from what data.py measured."""
    cores, many = data["hardware"]["cores"], 16
    lines = [
        "",
        "## The data path on more cores",
        "",
        f"An extrapolation, not a measurement: what {cores} cores of {data['hardware']['processor']} gave, times "
        f"{many}/{cores}.",
        f"(`{data['command']}`, commit {(data['git_commit'] or '?')[:12]}.) It supposes that the rate grows as the",
        "number of cores, although one process collects the batches of all workers. Training batches at 224 pixels",
        "from the warm cache, without a network, normalized on the CPU; where there is a GPU, the GPU normalizes.",
        "",
        f"| images | images per second, {cores} cores | extrapolated to {many} cores |",
        "| --- | --- | --- |",
    ]
    for name, row in data["throughput"].items():
        rate = row["cached_images_per_second"]
        cells = [[times * rate[key] for key in ("median", "min", "max")] for times in (1, many / cores)]
        lines.append(f"| {name} | {' | '.join(f'{a:,.0f} ({b:,.0f} to {c:,.0f})' for a, b, c in cells)} |")
    return "\n".join(lines) + "\n"


def picture(section: dict[str, Any], opening: dict[str, Any], path: Path) -> None:
    """Draw one panel an axis."""
    figure, panels = plt.subplots(1, 5, figsize=(15, 3.2), layout="constrained")
    for panel, (axis, series) in zip(panels, section["axes"].items(), strict=False):
        for what, rates in series.items():
            draw(panel, [int(value) for value in rates], rates.values(), what)
        panel.set(xlabel=axis, ylim=(0, None), xticks=[int(value) for value in next(iter(series.values()))])
        panel.set_title(f"against {axis}", fontsize=10)
        panel.legend(fontsize=7, frameon=False)
    panels[0].set_ylabel("images per second")
    panels[3].set_ylim(auto=True)
    panels[3].set_yscale("log")
    panels[3].yaxis.set_major_formatter(ScalarFormatter())
    panels[3].yaxis.set_minor_formatter(NullFormatter())
    opened = {int(entries): opened for entries, opened in opening["opened"].items()}
    for which, label in (("first", "the first time"), ("second", "again")):
        draw(panels[4], list(opened), [one[which]["seconds"] for one in opened.values()], label)
    panels[4].set(xscale="log", yscale="log", xlabel="images in the folder", ylabel="seconds")
    panels[4].set_title("opening a folder", fontsize=10)
    panels[4].legend(fontsize=7, frameon=False)
    for panel in panels:
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)


def draw(panel: Axes, values: list[int], rates: Iterable[float], label: str) -> None:
    """Draw one line."""
    panel.plot(values, list(rates), marker="o", markersize=3, label=label)
