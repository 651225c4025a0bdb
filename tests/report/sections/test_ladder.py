"""Section on the ladder: figure, table of tests, one verdict per rung, and the bill."""

from dataclasses import replace

import pytest
from fixtures.ladder_runs import SMALL

from resnet_lab.comparison.ladder import climb
from resnet_lab.comparison.ladder_results import gather_ladder
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.plots.style import TREATED
from resnet_lab.report.document import Plots, Table, Text, Verdicts, unfolded
from resnet_lab.report.sections.ladder import (
    bill_table,
    ends_table,
    ladder_answer,
    ladder_blocks,
    ladder_figure,
    rungs_table,
)
from resnet_lab.report.sections.metrics import evaluated_table, last_epoch_table
from resnet_lab.report.words import load_words
from resnet_lab.study.kept_plan import select_planned

ENGLISH = load_words("en")
DIRAC = "blocks near the identity at the start (dirac)"
STRAIGHT_THROUGH = "shortcut without its value (straight_through)"


@pytest.fixture
def climbed(make_ladder):
    """Return what makes a ladder study and its results."""

    def of(*arguments, **options):
        made = make_ladder(*arguments, **options)
        planned = select_planned(made.study, made.path, made.logs)
        return gather_ladder(planned.selection, made.study.plan, off_plan=planned.off_plan, force=False).ladder

    return of


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_section_has_the_figure_the_tests_and_the_bill(climbed, language):
    blocks = list(unfolded(ladder_blocks(climbed(), load_words(language))))
    kinds = [type(block) for block in blocks]
    assert kinds[0] is Text
    assert kinds.count(Table) == 2
    assert Plots not in kinds  # the figure is in the answer
    [verdicts] = [block for block in blocks if isinstance(block, Verdicts)]
    assert [verdict.key for verdict in verdicts.verdicts] == ["supported", "undecided"]
    question = {
        "en": "Is a start near the identity enough? ",
        "id": "Apakah awal yang mendekati identitas sudah cukup? ",
    }
    assert verdicts.verdicts[0].claim.startswith(question[language])
    assert all(rung in one.claim for rung, one in zip(("dirac", "straight_through"), verdicts.verdicts, strict=True))
    assert verdicts.verdicts[0].text.startswith("dirac ")
    assert any("661,338" in block.text for block in blocks if isinstance(block, Text))


def test_the_table_has_every_cell_with_its_test_and_its_share(climbed):
    ladder = climbed()
    table = rungs_table(ladder, ENGLISH)
    rows = {row.cells[0]: row.cells[1:] for row in table.rows}
    assert list(rows) == ["Plain-44", DIRAC, STRAIGHT_THROUGH, "ResNet-44"]
    assert table.head[3] == "Difference to Plain-44 (points)"
    assert rows["Plain-44"][2:7] == ("—", "—", "—", "—", "0%")
    claim = ladder.rungs[0].claim
    assert rows[DIRAC][0] == "5"
    assert rows[DIRAC][2] == f"{100 * claim.interval.mean:+.2f}"
    assert rows[DIRAC][3].endswith("(97.5%)")
    assert rows[DIRAC][4:6] == ("< 0.001", "supported")
    assert rows[DIRAC][6].startswith(f"{100 * ladder.rungs[0].share.value:.0f}% (")
    assert rows["ResNet-44"][5:7] == ("supported", "100%")
    accuracy = ladder.start.mean_sd("final/last/train/accuracy").mean
    spread = ladder.start.mean_sd("final/last/train/accuracy").sd
    assert rows["Plain-44"][1] == f"{100 - 100 * accuracy:.1f}\u00a0±\u00a0{100 * spread:.1f}"


def test_the_figure_is_drawn_in_shares_and_its_rows_are_on_the_scale_of_the_gap(climbed):
    ladder = climbed()
    plot = ladder_figure(ladder, ENGLISH)
    axes = plot.figure.axes[0]
    assert plot.wide
    assert "(%)" in axes.get_xlabel()
    values = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "D" and len(line.get_xdata())]
    assert values == pytest.approx([100 * ladder.rungs[0].share.value, 100 * ladder.rungs[1].share.value, 100])
    for place, rung in enumerate(ladder.rungs, start=1):
        [seeds] = [line.get_xdata() for line in axes.lines if list(line.get_ydata()) == [place + 0.2] * 5]
        assert list(seeds) == pytest.approx([100 * share for share in ladder.shares_by_seed(rung).values()])
    accuracy = 100 * ladder.start.mean_sd("final/last/train/accuracy").mean
    assert f"Plain-44: {accuracy:.1f}%\ntraining accuracy" in [text.get_text() for text in axes.texts]


