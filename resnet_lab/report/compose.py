"""Composition of a report: the document on the results of a comparison."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count

from resnet_lab.comparison.conditions import PACKAGE, unrecorded_versions
from resnet_lab.comparison.one_arm import AnyResults, OneArm
from resnet_lab.comparison.results import Results
from resnet_lab.report.cards import accuracy_card, degradation_card, diverged_card, effect_card, gap_card
from resnet_lab.report.divergence_notice import divergence_notice
from resnet_lab.report.document import Block, Document, Heading, Notice
from resnet_lab.report.error_rates import plan_notice
from resnet_lab.report.learning_notice import learning_notice
from resnet_lab.report.sections.classes import classes_section
from resnet_lab.report.sections.effect import effect_section
from resnet_lab.report.sections.images import images_section
from resnet_lab.report.sections.inside import inside_section
from resnet_lab.report.sections.ladder import ladder_section
from resnet_lab.report.sections.metrics import metrics_section
from resnet_lab.report.sections.mistakes import mistakes_section
from resnet_lab.report.sections.one_arm import no_verdict
from resnet_lab.report.sections.setting import setting_section
from resnet_lab.report.sections.training_curves import curves_section
from resnet_lab.report.tuning_sentences import tuning_notice
from resnet_lab.report.words import Words
from resnet_lab.runs import Run
from resnet_lab.runs.digests import lacks_digests
from resnet_lab.runs.divergence import has_diverged
from resnet_lab.statistics.mean_sd import MISSING


def compose(results: AnyResults, words: Words, *, pictures: bool) -> Document:
    """Return the report on a comparison, or on one arm alone.

    Args:
        results: Results of both arms, or of one.
        words: Words of the report's language.
        pictures: Whether to show pictures of test images, if the photographs can still be read.
    """
    if isinstance(results, OneArm):
        return _on_one_arm(results, words.of_one_arm(), pictures=pictures)
    pairing, plan = results.pairing, results.procedure.plan
    control, treated = (", ".join(dict.fromkeys(of.arms[side] for of in pairing.contrasts)) for side in (0, 1))
    left_out = {
        "unpaired": [run for contrast in pairing.contrasts for run in contrast.unpaired],
        "alone": pairing.alone,
        "off_plan": [f"{run.run} ({words.report['notices']['reasons'][run.reason]})" for run in results.off_plan],
        "beyond": results.beyond,
    }
    ladder = results.ladder
    return Document(
        words.language,
        words.report["title"].format(control=control, treated=treated)
        if ladder is None
        else words.ladder["title"].format(start=ladder.start.name, end=ladder.end.name),
        _subtitle(results, words),
        (
            *filter(None, (gap_card(one, words) for one in (ladder,) if one is not None)),
            *filter(None, (degradation_card(study, words, plan) for study in results.depth_studies)),
            *(effect_card(finding, words, plan) for finding in results.findings),
            *(diverged_card(contrast, words) for contrast in results.all_diverged),
        ),
        tuple(_notices(results, words, left_out)),
        _numbered(_sections(results, words, pictures=pictures)),
        opening=_opening(results, words),
    )


def _opening(results: AnyResults, words: Words) -> tuple[Notice, ...]:
    """Return what stands above all results: idle networks, diverged runs, a plan not applied, and tuned values."""
    of_arms = (plan_notice(results, words), tuning_notice(results, words)) if isinstance(results, Results) else ()
    return tuple(filter(None, (learning_notice(results, words), divergence_notice(results, words), *of_arms)))


def _sections(results: Results, words: Words, *, pictures: bool) -> list[Block]:
    """Return the sections; none if every pair has a diverged run, since nothing else was measured in pairs.

    The report on a ladder is short: the ladder, the effect between its ends, and the setting.
    """
    ladder = [] if results.ladder is None else ladder_section(results.ladder, words)
    if not results.findings:
        return ladder
    if ladder:
        return [*ladder, *effect_section(results, words), *setting_section(results, words)]
    return [
        *metrics_section(results, words),
        *curves_section(results, words),
        *effect_section(results, words),
        *setting_section(results, words),
        *classes_section(results, words),
        *images_section(results, words, pictures=pictures),
        *inside_section(results, words),
    ]


def _on_one_arm(results: OneArm, words: Words, *, pictures: bool) -> Document:
    """Return the report on one arm alone: the sections that need no partner, and how to train the partner."""
    return Document(
        words.language,
        words.report["title"].format(arm=", ".join(dict.fromkeys(finding.arm.name for finding in results.findings))),
        _subtitle(results, words),
        tuple(accuracy_card(finding, words) for finding in results.findings),
        tuple(_notices(results, words, {})),
        _numbered(
            (
                *metrics_section(results, words),
                *curves_section(results, words),
                *classes_section(results, words),
                *mistakes_section(results, words, pictures=pictures),
                *inside_section(results, words),
                *setting_section(results, words),
            )
        ),
        opening=(*_opening(results, words), no_verdict(results, words)),
    )


def _subtitle(results: AnyResults, words: Words) -> str:
    statuses = [run.status() for run in _shown(results)]
    counted, n = (
        ("pairs", sum(len(of.seeds) for of in results.findings)) if results.findings else ("runs", len(statuses))
    )
    epochs = {run.status().max_epochs if has_diverged(run) else run.status().epochs for run in _shown(results)}
    days = sorted({status.started[:10] for status in statuses})
    subtitle: str = words.report["subtitle"].format(
        pairs=words.report[counted]["one" if n == 1 else "more"].format(n=n),
        epochs=", ".join(map(str, sorted(filter(None, epochs)))),
        root=", ".join(dict.fromkeys(status.root for status in statuses)),
        days=days[0] if len(days) == 1 else f"{days[0]} … {days[-1]}",
    )
    return subtitle


def _shown(results: AnyResults) -> Sequence[Run]:
    """Return the runs that are measured; if every pair has a diverged run, those of the pairs."""
    return results.runs or (results.pairing.partners if isinstance(results, Results) else [])


def _numbered(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Return the blocks with a number before the heading of each section, from 1."""
    numbers = count(1)
    return tuple(
        replace(block, text=f"{next(numbers)}. {block.text}")
        if isinstance(block, Heading) and block.level == 2
        else block
        for block in blocks
    )


