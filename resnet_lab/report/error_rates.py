"""Sentences on what all verdicts of a page mean: the populations, the looks, and the error rate of each family."""

from resnet_lab.comparison.families import primary_claim
from resnet_lab.comparison.questions import DEGRADATION
from resnet_lab.comparison.results import Results
from resnet_lab.program import command_line
from resnet_lab.report.document import Notice
from resnet_lab.report.number_texts import size
from resnet_lab.report.words import Words


def populations(results: Results, words: Words) -> str:
    """Return the populations that the intervals of the page are about."""
    found = {claim.about for finding in results.findings for claim in finding.claims if claim.seeds}
    texts = words.report["effect"]["populations"]
    return " ".join(texts[about] for about in ("new_images", "folds", "these_images") if about in found)


def error_rates(results: Results, words: Words) -> str:
    """Return the error rate of each family of claims on the page, and the number of looks that it holds for."""
    texts, procedure = words.report["effect"]["error_rates"], results.procedure
    plan, contrasts = procedure.plan, len(results.findings)
    if plan is None:
        recorded = recorded_plans(results)
        sentences = [texts["not_applied" if recorded else "no_plan"].format(study=", ".join(recorded))]
    elif procedure.too_early:
        sentences = [texts["too_early"].format(study=plan.study, first=plan.looks[0])]
    elif procedure.look is not None and len(plan.looks) > 1:
        looks, level = ", ".join(map(str, plan.looks)), f"{100 * procedure.level:.3g}"
        sentences = [texts["look"].format(study=plan.study, looks=looks, look=procedure.look, level=level)]
    else:
        sentences = [texts["one_look"].format(study=plan.study)]
    sentences.append(texts["families"])
    primary = [claim for finding in results.findings if (claim := primary_claim(finding.claims)).primary]
    named = ", ".join(dict.fromkeys(words.claim(claim.key) for claim in primary))
    if plan is not None and DEGRADATION in plan.questions.values():
        sentences.append(texts["by_degradation"])
    if named:
        sentences.append(texts["first"].format(primary=named))
    shared = max(contrasts, len(plan.questions) // 2 if plan is not None else 1)
    if shared > 1:
        sentences.append(texts["contrasts"].format(n=shared))
    if results.depth_studies:
        sentences.append(texts["degradation"])
    if results.ladder is not None:
        sentences.append(texts["ladder"])
    total = 10 + 5 * bool(results.depth_studies) + 10 * (results.ladder is not None)
    sentences.append(texts["total"].format(total=total))
    if plan is not None and plan.worth is not None:
        sentences.append(texts["worth"].format(worth=size(plan.worth, "points", words.sentences)))
    return " ".join(sentences)


def recorded_plans(results: Results) -> list[str]:
    """Return the studies whose plan some of the runs record."""
    plans = [run.status().plan for run in results.runs]
    return list(dict.fromkeys(plan.study for plan in plans if plan is not None))


def plan_notice(results: Results, words: Words) -> Notice | None:
    """Return the notice on a recorded plan that is not applied; None if there is none."""
    recorded = recorded_plans(results)
    if results.procedure.plan is not None or not recorded:
        return None
    text = words.report["notices"]["plan_not_applied"].format(study=", ".join(recorded))
    return Notice(text, commands=tuple(command_line("compare", f"{study}.yaml") for study in recorded), serious=True)