def test_at_the_ceiling_the_figure_is_drawn_in_points_and_the_table_has_no_shares(climbed):
    ladder = climbed({**SMALL, "residual": replace(SMALL["residual"], error=0.0, sd=0.0)}, seeds=range(3))
    plot = ladder_figure(ladder, ENGLISH)
    axes = plot.figure.axes[0]
    assert "points" in axes.get_xlabel()
    values = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "D" and len(line.get_xdata())]
    assert values[0] == pytest.approx(-100 * ladder.rungs[0].claim.interval.mean)
    assert values[-1] == pytest.approx(-100 * ladder.gap.interval.mean)
    assert {row.cells[7] for row in rungs_table(ladder, ENGLISH).rows} == {"—"}


def test_missing_and_diverged_runs_and_unequal_networks_are_named(climbed):
    ladder = climbed(
        without=[("dirac", 3), ("dirac", 4)],
        diverged=[("straight_through", 1)],
        status={"dirac": {"parameters": 700_000}},
    )
    said = " ".join(block.text for block in unfolded(ladder_blocks(ladder, ENGLISH)) if isinstance(block, Text))
    assert "Runs of these seeds are missing, and their pairs are left out: dirac 3, 4." in said
    assert "Runs diverged: straight_through/version_1." in said
    assert "Plain-44 661,338, dirac 700,000, straight_through 661,338, ResNet-44 661,338" in said
    texts = [text.get_text() for text in ladder_figure(ladder, ENGLISH).figure.axes[0].texts]
    assert "not decided, because runs diverged" in texts
    row = rungs_table(ladder, ENGLISH).rows[2].cells
    assert row[5:8] == ("—", "not decided, because runs diverged", "—")


def test_the_mark_of_the_end_is_open_where_the_gap_is_not_decided(climbed):
    open_gap = climbed({**SMALL, "residual": replace(SMALL["residual"], error=0.5, sd=0.06)})
    assert open_gap.gap.verdict == "undecided"
    for ladder, filled in ((open_gap, False), (climbed(), True)):
        plot = ladder_figure(ladder, ENGLISH)
        marks = [line for line in plot.figure.axes[0].lines if line.get_marker() == "D" and len(line.get_xdata())]
        assert (marks[-1].get_markerfacecolor() == TREATED) is filled
        assert "tested against Plain-44, not against other rows" in plot.caption
        [legend] = plot.figure.legends
        assert "Holm" not in " ".join(text.get_text() for text in legend.get_texts())


def test_before_the_look_a_rung_has_no_share(climbed):
    ladder = climbed(plan="looks: [5]\n", without=[("straight_through", 4)])
    assert rungs_table(ladder, ENGLISH).rows[2].cells[6:8] == ("not tested", "—")
    texts = [text.get_text() for text in ladder_figure(ladder, ENGLISH).figure.axes[0].texts]
    assert "not tested" in texts


def test_the_table_has_both_comparisons_of_ends_that_chose_two_values(climbed):
    ladder = climbed()
    own = replace(ladder.start, own_value=0.01)
    made = climb(ladder.start, ladder.end, [own], Procedure(), ("model.lr", 0.003))
    last = rungs_table(made, ENGLISH).rows[-1].cells
    assert last[0] == "ResNet-44 against Plain-44, each at its selected learning rate"
    assert last[3] == f"{100 * made.headline.second.interval.mean:+.2f}"
    assert last[5:8] == ("< 0.001", "supported", "—")


def test_an_equal_choice_of_both_ends_is_told(climbed):
    ladder = replace(climbed(seeds=range(3)), tuned=("model.lr", 1e-3))
    said = " ".join(block.text for block in unfolded(ladder_blocks(ladder, ENGLISH)) if isinstance(block, Text))
    assert "The same learning rate, 0.001, was selected for Plain-44 and ResNet-44." in said
    own = replace(ladder.rungs[0], cell=replace(ladder.rungs[0].cell, own_value=1e-4))
    blocks = ladder_blocks(replace(ladder, rungs=(own,)), ENGLISH)
    assert any(
        "All cells run at learning rate 0.001, which was selected for ResNet-44; Plain-44 also" in str(b)
        for b in blocks
    )


