"""Sentences about claims, trained networks and times; they follow the sign and the strength of what was found."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from statistics import fmean

from resnet_lab.comparison.claims import ALPHA, FEWEST_PAIRS, UNJUDGED, Claim
from resnet_lab.comparison.convergence import Reached, TimeToFinal
from resnet_lab.comparison.families import primary_claim
from resnet_lab.comparison.net_pairs import NetPair
from resnet_lab.report.number_texts import ends, factor_text, fixed_value, number, p_text, signed, size
from resnet_lab.report.tuning_sentences import second_sentences
from resnet_lab.report.uncertainty_sentences import spread_text, why_undecided
from resnet_lab.report.words import Words
from resnet_lab.statistics.mcnemar import FEWEST_DISCORDANT


def claim_sentences(claim: Claim, arms: tuple[str, str], words: Words, seeds: Collection[int] = ()) -> str:
    """Return the paragraph on a claim: the verdict, and its details.

    Args:
        claim: The claim with its verdict.
        arms: Names of the control and of the treated arm.
        words: Words of the report.
        seeds: Seeds of all pairs. Those that the claim leaves out are named.
    """
    return " ".join([verdict_sentence(claim, arms, words), *claim_details(claim, arms, words, seeds)])


def claim_details(claim: Claim, arms: tuple[str, str], words: Words, seeds: Collection[int] = ()) -> list[str]:
    """Return the sentences behind a verdict: the difference, the tests, and the limits of the measure.

    Args:
        claim: The claim with its verdict.
        arms: Names of the control and of the treated arm.
        words: Words of the report.
        seeds: Seeds of all pairs. Those that the claim leaves out are named.
    """
    own = words.claims[claim.key]
    sentences = []
    if claim.interval is not None:
        sentences.append(difference_sentence(claim, arms, words))
        if claim.against is not None:
            sentences.append(_mean_sentence(claim, "treated", arms, words))
        sentences += [*second_sentences(claim, arms, words), *_left_out(claim, seeds, words)]
        sentences += [*why_undecided(claim, words), *_beside(claim, words), *_tests(claim, words)]
    if "note" in own:
        sentences.append(own["note"].format(**_names(arms), **_fixed(claim, words)))
    return sentences


def has_too_few(claim: Claim) -> bool:
    """Return whether a claim is undecided because it has too few pairs for any verdict."""
    return claim.verdict == "undecided" and len(claim.seeds) < FEWEST_PAIRS


def verdict_sentence(claim: Claim, arms: tuple[str, str], words: Words) -> str:
    """Return the verdict on a claim as a sentence about the arms.

    Args:
        claim: The claim with its verdict.
        arms: Names of the control and of the treated arm.
        words: Words of the report.
    """
    own, key = words.claims[claim.key], _verdict_key(claim)
    template = own[key] if key in own else words.sentences["verdict"][key]
    worth = "" if claim.worth is None else size(claim.worth, claim.unit, words.sentences)
    return str(
        template.format(name=own["name"], measure=own["measure"], worth=worth, **_names(arms), **_fixed(claim, words))
    )


def difference_sentence(claim: Claim, arms: tuple[str, str], words: Words, *, in_short: bool = False) -> str:
    """Return the value that decides a claim: the mean difference of the arms, or the mean value of the control.

    Args:
        claim: A claim with values.
        arms: Names of the control and of the treated arm.
        words: Words of the report.
        in_short: Whether to leave out standard deviation and intervals, and of a difference the number of pairs too.
    """
    if claim.against is not None:
        return _mean_sentence(claim, "control", arms, words, spread=not in_short)
    interval, text = claim.interval, words.sentences
    assert interval is not None
    sign = {1: "higher", -1: "lower", 0: "equal"}[interval.sign]
    pairs = len(claim.seeds)
    template: str = (words.report["why"] if in_short else text)["difference"][sign]
    return template.format(
        more=words.claims[claim.key].get("more", text["more"]).get(sign, ""),
        **_names(arms),
        pairs=text["pairs"]["one" if pairs == 1 else "more"].format(n=pairs),
        measure=words.claims[claim.key]["measure"],
        size=size(interval.mean, claim.unit, text),
        spread="" if in_short else spread_text(claim, words),
    )


def beside_sentence(claim: Claim, words: Words) -> str:
    """Return the difference at the last checkpoint and, for a tested claim, whether it would change the verdict.

    Args:
        claim: A claim with ``beside``.
        words: Words of the report.
    """
    interval, verdict, text = claim.beside, claim.verdict_beside, words.sentences
    assert interval is not None
    tested = (claim.is_decided or claim.verdict == "undecided") and not has_too_few(claim)
    kind = "untested" if not tested else "same" if verdict == claim.verdict else "other"
    shown = text["ends"].format(**ends(interval, claim.unit)) if interval.has_spread else ""
    sentence: str = text["beside"][kind].format(
        difference=text["size"][claim.unit].format(value=signed(interval.mean, claim.unit)),
        interval=shown,
        verdict=words.verdict(verdict),
    )
    return sentence


def limits(claims: Sequence[Claim], words: Words) -> str:
    """Return the limits of the verdicts on claims; of fewer pairs than a verdict needs, those of the differences.

    Args:
        claims: Claims of one contrast.
        words: Words of the report.
    """
    text, found = words.sentences["conclusion"], {claim.verdict for claim in claims if len(claim.seeds) >= FEWEST_PAIRS}
    parts = [text[f"meaning_{verdict}"] for verdict in ("undecided", "not_tested") if verdict in found]
    judged = any(len(claim.seeds) >= FEWEST_PAIRS for claim in claims)
    parts.append(text[f"limits_{primary_claim(claims).about}" if judged else "limits_too_few"])
    return " ".join([*parts, text["limits"]])


def net_pair_sentence(pair: NetPair, arms: tuple[str, str], words: Words) -> str:
    """Return the comparison of the two trained networks of one seed on the test images; it is about these two only.

    Args:
        pair: The two networks, compared image by image.
        arms: Names of the control and of the treated arm.
        words: Words of the report.
    """
    text, names = words.sentences["nets"], _names(arms)
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


def time_sentences(times: Sequence[TimeToFinal], arms: tuple[str, str], words: Words) -> str:
    """Return the time to the control's final accuracy, one sentence per seed, and why it carries no verdict.

    Args:
        times: Times as :func:`~resnet_lab.comparison.convergence.times_to_final` returns them; without any, the text is
            empty.
        arms: Names of the control and of the treated arm.
        words: Words of the report.
    """
    text, names = words.sentences["times"], _names(arms)

    def when(role: str, reached: Reached | None) -> dict[str, str]:
        if reached is None:
            return {}
        minutes = (
            ""
            if reached.minutes is None
            else text["minutes"].format(minutes=f"{reached.minutes:{'.1f' if reached.minutes >= 1 else '.2g'}}")
        )
        return {f"{role}_epoch": str(reached.epoch), f"{role}_minutes": minutes}

    sentences = [
        text["never" if time.treated is None else "reached"].format(
            **names,
            seed=time.seed,
            level=f"{time.level:.4f}",
            **when("control", time.control),
            **when("treated", time.treated),
            epochs=time.epochs,
        )
        for time in times
    ]
    return " ".join([*sentences, text["note"].format(**names)]) if sentences else ""


def _names(arms: tuple[str, str]) -> dict[str, str]:
    return dict(zip(("control", "treated"), arms, strict=True))


def _verdict_key(claim: Claim) -> str:
    """Return the key of the verdict sentence; for gradients that do not vanish, it also says whether they grow."""
    if claim.verdict != "contradicted" or claim.against is None or claim.interval is None:
        return claim.verdict
    highest = claim.interval.high
    return "exploded" if highest < -claim.against else "grown" if highest < 0 else claim.verdict


def _mean_sentence(claim: Claim, role: str, arms: tuple[str, str], words: Words, *, spread: bool = True) -> str:
    """Return the mean value of one arm as a factor; of the control also in its unit, with its interval if seeds differ.

    The interval is that of the named direction: of what is gained, if the arm gains.
    """
    interval, text = claim.interval, words.sentences
    assert interval is not None
    mean = interval.mean if role == "control" else fmean(claim.treated)
    times = factor_text(abs(mean))
    direction = "kept" if times == "1" else "lost" if mean > 0 else "gained"
    shown, ending = size(mean, claim.unit, text), ""
    if interval.has_spread and spread:
        gained = replace(interval, mean=-mean, low=-interval.high, high=-interval.low)
        both = ends(gained if direction == "gained" else interval, claim.unit)
        ending = text["spread_of_lost"].format(size=shown, sd=number(interval.sd, claim.unit), **both)
    elif spread:
        ending = f" ({shown})"
    template: str = words.claims[claim.key][f"in_{role}"][direction]
    sentence = template.format(**_names(arms), times=times, size=shown, spread=ending)
    if role == "control" and spread:
        return f"{text['seeds']['one' if interval.n == 1 else 'more'].format(n=interval.n)}, {sentence}"
    return f"{sentence[0].upper()}{sentence[1:]}"


def _left_out(claim: Claim, seeds: Collection[int], words: Words) -> list[str]:
    """Return the seeds of pairs that have no value of the measure, and the reason."""
    missing = [str(seed) for seed in seeds if seed not in claim.seeds]
    if not missing:
        return []
    template = words.sentences["left_out"]["one" if len(missing) == 1 else "more"]
    return [template.format(seeds=", ".join(missing), reason=words.claims[claim.key].get("no_value", ""))]


def _fixed(claim: Claim, words: Words) -> dict[str, str]:
    return fixed_value(claim.against, claim.unit, words.sentences)


def _beside(claim: Claim, words: Words) -> list[str]:
    return [] if claim.beside is None else [beside_sentence(claim, words)]


def _tests(claim: Claim, words: Words) -> list[str]:
    """Return the test of the interval, if the values differ, and the permutation test; nothing for a single pair."""
    text, sentences = words.sentences, []
    if claim.verdict in UNJUDGED:
        return []
    if claim.p is not None and claim.p_holm is not None:
        which = "primary" if claim.tested_with == 1 else "holm"
        tests = text["tests" if claim.against is None else "tests_level"]
        numbers = {"p": p_text(claim.p), "p_holm": p_text(claim.p_holm), "family": claim.tested_with}
        sentences = [tests[which].format(**numbers, **_fixed(claim, words))]
    if claim.permutation is not None and len(claim.seeds) > 1:
        sentences.append(text["tests"]["permutation"].format(p=p_text(claim.permutation.p)))
    return sentences


def permutation_limit(claims: Sequence[Claim], words: Words) -> str:
    """Return the smallest p that the permutation test over seeds can give; empty without such a test.

    Args:
        claims: Claims of one contrast.
        words: Words of the report.
    """
    text = words.sentences["tests"]
    tested = [claim for claim in claims if claim.permutation is not None and len(claim.seeds) > 1]
    if not tested:
        return ""
    most = max(tested, key=lambda claim: len(claim.seeds))
    assert most.permutation is not None
    smallest = most.permutation.smallest
    template = text["powerless" if smallest >= ALPHA else "smallest"]
    return str(template.format(n=len(most.seeds), smallest=f"{smallest:.3g}"))
