"""Write the reference reports from the reference runs, and what the README says of them.

    python benchmarks/reference_report.py

compares the runs of `resnet-lab study residual128.yaml --logs lightning_logs/reference`, in both languages
(docs/reference-report), and those of `resnet-lab study depth.yaml` with the same logs, in English, since that report is
large (docs/depth-report). Neither has a picture of the data set. Then it rewrites what stands between the markers in
README.md. Run it again after the reference runs were made again.
"""

import html
import re
import textwrap
from pathlib import Path
from statistics import fmean

from resnet_lab.cli import main as resnet_lab
from resnet_lab.comparison.inside import inspected_sample, lesion_sets, lesions
from resnet_lab.runs import Run, find_runs

ROOT = Path(__file__).parents[1]
LOGS = ROOT / "lightning_logs" / "reference"
REPORT, DEPTH_REPORT = (ROOT / "docs" / name for name in ("reference-report", "depth-report"))
NAMES = ("plain34-128", "resnet34-128")
DEPTHS = (20, 32, 56, 110)
DEPTH_NAMES = tuple(f"{arm}{depth}" for depth in DEPTHS for arm in ("plain", "resnet"))
BEGIN, END = "<!-- from docs/{} by benchmarks/reference_report.py -->", "<!-- end -->"


def main() -> None:
    """Compare, and rewrite the README's generated parts."""
    for report, names, languages in ((REPORT, NAMES, ("en", "id")), (DEPTH_REPORT, DEPTH_NAMES, ("en",))):
        for language in languages:
            words = ["compare", *names, "--logs", str(LOGS), "--language", language, "--no_pictures"]
            if resnet_lab([*words, "--output", str(report / language)]):
                raise SystemExit(1)
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    for report, part_of_it in ((REPORT, generated()), (DEPTH_REPORT, generated_inside())):
        begin = BEGIN.format(report.name)
        before, after = text.split(begin)
        text = f"{before}{begin}\n\n{part_of_it}\n\n{after[after.index(END) :]}"
    readme.write_text(text, encoding="utf-8")


def reference_runs() -> list[Run]:
    """Return the runs of the study, the control's first."""
    return [run for name in NAMES for run in find_runs(LOGS, name)]


def generated() -> str:
    """Return what stands between the markers: tables and words of the report, and what the runs took."""
    report = (REPORT / "en" / "report.md").read_text(encoding="utf-8")
    table, again = re.findall(r"(?:^\|.*\n)+", part(report, "## 1. ", "## 2. "), re.MULTILINE)
    verdict = re.search(r"^> (.*)$", report, re.MULTILINE)
    summary = part(report, "### Summary", "## 4. ").strip()
    assert verdict is not None
    picture = "![Accuracy by epoch, both arms, every seed](docs/reference-report/en/figures/curves-accuracy.png)"
    scored = "Scored once more without augmentation, and on the held-out split, last and best checkpoint:"
    paragraphs = [wrapped(verdict[1]), table, picture, textwrap.fill(setting(reference_runs()), 120)]
    paragraphs += [scored, without_seeds(again), "What the report says of each claim:", claims_table(report)]
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
    report, of_depth = ((folder / "en" / "report.md").read_text(encoding="utf-8") for folder in (REPORT, DEPTH_REPORT))
    verdict = re.search(r"^> (.*)$", of_depth, re.MULTILINE)
    assert verdict is not None
    claims = ("better gradient flow", "vanishing gradients in the control")
    return "\n\n".join(
        [
            "![Training error by depth](docs/depth-report/en/figures/depth-train-error.png)",
            wrapped(verdict[1]),
            "![Gradient norm by layer](docs/reference-report/en/figures/inside-gradients.png)",
            wrapped(" ".join(in_short(report, name) for name in claims)),
            "![Accuracy without blocks](docs/reference-report/en/figures/inside-lesion.png)",
            wrapped(lesion_sentence()),
        ]
    )


def in_short(report: str, name: str) -> str:
    """Return the verdict on a claim and the first sentences of what a report says to it."""
    said = re.search(rf"^- (\*\*)({re.escape(name)}.*)$", report, re.MULTILINE)
    assert said is not None, name
    sentences = re.split(r"(?<=[a-z0-9)*]\.) (?=[A-Z])", html.unescape(said[2]))
    return f"**{sentences[0][0].upper()}{sentences[0][1:]} {' '.join(sentences[1:2])}"


def lesion_sentence() -> str:
    """Say what is left of the accuracy of the inspected nets without some of their blocks."""
    said, sets = [], lesion_sets(reference_runs())
    for name, arm in zip(NAMES, ("Plain-34", "ResNet-34"), strict=True):
        found = [accuracies for run in find_runs(LOGS, name) if (accuracies := lesions(run, sets))]
        whole, one, four = (100 * fmean(fmean(net[k]) for net in found) for k in (0, 1, 4))
        nets = f"{len(found)} net{'s' if len(found) > 1 else ''}"
        said.append(f"{arm} ({nets}) {whole:.1f}%, without one block {one:.1f}% on average, without four {four:.1f}%")
    images = inspected_sample(reference_runs()[0], "lesion")["n"]
    return (
        f"**Nets without blocks** (Veit et al. 2016), accuracy on {images} held-out photographs, the same sets of "
        f"blocks in both arms: {'; '.join(said)}. This says what these trained nets lean on, not why one is more "
        "accurate."
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
