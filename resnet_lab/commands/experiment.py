"""``resnet-lab experiment FOLDER``: from photographs to the report in one command, by the means of three others."""

import math
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resnet_lab.commands.command import Command
from resnet_lab.commands.compare import LANGUAGES, compare
from resnet_lab.commands.lightning_options import add_lightning_options
from resnet_lab.commands.options import OptionParser
from resnet_lab.commands.study import split_overrides
from resnet_lab.errors import InputError, printable
from resnet_lab.output import remark, say
from resnet_lab.program import command_line

if TYPE_CHECKING:
    from resnet_lab.study.experiment_file import Asked, ExperimentFolder
    from resnet_lab.study.planned_study import PlannedStudy

_OURS = {
    "data.root": "the photographs are the first word after experiment",
    "model.residual": "the two networks differ in it",
    "model.init_from": "trained weights are of one of the two networks (the study fine-tune.yaml trains both twice)",
}
"""Keys that the user cannot set, each with the reason."""


def experiment(arguments: list[str]) -> int:
    """Check the photographs, plan, run and compare. The exit codes are those of ``study`` and ``compare``.

    Raises:
        InputError: The photographs, an option or the folder of the experiment cannot be used.
    """
    words, settings = split_overrides(arguments)
    options = _parse(words)
    if sys.platform == "win32":
        raise InputError("experiment needs file locks that Windows does not have; run it in WSL.")
    _refuse_wrong(options.root, options.minutes, options.pairs, settings)

    from resnet_lab.study.experiment_file import Asked, absolute, experiment_folder

    asked = Asked(absolute(options.root), options.minutes, options.pairs, settings)
    folder = experiment_folder(asked.root, options.output)
    command = ["experiment", options.root, *(["--output", str(options.output)] if options.output else [])]
    before = folder.fingerprint_of(asked, command)
    if before is None:
        planned = _begin(asked, folder, options.root, only_plan=options.plan)
    else:
        planned = _go_on(asked, folder, options.root, before)
    if options.plan:
        return 0
    say(f"files   {printable(folder.path)}; Ctrl-C stops, and the same command goes on")

    from resnet_lab.study.launchers import load_launcher

    code = load_launcher("local").launch(planned)
    if code:
        return code
    return compare(
        [
            *(str(folder.study), "--logs", str(folder.path), "--output", str(folder.report)),
            *("--language", options.language),
        ]
    )


def _parse(words: list[str]) -> Any:
    """Return the own options of the command; a key of ``fit`` without its group is answered with the whole key."""
    from resnet_lab.config.keys import FROM_THE_DATA, keys_of

    parser = COMMAND.parser()
    parser.options += [f"--{key}" for key in keys_of("fit") if "." in key and key not in FROM_THE_DATA]
    return parser.parse_args(words)


def _refuse_wrong(root: str, minutes: float | None, pairs: int | None, settings: Mapping[str, str]) -> None:
    """Refuse what is certainly wrong, before torch is imported and any photograph is read.

    Raises:
        InputError: The photographs are not there, or an option cannot be used.
    """
    from resnet_lab.study.cell import as_options
    from resnet_lab.training.early_check import check_command_line, refuse_missing_root

    if minutes is not None and not (math.isfinite(minutes) and minutes > 0):
        raise InputError(f"--minutes is {minutes:g}; it must be a number above zero.")
    if pairs is not None:
        from resnet_lab.comparison.claims import FEWEST_PAIRS

        if pairs < FEWEST_PAIRS:
            raise InputError(f"--pairs is {pairs}; a verdict needs {FEWEST_PAIRS} pairs or more.")
    for key, reason in _OURS.items():
        if key in settings:
            raise InputError(f"--{key} cannot be set here, because {reason}: leave it out.")
    check_command_line(["fit", "--config", "plain34.yaml", *as_options(settings), "--print_config"])
    refuse_missing_root(root)


