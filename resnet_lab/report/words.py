"""Sentences about claims, in English and Indonesian: they follow the sign and the strength of what was found."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import yaml

from resnet_lab.comparison.claims import ALPHA, FEWEST_PAIRS, PRIMARY, VERDICTS, Claim
from resnet_lab.comparison.convergence import EpochsToBest
from resnet_lab.comparison.net_pairs import NetPair
from resnet_lab.report.number_texts import ends, fixed_value, number, p_text, signed, size
from resnet_lab.statistics.intervals import Interval
from resnet_lab.statistics.mcnemar import FEWEST_DISCORDANT

LANGUAGES = ("en", "id")
_FOLDER = Path(__file__).parent / "wording"
_MANY_SEEDS = 1000
_HALF = range(8, _MANY_SEEDS + 1)  # of the seeds needed: with fewer, a study decides more often


@cache
def texts(name: str) -> Mapping[str, Any]:
    """Return the texts of ``wording/<name>.yaml``; those of a language hold its part of ``wording/claims.yaml`` too."""
    content: dict[str, Any] = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    if name in LANGUAGES:
        content["claims"] = {claim: by_language[name] for claim, by_language in texts("claims").items()}
    return content


def claim_sentences(claim: Claim, arms: tuple[str, str], language: str) -> str:
    """Return what the runs say to a claim: the verdict, the difference behind it, the tests, and what limits it.

    Args:
        claim: The claim, judged.
        arms: Names of the control and of the treated arm.
        language: One of ``LANGUAGES``.
    """
    text = texts(language)
    own, names = text["claims"][claim.key], {**_names(arms), **_fixed(claim, text)}
    sentences = [own[_first_sentence(claim)].format(**names)]
    if claim.interval is not None:
        shown = _difference(claim, names, text) if claim.against is None else _control_and_treated(claim, names, text)
        sentences += [shown, *_why_undecided(claim, text), *_beside(claim, text), *_tests(claim, text)]
    if "note" in own:
        sentences.append(own["note"].format(**names))
    if "none" in own and claim.seeds and max(sum(claim.control), sum(claim.treated)) <= 0:
        sentences.append(own["none"])
    return " ".join(sentences)


def conclusion(claims: Sequence[Claim], arms: tuple[str, str], language: str) -> str:
    """Return one paragraph on all claims: the primary one with its figures, the others by verdict, and the limits.

    Args:
        claims: As :func:`~resnet_lab.comparison.claims.judge` returns them.
        arms: Names of the control and of the treated arm.
        language: One of ``LANGUAGES``.
    """
    text, names = texts(language), _names(arms)
    primary = next(claim for claim in claims if claim.key == PRIMARY)
    others = [claim for claim in claims if claim.key != PRIMARY]
    sentences = [text["conclusion"][primary.verdict].format(**names)]
    if primary.interval is not None:
        sentences += [_difference(primary, names, text), *_why_undecided(primary, text), *_beside(primary, text)]
    if primary.seeds_needed in _HALF:
        sentences.append(text["conclusion"]["half"])
    lists = []
    for verdict in VERDICTS:
        if named := [text["claims"][claim.key]["name"] for claim in others if claim.verdict == verdict]:
            lists.append(f"{text['verdicts'][verdict]}: {', '.join(named)}")
    sentences.append(text["conclusion"]["others"].format(lists="; ".join(lists)))
    if any(claim.verdict == "undecided" for claim in claims):
        sentences.append(text["conclusion"]["not_none"])
    sentences.append(text["conclusion"]["limits"])
    return " ".join(sentences)


def net_pair_sentence(pair: NetPair, arms: tuple[str, str], language: str) -> str:
    """Return what the test images say of the two trained nets of one seed, and of these only.

    Args:
        pair: The two nets, compared image by image.
        arms: Names of the control and of the treated arm.
        language: One of ``LANGUAGES``.
    """
    text, names = texts(language)["nets"], _names(arms)
    interval, discordant = pair.interval, pair.only_control + pair.only_treated
    if not discordant:
        return str(text["same"].format(seed=pair.seed, n=pair.n))
    counts = text["counts"].format(
        **names,
        seed=pair.seed,
        n=pair.n,
        only_control=pair.only_control,
        only_treated=pair.only_treated,
        difference=signed(interval.mean, "points"),
        p=p_text(pair.p),
        **ends(interval, "points"),
    )
    better = {1: "treated", -1: "control", 0: "neither"}[interval.side if pair.p < ALPHA else 0]
    split = [text["split"]] if (interval.side != 0) != (pair.p < ALPHA) else []
    rough = [text["few"]] if discordant < FEWEST_DISCORDANT else []
    return " ".join([counts, text[better].format(**names), *split, *rough])


def epochs_sentences(reached: Sequence[EpochsToBest], arms: tuple[str, str], language: str) -> str:
    """Return the epochs to the control's best, a sentence a seed, and why they carry no verdict; empty for no seed.

    Args:
        reached: As :func:`~resnet_lab.comparison.convergence.epochs_to_best` returns them.
        arms: Names of the control and of the treated arm.
        language: One of ``LANGUAGES``.
    """
    text, names = texts(language)["epochs"], _names(arms)
    sentences = [
        text["never" if one.treated is None else "reached"].format(
            **names,
            seed=one.seed,
            level=f"{one.level:.4f}",
            control_epoch=one.control,
            treated_epoch=one.treated,
            epochs=one.epochs,
        )
        for one in reached
    ]
    return " ".join([*sentences, text["note"].format(**names)]) if sentences else ""


def _names(arms: tuple[str, str]) -> dict[str, str]:
    return dict(zip(("control", "treated"), arms, strict=True))


def _difference(claim: Claim, names: Mapping[str, str], text: Mapping[str, Any]) -> str:
    """Return the mean difference in words, with spread and interval where the pairs show a spread."""
    interval = claim.interval
    assert interval is not None
    sign = {1: "higher", -1: "lower", 0: "equal"}[interval.sign]
    pairs = text["pairs"]["one" if interval.n == 1 else "more"].format(n=interval.n)
    spread = ""
    if interval.has_spread:
        sd = number(interval.sd, claim.unit)
        spread = text["spread"].format(sd=sd, **ends(interval, claim.unit))
    sentence: str = text["difference"][sign].format(
        **names,
        pairs=pairs,
        measure=text["claims"][claim.key]["measure"],
        size=size(interval.mean, claim.unit, text),
        spread=spread,
    )
    return sentence


def _control_and_treated(claim: Claim, names: Mapping[str, str], text: Mapping[str, Any]) -> str:
    """Return the control's mean figure in words, with spread and interval, and beside it that of the treated arm."""
    interval = claim.interval
    assert interval is not None
    own = text["claims"][claim.key]

    def told(mean: float, arm: str) -> str:
        way = "lost" if mean > 0 else "gained" if mean < 0 else "kept"
        return str(own[arm][way].format(**names, size=size(mean, claim.unit, text), seeds=seeds, spread=spread))

    seeds = text["seeds"]["one" if interval.n == 1 else "more"].format(n=interval.n)
    spread = ""
    if interval.has_spread:
        spread = text["spread_of_lost"].format(sd=number(interval.sd, claim.unit), **ends(interval, claim.unit))
    return f"{told(interval.mean, 'in_control')} {told(fmean(claim.treated), 'in_treated')}"


