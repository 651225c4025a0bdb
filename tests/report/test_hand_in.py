"""Files for a hand-in have the numbers of the runs, and LaTeX that compiles in principle: escaped and balanced."""

import csv
import io
from dataclasses import replace
from statistics import mean, stdev

import pytest

from resnet_lab.comparison.ladder import climb
from resnet_lab.comparison.ladder_results import gather_ladder
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.report.hand_in import hand_in, latex, methods, table_csv, table_tex
from resnet_lab.report.sections.ladder import ends_table
from resnet_lab.report.words import LANGUAGES, load_words
from resnet_lab.study.kept_plan import select_planned


@pytest.fixture
def climbed(make_ladder):
    """Results of a ladder."""
    made = make_ladder()
    planned = select_planned(made.study, made.path, made.logs)
    return gather_ladder(planned.selection, made.study.plan, off_plan=planned.off_plan, force=False)


def test_the_csv_has_the_means_of_both_arms(three_seeds):
    rows = {row["arm"]: row for row in csv.DictReader(io.StringIO(table_csv(three_seeds)))}
    assert list(rows) == ["Plain-34", "ResNet-34"]
    runs = three_seeds.findings[0].treated.runs.values()
    last = [run.metrics()[-1]["val/accuracy"] for run in runs]
    test = [run.test_metrics()["best"]["accuracy"] for run in runs]
    row = rows["ResNet-34"]
    assert row["n"] == "3"
    assert float(row["val/accuracy"]) == pytest.approx(mean(last))
    assert float(row["val/accuracy sd"]) == pytest.approx(stdev(last))
    assert float(row["test/best/accuracy"]) == pytest.approx(mean(test))


def test_the_latex_table_has_a_row_per_arm_and_as_many_cells_as_columns(three_seeds, one_seed):
    lines = table_tex(three_seeds, load_words("en")).splitlines()
    assert (lines[0], lines[-1]) == (r"\begin{tabular}{lrrrrrr}", r"\end{tabular}")
    rows = [line for line in lines if line.endswith(r"\\")]
    assert len(rows) == 3
    assert {row.count("&") for row in rows} == {6}
    assert r"\pm" in rows[1]
    assert r"\pm" not in table_tex(one_seed, load_words("en"))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("50% & $x_1$ #2 {a}", r"50\% \& \$x\_1\$ \#2 \{a\}"),
        ("a\\b~c^d", r"a\textbackslash{}b\textasciitilde{}c\textasciicircum{}d"),
    ],
)
def test_what_latex_would_read_as_a_command_is_escaped(text, escaped):
    assert latex(text) == escaped


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_paragraph_on_methods_has_the_recipe_and_the_data(three_seeds, one_arm, language):
    said = methods(three_seeds, load_words(language))
    for part in ("Plain-34", "ResNet-34", "0.0003", "0.0001", "32", "224", "21,111,874", "280", "60", "torch 2.14.1"):
        assert part in said
    pairs = load_words(language).report["methods"]["pairs"]["drawn"]
    assert pairs in said
    assert pairs not in methods(one_arm, load_words(language).of_one_arm())
    assert "{" not in said


def test_a_ladder_hands_in_the_numbers_of_its_page(climbed):
    ladder = climbed.ladder
    own = replace(ladder.start, own_value=0.01)
    apart = replace(climbed, ladder=climb(ladder.start, ladder.end, [own], Procedure(), ("model.lr", 0.003)))
    rows = list(csv.DictReader(io.StringIO(table_csv(apart))))
    assert [row["arm"] for row in rows] == ["Plain-44 (lr 0.003)", "Plain-44 (lr 0.01)", "ResNet-44 (lr 0.003)"]
    alike = replace(apart, ladder=replace(apart.ladder, end=replace(ladder.end, arm=ladder.start.arm)))
    named = [row["arm"] for row in csv.DictReader(io.StringIO(table_csv(alike)))]
    assert named == ["plain (lr 0.003)", "plain (lr 0.01)", "residual (lr 0.003)"]
    shown = ends_table(apart.ladder, load_words("en"))
    accuracy = float(shown.rows[0].cells[1].partition("\u00a0")[0])
    assert float(rows[0]["final/last/train/accuracy"]) == pytest.approx(accuracy, abs=1e-4)
    head = table_tex(apart, load_words("en")).splitlines()[2]
    assert head.startswith(
        "Model & Train accuracy & Validation accuracy & Train loss & Validation loss & Test accuracy"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_paragraph_of_a_study_has_the_selection_and_the_rungs(climbed, tuned, language):
    words = load_words(language)
    texts = words.report["methods"]
    said = methods(climbed, words)
    assert texts["errors"] in said
    assert texts["rungs"].format(n=2) in said
    assert "(Plain-34 0.0001, ResNet-34 0.0003)" in methods(tuned(), words)


def test_the_paragraph_speaks_of_the_intervals_that_there_are(one_seed, three_seeds, make_run, compare):
    words = load_words("en")
    folds = [make_run(arm, seed, changes={"data.fold": f"{seed + 1}/3"}) for seed in range(3) for arm in (False, True)]
    assert "t intervals over seeds" in methods(three_seeds, words)
    assert "interval" not in methods(one_seed, words)
    assert "widened because folds share training images" in methods(compare(folds), words)


def test_settings_are_told_apart_and_nothing_measured_is_no_file(two_depths, make_run, compare):
    assert "\nResNet-34,3," in table_csv(two_depths)  # the name says the depth
    lost = {"status": "diverged", "epochs": 2}
    runs = [make_run(arm, seed, status=lost if arm else None) for seed in range(3) for arm in (False, True)]
    assert hand_in(compare(runs), load_words("en")) == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("groups", ["column", "near-duplicates"])
def test_the_paragraph_says_what_was_kept_together(make_run, compare, language, groups):
    words = load_words(language)
    sentence = words.report["methods"]["groups"][groups]
    found = methods(compare([make_run(arm, changes={"data.groups": groups}) for arm in (False, True)]), words)
    assert found.count(sentence) == 1
    assert sentence not in methods(compare([make_run(arm, 1) for arm in (False, True)]), words)
