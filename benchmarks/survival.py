"""Survival of runs that are killed at chosen file operations and resumed, compared with the same runs left alone.

    python benchmarks/survival.py [--kills 150]

trains small real nets, kills each command with SIGKILL at an operation on a file, gives the same command again, kills
that too, and so on until it ends; then compares everything that it leaves. An operation is chosen by its stage (decoded
cache, state, figures, ...) and its number within the stage. Half of the kills come right before it, half up to 50 ms
later. Writes benchmarks/results/survival.json after each chain of kills, and goes on from there when it is started
again, also by several processes at a time; survival.md is made from it.
"""

import argparse
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock
from survival_compare import compare_caches, compare_runs
from survival_probe import install
from survival_report import report
from survival_scenarios import FEW, ORDER, SCENARIOS

HERE = Path(__file__).parent
RESULTS = HERE / "results"
IMAGES = 80
"""Photographs of each class, unless told otherwise."""
ONCE = {"index of files", "decoded cache", "claim of the folder", "config"}
"""Stages that a resumed run does not come to again."""
FORK = multiprocessing.get_context("fork")
PATIENCE = 300
"""Seconds after which a command hangs."""


def main() -> None:
    """Kill, give the command again, compare, write; go on until there are enough kills."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0, help="of the operations")
    parser.add_argument("--scenarios", nargs="+", default=ORDER, choices=SCENARIOS, help="in this order, in turn")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "survival.json"
    bench = Bench(Path(tempfile.mkdtemp(prefix="survival-")))
    try:
        while (results := begin(path, options.seed))["kills"] < options.kills:
            number = results["begun"] - 1
            name = options.scenarios[number % len(options.scenarios)]
            chain = bench.chain(name, number, random.Random(f"{options.seed} {number}"))
            with changed(path) as results:
                results["chains"].append(chain)
                results["kills"] += len(chain["kills"])
            print(f"{number} {name}: {chain}", file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)
    (options.output / "survival.md").write_text(report(results))
    print(report(results))
    if any(chain["differences"] for chain in results["chains"]):
        sys.exit(1)


@contextmanager
def changed(path: Path) -> Iterator[dict[str, Any]]:
    """Change the results, which several processes may write."""
    with FileLock(Path(tempfile.gettempdir()) / "resnet-lab-survival.lock"):
        results = json.loads(path.read_text()) if path.exists() else {}
        yield results
        path.write_text(json.dumps(results, indent=1) + "\n")


def begin(path: Path, seed: int) -> dict[str, Any]:
    """Count one more chain in the results and return them; results of another seed are replaced."""
    with changed(path) as results:
        if results.get("seed") != seed:
            results.clear()
            results |= {"seed": seed, **described(), "begun": 0, "kills": 0, "chains": []}
        results["begun"] += 1
    return results


def described() -> dict[str, Any]:
    """Return the machine and the versions."""
    import torch

    from resnet_lab.hardware import describe_hardware
    from resnet_lab.provenance import describe_software, git_commit

    return {
        "hardware": describe_hardware(torch.device("cpu")),
        "versions": describe_software(),
        "git_commit": git_commit(),
    }


class Bench:
    """Folder of all runs, with the undisturbed ones and the operations that each scenario has.

    Args:
        folder: An empty folder.
    """

    def __init__(self, folder: Path) -> None:
        import torch.utils.tensorboard

        import resnet_lab.training.command_line  # noqa: F401  (before the forks, for all of them)

        torch.set_num_threads(1)
        self.folder = folder
        self.stages: dict[str, Counter[str]] = {}
        lay_out(folder / "cells", FEW)
        (folder / "site").mkdir()
        start = f"import sys; sys.path.insert(0, {str(HERE)!r}); import survival_probe; survival_probe.install()\n"
        (folder / "site" / "sitecustomize.py").write_text(start)

    def whole(self, name: str) -> Path:
        """Return the folder in which nobody was killed; the first time, make it and note its operations."""
        folder, scenario = self.folder / f"whole {name}", SCENARIOS[name]
        if name not in self.stages:
            folder.mkdir()
            for words in filter(None, (scenario.first, scenario.beside)):
                self.succeed(words, folder)
            if scenario.first:
                shutil.copytree(folder, self.folder / f"first {name}")
            code, log = self.run(scenario.words, folder, forked=scenario.forked)
            if code:
                raise RuntimeError((folder / "output").read_text()[-2000:])
            self.stages[name] = Counter(line[0] for line in log)
        return folder

    def chain(self, name: str, number: int, draws: random.Random) -> dict[str, Any]:
        """Kill a command some times and give it again until it ends; return the kills and what differs."""
        whole, scenario, folder, began = self.whole(name), SCENARIOS[name], self.folder / str(number), time.time()
        if scenario.first:
            shutil.copytree(self.folder / f"first {name}", folder)
        folder.mkdir(exist_ok=True)
        beside = FORK.Process(target=self.succeed, args=(scenario.beside, folder))
        if scenario.beside:
            beside.start()
        kills: list[dict[str, Any]] = []
        found = []
        for attempt in range(scenario.kills + 1):
            aim = self.aim(name, attempt, draws) if attempt < scenario.kills else {}
            code, log = self.run(scenario.words, folder, aim, forked=scenario.forked)
            victims = [line[1] for line in log if line[0] == "KILL"]
            kills += [{**aim, "victims": words} for words in victims]
            if code == 0 or not victims:
                found += [f"exit code {code}: {(folder / 'output').read_text()[-300:]}"] if code else []
                break
        if scenario.beside:
            beside.join()
            found += [f"exit code {beside.exitcode} of the fit beside it"] if beside.exitcode else []
        found = found or differences(whole, folder)
        shutil.rmtree(folder)
        seconds = round(time.time() - began, 1)
        return {"scenario": name, "kills": kills, "differences": found, "seconds": seconds}

    def aim(self, name: str, attempt: int, draws: random.Random) -> dict[str, Any]:
        """Choose an operation: each stage is as likely, except that later tries have some behind them."""
        counts = self.stages[name]
        stage = draws.choice(sorted(stage for stage in counts if attempt < 2 or stage not in ONCE) or sorted(counts))
        return {
            "stage": stage,
            "count": draws.randint(1, max(1, counts[stage] // (attempt + 1))),
            "delay": draws.choice((0, round(draws.uniform(0, 0.05), 4))),
            "victims": draws.choice(SCENARIOS[name].victims),
        }

    def succeed(self, words: str, folder: Path) -> None:
        """Run a command that nobody kills."""
        if self.run(words, folder, output="other output")[0]:
            raise RuntimeError((folder / "other output").read_text()[-2000:])

    def run(
        self,
        words: str,
        folder: Path,
        aim: Mapping[str, Any] | None = None,
        *,
        forked: bool = True,
        output: str = "output",
    ) -> tuple[int | None, list[list[str]]]:
        """Run a command; return its exit code, None if it hangs, and its operations and kills."""
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".log")
        os.close(handle)
        given = [*words.split(), *([] if words.startswith("test") else ["--data.root", str(self.folder / "cells")])]
        environment = {
            "RESNET_LAB_CACHE": str(folder / "cache"),
            "OMP_NUM_THREADS": "1",
            "SURVIVAL_FOLDER": str(folder),
            "SURVIVAL_LOG": name,
            "SURVIVAL_AIM": json.dumps(aim or {}),
        }
        if forked:
            process: Any = FORK.Process(target=in_fork, args=(given, folder, environment, folder / output))
            process.start()
            process.join(PATIENCE)
            code = process.exitcode
        else:
            environment["PYTHONPATH"] = os.pathsep.join([str(self.folder / "site"), os.environ.get("PYTHONPATH", "")])
            with (folder / output).open("w") as file:
                process = subprocess.Popen(
                    [sys.executable, "-m", "resnet_lab", *given],
                    cwd=folder,
                    env={**os.environ, **environment},
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                with suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE)
            code = process.returncode
        if code is None:
            os.killpg(process.pid, signal.SIGKILL)
        return code, [line.split("\t") for line in Path(name).read_text(errors="replace").splitlines()]


def in_fork(words: list[str], folder: Path, environment: Mapping[str, str], output: Path) -> None:
    """Be the process of a command."""
    os.setsid()
    os.chdir(folder)
    os.environ.update(environment)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    install()
    from resnet_lab.cli import main as command

    sys.exit(command(words))


def lay_out(root: Path, images: int = IMAGES) -> None:
    """Link the first photographs of each class of `builtin:elpv`."""
    from resnet_lab.data.sources import resolve_root

    for source in sorted(path for path in Path(resolve_root("builtin:elpv")).iterdir() if path.is_dir()):
        (root / source.name).mkdir(parents=True)
        for path in sorted(source.iterdir())[:images]:
            (root / source.name / path.name).symlink_to(path.resolve())


def differences(whole: Path, killed: Path) -> list[str]:
    """Return what is lost, there twice, or different."""
    from resnet_lab.runs import find_runs

    found = []
    for path in sorted((whole / "lightning_logs").glob("*/version_0/status.json")):
        name = path.parents[1].name
        begun = [run for run in find_runs(killed / "lightning_logs", name) if (run.path / "status.json").exists()]
        runs = [run for run in begun if run.status().status == "finished"]
        if len(runs) != 1:
            found.append(f"{name} is there {len(runs)} times")
        found += [f"{name}: {text}" for run in runs for text in compare_runs(path.parent, run.path)]
    if (whole / "cache").is_dir():
        found += compare_caches(whole / "cache", killed / "cache")
    return found


if __name__ == "__main__":
    main()
