"""Study of an experiment: its networks and pairs, chosen by steps that are timed now, and its plan in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from resnet_lab.config.overrides import flat_config, parse_config
from resnet_lab.errors import InputError
from resnet_lab.study.cores import AUTO, physical_cores
from resnet_lab.study.estimate import StepTimer, as_duration, seconds_left
from resnet_lab.study.experiment_file import Asked, ExperimentFolder, study_text
from resnet_lab.study.experiment_plan import PAIRS, Shape, Size, as_list, counted, shape_within, sizes_to_try
from resnet_lab.study.gpus import gpu_names
from resnet_lab.study.plan import Study, read_study
from resnet_lab.study.planned_study import PlannedStudy
from resnet_lab.study.prepare import prepare, seconds_from_steps
from resnet_lab.study.resolved_configs import resolve_configs
from resnet_lab.study.run_rows import initial_rows

Config = Mapping[str, Any]


def choose(
    asked: Asked, wanted: Size, folder: ExperimentFolder, program: Sequence[str]
) -> tuple[Shape, PlannedStudy, dict[str, float]]:
    """Return networks and pairs of a new experiment, its study, and the seconds of a run by cell, as timed now.

    Nothing is written.

    Args:
        asked: The request.
        wanted: Size of the networks without a limit of time.
        folder: Folder of the experiment.
        program: Command ``resnet-lab``.

    Raises:
        InputError: ``fit`` refuses a setting, or the time of the user does not hold an experiment.
    """
    shape = Shape(wanted, asked.pairs or PAIRS)
    sizes = [wanted] if asked.minutes is None else sizes_to_try(wanted, asked.settings)
    study, timer = _study(asked, shape, wanted, folder), StepTimer(program)
    try:
        configs = resolve_configs(study, program)
        planned = _prepared(study, folder, configs, program)
        trials = {
            f"{size} {name}": {**config, "model.depth": size.depth, "data.image_size": size.pixels}
            for size in sizes
            for name, config in configs.items()
        }
        seconds = timer.seconds(trials, planned.threads)
    finally:
        timer.stop()
    if asked.minutes is not None:
        if seconds.keys() != trials.keys():
            raise InputError("The time of a run could not be measured here: give --pairs in place of --minutes.")
        jobs = planned.jobs or 1
        of_pair = {size: sum(seconds[f"{size} {name}"] for name in configs) / jobs for size in sizes}
        shape = shape_within(of_pair, 60 * asked.minutes, asked.pairs)
        study = _study(asked, shape, wanted, folder)
        resolved = [trials[f"{shape.size} {name}"] for name in configs]
        named = {cell.name: {**one, "name": cell.name} for cell, one in zip(study.cells, resolved, strict=True)}
        planned = _prepared(study, folder, named, program)
    timed = zip(study.cells, (seconds.get(f"{shape.size} {name}") for name in configs), strict=True)
    return shape, planned, {cell.name: one for cell, one in timed if one is not None}


def begun(folder: ExperimentFolder, program: Sequence[str]) -> tuple[PlannedStudy, dict[str, float]]:
    """Return the study of an experiment whose file is written, and the seconds of a run by cell if none was timed yet.

    Args:
        folder: Folder of the experiment.
        program: Command ``resnet-lab``.

    Raises:
        InputError: The study file cannot be used any more.
    """
    study, timer = read_study(folder.study), StepTimer(program)
    try:
        planned = _prepared(study, folder, resolve_configs(study, program), program)
        return planned, seconds_from_steps(planned, timer)
    finally:
        timer.stop()


def plan_lines(planned: PlannedStudy, from_steps: Mapping[str, float]) -> list[str]:
    """Return what is run, and the time to the next look and to the last one.

    Args:
        planned: The study.
        from_steps: Seconds of a run by cell, for cells without a timed run.
    """
    config, looks, jobs = planned.rows[0].planned.config, planned.study.plan.looks, planned.jobs or 1
    depth, pixels, epochs = (config.get(key) for key in ("model.depth", "data.image_size", "trainer.max_epochs"))
    length = f"{epochs} epoch{'' if epochs == 1 else 's'}"  # None if the fit is limited by steps
    first = f"plan    Plain-{depth} and ResNet-{depth}, {pixels} pixels, {length} per run"
    if planned.course is None or not planned.due.standings:  # a study file without looks any more
        return [f"{first}, {len(planned.rows)} runs"]
    standing = planned.due.standings[0]
    every = initial_rows(planned.course.counting(None), planned.folder.logs)
    soon, whole = (
        "" if seconds is None else f", about {as_duration(seconds)}"
        for seconds in (seconds_left(rows, jobs, from_steps) for rows in (planned.rows, every))
    )
    done = f"{counted(standing.pairs, 'pair')} done; " if standing.pairs else ""
    if standing.closed or standing.pairs >= looks[-1]:
        return [first, f"        {done}no further pair is needed"]
    more = looks[-1] - standing.goal
    later = f"; up to {more} more if undecided{whole}{' in all' if whole else ''}" if more else ""
    timed = ["        timed by a few steps; other work on this machine makes it longer"] if from_steps else []
    return [
        first,
        f"        {done}{counted(standing.goal - standing.pairs, 'pair')}{soon}{later}",
        *timed,
        f"        judged at {as_list(looks)} pairs; false verdicts in at most 5% of such studies",
    ]


def _study(asked: Asked, shape: Shape, wanted: Size, folder: ExperimentFolder) -> Study:
    """Return the study of an experiment whose file is not written yet."""
    text = study_text(asked, shape, wanted, folder)
    return read_study(
        folder.study, content_of=lambda file: parse_config(text, file) if file == folder.study else flat_config(file)
    )


def _prepared(
    study: Study, folder: ExperimentFolder, configs: Mapping[str, Config], program: Sequence[str]
) -> PlannedStudy:
    """Return a study that is ready to be launched: on all GPUs of this machine, or run by run on its cores."""
    return prepare(
        study,
        folder.study,
        {},
        configs,
        folder.path,
        program,
        cores=physical_cores(),
        jobs=AUTO if gpu_names() else None,
        names_next=False,
    )
