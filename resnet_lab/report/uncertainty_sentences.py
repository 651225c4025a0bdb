"""Sentences about the uncertainty of a claim: its intervals, its parts, and the seeds and images that it would take."""

from resnet_lab.comparison.claims import FEWEST_PAIRS, Claim
from resnet_lab.comparison.questions import UNITS
from resnet_lab.report.number_texts import ends, fixed_value, number
from resnet_lab.report.words import Words


def interval_texts(claim: Claim, words: Words) -> list[str]:
    """Return the intervals of a difference, each with the population it is about: the interval that decides is first.

    The first one says whether it contains the value that the claim is held against.

    Args:
        claim: A claim with values.
        words: Words of the report.
    """
    interval, text = claim.interval, words.sentences["intervals"]
    assert interval is not None
    if not interval.has_spread:
        return [text["one_pair" if interval.n == 1 else "no_spread"].format(n=interval.n)]
    key = "excludes" if interval.side else "contains"
    contains = text[key].format(value=number_held_against(claim))
    decides = contains if interval.n < FEWEST_PAIRS else text["decides"].format(contains=contains)
    return [
        text["line"].format(population=population[0].upper() + population[1:], ending=ending, **shown)
        for (population, shown), ending in zip(_intervals(claim, words), (decides, text["beside"]), strict=False)
    ]


def number_held_against(claim: Claim) -> str:
    """Return the value that a claim's interval is held against, in the unit of the claim: 0, or a fixed value."""
    return f"{UNITS[claim.unit].scale * (claim.against or 0):g}"


def _intervals(claim: Claim, words: Words) -> list[tuple[str, dict[str, str]]]:
    """Return the population of each interval of a claim, and the interval's level and ends; of equal intervals one."""
    assert claim.interval is not None
    text = words.sentences["intervals"]["populations"]
    images = f"{claim.uncertainty.images:,}" if claim.uncertainty else ""
    found = [(text[claim.about].format(images=images, n=claim.folds), ends(claim.interval, claim.unit))]
    if claim.these_images is not None:
        beside = ends(claim.these_images, claim.unit)
        if beside == found[0][1]:
            return [(text["equal"].format(population=found[0][0]), beside)]
        found.append((text["beside"].format(images=images), beside))
    return found


def spread_text(claim: Claim, words: Words) -> str:
    """Return standard deviation and intervals of a difference, in brackets; empty without a spread.

    Args:
        claim: A claim with values.
        words: Words of the report.
    """
    assert claim.interval is not None
    if not claim.interval.has_spread:
        return ""
    sd = number(claim.interval.sd, claim.unit)
    template, text = words.sentences["spread_of_folds" if claim.folds is not None else "spread"], words.sentences
    intervals = (text["interval_of"].format(population=of, **shown) for of, shown in _intervals(claim, words))
    return str(template.format(sd=sd, intervals="; ".join(intervals)))


def why_undecided(claim: Claim, words: Words) -> list[str]:
    """Return why a claim is undecided, and the seeds and images that would find a difference; empty if it is decided.

    Args:
        claim: The claim.
        words: Words of the report.
    """
    interval = claim.interval
    if claim.verdict != "undecided" or interval is None:
        return []
    why = words.sentences["undecided" if claim.against is None else "undecided_level"]
    fixed = fixed_value(claim.against, claim.unit, words.sentences)
    if claim.second is not None and claim.second.first_verdict != claim.second.verdict:
        return planning_sentences(claim, words)  # the sentence on both comparisons says why
    if interval.n < FEWEST_PAIRS:
        return planning_sentences(claim, words)  # the answer says once for all claims that the pairs are too few
    reason = "same_in_all" if not interval.has_spread else "folds" if interval.side else "includes_zero"
    return [why[reason].format(**fixed), *planning_sentences(claim, words)]


def planning_sentences(claim: Claim, words: Words) -> list[str]:
    """Return the seeds and images that would find a difference worth having; empty if nothing is planned.

    Args:
        claim: The claim.
        words: Words of the report.
    """
    needed, parts = claim.needed, claim.uncertainty
    if needed is None or parts is None:
        return []
    text = words.sentences["planning"]
    numbers = {
        "difference": words.sentences["size"][claim.unit].format(value=f"{100 * needed.difference:g}"),
        "power": f"{100 * needed.power:g}",
        "seeds": needed.seeds or text["many"],
        "images": f"{needed.images:,}",
        "at_hand": f"{parts.images:,}",
    }
    found = text["these_images" if needed.enough_at_hand else "more_images"].format(**numbers)
    return [text["forbidden"].format(**numbers), found] if claim.images_forbid else [found]


def parts_sentence(claim: Claim, words: Words) -> str:
    """Return the shares of images and seeds in the uncertainty, and how to lower it; empty without values per image.

    Args:
        claim: The claim.
        words: Words of the report.
    """
    parts = claim.uncertainty
    if parts is None:
        return ""
    text = words.sentences["parts"]
    shares = {"images": parts.share_of_images, "seeds": parts.share_of_seeds, "both": parts.share_of_both}
    more = max(shares, key=shares.__getitem__)
    percent = {name: f"{100 * share:.0f}" for name, share in shares.items()}
    return str(text["shares"].format(**percent, more=text[more]))
