"""Report of `survival.py` in Markdown."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from survival_scenarios import FEW, SCENARIOS


def report(results: Mapping[str, Any]) -> str:
    """Return the results as Markdown."""
    hardware, versions, chains = results["hardware"], results["versions"], results["chains"]
    kills = [(chain["scenario"], kill) for chain in chains for kill in chain["kills"]]
    stages = Counter(kill["stage"] for _, kill in kills)
    wrong = [f"- {chain['scenario']}: {text}" for chain in chains for text in chain["differences"]]
    exact = sum(kill["delay"] == 0 for _, kill in kills)
    seconds, damaged = sum(chain["seconds"] for chain in chains), sum(bool(chain["differences"]) for chain in chains)
    lines = [
        "# Runs killed and resumed",
        "",
        f"`python benchmarks/survival.py --seed {results['seed']}`: {len(kills)} kills with SIGKILL over {len(chains)} "
        f"chains. In a chain, the same command is killed and given again until it ends. {exact} kills came right "
        f"before an operation on a file, {len(kills) - exact} up to 50 ms later. {2 * FEW} photographs; "
        f"{seconds / 60:.0f} minutes for all chains on {hardware['cores']} cores of {hardware['processor']}, torch "
        f"{versions['torch']}, lightning {versions['lightning']}, commit {(results['git_commit'] or '?')[:12]}.",
        "",
        *([results["note"], ""] if "note" in results else []),
        "Compared with the same commands left alone, bit for bit: weights, optimizer, schedule and counters of both",
        "checkpoints, `metrics.csv` and TensorBoard's scalars (`time/*` apart in both), `diagnostics.csv`,",
        "`final/metrics.json`, `test/metrics.json`, `test/predictions.csv`, and the pixels of the decoded cache. The",
        "figures, the digests and the index of files must be there and whole, and no state may be left.",
        "",
        f"**Chains that differ or lost something: {damaged} of {len(chains)}.**",
        *wrong,
        "",
        "| killed at | kills |",
        "| --- | --- |",
        *(f"| {stage} | {count} |" for stage, count in stages.most_common()),
        "",
        "| command | chains | kills | options |",
        "| --- | --- | --- | --- |",
        *(
            f"| {name} | {sum(chain['scenario'] == name for chain in chains)} | {sum(of == name for of, _ in kills)} | "
            f"`{scenario.words}` |"
            for name, scenario in SCENARIOS.items()
        ),
        "",
        "In `two fits, one cache`, a second fit needs the same cache at the same time, and nobody kills it. A study",
        "and a fit of two processes are killed as a whole, or without their child processes, or these alone.",
    ]
    return "\n".join(lines) + "\n"