def _begin(asked: "Asked", folder: "ExperimentFolder", root: str, *, only_plan: bool) -> "PlannedStudy":
    """Check the photographs, choose networks and pairs, say so, and write the study file.

    Args:
        asked: The request.
        folder: The folder of the experiment.
        root: The photographs as the user wrote them.
        only_plan: Whether nothing is written.
    """
    from resnet_lab.checking.report import doubts_in_short, in_short, must_mend
    from resnet_lab.program import PROGRAM
    from resnet_lab.study.experiment import choose, plan_lines
    from resnet_lab.study.experiment_data import accepted, checked, data_rules, fingerprint, short_sides, waivers
    from resnet_lab.study.experiment_file import study_text
    from resnet_lab.study.experiment_plan import DEPTH, Size, costs, doubts, pixels_for

    rules = data_rules(asked.values)
    remark("checking the photographs ...")
    report = checked(asked.root, rules)
    check = command_line("data", "check", "--data.root", root)
    if must := must_mend(report, accepted(rules)):
        anyway = " ".join(waivers(report, rules))
        raise InputError(
            f"The photographs in {printable(root)} must be mended first.\n{must}\n"
            f"{f'To go on as it is: {anyway}. ' if anyway else ''}The whole check: {check}"
        )
    found = fingerprint(asked.root, rules)
    named = [f"        for the files: {check}"] if report.findings else []
    say("\n".join([f"data    {printable(root)}: {in_short(report)}", *_notes(doubts_in_short(report)), *named]))

    remark("reading the configs, as fit does, and timing a few steps of each network ...")
    pixels = asked.values.get("data.image_size", pixels_for(short_sides(report)))
    wanted = Size(int(asked.values.get("model.depth", DEPTH)), int(pixels))
    shape, planned, from_steps = choose(asked, wanted, folder, PROGRAM)
    config = planned.rows[0].planned.config
    of_split = {split: sum(labels.values()) for split, labels in report.counts.items()}
    epochs, batch = config.get("trainer.max_epochs"), config.get("data.batch_size")
    few = doubts(of_split["train"], of_split["test"], epochs, batch) if epochs and batch else []
    cost = [f"costs   {line}" for line in costs(shape, wanted)]
    say("\n".join([*plan_lines(planned, from_steps), *cost, *_notes(few)]))
    if not only_plan:
        folder.write(asked, study_text(asked, shape, wanted, folder), found)
    return planned


def _go_on(asked: "Asked", folder: "ExperimentFolder", root: str, before: str) -> "PlannedStudy":
    """Return the study of an experiment that was begun with photographs of the fingerprint ``before``.

    Raises:
        InputError: The photographs are others now.
    """
    from resnet_lab.program import PROGRAM
    from resnet_lab.study.experiment import begun, plan_lines
    from resnet_lab.study.experiment_data import data_rules, fingerprint

    if fingerprint(asked.root, data_rules(asked.values)) != before:
        raise InputError(
            f"The photographs in {printable(root)} are not those with which {printable(folder.path)} was begun: put "
            "them back, or name a new folder with --output."
        )
    say(f"data    {printable(root)}: the photographs of {printable(folder.study)}, which goes on")
    planned, from_steps = begun(folder, PROGRAM)
    say("\n".join(plan_lines(planned, from_steps)))
    return planned


def _notes(texts: Sequence[str]) -> list[str]:
    return [f"note    {text}" for text in texts]


def add_options(parser: OptionParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("root", metavar="FOLDER", help="the photographs: FOLDER/CLASS/*.jpg, a manifest, or builtin:elpv")
    add(
        "--minutes",
        type=float,
        metavar="N",
        help="choose pixels, pairs and layers so that it takes this time; the cost is said",
    )
    add("--pairs", type=int, metavar="N", help="the most pairs of runs (default: 12, or as many as --minutes allows)")
    add("--output", type=Path, help="folder of the experiment (default: lightning_logs/experiments/NAME)")
    add("--plan", action="store_true", help="check the photographs, show the plan with its time, and write nothing")
    add("--language", choices=LANGUAGES, default="en", help="language of the report (default: %(default)s)")


COMMAND = Command(
    name="experiment",
    summary="from a folder of photographs to the report, in one command",
    run=experiment,
    add_options=add_options,
    add_completions=partial(add_lightning_options, command="fit", only_grouped=True),
    position=45,
    usage="resnet-lab experiment FOLDER [OPTIONS] [--GROUP.KEY VALUE ...]",
    description="Check the photographs, train both networks in pairs until the answer is decided, and write the "
    "report. Ctrl-C stops; the same command goes on. --GROUP.KEY VALUE (--data.image_size 128) is set for both "
    "networks.",
    epilog="example:\n  resnet-lab experiment photographs --minutes 60\n\n"
    "The folder of the experiment has the study file, which says how to run the same by study and compare.",
)
