"""Looks: the pairs that count are those of the last look that is complete, in the order of the plan."""

import pytest

from resnet_lab.comparison.looks import at_look, last_look, pairs_in_a_row
from resnet_lab.comparison.pairing import pair
from resnet_lab.comparison.plan import Plan
from resnet_lab.comparison.results import gather
from resnet_lab.statistics.looks import look_levels

SEEDS = (5, 1, 4, 2, 3)


def plan(looks=(3, 5), seeds=SEEDS, **questions):
    return Plan("s", "0" * 64, looks=looks, seeds=seeds, questions=questions)


@pytest.fixture
def pairs(make_run):
    """Return a pairing of seeds; of several depths, each with its own."""

    def of(*seeds, **by_name):
        by_depth = {int(name.removeprefix("depth")): own for name, own in by_name.items()} or {34: seeds}
        runs = [
            make_run(residual, seed, 0.6 + 0.2 * residual, {"model.depth": depth})
            for depth, own in by_depth.items()
            for seed in own
            for residual in (False, True)
        ]
        return pair(runs, "model.residual")

    return of


@pytest.mark.parametrize(
    ("seeds", "look", "judged"),
    [
        ((5, 1), None, [1, 5]),  # before the first look
        ((5, 1, 2, 3), None, [1, 2, 3, 5]),  # four pairs, and the third of the plan is not among them
        ((5, 1, 4), 3, [1, 4, 5]),
        ((1, 2, 4, 5), 3, [1, 4, 5]),  # a fourth pair, which belongs to the next look
        ((1, 2, 3, 4, 5), 5, [1, 2, 3, 4, 5]),
    ],
)
def test_only_the_pairs_of_the_last_complete_look_are_judged(pairs, seeds, look, judged):
    at = at_look(pairs(*seeds), plan())
    assert at.looks == (look,)
    assert list(at.pairing.contrasts[0].pairs) == judged
    beyond = set(seeds) - set(judged)
    assert len(at.beyond) == 2 * len(beyond)


def test_without_looks_every_pair_is_judged(pairs):
    pairing = pairs(1, 2, 3, 4)
    for without in (None, plan(looks=())):
        assert at_look(pairing, without).pairing is pairing
        assert at_look(pairing, without).looks == (None,)


def test_the_results_are_those_of_the_look(pairs):
    pairing = pairs(1, 2, 4, 5)
    results = gather(pairing, (), force=False, plan=plan())
    [finding] = results.findings
    assert (finding.look, finding.seeds, finding.claims[0].seeds) == (3, [1, 4, 5], (1, 4, 5))
    assert (results.procedure.plan, results.procedure.look) == (plan(), 3)
    assert [label.split("/")[0] for label in results.beyond] == ["plain34", "resnet34"]
    without = gather(pairing, (), force=False)
    assert (without.procedure.plan, without.findings[0].look, without.findings[0].seeds) == (None, None, [1, 2, 4, 5])
    assert without.identity != results.identity


def test_contrasts_that_are_judged_by_degradation_have_one_look(pairs):
    pairing = pairs(depth20=SEEDS, depth56=(1, 4, 5, 2))
    names = ("plain20", "resnet20", "plain56", "resnet56")
    apart = plan(**dict.fromkeys(names, "accuracy"))
    together = plan(**dict.fromkeys(names, "degradation"))
    assert at_look(pairing, apart).looks == (5, 3)
    assert at_look(pairing, together).looks == (3, 3)
    assert (at_look(pairing, together).depth_look, at_look(pairing, apart).common_look) == (3, 3)
    results = gather(pairing, (), force=False, plan=together)
    assert results.depth_studies[0].claim.seeds == (1, 4, 5)
    assert at_look(pairs(depth20=SEEDS, depth56=(1, 4)), apart).common_look is None


def test_a_contrast_that_was_decided_earlier_keeps_the_level_of_its_look(pairs):
    results = gather(pairs(depth20=SEEDS, depth56=(1, 4, 5)), (), force=False, plan=plan())
    levels = [1 - finding.claims[0].interval.level for finding in results.findings]
    assert levels == pytest.approx([level / 2 for level in reversed(look_levels((3, 5)))])


def test_pairs_in_a_row_end_at_the_first_gap():
    assert pairs_in_a_row(SEEDS, [{5, 1, 4}, {5, 4, 2}]) == 1
    assert pairs_in_a_row(SEEDS, [set(SEEDS)]) == 5
    assert last_look(plan(), [{5, 1}]) is None
