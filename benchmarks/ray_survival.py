"""Survival of a study on a Ray cluster: fits, agents, nodes and the study itself killed at random moments.

    python benchmarks/ray_survival.py [--kills 20]

starts a head and two nodes on this machine (`ray_nodes.py`), runs one study undisturbed, then study after study with
kills until there are enough, by turns in a folder that the nodes share and in one that they do not. Counts runs that
were lost, done twice, or that differ from the undisturbed ones, bit for bit and `time/*` apart. Writes
benchmarks/results/ray_survival.json and ray_survival.md.
"""

import argparse
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ray_nodes import Nodes, command_of, descendants
from survival import IMAGES, RESULTS, lay_out
from survival_compare import equal, rows

CELL = "plain34"
SEEDS = (0, 1)
VICTIMS = ("fit", "agent", "node", "study")
KINDS = ("shared", "private")
WORDS = (
    "--model.depth 20 --data.image_size 16 --data.batch_size 8 --data.num_workers 0 --data.cache off "
    "--trainer.max_epochs 12 --checkpoint.every_n_steps 3"
)
STARTS = 12
"""Times that a study may be started before its runs count as lost."""


def main() -> None:
    """Kill, go on, compare, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    start = time.time()
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    nodes = Nodes(folder, folder / "private")
    try:
        results = survive(nodes, options)
    finally:
        nodes.close()
        shutil.rmtree(folder, ignore_errors=True)
    results["minutes"] = round((time.time() - start) / 60, 1)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "ray_survival.json").write_text(json.dumps(results, indent=2) + "\n")
    (options.output / "ray_survival.md").write_text(report(results))
    print(report(results))
    if results["lost"] or results["twice"] or results["differing"]:
        sys.exit(1)


def survive(nodes: Nodes, options: argparse.Namespace) -> dict[str, Any]:
    """Run a study undisturbed, then killed ones until there are enough kills."""
    import torch

    from resnet_lab.hardware import describe_hardware
    from resnet_lab.provenance import describe_software, git_commit

    lay_out(nodes.folder / "cells")
    for name in ("a", "b"):
        nodes.add(name)
    draws = random.Random(options.seed)
    kills: Counter[str] = Counter()
    problems: dict[str, list[str]] = {"lost": [], "twice": [], "differing": []}
    logs = nodes.folder / "whole"
    done = start(nodes, logs)
    output = done.communicate()[0]
    if done.returncode:
        raise RuntimeError(output)
    victims, runs = itertools.cycle(VICTIMS), 0
    for number in itertools.count():
        if kills.total() >= options.kills:
            break
        logs = nodes.folder / KINDS[number % 2] / str(number)
        disturbed(nodes, logs, victims, kills, draws, options.kills)
        runs += len(SEEDS)
        for problem, found in judged(logs, nodes.folder / "whole").items():
            problems[problem] += [f"study {number} ({KINDS[number % 2]}), {text}" for text in found]
        print(f"study {number}: {kills.total()} kills so far; {problems}", file=sys.stderr, flush=True)
    return {
        "command": f"python benchmarks/ray_survival.py --kills {options.kills} --seed {options.seed}",
        "kills": dict(kills),
        "runs": runs,
        **problems,
        "words": WORDS,
        "images": 2 * IMAGES,
        "hardware": describe_hardware(torch.device("cpu")),
        "versions": {**describe_software(), "ray": version("ray")},
        "git_commit": git_commit(),
    }


def start(nodes: Nodes, logs: Path) -> subprocess.Popen[str]:
    """Start the study, or go on with it."""
    seeds = " ".join(map(str, SEEDS))
    words = f"study residual.yaml --cells {CELL} --seeds {seeds} --threads 1 --launcher ray --logs {logs} {WORDS}"
    command = [sys.executable, "-m", "resnet_lab", *words.split(), "--data.root", str(nodes.folder / "cells")]
    return subprocess.Popen(
        command, cwd=nodes.folder, env=nodes.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def disturbed(
    nodes: Nodes, logs: Path, victims: "itertools.cycle[str]", kills: Counter[str], draws: random.Random, wanted: int
) -> None:
    """Run a study to its end. Kill a fit, an agent, a node and the study, some seconds apart, while steps work."""
    kind = logs.parent.name
    wanted = min(wanted, kills.total() + len(VICTIMS))
    for _ in range(STARTS):
        study = start(nodes, logs)
        while study.poll() is None:
            wait(study, draws.uniform(3, 12))
            if kills.total() >= wanted or study.poll() is not None or not steps(nodes):
                continue
            victim = next(victims)
            while not strike(victim, nodes, study, draws):  # nobody of this kind is there now
                if study.poll() is not None:
                    break
                time.sleep(0.2)
            else:
                kills[f"{victim}, {kind}"] += 1
        study.communicate()
        if study.returncode == 0:
            return


def wait(study: subprocess.Popen[str], seconds: float) -> None:
    """Wait some seconds, or until the study ends."""
    try:
        study.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def steps(nodes: Nodes) -> list[int]:
    """Return the processes of all steps: the children of the tethers of these nodes."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    tethers = [pid for pid in pids if f"tether.py {nodes.folder}" in command_of(pid)]
    return [step for pid in tethers for step in descendants(pid)]


