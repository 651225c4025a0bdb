"""Block from which on the control is behind: known profiles, the rule that ends the sequence, and the report."""

import math

import pytest

from resnet_lab.comparison.falling_behind import FallingBehind, falling_behind
from resnet_lab.comparison.results_json import as_json
from resnet_lab.report.document import ClaimCards, Fold, Plots
from resnet_lab.report.sections.why import why_section
from resnet_lab.report.words import LANGUAGES, load_words
from tests.fixtures.run_folders import write_probes


@pytest.fixture
def compared(make_run, compare):
    """Return what compares four pairs whose probes differ by a list of points, block by block, with a small spread."""

    def made(points, **options):
        runs = []
        for seed in range(4):
            for residual in (False, True):
                run = make_run(residual, seed)
                gained = [(0.01 * p + 0.001 * seed * (k + 1)) if residual else 0.0 for k, p in enumerate(points)]
                write_probes(run, [0.5 + value for value in gained], **(options if residual and seed == 0 else {}))
                runs.append(run)
        return compare(runs)

    return made


@pytest.mark.parametrize(
    ("points", "block", "position"),
    [
        ([0, 0, -1, 5, 6, 7], "layer2.0", 4),
        ([5, 5, 5, 5, 5, 5], "layer1.0", 1),
        ([5, 5, -9, -9, -9, 5], "layer2.2", 6),  # the row of differences is broken
    ],
)
def test_it_is_the_first_block_of_the_row_that_reaches_the_last(compared, points, block, position):
    found = falling_behind(compared(points).findings[0])
    assert found == FallingBehind(block, position, 6, pytest.approx(0.95))


@pytest.mark.parametrize("points", [[5, 5, 5, 5, 5, -0.2], [5, 5, 5, 5, 5, -9]])
def test_a_control_that_is_not_behind_at_the_end_has_no_such_block(compared, points):
    results = compared(points)
    assert falling_behind(results.findings[0]) is None
    assert "falling_behind" not in as_json(results)["contrasts"][0]


def test_probes_that_were_fitted_on_other_images_are_not_held_against_each_other(compared):
    for options in ({"sample": "1" * 64}, {"cut": "64 of 100 training images (best)"}):
        [finding] = compared([5] * 6, **options).findings
        claim = next(claim for claim in finding.claims if claim.key == "class_depth")
        assert (finding.inspected_apart["probes"], claim.seeds) == ([0], (1, 2, 3))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_shows_the_probes_and_names_the_block(compared, language):
    results, words = compared([0, 0, -1, 5, 6, 7]), load_words(language)
    blocks = why_section(results, words)
    cards = [card for block in blocks if isinstance(block, ClaimCards) for card in block.cards]
    [card] = [card for card in cards if card.plot is not None and card.plot.name == "inside-probes"]
    assert card.key == "supported"
    assert {"en": "block 4 of 6 (layer2.0)", "id": "blok 4 dari 6 (layer2.0)"}[language] in card.text
    assert "95%" in card.text
    drawn = card.plot.figure.axes[0]
    label = words.report["inside"]["trained"].format(arm="Plain-34")
    trained = next(line for line in drawn.lines if line.get_label() == label)
    assert list(trained.get_ydata()) == [0.5] * 6
    assert len(drawn.collections) == 4  # a band per network, at initialization and trained
    inside = [p for b in blocks if isinstance(b, Fold) for c in b.blocks if isinstance(c, Plots) for p in c.plots]
    [branch] = [plot for plot in inside if plot.name == "inside-branch"]
    shares = branch.figure.axes[0].lines[-1].get_ydata()
    assert [math.isnan(share) for share in shares] == [False, True, False, False, False, False]  # a gap, not a line
    assert as_json(results)["contrasts"][0]["falling_behind"]["position"] == 4
