"""Notice on runs that diverged: their number per arm, and the exact test over pairs."""

from resnet_lab.comparison.divergence import divergence
from resnet_lab.comparison.one_arm import AnyResults, OneArm
from resnet_lab.comparison.pairing import Contrast
from resnet_lab.report.document import Notice
from resnet_lab.report.words import Words


def divergence_notice(results: AnyResults, words: Words) -> Notice | None:
    """Return the notice, with one point per arm and test; None if no run diverged.

    Args:
        results: Results of both arms, or of one.
        words: Words of the report.
    """
    texts = words.report["notices"]["diverged"]
    if isinstance(results, OneArm):
        points = _of_one_arm(results, words)
    else:
        points = [point for contrast in results.pairing.contrasts if contrast.lost for point in _of(contrast, words)]
    return Notice(texts["text"], tuple(points), serious=True) if points else None


def _of(contrast: Contrast, words: Words) -> list[str]:
    texts, at = words.report["notices"]["diverged"], words.in_brackets(contrast.axis_value)
    numbered = zip(contrast.arms, contrast.diverged, contrast.trained, strict=True)
    points = [
        texts["arm"].format(arm=f"{arm}{at}", k=len(runs), n=n, runs=", ".join(runs))
        if runs
        else texts["none"].format(arm=f"{arm}{at}", n=n)
        for arm, runs, n in numbered
    ]
    outcomes, (control, treated) = divergence(contrast), contrast.arms
    counts = {"both": outcomes.both, "neither": outcomes.neither, "p": f"{outcomes.p:.3f}"}
    only = {"only_control": outcomes.only_control, "only_treated": outcomes.only_treated}
    return [*points, texts["test"].format(control=control, treated=treated, axis_value=at, **only, **counts)]


def _of_one_arm(results: OneArm, words: Words) -> list[str]:
    if not results.diverged:
        return []
    n = len(results.runs) + len(results.diverged)
    arms = ", ".join(dict.fromkeys(finding.arm.name for finding in results.findings))
    texts = words.report["notices"]["diverged"]
    return [texts["arm"].format(arm=arms, k=len(results.diverged), n=n, runs=", ".join(results.diverged))]
