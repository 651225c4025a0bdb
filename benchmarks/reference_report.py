"""Write the reference reports from the reference runs, and the README's table and conclusion from the report.

    python benchmarks/reference_report.py

compares the runs of `resnet-lab study residual128.yaml --logs lightning_logs/reference`, writes both languages to
docs/reference-report (no picture of the data set), and rewrites what stands between the markers in README.md. Run it
again after the reference runs were made again.
"""

import re
import textwrap
from pathlib import Path

from resnet_lab.cli import main as resnet_lab
from resnet_lab.runs import Run, find_runs

ROOT = Path(__file__).parents[1]
LOGS = ROOT / "lightning_logs" / "reference"
REPORT = ROOT / "docs" / "reference-report"
NAMES = ("plain34-128", "resnet34-128")
BEGIN, END = "<!-- from docs/reference-report by benchmarks/reference_report.py -->", "<!-- end -->"


def main() -> None:
    """Compare, in both languages, and rewrite the README's generated part."""
    for language in ("en", "id"):
        words = ["compare", *NAMES, "--logs", str(LOGS), "--language", language, "--no_pictures"]
        if resnet_lab([*words, "--output", str(REPORT / language)]):
            raise SystemExit(1)
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN)], text[text.index(END) :]
    readme.write_text(f"{before}{BEGIN}\n\n{generated()}\n\n{after}", encoding="utf-8")


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
    scored = "Scored once more without augmentation, and on the held-out split:"
    paragraphs = [table, picture, textwrap.fill(setting(reference_runs()), 120), scored, again]
    paragraphs += [textwrap.fill(f"{verdict[1]} {summary}", 120, break_long_words=False, break_on_hyphens=False)]
    return "\n\n".join(paragraph.strip() for paragraph in paragraphs)


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