def _notices(results: AnyResults, words: Words, left_out: Mapping[str, Sequence[str]]) -> list[Notice]:
    """Return what the reader has to know first: other differences between the runs, and what was left out.

    Args:
        results: Results of both arms, or of one.
        words: Words of the report.
        left_out: Finished runs that were left out, by the key of the text that says why.
    """
    texts, factor = words.report["notices"], words.factor(results.factor)
    notices = []
    if results.differences:
        differences = tuple(map(words.difference, results.differences))
        notices.append(Notice(texts["differences"].format(factor=factor), differences, serious=True))
    if results.between:
        notices.append(Notice(texts["between"], tuple(map(words.difference, results.between))))
    if isinstance(results, Results) and results.between_pairs:
        notices.append(Notice(texts["between_pairs"], tuple(map(words.difference, results.between_pairs))))
    all_stages = [stage for run in results.runs for stage in run.status().stages()]
    commits = dict.fromkeys((stage.git_commit or MISSING)[:12] for stage in all_stages)
    packages = dict.fromkeys(stage.versions.get(PACKAGE, MISSING) for stage in all_stages)
    unsealed = sum(map(lacks_digests, results.pairing.partners if isinstance(results, Results) else results.runs))
    states = texts["states"]
    lists = {
        "commits": commits if len(commits) > 1 else [],
        "packages": packages if len(packages) > 1 else [],
        "unrecorded": [name for name in unrecorded_versions(results.runs) if name != PACKAGE],
        "without_digests": [str(unsealed)] if unsealed else [],
        **left_out,
        "not_ready": [f"{left.run} ({states.get(left.state, states['other'])})" for left in results.not_ready],
        "other_images": [str(seed) for finding in results.findings for seed in finding.on_other_images],
        "inspected_apart": [
            f"{seed} ({measurement})"
            for finding in results.findings
            for measurement, seeds in finding.inspected_apart.items()
            for seed in seeds
        ],
    }
    notices += [Notice(texts[key].format(factor=factor, these=", ".join(of))) for key, of in lists.items() if of]
    return notices
