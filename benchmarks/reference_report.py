"""Write the reference reports from the reference runs, and what the README says of them.

    python benchmarks/reference_report.py

compares the runs of the studies `residual128.yaml`, in both languages, and `depth.yaml` and `depth-low-rate.yaml`, in
English. Each report is written to docs/reports/STUDY; its runs are those of `resnet-lab study STUDY.yaml --logs
docs/reports/STUDY/runs`. No report has a picture of the data set. Then it rewrites what stands between the markers in
README.md. Run it again after runs were made again.
"""

import html
import math
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from resnet_lab.cli import main as resnet_lab
from resnet_lab.comparison.per_class import majority_share
from resnet_lab.runs import Run, find_runs
from resnet_lab.runs.lesions import accuracies_by_number, common_sets, read_lesions
from resnet_lab.runs.measurements import TRAINED, inspected_sample

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "docs" / "reports"
REPORT, DEPTH_REPORT, LOW_RATE_REPORT, INSPECTION = (
    REPORTS / name for name in ("residual128", "depth", "depth-low-rate", "inspection")
)
NAMES = ("plain34-128", "resnet34-128")
DEPTH_NAMES = tuple(f"{arm}{depth}" for depth in (20, 32, 56, 110) for arm in ("plain", "resnet"))
LOW_RATE_NAMES = tuple(f"{arm}{depth}-lr3e-4" for depth in (20, 110) for arm in ("plain", "resnet"))
INSPECTED = ("plain34", "resnet34")
"""The nets without blocks: of each name, the newest run."""
BEGIN, END = "<!-- from docs/reports/{} by benchmarks/reference_report.py -->", "<!-- end -->"


def main() -> None:
    """Compare, and rewrite the README's generated parts."""
    for report, names, languages in (
        (REPORT, NAMES, ("en", "id")),
        (DEPTH_REPORT, DEPTH_NAMES, ("en",)),
        (LOW_RATE_REPORT, LOW_RATE_NAMES, ("en",)),
    ):
        for language in languages:
            words = ["compare", *names, "--logs", str(report / "runs"), "--language", language, "--no_pictures"]
            if resnet_lab([*words, "--output", str(report / language)]):
                raise SystemExit(1)
            for path in unread(report / language):
                path.unlink()
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    for report, part_of_it in ((REPORT, generated()), (DEPTH_REPORT, generated_inside())):
        begin = BEGIN.format(report.name)
        before, after = text.split(begin)
        text = f"{before}{begin}\n\n{part_of_it}\n\n{after[after.index(END) :]}"
    readme.write_text(text, encoding="utf-8")


def unread(folder: Path) -> list[Path]:
    """Return what is not committed of a report: figures that are in the page, and the translation's equal numbers."""
    numbers = folder / "comparison.json"
    return [*folder.glob("figures/*.svg"), *([numbers] if folder.name != "en" else [])]


def runs_of(name: str) -> list[Run]:
    """Return the committed runs of a name."""
    return [run for folder in sorted(REPORTS.glob("*/runs")) for run in find_runs(folder, name)]


def reference_runs() -> list[Run]:
    """Return the runs of the study, the control's first."""
    return [run for name in NAMES for run in runs_of(name)]


def generated() -> str:
    """Return what stands between the markers: tables and words of the report, and what the runs took."""
    report = (REPORT / "en" / "report.md").read_text(encoding="utf-8")
    table, again = re.findall(r"(?:^\|.*\n)+", part(report, "## 1. ", "## 2. "), re.MULTILINE)
    verdict = re.search(r"^> (.*)$", report, re.MULTILINE)
    summary = part(report, "### Summary", "## 4. ").strip()
    beside = re.search(r"At the last checkpoint .*? tested\.", summary)
    assert verdict is not None
    assert beside is not None
    picture = "![Accuracy by epoch, both arms, every seed](docs/reports/residual128/en/figures/curves-accuracy.png)"
    scored = "Scored once more without augmentation, and on the held-out split, last and best checkpoint:"
    paragraphs = [wrapped(f"{verdict[1]} {beside[0]}"), "At the last of 10 epochs:", table, picture]
    paragraphs += [textwrap.fill(setting(reference_runs()), 120), scored, without_seeds(again)]
    paragraphs += ["What the report says of each claim:", claims_table(report)]
    paragraphs += [wrapped(summary[summary.index("Not decided does not mean") :])]
    return "\n\n".join(paragraph.strip() for paragraph in paragraphs)


def without_seeds(table: str) -> str:
    """Return a table of metrics with the rows of the arms alone."""
    return "".join(row for row in table.splitlines(keepends=True) if not row.startswith("| seed "))


def claims_table(report: str) -> str:
    """Return the report's table of the claims that were measured: both arms, the difference, and the verdict."""
    rows = re.search(r"(?:^\|.*\n)+", report[report.index("| Claim |") :], re.MULTILINE)
    assert rows is not None
    cells = [[cell.strip() for cell in row.strip().strip("|").split(" | ")] for row in rows[0].splitlines()]
    return "\n".join(f"| {' | '.join(row[:6] + row[7:])} |" for row in cells if row[-1] != "not measured")


