"""Sentences about degradation with depth: the verdict, and the change of the training error of each arm."""

from collections.abc import Sequence
from statistics import fmean

from resnet_lab.comparison.claims import FEWEST_PAIRS
from resnet_lab.comparison.degradation import DepthCurve, DepthStudy
from resnet_lab.report.number_texts import ends, number, size
from resnet_lab.report.sentences import claim_sentences
from resnet_lab.report.words import Words

_NEAR = 0.01
"""Networks whose error is at least this close to that of the most frequent class have learned next to nothing."""


def depth_sentences(study: DepthStudy, words: Words) -> str:
    """Return the paragraph on degradation: the verdict, the change of each arm's training error, and its limits.

    Args:
        study: The study.
        words: Words of the report.
    """
    control, treated = study.arms
    sentences = [claim_sentences(study.claim, (control.name, treated.name), words)]
    changes = [_change(curve, study.depths, words) for curve in study.arms]
    sentences += [sentence for _, sentence in changes]
    if study.claim.verdict == "supported" and changes[0][0] != "rises":
        sentences.append(words.sentences["depth"]["no_degradation"].format(control=control.name))
    sentences += [floor_sentence(study, curve, words) for curve in study.arms]
    return " ".join(filter(None, sentences))


def floor_sentence(study: DepthStudy, curve: DepthCurve, words: Words) -> str:
    """Return that the deepest networks of an arm are no better than the most frequent class; empty if they are better.

    Args:
        study: The study.
        curve: One of its arms.
        words: Words of the report.
    """
    deepest = study.depths[-1]
    errors = list(curve.errors["train"][deepest].values())
    if not errors or fmean(errors) < study.majority_error - _NEAR:
        return ""
    sentence: str = words.sentences["depth"]["floor"].format(
        last=deepest,
        arm=curve.name,
        error=number(fmean(errors), "points"),
        floor=number(study.majority_error, "points"),
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
