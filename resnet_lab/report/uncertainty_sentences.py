"""Sentences about the uncertainty of a claim: its intervals, its parts, and the seeds and images that it would take."""

from resnet_lab.comparison.claims import FEWEST_PAIRS, Claim
from resnet_lab.report.number_texts import ends, fixed_value, number
from resnet_lab.report.words import Words


def interval_texts(claim: Claim, words: Words) -> list[str]:
    """Return the intervals of a difference, each with the population it is about: the interval that decides is first.

    Args:
        claim: A claim with values.
        words: Words of the report.
    """
    interval, text = claim.interval, words.sentences["intervals"]
    assert interval is not None
    if not interval.has_spread:
        return [text["one_pair" if interval.n == 1 else "no_spread"].format(n=interval.n)]
    counts = {"n": interval.n, "images": claim.uncertainty.images if claim.uncertainty else 0}
    texts = [text[claim.about].format(**ends(interval, claim.unit), **counts)]
    if claim.these_images is not None:
        texts.append(text["beside"].format(**ends(claim.these_images, claim.unit), **counts))
    return texts


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
    template = words.sentences["spread_of_folds" if claim.folds is not None else "spread"]
    return str(template.format(sd=sd, intervals="; ".join(interval_texts(claim, words))))


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
        reason = "few"
    elif not interval.has_spread:
        reason = "same_in_all"
    else:
        reason = "folds" if interval.side else "includes_zero"
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
    return str(
        text["shares"].format(
            **{name: f"{100 * share:.0f}" for name, share in shares.items()},
            more=text[more],
        )
    )
