"""Reasons in the report: one card per claim with its verdict, all numbers, and the networks told apart from them."""

from dataclasses import replace

import pytest

from resnet_lab.plots.style import CONTROL, INK, TREATED
from resnet_lab.report.document import ClaimCards, Fold, Plots, Points, Table, Text, unfolded
from resnet_lab.report.sections.why import in_short, why_section
from resnet_lab.report.sentences import claim_details, net_pair_sentence
from resnet_lab.report.words import LANGUAGES, load_words

ARMS = ("Plain-34", "ResNet-34")


def of_kind(results, kind, language="en"):
    return [block for block in unfolded(why_section(results, load_words(language))) if isinstance(block, kind)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measured_claim_but_the_answer_has_a_card(three_seeds, language):
    words, [finding] = load_words(language), three_seeds.findings
    [cards] = of_kind(three_seeds, ClaimCards, language)
    measured = [claim for claim in finding.claims[1:] if claim.interval is not None]
    assert [card.key for card in cards.cards] == [claim.verdict for claim in measured]
    for card, claim in zip(cards.cards, measured, strict=True):
        assert card.text.startswith(in_short(claim, ARMS, words))
        assert card.details == tuple(claim_details(claim, ARMS, words, finding.seeds))
        assert card.name == words.verdict(claim.verdict)
    missing = [words.claim(claim.key) for claim in finding.claims if claim.interval is None]
    said = " ".join(block.text for block in of_kind(three_seeds, Text, language))
    assert missing
    assert all(name in said for name in missing)


def with_verdict(results, key, verdict):
    """Results with another verdict on one claim."""
    [finding] = results.findings
    claims = tuple(replace(one, verdict=verdict) if one.key == key else one for one in finding.claims)
    return replace(results, findings=[replace(finding, claims=claims)])


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_interval_that_excludes_zero_without_a_verdict_has_its_reason(three_seeds, language):
    """A loss is tested only after accuracy, so it may exclude 0 and have no verdict."""
    [finding] = three_seeds.findings
    words = load_words(language)
    said = words.report["why"]["waits"].format(primary=words.claim("accuracy"))

    def card(first, own, verdict="undecided"):
        ends = {"accuracy": (*first, verdict), "loss": (*own, "not_tested")}
        claims = [
            replace(claim, interval=replace(claim.interval, mean=(low + high) / 2, low=low, high=high), verdict=verdict)
            for claim in finding.claims
            if claim.key in ends
            for low, high, verdict in [ends[claim.key]]
        ]
        changed = replace(three_seeds, findings=[replace(finding, claims=claims)])
        [cards] = of_kind(changed, ClaimCards, language)
        return cards.cards[-1].text

    assert card((-0.1, 0.2), (0.1, 0.2)).endswith(f" {said}")
    assert card((-0.1, 0.2), (-0.2, -0.1)).endswith(f" {said}")
    assert said not in card((-0.1, 0.2), (-0.1, 0.2))
    assert said not in card((0.1, 0.2), (0.1, 0.2), "supported")
    assert said not in card((-0.1, 0.2), (0.1, 0.2), "not_tested")  # before the first look of a plan


def marks(results, key):
    """Return the line that a claim is held against, and all marks of its plot."""
    [cards] = of_kind(results, ClaimCards)
    [card] = [card for card in cards.cards if card.plot and card.plot.name == f"claim-{key}"]
    held_against, *drawn = card.plot.figure.axes[0].lines
    return held_against, drawn


def test_the_plot_of_a_card_has_a_dot_per_pair_and_the_interval(three_seeds):
    gap = next(claim for claim in three_seeds.findings[0].claims if claim.key == "gap")
    zero, drawn = marks(three_seeds, "gap")
    assert list(zero.get_xdata()) == [0, 0]
    assert [line.get_xdata()[0] for line in drawn[:3]] == pytest.approx([100 * one for one in gap.differences])
    if gap.interval.has_spread:
        assert list(drawn[3].get_xdata()) == pytest.approx([100 * gap.interval.low, 100 * gap.interval.high])


@pytest.mark.parametrize("verdict", ["supported", "contradicted", "undecided", "not_tested"])
def test_a_decided_claim_has_the_color_of_the_arm_that_is_better(three_seeds, verdict):
    gap = next(claim for claim in three_seeds.findings[0].claims if claim.key == "gap")
    colors = {line.get_color() for line in marks(with_verdict(three_seeds, "gap", verdict), "gap")[1]}
    decided = verdict in ("supported", "contradicted")
    ahead = TREATED if gap.interval.mean < 0 else CONTROL  # a smaller gap is the better one
    assert colors == {ahead if decided and gap.interval.mean else INK}


def test_gradients_are_the_plot_of_the_claim_on_their_flow(inspected):
    [cards] = of_kind(inspected, ClaimCards)
    names = [card.plot.name for card in cards.cards if card.plot]
    assert "inside-gradients" in names
    assert "claim-vanishing-gradients" in names
    unfolding = [plot.name for block in of_kind(inspected, Plots) for plot in block.plots]
    assert "inside-gradients" not in unfolding
    assert "inside-lesion" in unfolding


@pytest.mark.parametrize("language", LANGUAGES)
def test_nets_are_told_pair_by_pair(three_seeds, language):
    [finding] = three_seeds.findings
    [points] = of_kind(three_seeds, Points, language)
    assert points.points == tuple(net_pair_sentence(net, ARMS, load_words(language)) for net in finding.nets)
    assert len(points.points) == 3


def test_the_table_has_the_numbers_of_the_claims(three_seeds):
    accuracy = three_seeds.findings[0].claims[0]
    [table] = of_kind(three_seeds, Table)
    assert table.head[2:4] == ARMS
    cells = table.rows[0].cells
    assert cells[4] == f"{accuracy.interval.mean:+.4f}"
    assert cells[5] == f"{accuracy.interval.low:+.4f}\u00a0…\u00a0{accuracy.interval.high:+.4f} (95%, new images)"
    assert float(cells[6].lstrip("< ")) == pytest.approx(accuracy.p, abs=1e-3)
    assert table.rows[-1].cells == ("less degradation with depth", *["—"] * 6, "not measured")


def test_one_pair_has_neither_interval_nor_p_nor_a_word_of_tests_on_its_cards(one_seed):
    [table] = of_kind(one_seed, Table)
    assert table.rows[0].cells[5:] == ("—", "—", "one seed pair gives no verdict")
    [cards] = of_kind(one_seed, ClaimCards)
    assert {card.name for card in cards.cards} == {"not tested"}
    assert not any("pair" in card.text or "test is" in card.text for card in cards.cards)
    said = [text.text for text in of_kind(one_seed, Text)]
    assert "Each dot is the difference in the only seed pair." in said
    assert not any("chance of any false verdict" in text for text in said)


def test_settings_unfold_and_share_their_error_rates(two_depths):
    blocks = why_section(two_depths, load_words("en"))
    assert [block.summary for block in blocks if isinstance(block, Fold)][:3] == [
        "Degradation with depth",
        "Claims at depth 18",
        "Claims at depth 34",
    ]
    said = " ".join(block.text for block in of_kind(two_depths, Text))
    assert "The 2 settings share these error rates: each is tested at one part in 2 of the level." in said
    assert "Degradation with depth is a third family" in said
    assert {finding.claims[0].interval.level for finding in two_depths.findings} == {0.975}
    first, _ = of_kind(two_depths, ClaimCards)
    assert first.cards[0].claim == "Higher accuracy"


def test_vanishing_gradients_are_drawn_as_factors_with_a_named_limit(inspected):
    [finding] = inspected.findings
    claim = next(claim for claim in finding.claims if claim.key == "vanishing_gradients")
    [cards] = of_kind(inspected, ClaimCards)
    [card] = [card for card in cards.cards if card.plot and card.plot.name == "claim-vanishing-gradients"]
    axes = card.plot.figure.axes[0]
    limit, *dots = axes.lines
    assert card.claim == "Vanishing gradients in Plain-34"
    assert (list(limit.get_xdata()), axes.get_title()) == ([-1, -1], "vanishing: left of 0.1")
    assert [dot.get_xdata()[0] for dot in dots[:3]] == pytest.approx([-lost for lost in claim.control])
    assert axes.xaxis.get_major_formatter()(-2, 0) == "0.01"
    factor = 10 ** -(sum(claim.control) / len(claim.control))
    assert f"Plain-34 {factor:.3g}, ResNet-34 " in card.plot.caption


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_a_difference_that_is_decided_is_to_be_explained(one_seed, depth_study, language):
    texts = load_words(language).report["sections"]
    open_, decided = (why_section(results, load_words(language))[0].text for results in (one_seed, depth_study))
    assert depth_study.depth_studies[0].claim.verdict == "supported"
    assert one_seed.findings[0].claims[0].verdict == "undecided"
    assert (open_, decided) == (texts["compared"], texts["why"])


def test_a_rise_in_no_network_has_words_and_no_plot_of_zeros(one_seed):
    [finding] = one_seed.findings
    flat = [
        replace(claim, control=(0.0,), treated=(0.0,)) if claim.key == "overfitting" else claim
        for claim in finding.claims
    ]
    results = replace(one_seed, findings=[replace(finding, claims=flat)])
    [cards] = of_kind(results, ClaimCards)
    [card] = [card for card in cards.cards if card.claim == "Less overfitting"]
    assert card.plot is None
    assert card.text.startswith("No rise in either network: ")
