"""Section on the ladder: figure, table of tests, one verdict per rung, and the bill."""

from dataclasses import replace

import pytest
from fixtures.ladder_runs import SMALL

from resnet_lab.comparison.ladder import climb
from resnet_lab.comparison.ladder_results import gather_ladder
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.plots.style import TREATED
from resnet_lab.report.document import Plots, Table, Text, Verdicts, unfolded
from resnet_lab.report.sections.ladder import bill_table, ladder_blocks, ladder_figure, rungs_table
from resnet_lab.report.words import load_words
from resnet_lab.study.kept_plan import select_planned

ENGLISH = load_words("en")


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
    assert kinds[:2] == [Plots, Text]
    assert kinds.count(Table) == 2
    assert kinds.count(Plots) == 1
    [verdicts] = [block for block in blocks if isinstance(block, Verdicts)]
    assert [verdict.key for verdict in verdicts.verdicts] == ["supported", "undecided"]
    assert verdicts.verdicts[0].claim.startswith("Is a start near the identity enough? ")
    assert all(rung in one.claim for rung, one in zip(("dirac", "straight_through"), verdicts.verdicts, strict=True))
    assert verdicts.verdicts[0].text.startswith("dirac ")
    assert any("661,338" in block.text for block in blocks if isinstance(block, Text))


def test_the_table_has_every_cell_with_its_test_and_its_share(climbed):
    ladder = climbed()
    table = rungs_table(ladder, ENGLISH)
    rows = {row.cells[0]: row.cells[1:] for row in table.rows}
    assert list(rows) == ["plain", "dirac", "straight_through", "residual"]
    assert table.head[3] == "Difference to plain (points)"
    assert rows["plain"][2:7] == ("—", "—", "—", "—", "0%")
    claim = ladder.rungs[0].claim
    assert rows["dirac"][0] == "5"
    assert rows["dirac"][2] == f"{100 * claim.interval.mean:+.2f}"
    assert rows["dirac"][3].endswith("(97.5%)")
    assert rows["dirac"][4:6] == ("< 0.001", "supported")
    assert rows["dirac"][6].startswith(f"{100 * ladder.rungs[0].share.value:.0f}% (")
    assert rows["residual"][5:7] == ("supported", "100%")
    accuracy = ladder.start.mean_sd("final/last/train/accuracy").mean
    spread = ladder.start.mean_sd("final/last/train/accuracy").sd
    assert rows["plain"][1] == f"{100 - 100 * accuracy:.1f}\u00a0±\u00a0{100 * spread:.1f}"


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
    assert f"plain: {accuracy:.1f}%\ntraining accuracy" in [text.get_text() for text in axes.texts]


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
    assert "plain 661,338, dirac 700,000, straight_through 661,338, residual 661,338" in said
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
        assert "Rungs are not tested against each other" in plot.caption
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
    assert last[0] == "residual, against plain at its own best learning rate"
    assert last[3] == f"{100 * made.headline.second.interval.mean:+.2f}"
    assert last[5:8] == ("< 0.001", "supported", "—")


def test_an_equal_choice_of_both_ends_is_told(climbed):
    ladder = replace(climbed(seeds=range(3)), tuned=("model.lr", 1e-3))
    said = " ".join(block.text for block in unfolded(ladder_blocks(ladder, ENGLISH)) if isinstance(block, Text))
    assert "plain chose the same learning rate as residual, 0.001. So plain is at its own best value" in said
    own = replace(ladder.rungs[0], cell=replace(ladder.rungs[0].cell, own_value=1e-4))
    blocks = ladder_blocks(replace(ladder, rungs=(own,)), ENGLISH)
    assert any(
        "All cells run at the learning rate that residual chose, 0.001; plain also runs" in str(b) for b in blocks
    )


def test_the_bill_says_what_was_not_measured(climbed):
    rows = {row.cells[0]: row.cells[1:] for row in bill_table(climbed(seeds=range(3)), ENGLISH).rows}
    assert rows["straight_through"][0] == "not measured"
    assert float(rows["dirac"][0]) == pytest.approx(-0.1, abs=0.05)
    assert rows["dirac"][1:] == ("1.6", "513")
