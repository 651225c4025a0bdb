"""Sentences about degradation with depth: the verdict, the training error of each arm, and what it does not measure."""

from collections.abc import Sequence
from statistics import fmean

from resnet_lab.comparison.claims import DECIDED, FEWEST_PAIRS
from resnet_lab.comparison.degradation import DEPTH, DepthCurve, DepthStudy
from resnet_lab.comparison.families import accuracy_claim
from resnet_lab.comparison.results import Finding
from resnet_lab.report.number_texts import ends, number, signed, size
from resnet_lab.report.sentences import claim_sentences
from resnet_lab.report.words import Words

_NEAR = 0.01
"""Networks whose error is at least this close to that of the most frequent class do little more than guess."""


def depth_sentences(study: DepthStudy, words: Words) -> str:
    """Return the paragraph on degradation: the verdict, and the change of each arm's training error.

    Args:
        study: The study.
        words: Words of the report.
    """
    control, treated = study.arms
    sentences = [claim_sentences(study.claim, (control.name, treated.name), words)]
    changes = [_change(curve, study.depths, words) for curve in study.arms]
    return " ".join(filter(None, [*sentences, *(sentence for _, sentence in changes)]))


def caveats(study: DepthStudy, words: Words) -> str:
    """Return what the errors do not measure: a degradation that the control does not have, or networks at the floor.

    Args:
        study: The study.
        words: Words of the report.
    """
    sentences = [floor_sentence(study, curve, words) for curve in study.arms]
    if study.claim.verdict == "supported" and _change(study.control, study.depths, words)[0] != "rises":
        sentences.insert(0, words.sentences["depth"]["no_degradation"].format(control=study.control.name))
    return " ".join(filter(None, sentences))


def depth_points(study: DepthStudy, findings: Sequence[Finding], words: Words) -> tuple[str, ...]:
    """Return what the first screen says beside the verdict: both rises, test accuracy, networks that never learned.

    Args:
        study: The study.
        findings: Results of each depth of the study.
        words: Words of the report.
    """
    return tuple(
        filter(None, (_rises(study, words), _test_accuracy(study, findings, words), idle_sentence(study, words)))
    )


def _rises(study: DepthStudy, words: Words) -> str:
    """Return the rise of the training error of each arm, with its error at both ends, over seeds that have both."""
    text, these = words.sentences["depth_points"], []
    for curve in study.arms:
        if curve.rise is not None:
            ends = (curve.errors["train"][depth] for depth in (study.depths[0], study.depths[-1]))
            first, last = (number(fmean(of[seed] for seed in curve.rises), "points") for of in ends)
            rise = signed(curve.rise.mean, "points")
            these.append(text["rise_of"].format(arm=curve.name, rise=rise, first=first, last=last))
    if not these:
        return ""
    return str(text["rises_of_both"].format(first=study.depths[0], last=study.depths[-1], these="; ".join(these)))


def _test_accuracy(study: DepthStudy, findings: Sequence[Finding], words: Words) -> str:
    """Return the verdicts on test accuracy with their depths, and where the last checkpoint gives another one."""
    text = words.sentences["depth_points"]["test_accuracy"]
    by_verdict: dict[str, list[str]] = {}
    for finding in findings:
        verdict = accuracy_claim(finding.claims).verdict
        by_verdict.setdefault(verdict, []).append(str(finding.axis_value[DEPTH]))
    if not by_verdict:
        return ""
    said = []
    for verdict, depths in by_verdict.items():
        where = "at" if len(by_verdict) > 1 or len(depths) == 1 else "every" if verdict in DECIDED else "any"
        name = text["verdicts"].get(verdict, words.verdict(verdict)).format(treated=study.treated.name)
        said.append(text[where].format(verdict=name, depths=", ".join(depths)))
    others = []
    for finding in findings:
        claim = accuracy_claim(finding.claims)
        tested = claim.is_decided or claim.verdict == "undecided"
        if tested and claim.beside is not None and claim.beside.has_spread and claim.verdict_beside != claim.verdict:
            verdict = words.verdict(claim.verdict_beside)
            others.append(text["other"].format(depth=finding.axis_value[DEPTH], verdict=verdict))
    return " ".join([text["text"].format(these="; ".join(said)), *others])


def idle_sentence(study: DepthStudy, words: Words) -> str:
    """Return how many of the deepest networks of the arm that rises more are no better than the most frequent class.

    Args:
        study: The study.
        words: Words of the report.
    """
    if study.claim.interval is None or not study.claim.interval.mean:
        return ""
    curve = study.control if study.claim.interval.mean < 0 else study.treated
    errors, floor = curve.errors["train"][study.depths[-1]].values(), study.majority_error("train")
    idle = sum(error >= floor - _NEAR for error in errors)
    if not idle:
        return ""
    template = words.sentences["depth_points"]["idle" if idle < len(errors) else "all_idle"]
    counts = {"last": study.depths[-1], "k": idle, "n": len(errors)}
    return str(template.format(arm=curve.name, name=study.chance["train"].name, **counts))


def floor_sentence(study: DepthStudy, curve: DepthCurve, words: Words) -> str:
    """Return that the deepest networks of an arm are no better than the most frequent class; empty if they are better.

    Args:
        study: The study.
        curve: One of its arms.
        words: Words of the report.
    """
    deepest, text = study.depths[-1], words.sentences["depth"]
    errors, floor = list(curve.errors["train"][deepest].values()), study.majority_error("train")
    if not errors or fmean(errors) < floor - _NEAR:
        return ""
    sentence: str = text["floor"].format(
        last=deepest,
        arm=curve.name,
        error=number(fmean(errors), "points"),
        floor=number(floor, "points"),
        images=words.report["depth"]["images"][study.chance["train"].split],
    )
    return sentence


def _change(curve: DepthCurve, depths: Sequence[int], words: Words) -> tuple[str, str]:
    """Return whether the training error of an arm rises with depth, and a sentence on it; empty without seeds."""
    interval, text = curve.rise, words.sentences
    if interval is None:
        return "unknown", ""
    decided = interval.side if interval.n >= FEWEST_PAIRS else 0
    change = {1: "rises", -1: "falls", 0: {1: "higher", -1: "lower", 0: "equal"}[interval.sign]}[decided]
    spread = ""
    if interval.has_spread:
        spread = text["spread_of_one"].format(sd=number(interval.sd, "points"), **ends(interval, "points"))
    sentence = text["depth"][change].format(
        arm=curve.name,
        first=depths[0],
        last=depths[-1],
        size=size(interval.mean, "points", text),
        seeds=text["seeds"]["one" if interval.n == 1 else "more"].format(n=interval.n),
        spread=spread,
    )
    return change, sentence
