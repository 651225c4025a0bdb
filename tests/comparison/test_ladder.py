"""Tests of a ladder against scipy: the gap alone, the rungs by Holm's procedure, shares, and when there are none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from resnet_lab.comparison.ladder import climb
from resnet_lab.comparison.ladder_cells import HELD_OUT_ACCURACY, TRAIN_ACCURACY, LadderCell
from resnet_lab.comparison.plan import LadderEnds, Plan
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.runs import Run
from resnet_lab.statistics.fieller import Ratio, fieller

PLAIN = {0: 0.56, 1: 0.45, 2: 0.52, 3: 0.49, 4: 0.53}
RESIDUAL = {0: 0.05, 1: 0.04, 2: 0.06, 3: 0.05, 4: 0.045}
DIRAC = {0: 0.08, 1: 0.05, 2: 0.09, 3: 0.06, 4: 0.07}
WEAK = {0: 0.50, 1: 0.46, 2: 0.49, 3: 0.48, 4: 0.44}
WORSE = {0: 0.70, 1: 0.62, 2: 0.69, 3: 0.66, 4: 0.71}
RESIDUAL_SETTINGS = {"model.residual": True, "model.init": "kaiming_normal"}
PLAIN_SETTINGS = {**RESIDUAL_SETTINGS, "model.residual": False}


def cell(name, errors, **changes):
    """A cell of these training errors; its run folders do not exist."""
    measures = {seed: {TRAIN_ACCURACY: 1 - error, HELD_OUT_ACCURACY: 0.5} for seed, error in errors.items()}
    runs = {seed: Run(Path(name) / f"version_{seed}") for seed in errors}
    return replace(LadderCell(name, name, "", runs, measures, PLAIN_SETTINGS), **changes)


START, END = cell("plain", PLAIN), cell("residual", RESIDUAL, settings=RESIDUAL_SETTINGS)
RUNGS = [cell("dirac", DIRAC), cell("weak", WEAK), cell("worse", WORSE)]


def climbed(rungs=RUNGS, start=START, end=END, procedure=None, **options):
    return climb(start, end, rungs, procedure or Procedure(), **options)


def test_each_rung_is_a_paired_t_test_and_holm_corrects_for_the_rungs_alone():
    ladder = climbed()
    p = [stats.ttest_rel(list(errors.values()), list(PLAIN.values())).pvalue for errors in (DIRAC, WEAK, WORSE)]
    order = np.argsort(p)
    adjusted = np.maximum.accumulate(np.array(p)[order] * [3, 2, 1])
    expected = {int(index): min(1.0, value) for index, value in zip(order, adjusted, strict=True)}
    for number, rung in enumerate(ladder.rungs):
        assert rung.claim.p == pytest.approx(p[number])
        assert rung.claim.p_holm == pytest.approx(expected[number])
        assert (rung.claim.interval.side != 0) == (expected[number] < 0.05)
        assert rung.claim.tested_with == 3
    assert [rung.claim.verdict for rung in ladder.rungs] == ["supported", "undecided", "contradicted"]


def test_the_gap_is_tested_alone_at_the_whole_level():
    gap = climbed().gap
    found = stats.ttest_rel(list(RESIDUAL.values()), list(PLAIN.values()))
    assert (gap.p, gap.p_holm, gap.tested_with) == (pytest.approx(found.pvalue), pytest.approx(found.pvalue), 1)
    low, high = found.confidence_interval(0.95)
    assert (gap.interval.low, gap.interval.high) == pytest.approx((low, high))
    assert gap.verdict == "supported"


def test_a_share_is_the_ratio_of_mean_differences_over_common_seeds():
    share = climbed().rungs[0].share
    closed = [PLAIN[seed] - DIRAC[seed] for seed in PLAIN]
    gap = [PLAIN[seed] - RESIDUAL[seed] for seed in PLAIN]
    expected = fieller(closed, gap)
    assert (share.kind, share.n, share.level) == ("interval", 5, 0.95)
    assert (share.low, share.high) == pytest.approx((expected.low, expected.high))
    assert share.value == pytest.approx(sum(closed) / sum(gap))


def test_each_seed_has_its_own_share_and_a_seed_without_a_gap_has_none():
    ladder = climbed()
    shares = ladder.shares_by_seed(ladder.rungs[0])
    assert shares == pytest.approx(
        {seed: (PLAIN[seed] - DIRAC[seed]) / (PLAIN[seed] - RESIDUAL[seed]) for seed in PLAIN}
    )
    turned = climbed(end=cell("residual", {**RESIDUAL, 3: 0.6}))
    assert list(turned.shares_by_seed(turned.rungs[0])) == [0, 1, 2, 4]


def test_the_outcomes_follow_from_verdict_and_share():
    assert [rung.outcome for rung in climbed().rungs] == ["most", "undecided", "reversed"]
    [dirac, *_] = climbed().rungs

    def outcome(low, high, kind="interval"):
        return replace(dirac, family_share=Ratio((low + high) / 2, kind, low, high, 5, 0.95)).outcome

    assert outcome(0.2, 0.45) == "part"
    assert outcome(0.2, 0.8) == "some"
    assert outcome(0.51, 1.2) == "most"
    assert outcome(0.01, 0.09) == "none"
    assert outcome(0.2, 0.8, "outside") == "lower"
    assert replace(dirac, share=None, family_share=None).outcome == "lower"
    for verdict in ("diverged", "not_tested", "not_measured"):
        assert replace(dirac, claim=replace(dirac.claim, verdict=verdict)).outcome == verdict
    assert replace(dirac, claim=replace(dirac.claim, verdict="equivalent")).outcome == "none"


def test_shares_below_zero_and_above_all_are_shown():
    better = cell("better", {seed: error - 0.02 + 0.001 * seed for seed, error in RESIDUAL.items()})
    ladder = climbed([better, cell("worse", WORSE)])
    assert ladder.rungs[0].share.value > 1
    assert ladder.rungs[1].share.value < 0


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ({seed: 0.009 + 0.0001 * seed for seed in PLAIN}, "ceiling"),
        ({seed: 0.0101 + 0.0001 * seed for seed in PLAIN}, None),
        ({seed: error + (0.1 if seed % 2 else -0.1) for seed, error in PLAIN.items()}, "undecided"),
        ({seed: error + 0.1 + 0.01 * seed for seed, error in PLAIN.items()}, "reversed"),
    ],
)
def test_where_no_share_is_shown(end, reason):
    ladder = climbed(end=cell("residual", end))
    assert ladder.no_share == reason
    assert all((rung.share is None) == (reason is not None) for rung in ladder.rungs)
    assert ladder.rungs[0].claim.verdict == "supported"


def test_the_start_at_the_ceiling_hides_the_gap_too():
    assert climbed(start=cell("plain", {seed: 0.005 + 0.001 * seed for seed in PLAIN})).no_share == "ceiling"


def test_two_pairs_decide_nothing_and_a_cell_without_runs_is_not_measured():
    few = {seed: error for seed, error in DIRAC.items() if seed < 2}
    ladder = climbed([cell("few", few), cell("empty", {})])
    assert [rung.claim.verdict for rung in ladder.rungs] == ["undecided", "not_measured"]
    assert ladder.rungs[1].share is None
    assert ladder.rungs[0].share.kind in ("interval", "outside", "everything")


def test_a_rung_of_fewer_seeds_is_judged_on_those_it_has_and_its_set_may_be_unbounded():
    three = {seed: error for seed, error in DIRAC.items() if seed < 3}
    assert climbed([cell("three", three)]).rungs[0].share.n == 3
    spread = {0: 0.55, 1: 0.05, 2: 0.30, 3: 0.04, 4: 0.05}
    ladder = climbed([cell("two", {0: 0.5, 2: 0.4})], end=cell("residual", spread))
    assert ladder.gap.verdict == "supported"
    assert ladder.rungs[0].share.kind in ("outside", "everything")


def test_a_diverged_run_leaves_its_rung_undecided_without_a_share_and_in_the_family():
    lost = replace(cell("dirac", {seed: error for seed, error in DIRAC.items() if seed}), lost=(0,), diverged=("d/0",))
    ladder = climbed([lost, cell("weak", WEAK), cell("worse", WORSE)])
    dirac, weak, _ = ladder.rungs
    assert (dirac.claim.verdict, dirac.share, dirac.claim.p_holm) == ("diverged", None, 1.0)
    assert weak.claim.tested_with == 3
    assert climbed(start=replace(START, lost=(9,))).rungs[0].claim.verdict == "diverged"
    assert climbed(end=replace(END, lost=(9,))).no_share == "undecided"


def test_before_the_look_is_complete_nothing_is_tested():
    plan = Plan("s", "", looks=(5,), seeds=(0, 1, 2, 3, 4), ladder=LadderEnds("plain", "residual"))
    late = replace(cell("late", {seed: DIRAC[seed] for seed in range(4)}), missing=(4,))
    ladder = climbed([*RUNGS, late], procedure=Procedure(plan, 5))
    assert [rung.claim.verdict for rung in ladder.rungs] == ["supported", "undecided", "contradicted", "not_tested"]
    assert (ladder.rungs[3].share, ladder.rungs[3].family_share, ladder.rungs[3].outcome) == (None, None, "not_tested")
    assert ladder.rungs[1].share is not None
    assert ladder.rungs[0].claim.tested_with == 4
    assert climbed(start=replace(START, missing=(4,)), procedure=Procedure(plan, 5)).gap.verdict == "not_tested"


def test_a_difference_that_is_not_worth_having_is_called_so():
    near = cell("near", {seed: error + 0.001 * (seed - 2) for seed, error in PLAIN.items()})
    plan = Plan("s", "", worth=0.02, ladder=LadderEnds("plain", "residual"))
    [rung] = climbed([near], procedure=Procedure(plan)).rungs
    assert (rung.claim.verdict, rung.outcome) == ("equivalent", "none")


def test_the_start_at_its_own_value_has_the_knob_of_the_tuned_key():
    own = replace(cell("plain", WEAK), own_value=1e-4)
    [rung] = climbed([own], tuned=("model.lr", 1e-3)).rungs
    assert (rung.knob.name, rung.knob.changes) == ("own_rate", {"model.lr": 1e-4})


def test_shares_and_words_are_at_the_level_of_the_look():
    plan = Plan("s", "", looks=(3, 5), seeds=(0, 1, 2, 3, 4), ladder=LadderEnds("plain", "residual"))
    procedure = Procedure(plan, 3)
    level = procedure.level
    assert level < 0.025
    rung = climbed(procedure=procedure).rungs[0]
    closed = [PLAIN[seed] - DIRAC[seed] for seed in PLAIN]
    gap = [PLAIN[seed] - RESIDUAL[seed] for seed in PLAIN]
    for share, confidence in ((rung.share, 1 - level), (rung.family_share, 1 - level / 3)):
        expected = fieller(closed, gap, confidence)
        assert share.level == pytest.approx(confidence)
        assert (share.low, share.high) == pytest.approx((expected.low, expected.high))


def test_words_about_shares_are_rarely_wrong_in_any_rung_of_a_ladder():
    generator, ladders, wrong = np.random.default_rng(12), 200, 0
    for _ in range(ladders):
        common = 0.03 * generator.standard_normal(5)
        plain, end = 0.5 + common + 0.05 * generator.standard_normal(5), 0.05 + 0.01 * generator.standard_normal(5)
        halves = [0.275 + 0.5 * common + 0.04 * generator.standard_normal(5) for _ in range(8)]
        rungs = [cell(str(number), dict(enumerate(errors))) for number, errors in enumerate(halves)]
        ladder = climbed(rungs, cell("plain", dict(enumerate(plain))), cell("residual", dict(enumerate(end))))
        wrong += any(rung.outcome in ("most", "part", "none") for rung in ladder.rungs)
    assert stats.binomtest(wrong, ladders, 0.05, alternative="greater").pvalue > 0.01


OWN = {0: 0.06, 1: 0.03, 2: 0.065, 3: 0.048, 4: 0.046}


@pytest.mark.parametrize(("own", "verdict"), [(OWN, "undecided"), (WEAK, "supported")])
def test_the_headline_needs_the_start_at_its_own_best_value_too_and_the_gap_stays(own, verdict):
    ladder = climbed([replace(cell("plain", own), own_value=1e-2), *RUNGS], tuned=("model.lr", 1e-3))
    assert (ladder.gap.verdict, ladder.gap.second) == ("supported", None)
    assert ladder.no_share is None
    assert (ladder.headline.verdict, ladder.headline.interval) == (verdict, ladder.gap.interval)
    second = ladder.headline.second
    found = stats.ttest_rel(list(RESIDUAL.values()), list(own.values()))
    assert (second.first_verdict, second.verdict) == ("supported", verdict)
    assert (second.interval.low, second.interval.high) == pytest.approx(tuple(found.confidence_interval(0.95)))
    assert climbed().headline == climbed().gap


def test_the_headline_waits_for_the_start_at_its_own_best_value():
    empty = replace(cell("plain", {}), own_value=1e-2)
    assert climbed([empty], tuned=("model.lr", 1e-3)).headline.verdict == "not_measured"
    lost = replace(cell("plain", {seed: WEAK[seed] for seed in range(4)}), own_value=1e-2, lost=(4,))
    assert climbed([lost], tuned=("model.lr", 1e-3)).headline.verdict == "diverged"


def test_the_cells_stand_from_start_to_end():
    assert [one.name for one in climbed().cells] == ["plain", "dirac", "weak", "worse", "residual"]
    assert len(climbed().runs) == 25
