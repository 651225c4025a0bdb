"""Results of a ladder study, from run folders: the contrast of both ends, the rungs, and what is refused."""

from dataclasses import replace

import pytest
from fixtures.ladder_runs import SMALL

from resnet_lab.comparison.ladder_results import Place, gather_ladder, places
from resnet_lab.comparison.plan import LadderEnds, OffPlan, Plan, Tuning
from resnet_lab.comparison.selection import select
from resnet_lab.comparison.tuning import Choice, Chosen, judged_values
from resnet_lab.errors import InputError
from resnet_lab.study.kept_plan import select_planned

PLAN = Plan(
    "s", "", ladder=LadderEnds("plain", "residual"), questions=dict.fromkeys(SMALL, "accuracy"), seeds=(0, 1, 2)
)

TUNED = replace(PLAN, tuning=Tuning("model.lr", (1e-4, 1e-3), "val/accuracy", (100,)))


def gathered(made, *, force=False, choice=None, plan=None):
    planned = select_planned(made.study, made.path, made.logs)
    return gather_ladder(
        planned.selection, plan or made.study.plan, off_plan=planned.off_plan, force=force, choice=choice
    )


def chosen(plain, residual):
    of_ends = {"plain": Chosen(plain, (), False, None), "residual": Chosen(residual, (), False, None)}
    return Choice(TUNED.tuning, of_ends, judged_values(TUNED, of_ends, {}))


def test_a_study_gives_the_contrast_of_its_ends_and_its_rungs_in_the_order_of_the_file(make_ladder):
    made = make_ladder()
    results = gathered(made)
    assert results.factor == "model.residual"
    assert results.off_plan == ()
    assert [finding.seeds for finding in results.findings] == [[0, 1, 2, 3, 4]]
    ladder = results.ladder
    assert [cell.name for cell in ladder.cells] == ["plain", "dirac", "straight_through", "residual"]
    assert [rung.knob.name for rung in ladder.rungs] == ["dirac", "straight_through"]
    assert [rung.claim.verdict for rung in ladder.rungs] == ["supported", "undecided"]
    assert ladder.rungs[0].cell.asks == "Is a start near the identity enough?"
    assert len(results.runs) == 20
    run = made.runs["dirac", 2]
    assert ladder.rungs[0].cell.error(2) == pytest.approx(1 - run.final_metrics()["last"]["train"]["accuracy"])
    bill = ladder.rungs[0].cell.bill
    assert bill.seconds_per_step.mean == pytest.approx(1.6, rel=0.02)
    assert bill.memory_mb.mean == 513
    assert bill.decades_lost.mean == pytest.approx(-0.1, abs=0.05)
    assert ladder.rungs[1].cell.bill.decades_lost.mean is None


def test_the_level_of_the_ends_is_not_shared_with_the_rungs(make_ladder):
    results = gathered(make_ladder(seeds=range(3)))
    assert results.findings[0].claims[0].interval.level == pytest.approx(0.95)


def test_missing_and_diverged_runs_are_named_and_rungs_may_have_unequal_seeds(make_ladder):
    results = gathered(make_ladder(without=[("dirac", 3)], diverged=[("straight_through", 1)]))
    dirac, through = (rung.cell for rung in results.ladder.rungs)
    assert (dirac.missing, list(dirac.runs)) == ((3,), [0, 1, 2, 4])
    assert (through.lost, through.diverged) == ((1,), ("straight_through/version_1",))
    assert [rung.claim.verdict for rung in results.ladder.rungs] == ["supported", "diverged"]


def test_a_rung_of_which_every_run_diverged_still_has_its_knob(make_ladder):
    results = gathered(make_ladder(seeds=range(2), diverged=[("dirac", 0), ("dirac", 1)]))
    assert results.ladder.rungs[0].knob.name == "dirac"
    assert results.ladder.rungs[0].outcome == "not_measured"


@pytest.mark.parametrize("end", ["plain", "residual"])
def test_a_missing_end_is_told_in_one_sentence(make_ladder, end):
    made = make_ladder(seeds=range(2), without=[(end, 0), (end, 1)])
    with pytest.raises(
        InputError, match=f"has no finished run of its end {end}, and every rung .* run the study again"
    ):
        gathered(made)


