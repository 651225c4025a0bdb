"""Verdicts in the report are those of the claims; the networks are told apart from them."""

import pytest

from resnet_lab.report.document import Heading, Plots, Points, Table, Text, Verdicts
from resnet_lab.report.sections.effect import effect_section
from resnet_lab.report.sentences import claim_sentences, conclusion, net_pair_sentence
from resnet_lab.report.words import LANGUAGES, load_words


def of_kind(results, kind, language="en"):
    return [block for block in effect_section(results, load_words(language)) if isinstance(block, kind)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_claim_is_there_with_its_sentences(three_seeds, language):
    [finding] = three_seeds.findings
    [verdicts] = of_kind(three_seeds, Verdicts, language)
    assert [verdict.key for verdict in verdicts.verdicts] == [claim.verdict for claim in finding.claims]
    told = [
        claim_sentences(claim, finding.contrast.arms, load_words(language), finding.seeds) for claim in finding.claims
    ]
    assert [verdict.text for verdict in verdicts.verdicts] == told
    assert of_kind(three_seeds, Text, language)[-1].text == conclusion(
        finding.claims, finding.contrast.arms, load_words(language)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_nets_are_told_pair_by_pair(three_seeds, language):
    [finding] = three_seeds.findings
    [points] = of_kind(three_seeds, Points, language)
    assert points.points == tuple(
        net_pair_sentence(net, finding.contrast.arms, load_words(language)) for net in finding.nets
    )
    assert len(points.points) == 3


def test_the_table_has_the_numbers_of_the_claims(three_seeds):
    accuracy = three_seeds.findings[0].claims[0]
    [table] = of_kind(three_seeds, Table)
    assert table.head[2:4] == ("Plain-34", "ResNet-34")
    cells = table.rows[0].cells
    assert cells[4] == f"{accuracy.interval.mean:+.4f}"
    assert (
        cells[5] == f"{accuracy.interval.low:+.4f}\u00a0…\u00a0{accuracy.interval.high:+.4f} (95%, images like these)"
    )
    assert float(cells[6].lstrip("< ")) == pytest.approx(accuracy.p, abs=1e-3)
    assert table.rows[-1].cells == ("less degradation with depth", *["—"] * 6, "not measured")


def test_one_pair_has_neither_interval_nor_p(one_seed):
    [table] = of_kind(one_seed, Table)
    assert table.rows[0].cells[5:] == ("—", "—", "not decided by this data")


def test_an_axis_has_a_figure_and_settings_that_share_their_error_rates(two_depths):
    assert of_kind(two_depths, Plots)[0].plots[0].caption == (
        "Mean difference of test accuracy and the interval that decides, by depth"
    )
    rates = of_kind(two_depths, Text)[2].text
    assert "The 2 settings share these error rates: each is tested at one part in 2 of the level." in rates
    assert "Degradation with depth is a third family" in rates
    assert {finding.claims[0].interval.level for finding in two_depths.findings} == {0.975}
    headings = [(heading.level, heading.text) for heading in of_kind(two_depths, Heading)]
    assert headings[1:4] == [(3, "Degradation with depth"), (3, "depth 18"), (4, "Claims, one by one")]
    assert of_kind(two_depths, Verdicts)[2].verdicts[0].text == claim_sentences(
        two_depths.findings[1].claims[0], ("Plain-34", "ResNet-34"), load_words("en")
    )
