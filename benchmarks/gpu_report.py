"""Page of `benchmarks/gpu.py`: the results as Markdown."""

from statistics import median
from typing import Any

CORRECTNESS = {
    "machine": "the device answers",
    "steps": "relative errors of gradients and running statistics of one step, against the CPU in fp32",
    "pinned": "batches copied from pinned memory as uint8, equal to the CPU's to 1e-6",
    "synchronizations": "the host waits for the device at most once per training step",
    "deterministic": "the same fit twice with `deterministic`: equal in every bit",
    "killed": "a fit killed twice and resumed: equal in every bit",
    "two_jobs": "two fits at a time on the device: both end, with the bits of a fit alone",
    "diagnostics": "diagnostics of the first step, against the CPU",
    "inspect": "`inspect` of both arms, responses against the CPU",
    "compile": "`--compile true`: training loss against that of the fit without",
}


def page(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    checks = results["checks"]
    passed = sum(one["state"] == "passed" for one in checks.values())
    lines = [
        "# A fit on a GPU" if results["device"] == "cuda" else "# The checks of a GPU, made on a CPU",
        "",
        f"`{results['command']}`: {described(checks)}{results['seconds'] / 60:.1f} minutes.",
        *(["Small nets and small images: the speeds below mean nothing."] if results["tiny"] else []),
        "",
        f"**{passed} of {len(checks)} checks passed.**",
        "",
        "| check | | seconds | found |",
        "| --- | --- | --- | --- |",
    ]
    for name, one in checks.items():
        what = CORRECTNESS.get(name, "measured below")
        found = one["message"] if "message" in one else brief(one["found"]) if name in CORRECTNESS else ""
        state = one["state"] if one["state"] == "passed" else f"**{one['state']}**"
        lines.append(f"| {name}: {what} | {state} | {one['seconds']:.0f} | {found.replace('|', '/')} |")
    return "\n".join([*lines, *speeds(checks), *bill(checks)]) + "\n"


def described(checks: dict[str, Any]) -> str:
    """Return hardware and software in words, if they are known."""
    found = checks.get("machine", {}).get("found")
    if found is None:
        return ""
    hardware, versions = found["hardware"], found["versions"]
    device = hardware.get("accelerator", hardware["processor"])
    return (
        f"{device}, {hardware['cores']} cores of {hardware['processor']}, CUDA {found['cuda']}, Python "
        f"{versions['python']}, torch {versions['torch']}, lightning {versions['lightning']}, commit "
        f"{(found['git_commit'] or '?')[:12]}; "
    )


def brief(found: dict[str, Any]) -> str:
    """Return the values of a check in one line."""
    plain = {key: value for key, value in found.items() if isinstance(value, str | int | float | list)}
    return ", ".join(
        f"{key} {value:.2g}" if isinstance(value, float) else f"{key} {value}" for key, value in plain.items()
    )


def speeds(checks: dict[str, Any]) -> list[str]:
    """Return the tables of images per second, one row per batch size."""
    rows = [one["found"] for name, one in checks.items() if name.startswith("speed_") and "found" in one]
    if not rows:
        return []
    lines = [
        "",
        "## Speed",
        "",
        "ResNet-34 in bf16-mixed, images per second: median and range of the rounds. All but the ordinary loop take",
        "turns in one process. *Loop* is the training loop of a fit, with data, metrics and logging; *bare step* a",
        "training step on one batch that stays on the device; *ordinary loop* is `benchmarks/ordinary_loop.py`. The",
        "nets of the loop and of the bare step are in memory at the same time: their peak is that of both.",
        "",
        "| batch | loop | bare step | ordinary loop | data alone, warm cache | data alone, decoded | evaluation |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    keys = ("loop", "resident", "ordinary", "cached", "decoded", "evaluation")
    rows.sort(key=lambda row: row["batch"])
    lines += [f"| {row['batch']} | {' | '.join(spread(row[key]) for key in keys)} |" for row in rows]
    lines += [
        "",
        "| batch | loop to bare step | loop to ordinary loop | waiting for data | bare step to the matrix peak | peak "
        "memory, MB | ordinary loop's |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        loop = median(row["loop"])
        cells = [
            f"{loop / median(row['resident']):.2f}",
            f"{loop / median(row['ordinary']):.2f}",
            f"{median(row['data_wait']):.0%}",
            f"{row['peak_share']:.0%}",
            megabytes(row["loop_peak_mb"]),
            megabytes(row["ordinary_peak_mb"]),
        ]
        lines.append(f"| {row['batch']} | {' | '.join(cells)} |")
    largest = rows[-1]
    lines += ["", f"| the bare step's time, batch {largest['batch']} | share |", "| --- | --- |"]
    return lines + [f"| {kind} | {share:.1%} |" for kind, share in largest["shares"].items()]


def bill(checks: dict[str, Any]) -> list[str]:
    """Return the table of what the shortcut costs."""
    found = checks.get("bill", {}).get("found")
    if found is None:
        return []
    lines = [
        "",
        "## The bill of the shortcut",
        "",
        "The bare training step of each arm, in turns. *Kept* is the activation memory: what the forward pass keeps",
        "for the backward pass. *Peak* is the most that tensors took in a step, beyond what stays between steps. In",
        "brackets: against plain.",
        "",
        "| batch | arm | milliseconds per step | images per second | kept, MB | peak, MB |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for batch, arms in found.items():
        plain = arms["plain"]
        for arm, row in arms.items():
            own, base = median(row["ms"]), median(plain["ms"])
            cells = [
                f"{own:.2f} ({own / base - 1:+.1%})",
                f"{row['images_per_second']:,.0f}",
                f"{row['kept_mb']:,.1f} ({row['kept_mb'] / plain['kept_mb'] - 1:+.1%})",
                megabytes(row["peak_mb"]),
            ]
            lines.append(f"| {batch} | {arm} | {' | '.join(cells)} |")
    return lines


def spread(values: list[float]) -> str:
    """Return median and range."""
    if not values:
        return "-"
    if len(values) == 1:
        return f"{values[0]:,.0f}"
    return f"{median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def megabytes(value: float | None) -> str:
    """Return a number of megabytes; a dash where there is no GPU."""
    return "-" if value is None else f"{value:,.0f}"
