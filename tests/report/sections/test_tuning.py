"""Part of the report on tuned arms: what was tried, and both comparisons."""

from dataclasses import replace

from resnet_lab.report.document import Code, Table, Text, unfolded
from resnet_lab.report.sections.setting import setting_section
from resnet_lab.report.sections.tuning import tuning_blocks
from resnet_lab.report.words import load_words
from resnet_lab.statistics.mean_sd import MISSING

ENGLISH = load_words("en")


def tables(results):
    return [block for block in tuning_blocks(results, ENGLISH) if isinstance(block, Table)]


def test_every_value_is_there_with_its_score_and_the_chosen_one_is_marked(tuned):
    results = tuned()
    tried = tables(results)[0]
    assert tried.head == ("Learning rate", "Plain-34", "ResNet-34")
    scores = {cell: [f"{one.mean:.4f}" for one in chosen.tried] for cell, chosen in results.choice.chosen.items()}
    assert [row.cells for row in tried.rows] == [
        ("0.0001", f"{scores['plain34'][0]} (selected)", scores["resnet34"][0]),
        ("0.0003", scores["plain34"][1], f"{scores['resnet34'][1]} (selected)"),
    ]


def test_diverged_runs_are_counted(tuned):
    results = tuned()
    chosen = results.choice.chosen["plain34"]
    lost = replace(chosen, tried=(chosen.tried[0], replace(chosen.tried[1], mean=None, diverged=2)))
    choice = replace(results.choice, chosen={**results.choice.chosen, "plain34": lost})
    assert tables(replace(results, choice=choice))[0].rows[1].cells[1] == f"{MISSING} (2 diverged)"


def test_both_differences_stand_side_by_side_with_the_verdict_of_both(tuned):
    results = tuned(at_high=0.9)
    both = tables(results)[1]
    assert both.head == (
        *("Claim", "ResNet-34 at 0.0003, Plain-34 at 0.0001", "ResNet-34 at 0.0003, Plain-34 at 0.0003", "Verdict"),
    )
    claim = results.findings[0].claims[0]
    name, first, second, verdict = both.rows[0].cells
    assert (name, verdict) == ("higher accuracy", "not decided by this data")
    assert first.startswith(f"{100 * claim.interval.mean:+.2f} percentage points (95% interval +")
    assert first.endswith("; supported")
    assert second.endswith("; not decided by this data")
    assert len(both.rows) == sum(claim.second is not None for claim in results.findings[0].claims)


def test_equal_values_have_no_second_table_and_no_tuning_has_no_block(tuned, three_seeds):
    assert len(tables(tuned(agree=True))) == 1
    assert tuning_blocks(three_seeds, ENGLISH) == []


def test_the_study_repeats_the_comparison(tuned):
    blocks = list(unfolded(setting_section(tuned(), ENGLISH)))
    *_, commands = (block for block in blocks if isinstance(block, Code))
    assert commands.code == "resnet-lab study s.yaml\nresnet-lab compare s.yaml"
    texts = [block.text for block in blocks if isinstance(block, Text)]
    assert any(text.startswith("The study repeats the tuning, the runs and the comparison.") for text in texts)
