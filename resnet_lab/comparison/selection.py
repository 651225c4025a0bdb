"""Selection of the runs that are compared: finished and tested, or diverged; all with whole files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from resnet_lab.comparison.contradictions import refuse_copies, refuse_other_labels
from resnet_lab.comparison.looks import last_look
from resnet_lab.comparison.plan import Plan
from resnet_lab.errors import InputError
from resnet_lab.program import command_line, quoted
from resnet_lab.runs import Run
from resnet_lab.runs.divergence import has_diverged
from resnet_lab.runs.intact import check_intact
from resnet_lab.runs.resolve import runs_to_compare
from resnet_lab.runs.state import state

Test = Callable[[Sequence[Run]], None]
"""Function that tests runs."""
_FIT_FILES = ("config.yaml", "metrics.csv", "final/metrics.json")


class NotTestedError(InputError):
    """Runs are trained, but not tested; the message names all of them."""


@dataclass(frozen=True)
class NotReady:
    """A run that is left out, and its state.

    The state is its status; None if it has none; ``repeated`` for a diverged run of which the seed has a newer result;
    ``untested`` or ``damaged`` for a run after the last complete look of a plan whose files cannot be used.
    """

    run: str
    state: str | None


@dataclass(frozen=True)
class Selection:
    """The runs to compare, and the runs beside them that are left out and have to be told."""

    runs: tuple[Run, ...]
    not_ready: tuple[NotReady, ...]


def select(words: Sequence[str], logs: Path, plan: Plan | None = None, test: Test | None = None) -> Selection:
    """Find the runs that words name (:func:`~resnet_lab.runs.resolve.runs_to_compare`), and check their files.

    Args:
        words: Run folders, names, and folders of runs.
        logs: The folder of all runs.
        plan: A plan, whose seeds are compared; None for all seeds. Runs of other seeds are passed over unchecked. A run
            that cannot be used is left out, if the plan has a look that is complete without it.
        test: Tests the runs that are not tested yet; None if they are refused.

    Raises:
        NotTestedError: Runs are not tested.
        InputError: A word means no finished or diverged run; the files of a run cannot be read, were altered or
            contradict each other; or two runs contradict each other.
    """
    runs, left_out = runs_to_compare(words, logs)
    runs = [run for run in runs if plan is None or run.status().seed in plan.seeds]
    if test is not None:
        test_what_is_untested(runs, test)
    unusable = {run: error for run in runs if (error := refusal(run)) is not None}
    runs = [run for run in runs if run not in unusable]
    _refuse({run: unusable[run] for run in unusable if plan is None or not _is_after_a_look(run, runs, plan)})
    refuse_copies(runs)
    refuse_other_labels([run for run in runs if not has_diverged(run)])
    not_ready = [NotReady(run.label, _state(run)) for run in left_out]
    not_ready += [NotReady(run.label, "untested" if _lacking_test(run) else "damaged") for run in unusable]
    return Selection(tuple(runs), tuple(not_ready))


def test_what_is_untested(runs: Sequence[Run], test: Test) -> None:
    """Test the runs that are trained, but not tested."""
    if untested := [run for run in runs if isinstance(refusal(run), NotTestedError)]:
        test(untested)


def refusal(run: Run) -> InputError | None:
    """Return the reason why the files of a run cannot be used; None if they can."""
    try:
        if not has_diverged(run):
            _refuse_missing_files(run)
        check_intact(run)
    except InputError as error:
        return error
    return None


def _refuse(refused: Mapping[Run, InputError]) -> None:
    """Raise the first reason. Runs that are only not tested come last, all in one error."""
    untested = [run for run, error in refused.items() if isinstance(error, NotTestedError)]
    for run, error in refused.items():
        if run not in untested or len(untested) == len(refused) == 1:
            raise error
    if untested:
        paths = ", ".join(quoted(str(run.path)) for run in untested)
        raise NotTestedError(f"{len(untested)} runs are trained, but not tested: {paths}. First test each of them.")


def _is_after_a_look(run: Run, usable: Sequence[Run], plan: Plan) -> bool:
    """Return whether the other runs of its name complete a look of the plan, to which the seed does not belong."""
    look = last_look(plan, [{other.status().seed for other in usable if other.name == run.name}])
    return look is not None and run.status().seed not in plan.seeds[:look]


def _state(run: Run) -> str | None:
    return "repeated" if has_diverged(run) else state(run)


def _refuse_missing_files(run: Run) -> None:
    """Refuse a run without all its files. A run that diverged has only some of them."""
    if lacking := [name for name in _FIT_FILES if not (run.path / name).exists()]:
        raise InputError(f"The run {run.path} lacks {', '.join(lacking)}; train it again.")
    if lacking := _lacking_test(run):
        raise NotTestedError(
            f"The run {run.path} lacks {', '.join(lacking)}: it is trained, but not tested. "
            f"First run: {command_line('test', run.path)}"
        )


def _lacking_test(run: Run) -> list[str]:
    """Return the files of a test that a run lacks."""
    files = {"test/metrics.json": run.path / "test" / "metrics.json", "test/predictions.csv": run.predictions_path}
    return [name for name, path in files.items() if not path.exists()]
