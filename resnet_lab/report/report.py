"""A report: what it consists of, as Markdown, as one HTML file, and the files it is written to."""

import base64
import re
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from resnet_lab.comparison.conditions import PACKAGE, stages, unrecorded_versions
from resnet_lab.comparison.results import Results
from resnet_lab.comparison.results_json import as_json
from resnet_lab.files import write_bytes, write_json, write_text
from resnet_lab.plots.style import as_png
from resnet_lab.report.document import Document, Notice, Plate
from resnet_lab.report.inline_svg import inline_svg
from resnet_lab.report.sections.classes import classes_section
from resnet_lab.report.sections.degradation import degradation_card
from resnet_lab.report.sections.effect import card, effect_section, factor_name
from resnet_lab.report.sections.images import images_section
from resnet_lab.report.sections.inside import inside_section
from resnet_lab.report.sections.metrics import metrics_section
from resnet_lab.report.sections.setting import setting_section
from resnet_lab.report.sections.training_curves import curves_section
from resnet_lab.report.words import texts
from resnet_lab.statistics.mean_sd import NOTHING


def compose(results: Results, language: str, *, pictures: bool) -> Document:
    """Return the report on a comparison.

    Args:
        results: What was found.
        language: One of :data:`~resnet_lab.report.words.LANGUAGES`.
        pictures: Whether to show pictures of test images, if the photographs are still there.
    """
    words = texts(f"report_{language}")
    control, treated = (
        ", ".join(dict.fromkeys(finding.contrast.arms[side] for finding in results.findings)) for side in (0, 1)
    )
    statuses = [run.status() for run in results.runs]
    pairs = sum(len(finding.seeds) for finding in results.findings)
    days = sorted({status["started"][:10] for status in statuses})
    return Document(
        language,
        words["title"].format(control=control, treated=treated),
        words["subtitle"].format(
            pairs=words["pairs"]["one" if pairs == 1 else "more"].format(n=pairs),
            epochs=", ".join(map(str, sorted({status["epochs"] for status in statuses}))),
            root=", ".join(dict.fromkeys(status["root"] for status in statuses)),
            days=days[0] if len(days) == 1 else f"{days[0]} … {days[-1]}",
        ),
        (
            *filter(None, (degradation_card(study, language) for study in results.depth_studies)),
            *(card(finding, language) for finding in results.findings),
        ),
        tuple(_notices(results, language)),
        (
            *metrics_section(results, language),
            *curves_section(results, language),
            *effect_section(results, language),
            *setting_section(results, language),
            *classes_section(results, language),
            *images_section(results, language, pictures=pictures),
            *inside_section(results, language),
        ),
    )


def _notices(results: Results, language: str) -> list[Notice]:
    """Say what the reader has to know first: in what else the runs differ, and what was left out."""
    words, pairing = texts(f"report_{language}")["notices"], results.pairing
    factor = factor_name(results, language)
    notices = []
    if results.differences:
        differences = tuple(difference.said(language) for difference in results.differences)
        notices.append(Notice(words["differences"].format(factor=factor), differences, serious=True))
    if results.between:
        between = tuple(difference.said(language) for difference in results.between)
        notices.append(Notice(words["between"], between))
    made = [stage for run in results.runs for stage in stages(run)]
    commits = dict.fromkeys((stage["git_commit"] or NOTHING)[:12] for stage in made)
    packages = dict.fromkeys(stage["versions"].get(PACKAGE, NOTHING) for stage in made)
    states = words["states"]
    told = {
        "commits": commits if len(commits) > 1 else [],
        "packages": packages if len(packages) > 1 else [],
        "unrecorded": [name for name in unrecorded_versions(results.runs) if name != PACKAGE],
        "unpaired": [run for contrast in pairing.contrasts for run in contrast.unpaired],
        "alone": pairing.alone,
        "not_ready": [f"{left.run} ({states.get(left.state, states['other'])})" for left in results.not_ready],
        "other_images": [str(seed) for finding in results.findings for seed in finding.on_other_images],
        "inspected_apart": [
            f"{seed} ({measurement})"
            for finding in results.findings
            for measurement, seeds in finding.inspected_apart.items()
            for seed in seeds
        ],
    }
    notices += [Notice(words[key].format(factor=factor, these=", ".join(of))) for key, of in told.items() if of]
    return notices


def markdown(document: Document) -> str:
    """Return a report as Markdown; figures are those that :func:`write` puts beside it."""
    text = _environment(html=False).get_template("report.md.j2").render(document=document)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def html(document: Document) -> str:
    """Return a report as one HTML file that needs no other and no network."""
    return _environment(html=True).get_template("report.html.j2").render(document=document)


def write(results: Results, document: Document, folder: Path) -> None:
    """Write the report in both forms, its figures and ``comparison.json``; pictures of an earlier report are removed.

    Raises:
        OSError: The folder cannot be written to.
    """
    for earlier in (folder / "pictures").glob("*.jpg"):
        earlier.unlink()
    for plate in document.plates:
        write_text(folder / "figures" / f"{plate.name}.svg", plate.svg)
        write_bytes(folder / "figures" / f"{plate.name}.png", as_png(plate.figure))
    for image in document.images:
        if image.picture is not None:
            write_bytes(folder / picture_path(image.path), image.picture)
    write_json(folder / "comparison.json", as_json(results))
    write_text(folder / "report.md", markdown(document))
    write_text(folder / "report.html", html(document))


def picture_path(image: str) -> str:
    """Return where the picture of a test image lies beside the Markdown.

    >>> picture_path("defective/cell 1.png")
    'pictures/defective_cell_1.png.jpg'
    """
    return f"pictures/{re.sub(r'[^A-Za-z0-9.-]', '_', image)}.jpg"


def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("resnet_lab.report"), autoescape=html, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"md": _escaped, "svg": _svg, "data_uri": _data_uri, "picture_path": picture_path}
    return environment


def _escaped(text: str) -> str:
    """Escape what Markdown would read as more than text."""
    text = re.sub(r"([\\`*\[\]|$~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))", r"\\\1", text)
    return text.replace("<", "&lt;").replace("\n", " ")


def _svg(plate: Plate) -> Markup:
    return Markup(inline_svg(plate.svg, plate.name, escape(plate.caption)))


def _data_uri(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
