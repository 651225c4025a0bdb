"""Check of a fit on a GPU in at most eight minutes: first whether it is correct, then how fast it is.

    python benchmarks/gpu.py [--minutes 8] [--only steps bill] [--skip compile]
    python benchmarks/gpu.py --tiny --device cpu --output FOLDER

writes benchmarks/results/gpu.json and gpu.md. It needs one GPU and no network. The packages that resnet-lab depends on
must be importable: installed, or in a folder on PYTHONPATH (`pip install --target`). The checkout itself need not be
installed. Photographs are drawn by the script. Each check is a process with a time limit of its own. What fails is
noted with its message, and the script goes on. `--tiny` makes the same checks on small nets, on any device.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results"
LIMITS = {
    "machine": 60,
    "steps": 60,
    "pinned": 50,
    "synchronizations": 60,
    "deterministic": 90,
    "killed": 90,
    "two_jobs": 70,
    "diagnostics": 60,
    "inspect": 100,
    "bill": 75,
    "speed_32": 60,
    "speed_256": 60,
    "speed_128": 60,
    "speed_64": 60,
    "compile": 150,
}
"""Seconds that each check may take, in the order in which they are made. Few take half of it."""
NOT_NEEDED = {"cmeel-mimalloc", "imagehash", "shtab"}
"""Dependencies of the package without which all of this runs."""
LEAST_SECONDS = 10
"""A check that has less time than this is left out."""


def main() -> None:
    """Check, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=8.0, help="time of the whole (default: %(default)s)")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="default: %(default)s")
    parser.add_argument("--tiny", action="store_true", help="small nets, small images, few steps")
    parser.add_argument("--only", nargs="+", choices=LIMITS, default=list(LIMITS), help="of the checks")
    parser.add_argument("--skip", nargs="+", choices=LIMITS, default=[], help="of the checks")
    parser.add_argument("--output", type=Path, help="folder of the results (default: benchmarks/results)")
    options = parser.parse_args()
    if options.output is None and (options.device == "cpu" or options.tiny):
        parser.error("benchmarks/results holds what a GPU gave: name another folder by --output.")
    if missing := missing_packages():
        parser.error(
            f"this Python lacks {', '.join(missing)}. Without a network, bring wheels and put them on PYTHONPATH: "
            "pip install --no-index --no-deps --target FOLDER *.whl; export PYTHONPATH=FOLDER"
        )
    chosen = {"machine", *options.only} - {*options.skip}
    names = [name for name in LIMITS if name in chosen]
    with tempfile.TemporaryDirectory() as temporary:
        results = check(names, options, Path(temporary), time.monotonic() + 60 * options.minutes)
    words = [*(["--tiny"] if options.tiny else []), *(["--device", "cpu"] if options.device == "cpu" else [])]
    results["command"] = " ".join(["python benchmarks/gpu.py", *words])

    import gpu_report

    output = options.output or RESULTS
    output.mkdir(parents=True, exist_ok=True)
    (output / "gpu.json").write_text(json.dumps(results, indent=2) + "\n")
    (output / "gpu.md").write_text(gpu_report.page(results))
    print(gpu_report.page(results))
    sys.exit(any(one["state"] != "passed" for one in results["checks"].values()))


def check(names: list[str], options: argparse.Namespace, folder: Path, end: float) -> dict[str, Any]:
    """Make checks, each in a process, until all are made or the time is over; leave if there is no such device."""
    start = time.monotonic()
    environment = environment_of_children(options, folder)
    checks: dict[str, dict[str, Any]] = {}
    for name in names:
        begin = time.monotonic()
        seconds = min(LIMITS[name], end - begin)
        if seconds < LEAST_SECONDS:
            checks[name] = {"state": "left out", "message": "no time was left", "seconds": 0.0}
        else:
            checks[name] = one_check(name, options, environment, folder, seconds)
            checks[name]["seconds"] = round(time.monotonic() - begin, 1)
        message = checks[name].get("message", "")
        if name == "machine" and message:
            sys.exit(f"The device {options.device} does not answer: {message}")
        print(f"{name}: {checks[name]['state']} {message}".rstrip(), file=sys.stderr, flush=True)
    return {"device": options.device, "tiny": options.tiny, "checks": checks, "seconds": time.monotonic() - start}


def one_check(
    name: str, options: argparse.Namespace, environment: Mapping[str, str], folder: Path, seconds: float
) -> dict[str, Any]:
    """Make one check in a process group of its own, which is killed when its time is over."""
    words = [sys.executable, HERE / "gpu_checks.py", name, "--device", options.device, "--folder", folder]
    with (folder / f"{name}.out").open("w+") as out, (folder / f"{name}.err").open("w+") as err:
        process = subprocess.Popen(
            [*map(str, words), *(["--tiny"] if options.tiny else [])],
            env=environment,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            end_group(process)
    said = (folder / f"{name}.err").read_text(errors="replace").strip().splitlines()
    if code is None:
        return {"state": "failed", "message": f"not done after {seconds:.0f} seconds", "said": said[-20:]}
    if code:
        return {"state": "failed", "message": said[-1] if said else f"exit code {code}", "said": said[-20:]}
    return {"state": "passed", "found": json.loads((folder / f"{name}.out").read_text().splitlines()[-1])}


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of a check: the process and all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def environment_of_children(options: argparse.Namespace, folder: Path) -> dict[str, str]:
    """Return the environment of the checks: this checkout, a cache folder of its own, the device that was asked for."""
    paths = [str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")]
    try:
        metadata.version("resnet-lab")
    except metadata.PackageNotFoundError:
        paths.append(str(described(folder / "described")))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    environment |= {"RESNET_LAB_CACHE": str(folder / "cache"), "MPLBACKEND": "agg"}
    if options.device == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = ""
    return environment


def described(folder: Path) -> Path:
    """Write what tells Python the version of a checkout that is not installed; return its folder."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"]
    described = folder / f"resnet_lab-{project['version']}.dist-info"
    described.mkdir(parents=True)
    text = f"Metadata-Version: 2.1\nName: resnet-lab\nVersion: {project['version']}\n"
    (described / "METADATA").write_text(text)
    return folder


def missing_packages() -> list[str]:
    """Return the names of packages that the checks need and this Python does not have."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"]
    needed = [re.split(r"[^\w.-]", line)[0] for line in project["dependencies"]]
    needed += ["docstring-parser", "typeshed-client"]  # jsonargparse[signatures]
    return [name for name in needed if name not in NOT_NEEDED and not is_installed(name)]


def is_installed(name: str) -> bool:
    """Return whether this Python has a package."""
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


if __name__ == "__main__":
    main()
