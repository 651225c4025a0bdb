"""Documentation site, by Sphinx: the pages of this repository as they stand, in a reader's order.

    pip install -e '.[docs]'
    sphinx-build -W --keep-going -c docs/site . build/site     # in the top folder; then open build/site/index.html

The source folder is the whole repository, so each link of a page leads to the same file here and on a code host. A
broken link, a missing anchor, and a page that is not in the navigation fail the build.
"""

from sphinx.application import Sphinx

NAVIGATION = {
    "First steps": ["docs/first-look", "docs/mulai-cepat", "docs/experiment", "docs/data", "docs/settings"],
    "Questions and answers": [
        "docs/comparison",
        "docs/glossary",
        "docs/study",
        "docs/ladder",
        "docs/diagnostics",
        "docs/trained-weights",
        "docs/export",
    ],
    "Results": [
        "docs/findings",
        "docs/results",
        "Report: 34 layers, six pairs <docs/reports/residual/en/report>",
        "Laporan: 34 layer, enam pasangan <docs/reports/residual/id/report>",
        "Report: 34 layers at 128 pixels <docs/reports/residual128/en/report>",
        "Laporan: 34 layer pada 128 piksel <docs/reports/residual128/id/report>",
        "Report: the same, near-duplicates in one split <docs/reports/groups128/en/report>",
        "Report: five folds at 128 pixels <docs/reports/folds128/en/report>",
        "Laporan: lima fold pada 128 piksel <docs/reports/folds128/id/report>",
        "Report: depth 20 to 110 <docs/reports/depth/en/report>",
        "Report: the same at a lower rate <docs/reports/depth-low-rate/en/report>",
        "Report: ladder on digits <docs/reports/ladder-digits/en/report>",
        "Laporan: tangga pada digit <docs/reports/ladder-digits/id/report>",
    ],
    "Larger machines": ["docs/speed", "docs/several-processes"],
    "Reference": ["docs/run-folder", "docs/promises", "CHANGELOG"],
    "Development": ["docs/architecture", "CONTRIBUTING"],
    "Measurements of this package": ["benchmarks/results/*"],
}

project = html_title = "resnet-lab"
extensions = ["myst_nb"]
root_doc = "README"
include_patterns = ["*.md", "docs/*.md", "docs/*.ipynb", "docs/reports/**/*.md", "benchmarks/results/*.md"]
exclude_patterns = ["docs/reports/*/runs"]
html_theme = "furo"
html_extra_path = ["index.html"]  # leads to the page of the README
html_copy_source = False
myst_enable_extensions = ["html_image"]
myst_heading_anchors = 4  # named as a code host names them
nb_execution_mode = "off"  # a slow test runs the notebook
suppress_warnings = ["myst.header"]  # a report's folds begin below the level of the heading before them


def add_navigation(app: Sphinx, page: str, source: list[str]) -> None:
    """Append the navigation to the first page."""
    if page == root_doc:
        for title, pages in NAVIGATION.items():
            source[0] += "\n\n```{{toctree}}\n:hidden:\n:glob:\n:caption: {}\n\n{}\n```\n".format(
                title, "\n".join(pages)
            )


def setup(app: Sphinx) -> None:
    """Connect the navigation to the reading of pages."""
    app.connect("source-read", add_navigation)
