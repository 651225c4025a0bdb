"""Sentences about degradation with depth: the verdict, and what the training error of each arm does by itself."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from resnet_lab.comparison.claims import FEWEST_PAIRS
from resnet_lab.comparison.degradation import DepthCurve, DepthStudy
from resnet_lab.report.number_texts import ends, number, size
from resnet_lab.report.words import claim_sentences, texts

_NEAR = 0.01
"""So near to the error of the most frequent class, nets are said to have learned next to nothing."""


def depth_sentences(study: DepthStudy, language: str) -> str:
    """Return what a depth study says to the claim on degradation, and what each arm's own training error does.

    Args:
        study: The study.
        language: One of ``LANGUAGES``.
    """
    text = texts(language)
    control, treated = study.arms
    sentences = [claim_sentences(study.claim, (control.name, treated.name), language)]
    changes = [_change(curve, study.depths, text) for curve in study.arms]
    sentences += [sentence for _, sentence in changes]
    if study.claim.verdict == "supported" and changes[0][0] != "rises":
        sentences.append(text["depth"]["no_degradation"].format(control=control.name))
    sentences += [floor_sentence(study, curve, language) for curve in study.arms]
    return " ".join(filter(None, sentences))


def floor_sentence(study: DepthStudy, curve: DepthCurve, language: str) -> str:
    """Return that the deepest nets of an arm do no better than the most frequent class; empty where they do.

    Args:
        study: The study.
        curve: One of its arms.
        language: One of ``LANGUAGES``.
    """
    deepest = study.depths[-1]
    errors = list(curve.errors["train"][deepest].values())
    if not errors or fmean(errors) < study.majority_error - _NEAR:
        return ""
    sentence: str = texts(language)["depth"]["floor"].format(
        last=deepest,
        arm=curve.name,
        error=number(fmean(errors), "points"),
        floor=number(study.majority_error, "points"),
    )
    return sentence


def _change(curve: DepthCurve, depths: Sequence[int], text: Mapping[str, Any]) -> tuple[str, str]:
    """Return whether training error of an arm rises with depth, and a sentence on it; empty without seeds."""
    interval = curve.rise
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
