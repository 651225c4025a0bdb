"""Reports as they are read: whole, from one file, without network, and the same in both forms."""

import re
import string
from html.parser import HTMLParser

import pytest

from resnet_lab.comparison.pairing import pair
from resnet_lab.comparison.results import gather
from resnet_lab.comparison.selection import NotReady
from resnet_lab.report.document import Heading, Table
from resnet_lab.report.report import compose, html, markdown, picture_path, write
from resnet_lab.report.words import LANGUAGES, claim_sentences, texts

VOID = {"meta", "img", "br", "hr", "link", "input"}
languages = pytest.mark.parametrize("language", LANGUAGES)


class Page(HTMLParser):
    """Collects the text of a page and everything it would fetch; fails where tags are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words: list[str] = []
        self.fetched: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        values = dict(attributes)
        self.fetched += [values[key] for key in ("src", "href", "srcset", "xlink:href") if key in values]
        self.ids += [values["id"]] if "id" in values else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def undrawn(monkeypatch):
    """Figures are drawn by the tests that look at them."""
    monkeypatch.setattr("resnet_lab.report.document.as_svg", lambda figure: '<svg viewBox="0 0 1 1"></svg>')
    monkeypatch.setattr("resnet_lab.report.report.as_png", lambda figure: b"")


without_drawing = pytest.mark.usefixtures("undrawn")


def reports(results, language="en"):
    document = compose(results, language, pictures=False)
    return document, markdown(document), html(document)


@languages
def test_the_page_is_well_formed_and_needs_nothing_else(three_seeds, language):
    _, _, page = reports(three_seeds, language)
    read = Page(page)
    assert all(link.startswith(("#", "data:")) for link in read.fetched)
    assert not re.search(r"url\((?!#)|@import", page)
    assert not {"script", "link", "iframe", "object"} & read.tags
    assert f'<html lang="{language}">' in page
    assert len(read.ids) == len(set(read.ids))
    assert {link[1:] for link in read.fetched if link.startswith("#")} <= set(read.ids)
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert {"prefers-color-scheme: dark", "@media print"} <= set(
        re.findall(r"prefers-color-scheme: dark|@media print", page)
    )


@without_drawing
@languages
def test_both_forms_say_the_same_in_the_original_order(three_seeds, language):
    document, text, page = reports(three_seeds, language)
    read = Page(page).text
    headings = [block.text for block in document.blocks if isinstance(block, Heading)]
    assert [heading[0] for heading in headings if heading[0].isdigit()] == list("123456")
    for heading in headings:
        assert re.search(rf"^#+ {re.escape(heading)}$", text, re.MULTILINE)
        assert heading in read
    for table in (block for block in document.blocks if isinstance(block, Table)):
        for row in table.rows:
            for cell in row.cells[1:]:
                assert f" {cell} |" in text
                assert " ".join(cell.split()) in read
    for claim in three_seeds.findings[0].claims:
        sentences = claim_sentences(claim, ("Plain-34", "ResNet-34"), language)
        assert sentences in text
        assert sentences in read
    assert "4.1" in text


@without_drawing
@languages
@pytest.mark.parametrize("kind", ["one_seed", "three_seeds", "two_depths", "depth_study", "inspected"])
def test_no_text_is_left_unfilled(request, language, kind):
    _, text, page = reports(request.getfixturevalue(kind), language)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert not re.search(r"\{\w*\}|None\b|\bnan\b", prose)
    assert not re.search(r"\bnan\b", Page(page).text)


def leaves(texts, path=""):
    """Return all texts by their path."""
    if not isinstance(texts, dict):
        return {path: texts}
    return {name: text for key, value in texts.items() for name, text in leaves(value, f"{path}/{key}").items()}


def test_the_languages_have_the_same_texts_with_the_same_places():
    english, indonesian = (leaves(texts(f"report_{language}")) for language in LANGUAGES)
    assert english.keys() == indonesian.keys()
    for key, text in english.items():
        places = [{name for _, name, _, _ in string.Formatter().parse(t) if name} for t in (text, indonesian[key])]
        assert places[0] == places[1], key


@without_drawing
def test_tables_are_markdown_tables(three_seeds):
    _, text, _ = reports(three_seeds)
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) > 8
    for table in tables:
        head, rule, *rows = table.rstrip("\n").split("\n")
        columns = head.count(" | ")
        assert set(rule) <= set("| -")
        assert rule.count("---") == columns + 1
        assert rows
        assert {row.rstrip(" |").count(" | ") for row in rows} <= {columns, *range(columns)}
    assert "\n\n\n" not in text


@without_drawing
def test_names_of_classes_are_text_and_nothing_else(make_run, compare):
    classes = ("<script>alert(1)</script>", "a|b *c* _d_ `e`", "$x$ [y](z)")
    results = compare([make_run(arm, classes=classes) for arm in (False, True)])
    _, text, page = reports(results)
    read = Page(page)
    assert "script" not in read.tags
    assert all(name in read.text for name in classes)
    assert r"| **a\|b \*c\* \_d\_ \`e\`** |" in text
    assert r"**\$x\$ \[y\](z)**" in text
    assert "<script>" not in text


@without_drawing
def test_what_was_forced_stands_at_the_top_plainly(make_run, compare):
    runs = [make_run(False), make_run(True, status={"threads": 8})]
    document, text, page = reports(compare(runs, force=True))
    assert document.notices[0].serious
    assert text.index("**The runs differ in more than the residual connection") < text.index("## 1.")
    assert "- threads: 2 (plain34/version_0), 8 (resnet34/version_0)" in text
    assert page.index('<div class="notice serious">') < page.index("<nav>")


@without_drawing
def test_what_was_left_out_is_told(make_run):
    other = {"git_commit": "f" * 40}
    runs = [
        make_run(False),
        make_run(False, 1),
        make_run(True, status=other),
        make_run(True, changes={"model.depth": 18}),
    ]
    results = gather(pair(runs, "model.residual"), [NotReady("plain34/version_7", "failed")], force=False)
    document, _, _ = reports(results)
    assert [notice.text for notice in document.notices] == [
        "The runs were made at several commits (0123456789ab, ffffffffffff), and whether the code of this package "
        "changed in between is not known here.",
        "Left out, as the other arm has no run of that seed: plain34/version_1.",
        "Left out, as no other run of equal seed differs from them in the residual connection alone: "
        "resnet18/version_0.",
        "Left out, as not finished: plain34/version_7 (failed).",
    ]
    assert not any(notice.serious for notice in document.notices)


@without_drawing
def test_what_differs_between_settings_and_versions_is_told_in_both_languages(make_run, compare):
    versions = {"python": "3.11.7", "resnet-lab": "0.2.0", "torch": "2.14.1", "scipy": "1.0"}
    runs = [make_run(arm, changes={"model.depth": d}) for d in (18, 34) for arm in (False, True)]
    runs[0].update_status({"versions": versions})
    for run in runs[:2]:
        run.update_status({"threads": 8})
    results = compare(runs)
    between, packages, unrecorded = reports(results)[0].notices
    assert not between.serious
    assert between.points == ("threads: 8 (2 runs), 2 (2 runs)",)
    assert packages.text == "The runs were made by several versions of resnet-lab: 0.2.0, 0.1.0."
    assert unrecorded.text == "Not all runs recorded which version of these they had: scipy."
    document, text, _ = reports(results, "id")
    assert document.notices[0].points == ("thread: 8 (2 run), 2 (2 run)",)
    assert "\n- thread: 8 (2 run), 2 (2 run)\n\nRun-run ini dibuat dengan beberapa versi" in text


@without_drawing
def test_nets_that_were_inspected_on_different_images_are_told(make_run, compare, inspect):
    runs = [make_run(False), make_run(True)]
    for run, sample in zip(runs, "ab", strict=True):
        inspect(run, sample=sample)
    for language, said in (
        ("en", "were inspected on different images"),
        ("id", "diinspeksi dengan citra yang berbeda"),
    ):
        [notice] = reports(compare(runs), language)[0].notices
        assert said in notice.text
        assert notice.text.endswith(": 0 (gradients), 0 (responses), 0 (lesion).")


@without_drawing
def test_nets_seen_from_inside_are_the_last_section(inspected):
    document, text, _ = reports(inspected)
    headings = [block.text for block in document.blocks if isinstance(block, Heading) and block.anchor]
    assert headings[-1] == "7. Inside the nets"
    assert "figures/inside-gradients.png" in text


@without_drawing
def test_a_clean_comparison_has_no_notice(three_seeds):
    assert reports(three_seeds)[0].notices == ()


@without_drawing
def test_the_head_names_arms_data_and_time(three_seeds, two_depths):
    document, _, _ = reports(three_seeds)
    assert document.title == "Plain-34 against ResNet-34"
    assert document.subtitle == "3 seed pairs · 6 epochs · photographs · trained 2026-11-24"
    document, _, _ = reports(two_depths, "id")
    assert document.title == "Plain-18, Plain-34 vs ResNet-18, ResNet-34"
    assert len(document.cards) == 3


def test_it_is_written_whole_and_twice_the_same(three_seeds, tmp_path):
    for name in ("first", "second"):
        write(three_seeds, compose(three_seeds, "en", pictures=False), tmp_path / name)
    files = [
        sorted(p.relative_to(tmp_path / name) for p in (tmp_path / name).rglob("*.*")) for name in ("first", "second")
    ]
    assert files[0] == files[1]
    assert {path.suffix for path in files[0]} == {".html", ".json", ".md", ".png", ".svg"}
    for path in files[0]:
        assert (tmp_path / "first" / path).read_bytes() == (tmp_path / "second" / path).read_bytes(), path
    text = (tmp_path / "first" / "report.md").read_text()
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert len(pictures) == 7
    assert all((tmp_path / "first" / picture).exists() for picture in pictures)


@without_drawing
def test_pictures_are_in_both_forms_and_gone_when_they_are_not_wanted(three_seeds, tmp_path, monkeypatch):
    jpeg = b"\xff\xd8 made up"
    taken = lambda run, paths: dict.fromkeys(paths, jpeg)  # noqa: E731
    monkeypatch.setattr("resnet_lab.report.sections.images.small_pictures", taken)
    document = compose(three_seeds, "en", pictures=True)
    write(three_seeds, document, tmp_path)
    path = document.images[0].path
    assert (tmp_path / picture_path(path)).read_bytes() == jpeg
    assert f"![{path}]({picture_path(path)})" in (tmp_path / "report.md").read_text()
    assert 'src="data:image/jpeg;base64,/9gg' in (tmp_path / "report.html").read_text()
    write(three_seeds, compose(three_seeds, "en", pictures=False), tmp_path)
    assert not list(tmp_path.rglob("*.jpg"))
    assert "data:image/jpeg" not in (tmp_path / "report.html").read_text()
    assert "pictures/" not in (tmp_path / "report.md").read_text()