def strike(victim: str, nodes: Nodes, study: subprocess.Popen[str], draws: random.Random) -> bool:
    """Kill one of a kind with SIGKILL; return False if there is none. A node that was killed comes back."""
    name = draws.choice(("a", "b"))
    if victim == "node":
        nodes.kill(name)
        nodes.add(name)
        return True
    chosen = {
        "fit": lambda: steps(nodes),
        "agent": lambda: [*nodes.agents("a"), *nodes.agents("b")],
        "study": lambda: [study.pid],
    }
    there = chosen[victim]()
    if not there or study.poll() is not None:
        return False
    os.kill(draws.choice(there), signal.SIGKILL)
    return True


def judged(logs: Path, whole: Path) -> dict[str, list[str]]:
    """Return the runs that were lost, done twice, or that differ from the undisturbed ones."""
    import torch

    from resnet_lab.runs import find_runs

    undisturbed = {run.status().seed: run for run in find_runs(whole, CELL)}
    finished = [run for run in find_runs(logs, CELL) if (run.path / "test" / "metrics.json").exists()]
    found: dict[str, list[str]] = {"lost": [], "twice": [], "differing": []}
    for seed, one in undisturbed.items():
        own = [run for run in finished if run.status().seed == seed]
        if not own:
            found["lost"].append(f"seed {seed}")
        if len(own) > 1:
            found["twice"].append(f"seed {seed}")
        for other in own:
            differs = []
            for which in ("best", "last"):
                states = [torch.load(run.checkpoints[which], weights_only=True) for run in (one, other)]
                keys = ("state_dict", "optimizer_states", "lr_schedulers", "epoch", "global_step")
                differs += [f"{which}.ckpt: {key}" for key in keys if not equal(states[0][key], states[1][key])]
            if rows(one) != rows(other):
                differs.append("metrics.csv")
            if one.diagnostics_path.read_bytes() != other.diagnostics_path.read_bytes():
                differs.append("diagnostics.csv")
            if one.final_metrics() != other.final_metrics() or one.test_metrics() != other.test_metrics():
                differs.append("scores")
            if differs:
                found["differing"].append(f"seed {seed}: {', '.join(differs)}")
    return found


def report(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    hardware, versions = results["hardware"], results["versions"]
    total = sum(results["kills"].values())
    lines = [
        "# Studies on a Ray cluster, killed",
        "",
        f"`{results['command']}`: {total} kills (SIGKILL) over {results['runs']} runs of {results['images']} "
        f"photographs, each fitted and tested to the end by a head and two nodes on one machine; {results['minutes']} "
        f"minutes on {hardware['cores']} cores of {hardware['processor']}, other work on the machine, ray "
        f"{versions['ray']}, torch {versions['torch']}, commit {(results['git_commit'] or '?')[:12]}.",
        "",
        "A fit is a step of a run, its test too. An agent is an actor of Ray. A node is all its processes; another one",
        "takes its place. After a kill of the study or of a fit, the same command is given again. The nodes see the",
        "folder of the runs (shared) or do not (private). Compared with runs left alone, bit for bit: weights,",
        "optimizer and schedule of both checkpoints, `metrics.csv` (`time/*` apart), `diagnostics.csv`, final and test",
        "scores.",
        "",
        "| of " + str(results["runs"]) + " runs | number |",
        "| --- | --- |",
        *(
            f"| {what} | {len(results[key])} |"
            for key, what in (("lost", "lost"), ("twice", "done twice"), ("differing", "with differing bits"))
        ),
        "",
        *(f"- {key}: {text}" for key in ("lost", "twice", "differing") for text in results[key]),
        "| killed | kills |",
        "| --- | --- |",
        *(f"| {what} | {count} |" for what, count in sorted(results["kills"].items())),
        "",
        f"Options: `{results['words']}`. Not tried: separate machines, NFS, real GPUs, networks that fail.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