def generated_inside() -> str:
    """Return what stands between the second markers: three figures, and what the reports say of each."""
    depths, low_rate = ((r / "en" / "report.md").read_text(encoding="utf-8") for r in (DEPTH_REPORT, LOW_RATE_REPORT))
    floor = re.search(r"At depth \d+, \S+ is wrong on .*? to train\.", depths)
    assert floor is not None
    of_110 = part(low_rate, "## 3. ", "## 4. ").partition("\n### depth 110\n")[2]
    gradients = (in_short(of_110, name) for name in ("better gradient flow", "vanishing gradients in the control"))
    return "\n\n".join(
        [
            "![Training error by depth](docs/reports/depth/en/figures/depth-train-error.png)",
            wrapped(f"{degradation(depths)} {floor[0]} {setting_of_depths(DEPTH_NAMES)}"),
            wrapped(f"At the recipe's rate: {degradation(low_rate)} {setting_of_depths(LOW_RATE_NAMES)}"),
            "![Gradient norm by layer](docs/reports/depth-low-rate/en/figures/depth-110-inside-gradients.png)",
            wrapped(" ".join(gradients)),
            "![Accuracy without one block](docs/reports/inspection/lesion_single.png)",
            wrapped(lesion_sentence()),
        ]
    )


def degradation(report: str) -> str:
    """Return the verdict of a report on degradation with depth, in short."""
    verdict = re.search(r"^> (.*degradation.*)$", report, re.MULTILINE)
    assert verdict is not None
    return verdict[1]


def setting_of_depths(names: Sequence[str]) -> str:
    """Say how a study of depth was made."""
    runs = [run for name in names for run in runs_of(name)]
    config, status = runs[0].config(), runs[0].status()
    batch = config["data"]["batch_size"]
    return (
        f"{len(runs)} runs at {config['data']['image_size']} pixels, learning rate {config['model']['lr']:g}, "
        f"{status['epochs']} epochs of {math.ceil(status['split_sizes']['train'] / batch)} steps with {batch} images."
    )


def in_short(report: str, name: str) -> str:
    """Return the verdict on a claim and the first sentences of what a report says to it."""
    said = re.search(rf"^- (\*\*)({re.escape(name)}.*)$", report, re.MULTILINE)
    assert said is not None, name
    sentences = re.split(r"(?<=[a-z0-9)*]\.) (?=[A-Z])", html.unescape(said[2]))
    return f"**{sentences[0][0].upper()}{sentences[0][1:]} {' '.join(sentences[1:2])}"


def lesion_sentence() -> str:
    """Say what is left of the accuracy of the inspected nets without one of their blocks."""
    runs = [find_runs(INSPECTION / "runs", name)[-1] for name in INSPECTED]
    common, said = common_sets(read_lesions(run, TRAINED) for run in runs), []
    for run in runs:
        accuracies = accuracies_by_number(read_lesions(run, TRAINED), common)
        [whole], without = accuracies[0], accuracies[1]
        mean, worst, best = (100 * value for value in (fmean(without), min(without), max(without)))
        said.append(
            f"{run.status()['arm']} {100 * whole:.1f}%, without one of {len(without)} blocks {worst:.1f}% to "
            f"{best:.1f}%, {mean:.1f}% on average"
        )
    return (
        f"**Nets without a block** (Veit et al. 2016), accuracy on {inspected_sample(runs[0], 'lesion')['n']} held-out "
        f"photographs, of blocks that keep the shape (full): {'; '.join(said)}; always naming the most frequent class "
        f"{100 * majority_share(runs[0]):.1f}%. One net an arm, at 224 pixels: this says what these two lean on, and "
        "not why one is more accurate."
    )


def wrapped(text: str) -> str:
    """Return a paragraph in lines."""
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def part(report: str, begin: str, end: str) -> str:
    """Return what stands under a heading of the report."""
    after = report[report.index(f"\n{begin}") + 1 :].partition("\n")[2]
    return after[: after.index(f"\n{end}")]


def setting(runs: list[Run]) -> str:
    """Say what the runs took and on what."""
    statuses = [run.status() for run in runs]
    first, config = statuses[0], runs[0].config()
    sizes, versions, hardware = first["split_sizes"], first["versions"], first["hardware"]
    minutes = sorted(status["wall_seconds"] / 60 for status in statuses)
    seeds = sorted({status["seed"] for status in statuses})
    instructions = ", ".join(name.upper().replace("_", "-") for name in hardware["instructions"])
    return (
        f"Mean and standard deviation over {len(seeds)} seeds an arm, at {config['data']['image_size']} pixels; train "
        f"figures are measured while training, on augmented crops. {sizes['train']:,} photographs to train on, "
        f"{sizes['val']} to validate, {sizes['test']} held out; losses are plain cross-entropy in nats. Both arms have "
        f"{first['parameters']:,} parameters, and of each seed the same initial weights and the same batches. A run "
        f"took {minutes[0]:.0f} to {minutes[-1]:.0f} minutes on {first['threads']} thread"
        f"{'s' if first['threads'] > 1 else ''} of {hardware['cores']} busy cores of an {hardware['processor']} "
        f"({instructions}), {first['precision']}, torch {versions['torch']}, torchvision {versions['torchvision']}, "
        f"lightning {versions['lightning']}, Python {versions['python']}."
    )


if __name__ == "__main__":
    main()
