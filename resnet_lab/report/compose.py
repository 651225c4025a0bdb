"""Composition of a report: the document on the results of a comparison."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count

from resnet_lab.comparison.conditions import PACKAGE, unrecorded_versions
from resnet_lab.comparison.one_arm import AnyResults, OneArm
from resnet_lab.comparison.results import Results
from resnet_lab.report.cards import accuracy_card, degradation_card, diverged_card, effect_card, gap_card
from resnet_lab.report.divergence_notice import divergence_notice
from resnet_lab.report.document import Block, Card, Document, Heading, Notice, Plot
from resnet_lab.report.error_rates import plan_notice
from resnet_lab.report.hand_in import hand_in
from resnet_lab.report.ladder_sentences import end_names
from resnet_lab.report.learning_notice import learning_notice
from resnet_lab.report.local_numbers import with_decimal_commas
from resnet_lab.report.sections.answer import answer_plot, axis_plots, pairs_plot, sure_fold
from resnet_lab.report.sections.axis_values import file_name
from resnet_lab.report.sections.images import images_section
from resnet_lab.report.sections.inside import inside_section
from resnet_lab.report.sections.ladder import ladder_answer
from resnet_lab.report.sections.metrics import metrics_blocks
from resnet_lab.report.sections.mistakes import mistakes_section
from resnet_lab.report.sections.one_arm import no_verdict
from resnet_lab.report.sections.setting import setting_section
from resnet_lab.report.sections.training_curves import curves_section
from resnet_lab.report.sections.why import why_section
from resnet_lab.report.start_notice import start_notice
from resnet_lab.report.tuning_sentences import tuning_notice
from resnet_lab.report.words import DECIMAL_COMMAS, Words
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
        document = _on_one_arm(results, words.of_one_arm(), pictures=pictures)
    else:
        document = _on_both_arms(results, words, pictures=pictures)
    return with_decimal_commas(document) if words.language in DECIMAL_COMMAS else document


def _on_both_arms(results: Results, words: Words, *, pictures: bool) -> Document:
    """Return the report on a comparison."""
    pairing = results.pairing
    left_out = {
        "unpaired": [run for contrast in pairing.contrasts for run in contrast.unpaired],
        "alone": pairing.alone,
        "off_plan": [f"{run.run} ({words.report['notices']['reasons'][run.reason]})" for run in results.off_plan],
        "beyond": results.beyond,
    }
    return Document(
        words.language,
        _title(results, words),
        _subtitle(results, words),
        tuple(_cards(results, words)),
        tuple(_notices(results, words, left_out)),
        (*_answer(results, words), *_numbered(_sections(results, words, pictures=pictures))),
        opening=tuple(notice for notice in _opening(results, words) if notice.serious),
        below=tuple(notice for notice in _opening(results, words) if not notice.serious),
        hand_in=hand_in(results, words),
        notes=words.report["notes"],
    )


def _title(results: Results, words: Words) -> str:
    """Return the names of both arms; of a study of depth, those of the two families and the depths."""
    if results.ladder is not None:
        return str(words.ladder["title"].format(**end_names(results.ladder)))
    texts, contrasts = words.report, results.pairing.contrasts
    if len(results.depth_studies) == 1 and len(results.findings) == len(results.depth_studies[0].depths):
        [study] = results.depth_studies
        names = {"control": study.control.name, "treated": study.treated.name}
        return str(texts["title_by_depth"].format(**names, first=study.depths[0], last=study.depths[-1]))
    control, treated = (", ".join(dict.fromkeys(of.arms[side] for of in contrasts)) for side in (0, 1))
    return str(texts["title"].format(control=control, treated=treated))


def _cards(results: Results, words: Words) -> list[Card]:
    """Return the cards of the answer: of a ladder or of degradation with depth alone, else of each setting.

    A card that stands alone has its plot beside it.
    """
    plan, measures = results.procedure.plan, words.report["answer"]["measures"]
    lost = [diverged_card(contrast, words) for contrast in results.all_diverged]
    found: list[tuple[Card | None, Plot | None]] = []
    if (ladder := results.ladder) is not None:
        start, end = end_names(ladder).values()
        plot = pairs_plot(ladder.headline, (start, end), measures["ladder"], words, "gap")
        found.append((gap_card(ladder, words), plot))
    for study in results.depth_studies:
        names, name = (study.control.name, study.treated.name), file_name(study.axis_value, "degradation")
        plot = pairs_plot(study.claim, names, measures[study.claim.key], words, name)
        found.append((degradation_card(study, words, plan), plot))
    if not any(card for card, _ in found):
        found = [(effect_card(finding, words, plan), answer_plot(finding, words)) for finding in results.findings]
    cards = [(card, plot) for card, plot in found if card is not None]
    alone = len(cards) == 1 and not lost
    return [*(replace(card, plot=plot) if alone else card for card, plot in cards), *lost]


def _answer(results: Results, words: Words) -> list[Block]:
    """Return what belongs to the answer: the table of the arms, the differences by setting, and what unfolds."""
    if not results.findings:
        return []
    if results.ladder is not None:
        *answer, sure = ladder_answer(results.ladder, words)
        return [*answer, metrics_blocks(results, words)[-1], sure]
    over_axis = [axis_plots(results, words)] if results.pairing.axis else []
    return [*metrics_blocks(results, words), *over_axis, sure_fold(results, words)]


def _opening(results: AnyResults, words: Words) -> tuple[Notice, ...]:
    """Return what stands next to the answer: idle networks, diverged runs, unlike starts, the plan, tuned values."""
    of_arms: tuple[Notice | None, ...] = ()
    if isinstance(results, Results):
        of_arms = start_notice(results, words), plan_notice(results, words), tuning_notice(results, words)
    return tuple(filter(None, (learning_notice(results, words), divergence_notice(results, words), *of_arms)))


def _sections(results: Results, words: Words, *, pictures: bool) -> list[Block]:
    """Return the sections; if every pair has a diverged run, only the ladder, since no pair has measures.

    Of a ladder or a study of depth, the reasons come first: their figure is what the reader came for.
    """
    if not results.findings:
        return why_section(results, words) if results.ladder is not None else []
    why, curves = why_section(results, words), curves_section(results, words)
    if results.ladder is not None:
        return [*why, *curves, *setting_section(results, words)]
    first = [*why, *curves] if results.depth_studies else [*curves, *why]
    return [*first, *images_section(results, words, pictures=pictures), *setting_section(results, words)]


def _on_one_arm(results: OneArm, words: Words, *, pictures: bool) -> Document:
    """Return the report on one arm alone: the sections that need no partner, and how to train the partner."""
    return Document(
        words.language,
        words.report["title"].format(arm=", ".join(dict.fromkeys(finding.arm.name for finding in results.findings))),
        _subtitle(results, words),
        tuple(accuracy_card(finding, words) for finding in results.findings),
        tuple(_notices(results, words, {})),
        (
            *metrics_blocks(results, words),
            *_numbered(
                (
                    *curves_section(results, words),
                    *mistakes_section(results, words, pictures=pictures),
                    *inside_section(results, words),
                    *setting_section(results, words),
                )
            ),
        ),
        hand_in=hand_in(results, words),
        notes=words.report["notes"],
        opening=(*_opening(results, words), no_verdict(results, words)),
    )


def _subtitle(results: AnyResults, words: Words) -> str:
    statuses = [run.status() for run in _shown(results)]
    counted, n = (
        ("pairs", sum(len(of.seeds) for of in results.findings)) if results.findings else ("runs", len(statuses))
    )
    epochs = {run.status().max_epochs if has_diverged(run) else run.status().epochs for run in _shown(results)}
    each = {len(of.seeds) for of in results.findings}
    in_each = isinstance(results, Results) and len(results.findings) > 1 and len(each) == 1
    subtitle: str = words.report["subtitle"].format(
        pairs=words.report["pairs_in_each"].format(n=each.pop(), k=len(results.findings))
        if in_each
        else words.report[counted]["one" if n == 1 else "more"].format(n=n),
        epochs=", ".join(map(str, sorted(filter(None, epochs)))),
        root=", ".join(dict.fromkeys(status.root for status in statuses)),
        days=words.days([status.started[:10] for status in statuses]),
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
