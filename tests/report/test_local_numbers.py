"""Indonesian numbers have decimal commas everywhere a reader looks, and nothing else changes."""

import re

import pytest

from resnet_lab.report.compose import compose
from resnet_lab.report.document import Code, unfolded
from resnet_lab.report.local_numbers import decimal_commas, printed, typeset
from resnet_lab.report.render import html, markdown, write
from resnet_lab.report.words import load_words


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("-1.46 sampai +4.34 (98.75%)", "-1,46 sampai +4,34 (98,75%)"),
        ("1,837 citra, 21,111,874 parameter", "1.837 citra, 21.111.874 parameter"),
        ("p = 2/2^3 = 0.25.", "p = 2/2^3 = 0,25."),
        ("seed 0, 1, 2; epoch 7.", "seed 0, 1, 2; epoch 7."),
        ("torch 2.14.1, arXiv:1512.03385, plain34/version_0", "torch 2.14.1, arXiv:1512.03385, plain34/version_0"),
        ("0.5 (He et al. 2015, bagian 4.1)", "0,5 (He et al. 2015, bagian 4.1)"),
        ("2026-11-24, fold 2/5, lr3e-4, 300x300", "2026-11-24, fold 2/5, lr3e-4, 300x300"),
    ],
)
def test_numbers_are_told_from_versions_and_paths(text, local):
    assert decimal_commas(text) == local


def test_a_whole_report_has_commas_and_its_commands_and_plots_fit_it(three_seeds):
    document = compose(three_seeds, load_words("id"), pictures=False)
    text = markdown(document)
    prose = re.sub(r"```.*?```|!\[.*?\]\(.*?\)|^\|.*$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"(?<![\d.])\d+\.\d+(?![\d.])", prose.replace("arXiv:1902.08129", ""))
    assert re.search(r"\d,\d", prose)
    english = compose(three_seeds, load_words("en"), pictures=False)
    codes = [[block.code for block in unfolded(one.blocks) if isinstance(block, Code)] for one in (document, english)]
    assert codes[0] == codes[1]
    assert document.hand_in["table.csv"] == english.hand_in["table.csv"]
    assert "0,0003" in document.hand_in["methods.txt"]
    labels = [label.get_text() for label in document.cards[0].plot.figure.axes[0].get_xticklabels() if label.get_text()]
    svg = document.plots[1].svg
    ticks = re.findall(r"<text[^>]*>(-?\d[\d.,]*)</text>", svg)
    assert any("," in tick for tick in ticks)
    assert not any("." in tick for tick in (*ticks, *labels))
    assert not re.search(r"<title>[^<]*\d\.\d", svg)
    assert "0,0003" in html(document)


def test_an_english_report_keeps_its_points(three_seeds):
    text = markdown(compose(three_seeds, load_words("en"), pictures=False))
    assert "0.0003" in text
    assert "trained 24 November 2026" in text
    assert "Plain-34" in text  # until it is written to a page
    assert "dilatih 24 November 2026" in markdown(compose(three_seeds, load_words("id"), pictures=False))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-1.46 to +4.34 (-2)", "\u22121.46 to +4.34 (\u22122)"),
        ("ResNet-34 minus Plain-34", "ResNet\u201134 minus Plain\u201134"),
        (
            "plain-34/version_0, lr 1e-4, 2026-11-24, 20-30, --seed -x",
            "plain-34/version_0, lr 1e-4, 2026-11-24, 20-30, --seed -x",
        ),
        ("interval -1,46 … +4,34", "interval \u22121,46 … +4,34"),
    ],
)
def test_a_minus_is_told_from_a_hyphen(text, said):
    assert printed(text) == said
    assert printed(said) == said


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_written_report_has_minus_signs_and_whole_names_and_its_files_are_plain(three_seeds, tmp_path, language):
    write(three_seeds, compose(three_seeds, load_words(language), pictures=False), tmp_path)
    for name in ("report.md", "report.html"):
        text = re.sub(r"```.*?```|<pre>.*?</pre>", "", (tmp_path / name).read_text(encoding="utf-8"), flags=re.DOTALL)
        assert "Plain\u201134" in text
        assert "Plain-34" not in text
        prose = re.sub(r"<style>.*?</style>|<path[^>]*>|<[^>]*>", "", text, flags=re.DOTALL)
        assert not re.search(r"(?<![\w./-])-\d+[.,]\d", prose)
        assert "\u2212" in prose
    for name in ("table.csv", "table.tex", "methods.txt", "comparison.json"):
        assert not re.search("[\u2011\u2212]", (tmp_path / name).read_text(encoding="utf-8"))
    svg = (tmp_path / "figures" / "differences.svg").read_text(encoding="utf-8")
    assert "Plain\u201134" in svg
    assert "Plain-34" not in svg


def test_names_of_rows_in_a_plot_are_typeset_too(two_depths):
    document = typeset(compose(two_depths, load_words("id"), pictures=False))
    assert not any("Plain-" in plot.svg for plot in document.plots)
