"""Gain by the decoded cache and the index of files: images per second, and the time to open a large folder.

    python benchmarks/data.py [--entries 1000000]

writes benchmarks/results/data.json and prints it as a table. Cached and decoded passes alternate, so that a noisy
machine slows both. Each value is a median over the rounds, with its range. The script takes about ten minutes, and
4 GB of disk for the large folder until it ends.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

from resnet_lab.data.folder import read_image_folder
from resnet_lab.data.sources import resolve_root

RESULTS = Path(__file__).parent / "results" / "data.json"
ROUNDS = 5
WORKERS = 2


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=1_000_000, help="files in the large folder")
    parser.add_argument("--open", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.open:
        print(json.dumps(open_folder(options.open)))
        return

    import torch

    from resnet_lab.hardware import describe_hardware
    from resnet_lab.provenance import describe_software, git_commit

    with tempfile.TemporaryDirectory() as temporary:
        os.environ["RESNET_LAB_CACHE"] = f"{temporary}/cache"
        elpv = resolve_root("builtin:elpv")
        results: dict[str, Any] = {
            "command": "python benchmarks/data.py",
            "throughput": {
                "ELPV, 300x300 gray PNG": throughput(elpv),
                "the same as 500x375 color JPEG": throughput(as_jpegs(elpv, Path(temporary) / "jpegs")),
            },
            "large_folder": large_folder(Path(temporary) / "large", options.entries),
            "hardware": describe_hardware(torch.device("cpu")),
            "versions": describe_software(),
            "git_commit": git_commit(),
        }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(table(results))


def as_jpegs(elpv: Path, target: Path) -> Path:
    """Write the photographs as 500x375 color JPEGs of quality 90."""
    for path in elpv.glob("*/*.png"):
        (target / path.parent.name).mkdir(parents=True, exist_ok=True)
        with Image.open(path) as image:
            image.convert("RGB").resize((500, 375)).save(target / path.parent.name / f"{path.stem}.jpg", quality=90)
    return target


def throughput(root: Path) -> dict[str, Any]:
    """Return images per second of training batches, without a network: decoded each time, and from the warm cache."""
    from resnet_lab.data.module import ImageFolderDataModule

    loaders = {}
    for name, cache in (("decoded", False), ("cached", True)):
        data = ImageFolderDataModule(str(root), batch_size=32, image_size=224, num_workers=WORKERS, seed=0, cache=cache)
        data.setup("fit")
        loaders[name] = data.train_dataloader()
    rates: dict[str, list[float]] = {name: [] for name in loaders}
    for _ in range(ROUNDS + 1):
        for name, loader in loaders.items():
            start, images = time.perf_counter(), 0
            for batch, _ in loader:
                images += len(batch)
            rates[name].append(images / (time.perf_counter() - start))
    rates = {name: values[1:] for name, values in rates.items()}  # the first round starts workers and warms up
    ratios = [cached / decoded for cached, decoded in zip(rates["cached"], rates["decoded"], strict=True)]
    return {
        "images": len(loaders["cached"].dataset),
        "workers": WORKERS,
        "rounds": ROUNDS,
        **{f"{name}_images_per_second": summary(values) for name, values in rates.items()},
        "ratio": summary(ratios),
    }


def summary(values: list[float]) -> dict[str, float]:
    """Return median and range."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def large_folder(root: Path, entries: int) -> dict[str, Any]:
    """Make a folder of small images that all differ and open it three times, each in a process of its own."""
    for index in range(entries):
        folder = root / f"class{index % 10}"
        if index < 10:
            folder.mkdir(parents=True)
        # A bitmap of 2x1 pixels: 6 bytes of color are 2 ** 48 images.
        pixels = struct.pack("<Q", index * 2654435761)[:6] + b"\0\0"
        header = struct.pack("<2sIHHI IiiHHIIiiII", b"BM", 62, 0, 0, 54, 40, 2, 1, 1, 24, 0, 8, 0, 0, 0, 0)
        with open(folder / f"{index:07}.bmp", "wb") as file:  # noqa: PTH123
            file.write(header + pixels)
    opened = []
    for _ in range(3):
        command = [sys.executable, __file__, "--open", str(root)]
        opened.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    index_bytes = (Path(os.environ["RESNET_LAB_CACHE"]) / "files.sqlite").stat().st_size
    shutil.rmtree(root)
    return {"entries": entries, "first": opened[0], "second": opened[1], "third": opened[2], "index_bytes": index_bytes}


def open_folder(root: Path) -> dict[str, float]:
    """Return seconds and peak memory of opening a folder, in this process; and what the images then take."""
    import pickle

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    folder = read_image_folder(root)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kept = sum(len(pickle.dumps(items)) for items in folder.splits.values())
    return {"seconds": seconds, "peak_mb": peak / 1024, "peak_before_mb": before / 1024, "kept_mb": kept / 1e6}


def table(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    lines = ["| images | decoded each time | warm cache | ratio |", "| --- | --- | --- | --- |"]
    for name, row in results["throughput"].items():
        cells = [
            f"{row[key]['median']:.{digits}f} ({row[key]['min']:.{digits}f} to {row[key]['max']:.{digits}f})"
            for key, digits in (("decoded_images_per_second", 0), ("cached_images_per_second", 0), ("ratio", 2))
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    large = results["large_folder"]
    lines += ["", f"| opening {large['entries']:,} files | seconds | peak memory |", "| --- | --- | --- |"]
    for name in ("first", "second", "third"):
        lines.append(f"| {name} time | {large[name]['seconds']:.0f} | {large[name]['peak_mb']:,.0f} MB |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
