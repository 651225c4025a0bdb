"""Sentences on tuned arms: the values that they chose, and the second comparison that a verdict needs."""

from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.comparison.tuning import Choice
from resnet_lab.config.flatten import flatten
from resnet_lab.report.document import Notice
from resnet_lab.report.number_texts import ends, signed
from resnet_lab.report.words import Words
from resnet_lab.statistics.intervals import Interval


def tuning_notice(results: Results, words: Words) -> Notice | None:
    """Return the notice on the chosen values and what choosing took; None without a tuning.

    Args:
        results: Results of both arms.
        words: Words of the report.
    """
    choice = results.choice
    if choice is None:
        return None
    texts, tuning, names = words.report["tuning"], choice.tuning, arm_names(choice)
    values = ", ".join(
        texts["value"].format(arm=names[cell], value=f"{chosen.value:g}") for cell, chosen in choice.chosen.items()
    )
    by = words.report["table"][tuning.by]
    text = texts["notice"].format(
        name=words.key(tuning.key),
        values=values,
        by=f"{by[0].lower()}{by[1:]}",
        seeds=", ".join(map(str, tuning.seeds)),
        each=len(tuning.values) * len(tuning.seeds),
        runs=len(choice.runs),
        minutes=f"{choice.seconds / 60:.0f}",
    )
    points = [texts["tied"].format(arm=names[cell]) for cell, chosen in choice.chosen.items() if chosen.tied]
    points += [
        texts[chosen.edge].format(arm=names[cell]) for cell, chosen in choice.chosen.items() if chosen.edge is not None
    ]
    points += [_how_judged(finding, choice, words) for finding in results.findings]
    return Notice(text, tuple(points))


def _how_judged(finding: Finding, choice: Choice, words: Words) -> str:
    key = "same" if finding.second is None else "both"
    at = words.in_brackets(finding.axis_value)
    return str(words.report["tuning"][key].format(**values_of(finding, choice), axis_value=at))


def values_of(finding: Finding, choice: Choice) -> dict[str, str]:
    """Return the names of both arms and the values that they chose, for sentences."""
    control, treated = (flatten(next(iter(arm.runs.values())).config())[choice.tuning.key] for arm in finding.arms)
    chosen = {"control_value": f"{control:g}", "treated_value": f"{treated:g}"}
    return {**dict(zip(("control", "treated"), finding.contrast.arms, strict=True)), **chosen}


def arm_names(choice: Choice) -> dict[str, str]:
    """Return the name of the network of each tuned cell; the name of the cell if several have the same network."""
    arms = {
        cell: next(run.status().arm for run in choice.runs if run.name in choice.names_of(cell))
        for cell in choice.chosen
    }
    return {cell: arm if list(arms.values()).count(arm) == 1 else cell for cell, arm in arms.items()}


def second_sentences(claim: Claim, arms: tuple[str, str], words: Words) -> list[str]:
    """Return the second comparison of a claim and the verdict of each alone; empty without a second one.

    Args:
        claim: The claim.
        arms: Names of the control and of the treated arm.
        words: Words of the report.
    """
    texts = words.sentences["second"]
    return _second(claim, arms, words, texts["difference"], texts["alone"], texts["no_pair"])


def second_phrases(claim: Claim, arms: tuple[str, str], words: Words) -> list[str]:
    """Return the same as :func:`second_sentences` in short, for a card."""
    texts = words.report["card"]
    return _second(claim, arms, words, texts["second"], texts["alone"], texts["no_second"])


def _second(claim: Claim, arms: tuple[str, str], words: Words, difference: str, alone: str, no_pair: str) -> list[str]:
    second = claim.second
    if second is None:
        return []
    names = dict(zip(("control", "treated"), arms, strict=True))
    if second.interval is None:
        return [no_pair.format(**names)]
    said = difference.format(**names, difference=difference_text(second.interval, claim.unit, words))
    if claim.verdict == "not_tested" or second.first_verdict == second.verdict:
        return [said]
    return [said, alone.format(first=words.verdict(second.first_verdict), second=words.verdict(second.verdict))]


def difference_text(interval: Interval, unit: str, words: Words) -> str:
    """Return a difference with its sign, its unit and its interval.

    Args:
        interval: Around the difference.
        unit: Of the measure.
        words: Words of the report.
    """
    size: str = words.sentences["size"][unit].format(value=signed(interval.mean, unit))
    shown = words.sentences["ends"].format(**ends(interval, unit)) if interval.has_spread else ""
    return f"{size}{shown}"
