"""Reference reports from the reference runs, and the generated parts of README.md and of pages in docs.

    python benchmarks/reference_report.py

compares the runs of the studies `residual.yaml`, `residual128.yaml`, `folds128.yaml` and `ladder-digits.yaml`, in both
languages, and `groups128.yaml`, `depth.yaml` and `depth-low-rate.yaml`, in English. Each report is written to
docs/reports/STUDY; its runs are those of `resnet-lab study STUDY.yaml --logs docs/reports/STUDY/runs`. No report has a
picture of the data set. Then the text between the markers in README.md, docs/results.md, docs/findings.md and
docs/diagnostics.md is written from the same results, by one module per page. Run the script again after the runs
change. The finding of a further pair of arms takes its report in `main`, markers in docs/findings.md, and one entry in
`PARTS` of `page_findings.py`: `partial(finding_of_accuracy, "STUDY.yaml", REPORTS / "STUDY")`.
"""

from pathlib import Path

import page_diagnostics
import page_findings
import page_readme
import page_results
from reference_studies import (
    DEPTH_NAMES,
    DEPTH_REPORT,
    FOLDS_REPORT,
    FOLDS_STUDY,
    GROUPS_REPORT,
    LADDER_REPORT,
    LADDER_STUDY,
    LOW_RATE_NAMES,
    LOW_RATE_REPORT,
    NAMES,
    RECIPE_REPORT,
    RECIPE_STUDY,
    REPORT,
    ROOT,
)

from resnet_lab.cli import main as resnet_lab

BEGIN, END = "<!-- {} by benchmarks/reference_report.py -->", "<!-- end -->"
PARTS = {
    "README.md": page_readme.PARTS,
    "docs/results.md": page_results.PARTS,
    "docs/diagnostics.md": page_diagnostics.PARTS,
    "docs/findings.md": page_findings.PARTS,
}
"""The functions that write the parts of each page, by their marker."""


def main() -> None:
    """Write the reports, and the generated parts of the pages."""
    for report, names, languages in (
        (RECIPE_REPORT, (RECIPE_STUDY,), ("en", "id")),
        (REPORT, NAMES, ("en", "id")),
        (GROUPS_REPORT, ("groups128.yaml",), ("en",)),
        (FOLDS_REPORT, (FOLDS_STUDY,), ("en", "id")),
        (DEPTH_REPORT, DEPTH_NAMES, ("en",)),
        (LOW_RATE_REPORT, LOW_RATE_NAMES, ("en",)),
        (LADDER_REPORT, (LADDER_STUDY,), ("en", "id")),
    ):
        for language in languages:
            for path in (report / language / "figures").glob("*.png"):
                path.unlink()
            words = ["compare", *names, "--logs", str(report / "runs"), "--language", language, "--no_pictures"]
            if resnet_lab([*words, "--output", str(report / language)]):
                raise SystemExit(1)
            for path in unread(report / language):
                path.unlink()
    write_parts()


def write_parts() -> None:
    """Write the text between the markers of each page."""
    for page, parts in PARTS.items():
        text = (ROOT / page).read_text(encoding="utf-8")
        for name, part in parts.items():
            begin = BEGIN.format(name)
            before, after = text.split(begin)
            text = f"{before}{begin}\n\n{part()}\n\n{after[after.index(END) :]}"
        (ROOT / page).write_text(text, encoding="utf-8")


def unread(folder: Path) -> list[Path]:
    """Return the files of a report that are not committed: plots that are in the page, and a second copy of numbers."""
    numbers = [folder / name for name in ("comparison.json", "table.csv")]
    return [*folder.glob("figures/*.svg"), *(numbers if folder.name != "en" else [])]


if __name__ == "__main__":
    main()