def test_the_bill_says_what_was_not_measured(climbed):
    rows = {row.cells[0]: row.cells[1:] for row in bill_table(climbed(seeds=range(3)), ENGLISH).rows}
    assert rows[STRAIGHT_THROUGH][0] == "not measured"
    assert float(rows[DIRAC][0]) == pytest.approx(-0.1, abs=0.05)
    assert rows[DIRAC][1:] == ("1.6", "513")


def test_the_table_of_the_ends_has_the_start_at_both_values_and_the_accuracy_of_the_figure(climbed):
    ladder = climbed()
    plain = ends_table(ladder, ENGLISH)
    assert [row.cells[0] for row in plain.rows] == ["Plain-44", "ResNet-44"]
    assert plain.head[:2] == ("Model", "Train accuracy")
    own = replace(ladder.start, own_value=0.01, measures=ladder.end.measures)
    table = ends_table(climb(ladder.start, ladder.end, [own], Procedure(), ("model.lr", 0.003)), ENGLISH)
    assert table.head[:3] == ("Model", "Train accuracy", "Test accuracy")  # two numbers fit beside a name on a phone
    assert [row.cells[0] for row in table.rows] == [
        "Plain-44 (learning rate 0.003, as ResNet-44)",
        "Plain-44 (learning rate 0.01, selected)",
        "ResNet-44 (learning rate 0.003, selected)",
    ]
    accuracy = ladder.start.mean_sd("final/last/train/accuracy")
    assert table.rows[0].cells[1] == plain.rows[0].cells[1] == str(accuracy)
    label = f"Plain-44: {100 * accuracy.mean:.1f}%"
    assert any(text.get_text().startswith(label) for text in ladder_figure(ladder, ENGLISH).figure.axes[0].texts)
    same = ends_table(replace(ladder, tuned=("model.lr", 0.003)), ENGLISH)
    assert [row.cells[0] for row in same.rows] == [
        f"{name} (learning rate 0.003, selected)" for name in ("Plain-44", "ResNet-44")
    ]


def test_the_tables_of_every_run_have_the_start_at_both_values(climbed, three_seeds):
    ladder = climbed()
    own = replace(ladder.start, own_value=0.01)
    apart = climb(ladder.start, ladder.end, [own], Procedure(), ("model.lr", 0.003))
    results = replace(three_seeds, ladder=apart)
    for table in (last_epoch_table(results, ENGLISH), evaluated_table(results, ENGLISH)):
        names = dict.fromkeys(row.cells[0] for row in table.rows if row.main)
        assert list(names) == [row.cells[0] for row in ends_table(apart, ENGLISH).rows]
    names = [row.cells[0] for row in last_epoch_table(three_seeds, ENGLISH).rows if row.main]
    assert names == ["Plain-34", "ResNet-34"]


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_caption_of_the_figure_says_at_which_value_the_rows_run(climbed, language):
    ladder, words = climbed(), load_words(language)
    assert "0.003" not in ladder_figure(ladder, words).caption.replace("0,003", "0.003")
    alike = ladder_figure(replace(ladder, tuned=("model.lr", 0.003)), words).caption
    own = replace(ladder.start, own_value=0.01, measures=ladder.end.measures)
    apart = climb(ladder.start, ladder.end, [own], Procedure(), ("model.lr", 0.003))
    said = ladder_figure(apart, words).caption
    assert ("0.003" in alike, "0.01" in alike) == (True, False)
    assert "0.003" in said
    assert "0.01" in said


def test_the_figure_for_a_phone_has_the_same_values(climbed):
    plot = ladder_figure(climbed(), ENGLISH)
    drawn = [
        [list(line.get_xdata()) for line in figure.axes[0].lines if line.get_marker() == "D"]
        for figure in (plot.figure, plot.narrow)
    ]
    assert drawn[0] == drawn[1]
    assert plot.narrow.get_figwidth() < 0.6 * plot.figure.get_figwidth()


def test_what_stands_behind_the_verdict_is_about_the_gap(climbed):
    *_, sure = ladder_answer(climbed(), ENGLISH)
    assert "training error of the last checkpoint" in sure.blocks[0].text


def test_no_caveat_stands_twice(climbed):
    ladder = climbed()
    blocks = unfolded([Plots((ladder_figure(ladder, ENGLISH),)), *ladder_blocks(ladder, ENGLISH)])
    said = " ".join(text for block in blocks for text in (getattr(block, "text", ""), *captions(block)))
    assert said.count("does not show that the shortcut works") == 1
    assert said.count("against other rows") == 1


def captions(block):
    return [plot.caption for plot in block.plots] if isinstance(block, Plots) else []
