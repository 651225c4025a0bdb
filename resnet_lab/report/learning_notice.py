"""Notice on networks that have learned nothing: no better than always predicting the most frequent class."""

from resnet_lab.comparison.chance_level import chance_level, without_learning
from resnet_lab.comparison.one_arm import AnyResults
from resnet_lab.comparison.results import HEADLINE, Results
from resnet_lab.report.document import Notice
from resnet_lab.report.words import Words


def learning_notice(results: AnyResults, words: Words) -> Notice | None:
    """Return the notice, with one point per setting; None if every network learned something.

    Args:
        results: Results of both arms, or of one.
        words: Words of the report.
    """
    texts, points, learned = words.report["notices"]["nothing_learned"], [], False
    for finding in results.findings:
        runs = [run for arm in finding.arms for run in arm.runs.values()]
        idle = without_learning(runs, HEADLINE)
        learned = learned or len(idle) < len(runs)
        if idle:
            chance = chance_level(runs[0])
            key = "all" if len(idle) == len(runs) else "some"
            points.append(
                texts[key].format(
                    axis_value=words.in_brackets(finding.axis_value),
                    arms=", ".join(arm.name for arm in finding.arms),
                    runs=", ".join(run.label for run in idle),
                    name=chance.name,
                    share=f"{100 * chance.share:.1f}",
                )
            )
    text = texts["some_networks" if learned else "no_network"]
    if learned and isinstance(results, Results) and results.depth_studies:
        text = f"{text} {texts['by_depth']}"
    return Notice(text, tuple(points), serious=not learned) if points else None
