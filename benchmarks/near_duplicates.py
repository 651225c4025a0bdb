"""Recall of the check for near-duplicates on copies of images, and the pairs of other images that it finds.

    python benchmarks/near_duplicates.py

writes benchmarks/results/near_duplicates.json and prints it as a table: over all photographs of builtin:elpv, for each
distance, the share of copies found (saved as JPEG, halved, brightened, all three), and the pairs of different files
that are taken for near-duplicates. A person must look at those pairs: see ``resnet-lab data check``.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from resnet_lab.data.folder import read_image_folder
from resnet_lab.data.image_hash import ImageHash, hash_images
from resnet_lab.data.near_duplicates import near_duplicate_groups
from resnet_lab.data.sources import resolve_root

RESULTS = Path(__file__).parent / "results" / "near_duplicates.json"
DISTANCES = (8, 12, 16, 20)
COPIES = ("JPEG of quality 75", "half the size", "1.1 times brighter", "all three")


def main() -> None:
    """Measure, write, print."""
    paths = sorted(resolve_root("builtin:elpv").glob("*/*.png"))
    originals = hashes_of(paths)
    results: dict[str, Any] = {"command": "python benchmarks/near_duplicates.py", "images": len(paths), "bits": 256}
    with tempfile.TemporaryDirectory() as temporary:
        distances = {}
        for kind in COPIES:
            copies = [copy(path, kind, Path(temporary) / f"{i}") for i, path in enumerate(paths)]
            distances[kind] = np.bitwise_count(originals ^ hashes_of(copies)).sum(axis=1)
    pairs = np.concatenate(
        [np.bitwise_count(originals[i + 1 :] ^ row).sum(axis=1) for i, row in enumerate(originals[:-1])]
    )
    results["pairs"] = len(pairs)
    results["by_distance"] = {
        str(limit): {
            "found": {kind: float((distances[kind] <= limit).mean()) for kind in COPIES},
            "pairs_taken": int((pairs <= limit).sum()),
        }
        for limit in DISTANCES
    }
    results["with_one_in_train"] = with_one_in_train(paths, originals)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(f"| distance | pairs taken | {' | '.join(COPIES)} |\n|{' --- |' * (2 + len(COPIES))}")
    for limit, row in results["by_distance"].items():
        print(f"| {limit} | {row['pairs_taken']} | {' | '.join(f'{share:.3f}' for share in row['found'].values())} |")


def with_one_in_train(paths: list[Path], hashes: NDArray[np.uint8]) -> dict[str, int]:
    """Return how many images of val and of test have a near-duplicate in train, at the check's distance."""
    folder = read_image_folder(resolve_root("builtin:elpv"))
    split_of = {item.path: split for split, items in folder.splits.items() for item in items}
    splits = [[split_of[paths[position]] for position in group] for group in near_duplicate_groups(hashes)]
    return {split: sum(group.count(split) for group in splits if "train" in group) for split in ("val", "test")}


def hashes_of(paths: list[Path]) -> NDArray[np.uint8]:
    """Return the hashes of images, ``(N, 32)``."""
    found = hash_images(paths)
    return np.array([np.frombuffer(image.hash, dtype=np.uint8) for image in found if isinstance(image, ImageHash)])


def copy(path: Path, kind: str, target: Path) -> Path:
    """Write a copy of an image that is the same to the eye."""
    with Image.open(path) as image:
        copied: Image.Image = image.copy()
    if kind in ("half the size", "all three"):
        copied = copied.resize((copied.width // 2, copied.height // 2))
    if kind in ("1.1 times brighter", "all three"):
        copied = ImageEnhance.Brightness(copied).enhance(1.1)
    ending, options = (".jpg", {"quality": 75}) if kind in ("JPEG of quality 75", "all three") else (".png", {})
    copied.save(target.with_suffix(ending), **options)
    return target.with_suffix(ending)


if __name__ == "__main__":
    main()
