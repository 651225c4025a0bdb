"""Section 1: the arms side by side, at the last epoch and scored once more; mean over seeds, and every run."""

from collections.abc import Mapping, Sequence

from resnet_lab.comparison.results import Arm, Results
from resnet_lab.report.document import Block, Heading, Row, Table, Text
from resnet_lab.report.sections.places import in_brackets
from resnet_lab.report.words import texts
from resnet_lab.statistics.mean_sd import mean_sd

_LAST_EPOCH = ("train/accuracy", "val/accuracy", "train/loss", "val/loss")
_EVALUATED = tuple(f"{split}/{figure}" for figure in ("accuracy", "loss") for split in ("train", "val", "test"))


def metrics_section(results: Results, language: str) -> list[Block]:
    """Return the section's blocks."""
    words = texts(f"report_{language}")
    table = words["table"]
    several = any(len(finding.seeds) > 1 for finding in results.findings)
    arms = [
        (arm, f"{arm.name}{in_brackets(finding.contrast.place, language)}")
        for finding in results.findings
        for arm in finding.arms
    ]
    last_epoch, evaluated = [], []
    for arm, name in arms:
        seeds = {seed: table["seed"].format(seed=seed) for seed in arm.runs}
        last_epoch += _rows(arm, (name,), _LAST_EPOCH, seeds)
    for which, key in (("last", "epochs"), ("best", "best_epoch")):
        for arm, name in arms:
            epochs = {s: table["epoch"].format(seed=s, epoch=run.status()[key]) for s, run in arm.runs.items()}
            evaluated += _rows(arm, (name, table[which]), [_measure(which, column) for column in _EVALUATED], epochs)
    return [
        Heading(words["sections"]["table"], anchor="table"),
        Text(table["last_epoch"]),
        Table((table["model"], *(table[column] for column in _LAST_EPOCH)), tuple(last_epoch)),
        Text(table["evaluated"]),
        Table((table["model"], table["checkpoint"], *(table[column] for column in _EVALUATED)), tuple(evaluated)),
        Text(table["spread" if several else "one_seed"], "remark"),
    ]


def _measure(which: str, column: str) -> str:
    return column.replace("test/", f"test/{which}/") if column.startswith("test/") else f"final/{which}/{column}"


def _rows(arm: Arm, head: tuple[str, ...], measures: Sequence[str], names: Mapping[int, str]) -> list[Row]:
    """Return the row of an arm and, where it has several runs, one for each of them.

    Args:
        arm: The arm.
        head: What stands before the figures; a run's own name takes the first place.
        measures: The figures.
        names: Of the runs, by seed.
    """
    rows = [Row((*head, *(str(arm.mean_sd(measure)) for measure in measures)))]
    for seed, figures in arm.measures.items() if len(arm.runs) > 1 else ():
        cells = (str(mean_sd([figures.get(measure)])) for measure in measures)
        rows.append(Row((names[seed], *head[1:], *cells), main=False))
    return rows
