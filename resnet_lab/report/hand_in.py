"""Files for a hand-in or a paper: the table of both arms as CSV and as LaTeX, and a paragraph on methods."""

import re
from collections.abc import Callable, Iterable, Mapping

from resnet_lab.comparison.ladder_cells import HELD_OUT_ACCURACY, LadderCell
from resnet_lab.comparison.one_arm import AnyResults
from resnet_lab.comparison.results import Arm, Results
from resnet_lab.comparison.starts import beginning
from resnet_lab.config.flatten import flatten
from resnet_lab.files import csv_text
from resnet_lab.report.ladder_sentences import end_names
from resnet_lab.report.recipe_words import length_words, optimizer_words, schedule_words
from resnet_lab.report.tuning_sentences import arm_names
from resnet_lab.report.words import Words, says_setting
from resnet_lab.runs import Run
from resnet_lab.statistics.mean_sd import MISSING

_MEASURES = ("train/accuracy", "val/accuracy", "train/loss", "val/loss", "test/best/accuracy", "test/best/loss")
_OF_LADDER = (
    *(f"final/last/{split}/{metric}" for metric in ("accuracy", "loss") for split in ("train", "val")),
    HELD_OUT_ACCURACY,
)
"""Of a ladder, as on its page: the last checkpoint, scored without augmentation."""
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def hand_in(results: AnyResults, words: Words) -> dict[str, str]:
    """Return the text of each file by its name; none without a pair that was measured.

    Args:
        results: Results of both arms, or of one.
        words: Words of the report.
    """
    if not results.findings:
        return {}
    return {
        "table.csv": table_csv(results),
        "table.tex": table_tex(results, words),
        "methods.txt": methods(results, words),
    }


def table_csv(results: AnyResults) -> str:
    """Return one row per arm and setting: mean, standard deviation and number of runs of each metric.

    Metrics are those of the last epoch, and on the held-out split those of the best checkpoint; accuracies are shares.
    A ladder has the rows and the metrics of the table on its page.
    """
    measures = _measures(results)
    columns = [f"{measure}{end}" for measure in measures for end in ("", " sd")]
    rows = []
    for name, arm in _arms(results):
        row: dict[str, object] = {"arm": name, "n": len(arm.runs)}
        for measure in measures:
            found = arm.mean_sd(measure)
            row |= {measure: found.mean, f"{measure} sd": found.sd}
        rows.append({key: "" if value is None else value for key, value in row.items()})
    return csv_text(["arm", "n", *columns], rows)


def table_tex(results: AnyResults, words: Words) -> str:
    """Return the same means and standard deviations as a LaTeX table, for the package booktabs."""
    texts, measures = words.report["table"], _measures(results)
    names = (re.sub("^final/last/|(?<=^test/)(best|last)/", "", measure) for measure in measures)
    head = [texts["model"], *(texts[name] for name in names)]
    lines = [r"\begin{tabular}{l" + "r" * len(measures) + "}", r"\toprule", _row(map(latex, head)), r"\midrule"]
    for name, arm in _arms(results):
        lines.append(_row([latex(name), *(_value(arm, measure) for measure in measures)]))
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def methods(results: AnyResults, words: Words) -> str:
    """Return a paragraph on the networks, the data, the recipe, the checkpoints and the intervals."""
    texts, status = words.report["methods"], results.runs[0].status()
    configs = [flatten(run.config()) for run in results.runs]

    def each(get: Callable[[Run], object]) -> str:
        return ", ".join(dict.fromkeys(str(get(run)) for run in results.runs))

    def key(name: str) -> str:
        return ", ".join(dict.fromkeys(str(config.get(name, MISSING)) for config in configs))

    arms = [arm for finding in results.findings for arm in finding.arms]
    values = {
        "arms": texts["and"].join(dict.fromkeys(arm.name for arm in arms)),
        "parameters": each(lambda run: f"{run.status().parameters:,}"),
        "shortcut": key("model.shortcut"),
        "seeds": max(len(finding.seeds) for finding in results.findings),
        "root": each(lambda run: run.status().root),
        "classes": len(status.classes),
        **{split: f"{n:,}" for split, n in status.split_sizes.items()},
        "optimizer": optimizer_words(configs, words.report["recipe"]),
        "schedule": schedule_words(configs, words.report["recipe"], "noun"),
        "lr": key("model.lr"),
        "weight_decay": key("model.weight_decay"),
        "batch": key("data.batch_size"),
        "length": length_words(configs, words.report["recipe"]),
        "warmup": key("model.warmup_epochs"),
        "smoothing": key("model.label_smoothing"),
        "size": key("data.image_size"),
        "precision": each(lambda run: run.status().precision),
        "versions": each(lambda run: ", ".join(f"{k} {v}" for k, v in _versions(run.status().versions).items())),
    }
    groups = dict.fromkeys(config["data.groups"] for config in configs if config.get("data.groups"))
    kept = [texts["groups"][one] for one in groups]
    begun = beginning(results.runs)
    precise = [texts["precise_bn"]] if all(config.get("model.precise_bn") for config in configs) else []
    sentences = [texts["networks"], texts["data"], *kept, texts["recipe"], *precise, texts["scores"]]
    if isinstance(results, Results):
        sentences += [*_of_study(results, words)]
        sentences += [texts["pairs"][begun]] if results.factor == "model.residual" else []
        folds = any(claim.folds for finding in results.findings for claim in finding.claims)
        several = any(len(finding.seeds) > 1 for finding in results.findings)
        sentences += [texts["intervals_folds" if folds else "intervals"]] if several else []
    return (
        " ".join(sentence.format(begun=texts["begun"][begun], **values) for sentence in [*sentences, texts["software"]])
        + "\n"
    )


