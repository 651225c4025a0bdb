"""What people bring to the decoder, through the command line."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

pytestmark = pytest.mark.slow
SECONDS = 120


@pytest.fixture
def tree(tmp_path):
    """Two classes of 10 images each."""
    draw = np.random.default_rng(0)
    for label in ("cat", "dog"):
        (tmp_path / "d" / label).mkdir(parents=True)
        for number in range(10):
            values = draw.integers(0, 256, (40, 40, 3), dtype=np.uint8)
            Image.fromarray(values).save(tmp_path / "d" / label / f"{number}.png")
    return tmp_path / "d"


def run(code: str, *arguments: object, cache: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "RESNET_LAB_CACHE": str(cache), "OMP_NUM_THREADS": "1"},
        check=False,
    )


def check(root: Path) -> str:
    code = "import sys; from resnet_lab.cli import main; sys.exit(main(['data', 'check', '--data.root', sys.argv[1]]))"
    done = run(code, root, cache=root.parent / "cache")
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_png_metadata_does_not_decide(tree):
    with Image.open(tree / "cat" / "0.png") as image:
        image.load()
        image.save(tree / "cat" / "icc.png", icc_profile=bytes(2_000_000))
        text, xmp = PngImagePlugin.PngInfo(), PngImagePlugin.PngInfo()
        text.add_text("workflow", "x" * 3_000_000, zip=True)
        image.rotate(90).save(tree / "cat" / "text.png", pnginfo=text)
        xmp.add_itxt("XML:com.adobe.xmp", "y" * 3_000_000, zip=True)
        image.rotate(180).save(tree / "dog" / "xmp.png", pnginfo=xmp)
    assert "cannot be used" not in check(tree)


def test_a_thin_image_takes_little_memory_and_is_reported(tree):
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (1, 4000, 3), dtype=np.uint8)).save(tree / "cat/line.png")
    assert "1 thin image" in check(tree)
    code = """
import resource, sys
from pathlib import Path
from resnet_lab.data.pixels import load_resized
load_resized(Path(sys.argv[1]) / "cat/0.png", 224)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
load_resized(Path(sys.argv[1]) / "cat/line.png", 224)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = run(code, tree, cache=tree.parent / "cache")
    assert int(done.stdout) < 100_000, done.stderr  # KiB; whole, it was 3 GB


def test_predict_does_not_wait_for_a_pipe(tree):
    os.mkfifo(tree / "cat" / "pipe.jpg")
    code = """
import sys
from pathlib import Path
from resnet_lab.data.unlabeled_images import UnlabeledImages, find_images
images = UnlabeledImages(find_images([Path(sys.argv[1])]), 32)
for position in range(len(images)):
    images[position]
print(*images.unreadable.values())
"""
    done = run(code, tree, cache=tree.parent / "cache")
    assert done.stdout == f"{tree}/cat/pipe.jpg is no regular file: take it out.\n", done.stderr


def test_photographs_of_phones_are_named_without_their_package(tree):
    for path in (tree / "cat").iterdir():
        path.rename(path.with_suffix(".heic"))
        path.with_suffix(".heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    code = """
import sys
sys.modules["pillow_heif"] = None
from resnet_lab.cli import main
sys.exit(main(["fit", "--config", "resnet34.yaml", "--data.root", sys.argv[1], "--trainer.max_epochs", "1"]))
"""
    done = run(code, tree, cache=tree.parent / "cache")
    assert done.returncode == 2
    assert "10 of 20 images cannot be used" in done.stderr
    assert "is HEIC (HEIF), which is read with an optional package: pip install 'resnet-lab[heif]'" in done.stderr
