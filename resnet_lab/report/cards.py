"""Cards: the primary verdict with its intervals, or the accuracy of one arm alone."""

from collections.abc import Mapping
from dataclasses import replace

from resnet_lab.comparison.chance_level import chance_level
from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.degradation import DepthStudy
from resnet_lab.comparison.families import PRIMARY, primary_claim
from resnet_lab.comparison.ladder import Ladder
from resnet_lab.comparison.one_arm import ArmFinding
from resnet_lab.comparison.pairing import Contrast
from resnet_lab.comparison.plan import Plan
from resnet_lab.comparison.questions import QUESTIONS
from resnet_lab.comparison.results import Finding
from resnet_lab.report.document import Card
from resnet_lab.report.ladder_sentences import end_names, headline_sentence, second_texts
from resnet_lab.report.number_texts import signed
from resnet_lab.report.sentences import has_too_few, verdict_sentence
from resnet_lab.report.tuning_sentences import second_phrases
from resnet_lab.report.uncertainty_sentences import interval_texts
from resnet_lab.report.words import Words
from resnet_lab.statistics.mean_sd import MISSING


def effect_card(finding: Finding, words: Words, plan: Plan | None = None) -> Card:
    """Return the card of the primary verdict.

    Args:
        finding: Results of one contrast.
        words: Words of the report.
        plan: The plan that applies, if any.
    """
    claim, contrast = primary_claim(finding.claims), finding.contrast
    about = plan if finding.look is None else None
    shown = _card(claim, contrast.arms, _unit(claim.key, contrast, words), words, about)
    shown = replace(shown, intervals=(*shown.intervals, *second_phrases(claim, contrast.arms, words)))
    counted = claim.verdict == "diverged" and contrast.lost
    return replace(shown, verdict=_diverged(contrast, words)) if counted else shown


def gap_card(ladder: Ladder, words: Words) -> Card | None:
    """Return the card of both ends of a ladder; None if no seed has runs of both.

    Its number is the gap. If the ends chose different values, its verdict also needs the comparison of both at their
    own, which the card shows too.
    """
    claim, texts = ladder.headline, words.ladder["claim"]
    if claim.interval is None:
        return None
    value, *second = second_texts(ladder, words, texts["second"]) or [""]
    names = end_names(ladder)
    name: str = words.report["card"]["claim"].format(claim=texts["name"], treated=names["end"])
    return Card(
        key=claim.verdict,
        verdict=words.verdict(claim.verdict),
        claim=name[0].upper() + name[1:],
        sentence=headline_sentence(ladder, words),
        number=signed(claim.interval.mean, claim.unit),
        unit=texts["card"].format(**names) + value,
        intervals=(*interval_texts(claim, words), *second),
    )


def diverged_card(contrast: Contrast, words: Words) -> Card:
    """Return the card of a contrast without a pair to compare, since a run of each pair diverged."""
    (control, treated), texts = contrast.arms, words.report["card"]
    return Card(
        key="diverged",
        verdict=_diverged(contrast, words),
        claim=_claim(PRIMARY, treated, words),
        number=MISSING,
        unit=texts["no_pair"].format(
            control=control, treated=treated, axis_value=words.in_brackets(contrast.axis_value)
        ),
        intervals=(texts["all_diverged"],),
    )


def degradation_card(study: DepthStudy, words: Words, plan: Plan | None = None) -> Card | None:
    """Return the verdict card; None if no seed has runs at both the first and the last depth."""
    if study.claim.interval is None:
        return None
    unit = words.report["depth"]["card"].format(
        first=study.depths[0],
        last=study.depths[-1],
        treated=study.treated.name,
        control=study.control.name,
        axis_value=words.in_brackets(study.axis_value),
    )
    arms = study.control.name, study.treated.name
    shown = _card(study.claim, arms, unit, words, plan)
    return replace(shown, intervals=(*shown.intervals, *second_phrases(study.claim, arms, words)))


def accuracy_card(finding: ArmFinding, words: Words) -> Card:
    """Return the card of the arm's test accuracy; it has no verdict.

    Args:
        finding: The arm in one setting.
        words: Words of the report.
    """
    texts, arm = words.report["card"], finding.arm
    accuracy = arm.mean_sd("test/best/accuracy")
    assert accuracy.mean is not None, "every run is tested"
    spread = (
        texts["one_seed"]
        if accuracy.sd is None
        else texts["spread"].format(sd=f"{100 * accuracy.sd:.2f}", n=accuracy.n)
    )
    majority = f"{100 * chance_level(next(iter(arm.runs.values()))).share:.2f}"
    return Card(
        key=arm.role,
        verdict="",
        claim=texts["claim"].format(arm=arm.name, axis_value=words.in_brackets(finding.axis_value, arm.name)),
        number=f"{100 * accuracy.mean:.2f}%",
        unit=texts["unit"].format(n=finding.tested),
        intervals=(spread, texts["majority"].format(share=majority)),
    )


def _card(claim: Claim, arms: tuple[str, str], unit: str, words: Words, plan: Plan | None) -> Card:
    """Return the card of a claim in points.

    Args:
        claim: A claim with values.
        arms: Names of the control and of the treated arm.
        unit: The words after the number.
        words: Words of the report.
        plan: The plan, whose first look gives the reason if the claim is not tested; None if the reason is another.
    """
    texts, interval = words.report["card"], claim.interval
    assert interval is not None, "every run is tested"
    intervals, too_few = interval_texts(claim, words), has_too_few(claim)
    if too_few and interval.n == 1:
        intervals = []  # the sentence says why there is none
    if plan is not None and plan.looks and claim.verdict == "not_tested":
        intervals = [*intervals, texts["first_look"].format(first=plan.looks[0])]
    return Card(
        key=claim.verdict,
        verdict=verdict_words(claim, words),
        claim=_claim(claim.key, arms[1], words),
        sentence=_count(texts["too_few"], claim) if too_few else verdict_sentence(claim, arms, words),
        number=signed(interval.mean, claim.unit),
        unit=unit,
        intervals=tuple(intervals),
    )


def verdict_words(claim: Claim, words: Words) -> str:
    """Return the verdict on a claim in a few words; of fewer pairs than a verdict needs, that they are too few."""
    too_few = words.report["card"]["too_few_verdict"]
    return _count(too_few, claim) if has_too_few(claim) else words.verdict(claim.verdict)


def _count(texts: Mapping[str, str], claim: Claim) -> str:
    """Return a text with the number of pairs of a claim."""
    pairs = len(claim.seeds)
    return texts["one" if pairs == 1 else "more"].format(n=pairs)


def _claim(key: str, treated: str, words: Words) -> str:
    name: str = words.report["card"]["claim"].format(claim=words.claim(key), treated=treated)
    return name[0].upper() + name[1:]


def _unit(key: str, contrast: Contrast, words: Words) -> str:
    control, treated = contrast.arms
    texts, question = words.report["card"], next(question for question in QUESTIONS if question.key == key)
    measure, name = words.claims[key]["measure"], words.sentences["size"][question.unit].format(value="").strip()
    template = texts["unit" if key == PRIMARY else "unit_of_claim"]
    unit = template.format(treated=treated, control=control, measure=measure, unit=name)
    return f"{unit}{words.in_brackets(contrast.axis_value)}"


def _diverged(contrast: Contrast, words: Words) -> str:
    diverged = sum(map(len, contrast.diverged))
    return str(words.report["card"]["diverged"].format(k=diverged, n=sum(contrast.trained)))