def _of_study(results: Results, words: Words) -> Iterable[str]:
    """Return what a study adds: the selection of a value, training errors, and the rungs of a ladder."""
    texts, choice, ladder = words.report["methods"], results.choice, results.ladder
    if choice is not None:
        by, names = words.report["table"][choice.tuning.by], arm_names(choice)
        chosen = ", ".join(f"{names[cell]} {value.value:g}" for cell, value in choice.chosen.items())
        yield texts["tuned"].format(key=words.key(choice.tuning.key), by=f"{by[0].lower()}{by[1:]}", chosen=chosen)
    if results.depth_studies or ladder is not None:
        yield texts["errors"]
    if ladder is not None:
        yield texts["rungs"].format(n=sum(rung.cell.own_value is None for rung in ladder.rungs))


def latex(text: str) -> str:
    r"""Return a text with the characters escaped that LaTeX does not read as text.

    >>> print(latex("50% of a_b & c"))
    50\% of a\_b \& c
    """
    return re.sub(r"[\\~^&%$#_{}]", lambda found: _LATEX.get(found[0], "\\" + found[0]), text)


def _measures(results: AnyResults) -> tuple[str, ...]:
    return _OF_LADDER if isinstance(results, Results) and results.ladder is not None else _MEASURES


def _arms(results: AnyResults) -> Iterable[tuple[str, Arm | LadderCell]]:
    if isinstance(results, Results) and results.ladder is not None:
        ladder, names = results.ladder, end_names(results.ladder)
        key, shared = ladder.tuned or ("", None)
        for cell, end in ((ladder.start, "start"), (ladder.own, "start"), (ladder.end, "end")):
            if cell is not None:
                at = f" ({key.rpartition('.')[2]} {cell.own_value or shared:g})" if key else ""
                yield f"{names[end]}{at}", cell
        return
    for finding in results.findings:
        setting = ", ".join(f"{key.rpartition('.')[2]} {value}" for key, value in finding.axis_value.items())
        for arm in finding.arms:
            plain = not setting or says_setting(arm.name, finding.axis_value)
            yield (arm.name if plain else f"{arm.name} ({setting})"), arm


def _value(arm: Arm | LadderCell, measure: str) -> str:
    found = arm.mean_sd(measure)
    if found.mean is None:
        return "--"
    return f"{found.mean:.4f}" if found.sd is None else rf"${found.mean:.4f} \pm {found.sd:.4f}$"


def _row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _versions(versions: Mapping[str, str]) -> dict[str, str]:
    return {name: version for name, version in versions.items() if name in ("resnet-lab", "torch", "torchvision")}
