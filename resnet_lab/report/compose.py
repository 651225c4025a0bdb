"""Composition of a report: the document on the results of a comparison."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count

from resnet_lab.comparison.chance_level import chance_level
from resnet_lab.comparison.conditions import PACKAGE, unrecorded_versions
from resnet_lab.comparison.degradation import DEPTH, belongs_to
from resnet_lab.comparison.one_arm import RESIDUAL, AnyResults, OneArm
from resnet_lab.comparison.results import Results
from resnet_lab.comparison.starts import beginning
from resnet_lab.report.cards import accuracy_card, degradation_card, diverged_card, effect_card, gap_card
from resnet_lab.report.depth_sentences import depth_points
from resnet_lab.report.divergence_notice import divergence_notice
from resnet_lab.report.document import Block, Card, Document, Heading, Notice, Plot, Plots
from resnet_lab.report.error_rates import plan_notice
from resnet_lab.report.hand_in import hand_in
from resnet_lab.report.ladder_sentences import end_names
from resnet_lab.report.learning_notice import learning_notice
from resnet_lab.report.local_numbers import with_decimal_commas
from resnet_lab.report.sections.answer import answer_plot, over_settings, pairs_plot, sure_fold
from resnet_lab.report.sections.degradation import training_error_plot
from resnet_lab.report.sections.images import images_section
from resnet_lab.report.sections.inside import inside_section
from resnet_lab.report.sections.ladder import ladder_answer, ladder_figure
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
        printed=words.report["printed"],
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
        card = degradation_card(study, words, plan)
        of_study = [finding for finding in results.findings if belongs_to(finding.contrast, study)]
        points = depth_points(study, of_study, words)
        found.append((card and replace(card, points=points), training_error_plot(study, words)))
    if not any(card for card, _ in found):
        found = [(effect_card(finding, words, plan), answer_plot(finding, words)) for finding in results.findings]
    cards = [(card, plot) for card, plot in found if card is not None]
    alone = len(cards) == 1 and not lost
    return [*(replace(card, plot=plot) if alone else card for card, plot in cards), *lost]


def _answer(results: Results, words: Words) -> list[Block]:
    """Return what belongs to the answer: figures over settings, the table of the arms, and what unfolds."""
    ladder = results.ladder
    plots = (ladder_figure(ladder, words),) if ladder is not None else tuple(over_settings(results, words))
    figures = [Plots(plots)] if plots else []
    if not results.findings:
        return [*figures]
    if ladder is not None:
        *answer, sure = ladder_answer(ladder, words)
        return [*figures, *answer, metrics_blocks(results, words)[-1], sure]
    return [*figures, *metrics_blocks(results, words), sure_fold(results, words)]


def _opening(results: AnyResults, words: Words) -> tuple[Notice, ...]:
    """Return what stands next to the answer: idle networks, diverged runs, unlike starts, the plan, tuned values."""
    of_arms: tuple[Notice | None, ...] = ()
    if isinstance(results, Results):
        of_arms = start_notice(results, words), plan_notice(results, words), tuning_notice(results, words)
    idle = learning_notice(results, words)
    beside = None if _in_notes(idle, results) else idle
    return tuple(filter(None, (beside, divergence_notice(results, words), *of_arms)))


def _in_notes(idle: Notice | None, results: AnyResults) -> bool:
    """Return whether the notice on idle networks unfolds: the answer of a study of depth says the same in short."""
    return idle is not None and not idle.serious and isinstance(results, Results) and bool(results.depth_studies)


def _sections(results: Results, words: Words, *, pictures: bool) -> list[Block]:
    """Return the sections; if every pair has a diverged run, only the ladder, since no pair has measures."""
    if not results.findings:
        return why_section(results, words) if results.ladder is not None else []
    images = images_section(results, words, pictures=pictures) if results.ladder is None else []
    return [*curves_section(results, words), *why_section(results, words), *images, *setting_section(results, words)]


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
        printed=words.report["printed"],
        opening=tuple(notice for notice in _opening(results, words) if notice.serious),
        below=(*(notice for notice in _opening(results, words) if not notice.serious), no_verdict(results, words)),
    )


def _subtitle(results: AnyResults, words: Words) -> str:
    """Return the data, the size of its images, the number of pairs or runs, the epochs and the days."""
    statuses = [run.status() for run in _shown(results)]
    epochs = {run.status().max_epochs if has_diverged(run) else run.status().epochs for run in _shown(results)}
    subtitle: str = words.report["subtitle"].format(
        data=_data(results, words),
        size=", ".join(map(str, sorted({run.config()["data"]["image_size"] for run in _shown(results)}))),
        pairs=_pairs(results, words),
        epochs=", ".join(map(str, sorted(filter(None, epochs)))),
        days=words.days([status.started[:10] for status in statuses]),
    )
    return subtitle


def _data(results: AnyResults, words: Words) -> str:
    """Return the name of the data set, its number of classes, and the accuracy of always guessing one of them."""
    texts, statuses = words.report["data"], [run.status() for run in _shown(results)]
    roots = ", ".join(dict.fromkeys(words.data(status.root) for status in statuses))
    text: str = texts["text"].format(name=roots, classes=len(statuses[0].classes))
    chance = {chance_level(run) for run in results.runs}
    if len(chance) == 1:
        text += texts["guess"].format(name=(only := chance.pop()).name, share=f"{100 * only.share:.1f}")
    groups = {run.config()["data"].get("groups") for run in results.runs}
    return text + (texts["groups"].get(groups.pop() or "", "") if len(groups) == 1 else "")


def _pairs(results: AnyResults, words: Words) -> str:
    """Return the number of seed pairs, and what a pair is; of one arm, or if no pair can be compared, that of runs."""
    texts = words.report
    if isinstance(results, OneArm) or not results.findings:
        n = len(_shown(results))
        return str(texts["runs"]["one" if n == 1 else "more"].format(n=n))
    each = sorted({len(of.seeds) for of in results.findings})
    k, n = len(results.findings), each[-1]
    if k == 1:
        counted = texts["pairs"]["one" if n == 1 else "more"].format(n=n)
    else:
        key = "pairs_at_each_depth" if results.pairing.axis == (DEPTH,) else "pairs_in_each"
        counted = texts[key].format(n=n if each[0] == n else texts["range"].format(low=each[0], high=n), k=k)
    is_twin = results.factor == RESIDUAL
    return f"{counted}{texts['twins'][beginning(results.runs)] if is_twin else texts['a_pair']}"


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
    if (idle := learning_notice(results, words)) and _in_notes(idle, results):
        notices.append(idle)
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