def _why_undecided(claim: Claim, text: Mapping[str, Any]) -> list[str]:
    """Return what keeps a claim undecided, and how many pairs a difference like this one would need."""
    if claim.verdict != "undecided" or claim.interval is None:
        return []
    why = text["undecided" if claim.against is None else "undecided_level"]
    numbers = {"needed": claim.seeds_needed, **_fixed(claim, text)}
    return [why[reason].format(**numbers) for reason in _reasons(claim.interval, claim.seeds_needed)]


def _reasons(interval: Interval, needed: int | None) -> list[str]:
    """Return the keys of the sentences on an undecided claim."""
    few = ["few"] if interval.n < FEWEST_PAIRS else []
    if interval.n == 1:
        return [*few, "no_spread"]
    if not interval.has_spread:
        return [*few, "same_in_all"]
    [reason] = few or ["includes_zero"]
    if needed is None:
        return [reason, "no_difference"]
    return [reason, "many" if needed > _MANY_SEEDS else "needed"]


def _fixed(claim: Claim, text: Mapping[str, Any]) -> dict[str, str]:
    return fixed_value(claim.against, claim.unit, text)


def _first_sentence(claim: Claim) -> str:
    """Return the key of a claim's first sentence: its verdict; of gradients that do not vanish, whether they grow."""
    if claim.verdict != "contradicted" or claim.against is None or claim.interval is None:
        return claim.verdict
    highest = claim.interval.high
    return "exploded" if highest < -claim.against else "grown" if highest < 0 else claim.verdict


def _beside(claim: Claim, text: Mapping[str, Any]) -> list[str]:
    """Return what the last checkpoint says in place of the best one, and whether the verdict hangs on the choice."""
    if claim.beside is None:
        return []
    interval, verdict = claim.beside, claim.verdict_beside
    shown = text["ends"].format(**ends(interval, claim.unit)) if interval.has_spread else ""
    return [
        text["beside"]["same" if verdict == claim.verdict else "other"].format(
            difference=text["size"][claim.unit].format(value=signed(interval.mean, claim.unit)),
            interval=shown,
            verdict=text["verdicts"][verdict],
        )
    ]


def _tests(claim: Claim, text: Mapping[str, Any]) -> list[str]:
    """Return the paired t test, if there is a spread, and the permutation test; of a single pair neither."""
    said = []
    if claim.p is not None and claim.p_holm is not None:
        which = "primary" if claim.family == 1 else "holm"
        tests = text["tests" if claim.against is None else "tests_level"]
        numbers = {"p": p_text(claim.p), "p_holm": p_text(claim.p_holm), "family": claim.family}
        said = [tests[which].format(**numbers, **_fixed(claim, text))]
    if claim.permutation is not None and len(claim.seeds) > 1:
        smallest = claim.permutation.smallest
        template = text["tests"]["powerless" if smallest >= ALPHA else "permutation"]
        said.append(template.format(p=p_text(claim.permutation.p), n=len(claim.seeds), smallest=f"{smallest:.3g}"))
    return said
