"""``resnet-lab compare``: report on the effect of a factor, or on one arm alone, from run folders, by a plan if any."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_lab.commands.command import Command
from resnet_lab.commands.options import OptionParser
from resnet_lab.errors import InputError
from resnet_lab.output import say
from resnet_lab.program import command_line
from resnet_lab.runs import LOGS

if TYPE_CHECKING:
    from resnet_lab.comparison.plan import Plan
    from resnet_lab.comparison.selection import Test
    from resnet_lab.runs import Run
    from resnet_lab.study.kept_plan import Planned

LANGUAGES = ("en", "id")


def compare(arguments: list[str]) -> int:
    """Write the report on runs, and print the verdict on the primary claim of each contrast.

    Runs that all have the residual connection, or all lack it, get a report without verdicts.

    Raises:
        InputError: The runs cannot be compared, or the report cannot be written.
    """
    options = COMMAND.parse(arguments)

    from resnet_lab.comparison.ladder_results import gather_ladder
    from resnet_lab.comparison.one_arm import RESIDUAL, AnyResults, gather_one_arm, has_one_arm
    from resnet_lab.comparison.results import gather
    from resnet_lab.comparison.selection import NotTestedError
    from resnet_lab.comparison.tuned_pairs import pair_planned
    from resnet_lab.report.compose import compose
    from resnet_lab.report.render import write
    from resnet_lab.report.tensorboard import write_tensorboard
    from resnet_lab.report.words import load_words

    try:
        planned, plan = _chosen(options.runs, options.logs, _test if options.test else None)
    except NotTestedError as error:
        command = command_line("compare", *arguments, "--test")
        raise InputError(f"{str(error).rstrip('.')}. Or test and compare in one command: {command}") from error
    selection, choice = planned.selection, planned.choice
    if choice is not None and options.factor != RESIDUAL:
        raise InputError(f"The arms of this study were tuned for {RESIDUAL}: leave --factor out.")
    results: AnyResults
    if plan is not None and plan.ladder is not None:
        results = gather_ladder(selection, plan, force=options.force, off_plan=planned.off_plan, choice=planned.choice)
    elif has_one_arm(selection.runs, options.factor):
        results = gather_one_arm(selection, force=options.force)
    else:
        pairing = pair_planned(selection.runs, options.factor, choice)
        results = gather(pairing, selection.not_ready, force=options.force, plan=plan, off_plan=planned.off_plan)
    document = compose(results, load_words(options.language), pictures=not options.no_pictures)
    events = options.logs / "comparison" / results.identity
    output = options.output or events / options.language
    try:
        write(results, document, output)
        write_tensorboard(results, events)
    except OSError as error:
        raise InputError(f"The report cannot be written ({error}); name another folder with --output.") from error
    for notice in (*document.opening, *document.below, *document.notices):
        say("\n  ".join(["note    " + notice.text, *notice.points, *notice.commands]))
    for card in document.cards:
        say("\n  ".join([f"{card.heading} {card.number} {card.unit}", *card.intervals]))
    say(f"wrote   {output / 'report.html'}, report.md, table.csv, figures ...")
    if any(events.rglob("events.out.tfevents.*")):
        say(f"        {events} for TensorBoard")
    return 0


def _test(runs: "Sequence[Run]") -> None:
    """Test runs as ``resnet-lab test`` does, one after the other."""
    from resnet_lab.training.command_line import run_command

    for run in runs:
        run_command(["test", str(run.path)])


def _chosen(words: Sequence[str], logs: Path, test: "Test | None") -> "tuple[Planned, Plan | None]":
    """Return the runs that words mean, tested by ``test``. The file of a study means its runs and its plan.

    Raises:
        InputError: A word means no run, or a study stands beside other words.
    """
    from resnet_lab.comparison.selection import select
    from resnet_lab.study.kept_plan import Planned, select_planned

    if not any(word.endswith(".yaml") for word in words):
        return Planned(select(words, logs, test=test), ()), None
    if len(words) > 1:
        raise InputError("The file of a study names all runs to compare: give it alone, or name the runs without it.")

    from resnet_lab.config.find import find_study
    from resnet_lab.study.plan import read_study

    path = find_study(words[0])
    study = read_study(path)
    return select_planned(study, path, logs, test), study.plan


def add_options(parser: OptionParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add(
        "runs",
        nargs="+",
        metavar="RUN|NAME|STUDY.yaml",
        help="run folders, names of runs, folders of runs, or one study",
    )
    add("--test", action="store_true", help="first test the runs that are not tested yet")
    add(
        "--factor",
        default="model.residual",
        metavar="KEY",
        help="config key in which the arms differ (default: %(default)s)",
    )
    add("--language", choices=LANGUAGES, default="en", help="language of the report (default: %(default)s)")
    add("--output", type=Path, metavar="FOLDER", help="folder of the report (default: LOGS/comparison/ID/LANGUAGE)")
    add("--logs", type=Path, metavar="FOLDER", default=Path(LOGS), help="folder of all runs (default: %(default)s)")
    add(
        "--force", action="store_true", help="compare even if the runs differ in more than --factor; the report says so"
    )
    add("--no_pictures", action="store_true", help="leave out the pictures of test images")


COMMAND = Command(
    name="compare",
    summary="report the effect of the residual connection, from tested runs",
    run=compare,
    add_options=add_options,
    position=60,
    description="Write a report on the effect of the residual connection, and on how sure it is, from finished and "
    "tested runs. Runs of one arm alone get a report without a verdict.",
    epilog="examples:\n"
    "  resnet-lab compare plain34 resnet34         of both names, the newest finished run of each seed\n"
    "  resnet-lab compare plain34 resnet34 --test  the same; runs that are not tested yet are tested first\n"
    "  resnet-lab compare residual.yaml            the runs of a study, by its plan",
)
