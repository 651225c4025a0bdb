"""Tables of the metrics of the arms, at the last epoch and of the evaluated checkpoints."""

from collections.abc import Mapping, Sequence
from typing import Any

from resnet_lab.comparison.ladder_cells import LadderCell
from resnet_lab.comparison.one_arm import AnyResults
from resnet_lab.comparison.results import Arm, Results
from resnet_lab.config.flatten import flatten
from resnet_lab.config.historic_defaults import with_later_keys
from resnet_lab.report.document import Block, Fold, Row, Table, Text
from resnet_lab.report.sections.ladder import named_ends
from resnet_lab.report.words import Words
from resnet_lab.statistics.mean_sd import mean_sd

_LAST_EPOCH = ("train/accuracy", "val/accuracy", "train/loss", "val/loss")
_EVALUATED = tuple(f"{split}/{metric}" for metric in ("accuracy", "loss") for split in ("train", "val", "test"))


def metrics_blocks(results: AnyResults, words: Words) -> list[Block]:
    """Return the table of the arms at the last epoch, and what unfolds below it: every run, and every checkpoint."""
    texts = words.report["table"]
    several = any(len(finding.seeds) > 1 for finding in results.findings)
    by_run = last_epoch_table(results, words)
    return [
        answer_table(results, words),
        Text(_last_epoch(results, texts, several=several), "remark"),
        Fold(
            texts["more"],
            (
                *((by_run,) if several else ()),
                Text(texts["evaluated"]),
                evaluated_table(results, words),
                Text(texts["spread" if several else "one_seed"], "remark"),
            ),
        ),
    ]


def of_arms(table: Table) -> Table:
    """Return a table of metrics with the rows of the arms only."""
    return Table(table.head, tuple(row for row in table.rows if row.main))


def answer_table(results: AnyResults, words: Words) -> Table:
    """Return the arms at the last epoch, with the test accuracy, which the verdict is about, as the first number."""
    table = of_arms(last_epoch_table(results, words))
    arms = _named_arms(results, words)
    scores = (str(arm.mean_sd("test/best/accuracy")) for arm, _ in arms)
    rows = (Row((row.cells[0], score, *row.cells[1:])) for row, score in zip(table.rows, scores, strict=True))
    return Table((table.head[0], words.report["table"]["test_of_best"], *table.head[1:]), tuple(rows))


def last_epoch_table(results: AnyResults, words: Words) -> Table:
    """Return the table of the metrics at the last epoch, as measured during training."""
    texts, rows = words.report["table"], []
    for arm, name in _named_arms(results, words):
        seeds = {seed: texts["seed"].format(seed=seed) for seed in arm.runs}
        rows += _rows(arm, (name,), _LAST_EPOCH, seeds)
    measured = {"train": texts["measured"]["augmented" if augmented(results) else "train"], "val": ""}
    names = (f"{texts[column]}{measured[column.partition('/')[0]]}" for column in _LAST_EPOCH)
    return Table((texts["model"], *names), tuple(rows))


def augmented(results: AnyResults) -> bool:
    """Return whether the training images of a run were augmented."""
    return any(with_later_keys(flatten(run.config()))["data.augment"] != "none" for run in results.runs)


def _last_epoch(results: AnyResults, texts: Mapping[str, Any], *, several: bool) -> str:
    """Return what the values of the last epoch are, and why training accuracy can lie below validation accuracy."""
    why = texts["lower_augmented" if augmented(results) else "lower"]
    return " ".join((texts["last_epoch_spread" if several else "last_epoch"], why, texts["losses"]))


def evaluated_table(results: AnyResults, words: Words) -> Table:
    """Return the table of the metrics of the last and the best checkpoint, with the evaluation transform."""
    texts, rows = words.report["table"], []
    for which in ("last", "best"):
        for arm, name in _named_arms(results, words):
            epochs = {
                s: texts["epoch"].format(seed=s, epoch=run.status().checkpoint_epochs[which])
                for s, run in arm.runs.items()
            }
            rows += _rows(arm, (name, texts[which]), [_measure(which, column) for column in _EVALUATED], epochs)
    return Table((texts["model"], texts["checkpoint"], *(texts[column] for column in _EVALUATED)), tuple(rows))


def _named_arms(results: AnyResults, words: Words) -> list[tuple[Arm | LadderCell, str]]:
    """Return the arms of all contrasts, or the ends of a ladder, with a name that is unique in the table."""
    if isinstance(results, Results) and results.ladder is not None and results.ladder.own is not None:
        return [*named_ends(results.ladder, words)]
    return [
        (arm, f"{arm.name}{words.in_brackets(finding.axis_value, arm.name)}")
        for finding in results.findings
        for arm in finding.arms
    ]


def _measure(which: str, column: str) -> str:
    return column.replace("test/", f"test/{which}/") if column.startswith("test/") else f"final/{which}/{column}"


def _rows(arm: Arm | LadderCell, head: tuple[str, ...], measures: Sequence[str], names: Mapping[int, str]) -> list[Row]:
    """Return the row of an arm and, if it has several runs, one row per run.

    Args:
        arm: The arm, or the cell of a ladder.
        head: The cells in front of the values; the row of a run has its own name in the first one.
        measures: Keys of the values.
        names: Names of the runs, by seed.
    """
    rows = [Row((*head, *(str(arm.mean_sd(measure)) for measure in measures)))]
    for seed, values in arm.measures.items() if len(arm.runs) > 1 else ():
        cells = (str(mean_sd([values.get(measure)])) for measure in measures)
        rows.append(Row((names[seed], *head[1:], *cells), main=False))
    return rows