def test_ends_that_differ_in_more_than_one_key_are_refused(make_ladder):
    cells = {**SMALL, "residual": replace(SMALL["residual"], changes={"model.norm_bias": 2.0})}
    with pytest.raises(
        InputError, match=r"must differ in one key, and differ in model.norm_bias: 0.0, 2.0; model.resid"
    ):
        gathered(make_ladder(cells, seeds=range(2)))


def test_a_rung_under_other_conditions_is_refused_or_named(make_ladder):
    made = make_ladder(seeds=range(3), status={"dirac": {"threads": 8}})
    with pytest.raises(InputError, match=r"more than the knobs of the rungs: threads: 2 .*, 8"):
        gathered(made)
    results = gathered(made, force=True)
    assert [difference.key for difference in results.differences] == ["threads"]


def test_a_look_counts_its_first_seeds_and_waits_for_all_of_them(make_ladder):
    made = make_ladder(plan="looks: [4]\n", without=[("straight_through", 2)])
    results = gathered(made)
    assert list(results.ladder.start.runs) == [0, 1, 2, 3]
    assert [rung.claim.verdict for rung in results.ladder.rungs] == ["supported", "not_tested"]
    assert results.findings[0].look == 4


def test_a_changed_plan_is_not_applied_and_the_ladder_stays(make_ladder):
    made = make_ladder(seeds=range(3))
    selection = select_planned(made.study, made.path, made.logs).selection
    other = replace(made.study.plan, looks=(3,), worth=0.5)
    off = [OffPlan("dirac/version_0", "other_plan")]
    results = gather_ladder(selection, other, off_plan=off, force=False)
    assert results.procedure.plan is None
    assert results.ladder.rungs[0].claim.worth is None


def test_another_set_of_runs_has_another_name(make_ladder):
    first = gathered(make_ladder(seeds=range(3), without=[("dirac", 2)])).identity
    assert first.startswith("residual-")
    assert first != gathered(make_ladder(seeds=range(3))).identity


def test_the_places_of_a_ladder():
    assert [place.name for place in places(PLAN)] == ["plain", "dirac", "straight_through", "residual"]
    assert places(PLAN, chosen(1e-4, 1e-3))[:3] == [
        Place("plain", "plain-lr0.001"),
        Place("plain", "plain-lr0.0001", 1e-4),
        Place("dirac", "dirac-lr0.001"),
    ]
    assert [place.own_value for place in places(PLAN, chosen(1e-3, 1e-3))] == [None] * 4


def test_the_start_at_its_own_best_value_is_the_first_rung(make_run, logs, make_ladder):
    cells = {f"{name}-lr0.001": rung for name, rung in SMALL.items()}
    made = make_ladder(cells, seeds=range(3))
    for seed in range(3):
        changes = {"model.depth": 44, "model.lr": 1e-4}
        status = made.runs["plain-lr0.001", seed].status_content()["plan"]
        make_run(False, seed, 0.4, changes, {"plan": status}, "plain-lr0.0001", train_accuracy=0.6 + 0.01 * seed)
    selection = select([*cells, "plain-lr0.0001"], logs, TUNED)
    results = gather_ladder(selection, TUNED, force=False, choice=chosen(1e-4, 1e-3))
    ladder = results.ladder
    assert [rung.knob.name for rung in ladder.rungs] == ["own_rate", "dirac", "straight_through"]
    assert [rung.cell.own_value for rung in ladder.rungs] == [1e-4, None, None]
    assert (ladder.tuned, ladder.same_value) == (("model.lr", 1e-3), False)
    assert ladder.start.runs_name == "plain-lr0.001"
    assert ladder.rungs[0].claim.control == ladder.gap.control
    [finding] = results.findings  # the pair of the ends, judged at both values
    assert {run.name for run in finding.control.runs.values()} == {"plain-lr0.0001"}
    assert {pair[0].name for pair in finding.second.partners.values()} == {"plain-lr0.001"}
    same = gather_ladder(selection, TUNED, force=False, choice=chosen(1e-3, 1e-3)).ladder
    assert same.same_value
    assert len(same.rungs) == 2
