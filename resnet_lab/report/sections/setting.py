"""Section of the report: hyperparameters, data, hardware, software, time and commit, to repeat the comparison."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import yaml

from resnet_lab.comparison.conditions import as_text
from resnet_lab.comparison.one_arm import AnyResults, OneArm
from resnet_lab.comparison.results import Arm
from resnet_lab.comparison.starts import beginning
from resnet_lab.comparison.tuning import Choice
from resnet_lab.config.flatten import flatten
from resnet_lab.program import command_line, quoted
from resnet_lab.report.document import Block, Code, Fold, Heading, Row, Table, Text
from resnet_lab.report.hand_in import methods
from resnet_lab.report.recipe_words import optimizer_words, rate_sentence, schedule_words
from resnet_lab.report.words import Words
from resnet_lab.runs import LOGS, Run
from resnet_lab.runs.start import INIT_FROM
from resnet_lab.runs.status import Hardware
from resnet_lab.statistics.mean_sd import MISSING

_GROUPS = ("model.", "data.")
_OF_THE_TRAINER = ("trainer.max_epochs", "trainer.precision")
_SCHEDULER = "scheduler"
_MAIN = (
    "model.lr",
    "model.weight_decay",
    "trainer.max_epochs",
    "data.batch_size",
    "data.image_size",
    "model.label_smoothing",
    _SCHEDULER,
    "model.warmup_epochs",
    "data.num_workers",
)
"""Hyperparameters of the recipe, in the order of the table; the scheduler has no key."""
_OF_THE_MACHINE = ("allocator", "logs", "trainer.default_root_dir")
"""Keys that depend on the machine and do not change the result; another machine has its own."""


def setting_section(results: AnyResults, words: Words) -> list[Block]:
    """Return the section's blocks: the main hyperparameters and the commands; data, machine and runs unfold."""
    headings, texts = words.report["sections"], words.report["setting"]
    arm = results.findings[0].arms[0].name
    repeat = texts["repeat_study" if _choice(results) else "repeat"]
    return [
        Heading(headings["setting"], anchor="setting"),
        _main_hyperparameters(results, words),
        Text(_recipe(results, words.report["recipe"])),
        Text(_time(results, texts)),
        Fold(headings["hand_in"], (Text(words.report["methods"]["files"]), Text(methods(results, words).strip()))),
        Fold(headings["hyperparameters"], (_hyperparameters(results, texts),)),
        Fold(headings["data"], (_data(results, texts),)),
        Fold(headings["machine"], (_machine(results, texts),)),
        Fold(headings["runs"], (_runs(results, texts),)),
        Fold(
            headings["repeat"],
            (
                Text(repeat.format(arm=arm, config=_config_name(results))),
                *([Text(texts["twins"][beginning(results.runs)])] if results.factor == "model.residual" else []),
                Code(_config(results), "yaml", headings["config"].format(arm=arm)),
                Code(_commands(results, texts["also"]), "bash"),
            ),
        ),
    ]


def _main_hyperparameters(results: AnyResults, words: Words) -> Table:
    """Return the hyperparameters of the recipe, each with the values of all runs."""
    texts = words.report["setting"]
    configs = [flatten(run.config()) for run in results.runs]
    rows = (
        Row((texts["scheduler"], schedule_words(configs, words.report["recipe"], "name")))
        if key == _SCHEDULER
        else _hyperparameter(key, configs, results, texts)
        for key in _MAIN
    )
    return Table((texts["hyperparameter"], texts["value"]), tuple(rows))


def _hyperparameter(key: str, configs: Sequence[dict[str, Any]], results: AnyResults, texts: dict[str, Any]) -> Row:
    """Return the name of a hyperparameter, and its value; all values if the runs differ in it."""
    value = _each(as_text(config.get(key, MISSING)) for config in configs)
    if key == results.factor:
        value = ", ".join(f"{arm.name}: {as_text(results.values[arm.role])}" for arm in results.findings[0].arms)
    return Row((texts["names"].get(key, key.rpartition(".")[2]), value))


def _hyperparameters(results: AnyResults, texts: dict[str, Any]) -> Table:
    """Return every key of model and data and the main keys of the trainer; all values if the runs differ in a key."""
    configs = [flatten(run.config()) for run in results.runs]
    known = dict.fromkeys(key for config in configs for key in config if key.startswith(_GROUPS))
    keys = [key for key in known if key != "data.root"]  # shown in the table of the data
    rows = (
        Row((*_hyperparameter(key, configs, results, texts).cells, key))
        for key in (*keys, *_OF_THE_TRAINER, "seed_everything")
    )
    return Table((texts["hyperparameter"], texts["value"], texts["key"]), tuple(rows))


def _recipe(results: AnyResults, texts: dict[str, Any]) -> str:
    """Return the sentences on optimizer and schedule."""
    configs = [flatten(run.config()) for run in results.runs]
    return f"{texts['optimizer'].format(optimizer=optimizer_words(configs, texts))} {rate_sentence(configs, texts)}"


def _data(results: AnyResults, texts: dict[str, Any]) -> Table:
    statuses = [run.status() for run in results.runs]
    return _facts(
        texts,
        {
            "root": _each(status.root for status in statuses),
            "classes": ", ".join(statuses[0].classes),
            "images": _each(
                texts["splits"].format(**{split: f"{n:,}" for split, n in status.split_sizes.items()})
                for status in statuses
            ),
            "fingerprint": _each(status.fingerprint for status in statuses),
            "skipped": _each(MISSING if status.skipped is None else str(len(status.skipped)) for status in statuses),
            "leaks": _each(str(MISSING if status.leaks is None else status.leaks) for status in statuses),
        },
    )


def _machine(results: AnyResults, texts: dict[str, Any]) -> Table:
    statuses = [stage for run in results.runs for stage in run.status().stages()]

    def hardware(get: Callable[[Hardware], Any]) -> str:
        return _each(str(get(status.hardware)) for status in statuses)

    versions = (", ".join(f"{name} {version}" for name, version in s.versions.items()) for s in statuses)
    return _facts(
        texts,
        {
            "device": hardware(lambda machine: machine.device),
            "processor": hardware(lambda machine: machine.accelerator or machine.processor),
            "instructions": hardware(lambda machine: ", ".join(machine.instructions) or texts["none"]),
            "cores": hardware(lambda machine: machine.cores),
            "threads": _each(str(status.threads) for status in statuses),
            "precision": _each(status.precision for status in statuses),
            "allocator": _each(status.allocator or MISSING for status in statuses),
            "versions": _each(versions),
        },
    )


def _facts(texts: dict[str, Any], facts: dict[str, str]) -> Table:
    return Table(("", ""), tuple(Row((texts[key], value)) for key, value in facts.items()))


def _runs(results: AnyResults, texts: dict[str, Any]) -> Table:
    columns = ("run", "arm", "seed", "parameters", "best_epoch", "minutes", "images_per_second", "commit")
    rows = []
    for run in results.runs:
        status = run.status()
        rate = status.images_per_second
        numbers = (str(status.seed), f"{status.parameters:,}", str(status.best_epoch))
        speed = (f"{status.wall_seconds / 60:.1f}", f"{rate:.1f}" if rate else MISSING)
        commits = dict.fromkeys((stage.git_commit or MISSING)[:12] for stage in status.stages())
        rows.append(Row((run.label, status.arm, *numbers, *speed, ", ".join(commits))))
    return Table(tuple(texts[column] for column in columns), tuple(rows))


def _time(results: AnyResults, texts: dict[str, Any]) -> str:
    seconds = sum(run.status().wall_seconds for run in results.runs)
    time = texts["time"]["one" if len(results.runs) == 1 else "more"]
    return str(time.format(runs=len(results.runs), minutes=f"{seconds / 60:.0f}"))


def _config(results: AnyResults) -> str:
    """Return the resolved config of the first run of the first arm, without null values and keys of the machine."""
    run: Run = next(iter(results.findings[0].arms[0].runs.values()))
    return yaml.safe_dump(_repeatable(run.config()), sort_keys=False, allow_unicode=True)


def _repeatable(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    return {
        key: _repeatable(value, f"{prefix}{key}.") if isinstance(value, dict) else value
        for key, value in config.items()
        if value is not None and f"{prefix}{key}" not in _OF_THE_MACHINE
    }


def partner_commands(results: OneArm) -> list[str]:
    """Return the shell commands that train and test the partner of the first run beside it, and compare both arms."""
    arm, (name, partner) = results.findings[0].arm, _names(results)
    logs = os.path.relpath(results.runs[0].path.absolute().parent.parent)
    where = [] if logs == LOGS else ["--logs", logs]
    return [
        f"{_fit(arm, f'{logs}/{results.runs[0].label}/config.yaml')} \\",
        f"  {_option(results.factor, _other_value(results))} {' '.join(map(quoted, ['--name', partner, *where]))}",
        *(command_line(*words, *where) for words in (["test", partner], ["compare", name, partner])),
    ]


def _commands(results: AnyResults, also: str) -> str:
    """Return the shell commands that repeat training, test and comparison; of tuned arms, also the tuning."""
    if choice := _choice(results):
        return "\n".join(command_line(command, f"{choice.study}.yaml") for command in ("study", "compare"))
    first, *others = results.findings
    one, other = names = [quoted(name) for name in _names(results)]
    fits = [_fit(arm, _config_name(results)) for arm in (first.arms[0], first.arms[-1])]
    sources = [_source(arm) for arm in (first.arms[0], first.arms[-1])]
    apart = "" if sources[0] == sources[1] or results.factor == INIT_FROM else f" {_option(INIT_FROM, sources[1])}"
    folds = {seed: run.config()["data"].get("fold") for seed, run in first.arms[0].runs.items()}
    of_seed, fold = "$seed", ""
    if any(folds.values()):  # each seed holds out a fold of its own
        of_seed, fold = "${run%:*}", " --data.fold ${run#*:}"
    each = [f"{seed}:{folds[seed]}" if fold else str(seed) for seed in first.seeds]
    chosen = f"--seed_everything {of_seed}{fold} --name"
    lines = [
        f"for {'run' if fold else 'seed'} in {' '.join(each)}; do",
        f"  {fits[0]} {chosen} {one}",
        f"  {fits[1]} {chosen} {other} {_option(results.factor, _other_value(results))}{apart}",
        "done",
        f"for run in {LOGS}/{{{','.join(names)}}}/version_*; do",
        "  resnet-lab test $run" if names == [*_names(results)] else '  resnet-lab test "$run"',
        "done",
        command_line("compare", *_names(results), "--factor", results.factor),
    ]
    for finding in others:
        axis_value = {key: value for key, value in finding.axis_value.items() if key != INIT_FROM}
        begun = dict.fromkeys(map(_source, finding.arms)) if INIT_FROM in finding.axis_value else ()
        options = [_option(*one) for one in (*axis_value.items(), *((INIT_FROM, source) for source in begun))]
        lines.append(f"# {also} " + " ".join(options))
    return "\n".join(lines)


def _source(arm: Arm) -> Any:
    """Return the trained weights that an arm starts from, as its config names them."""
    return flatten(next(iter(arm.runs.values())).config()).get(INIT_FROM)


def _choice(results: AnyResults) -> Choice | None:
    """Return the choice of tuned arms, which a study repeats together with its runs."""
    return None if isinstance(results, OneArm) else results.choice


def _names(results: AnyResults) -> tuple[str, str]:
    """Return the names under which the runs of both arms are trained; of one arm alone, its own and its partner's."""
    if not isinstance(results, OneArm):
        return "control", "treated"
    [role], name = results.values, results.runs[0].name
    own, other = ("resnet", "plain") if role == "treated" else ("plain", "resnet")
    return name, name.replace(own, other) if own in name else f"{name}-{other}"


def _config_name(results: AnyResults) -> str:
    """Return the file name of the config that is repeated; it is no name of a shipped config."""
    return "arm.yaml" if isinstance(results, OneArm) else "control.yaml"


def _other_value(results: AnyResults) -> Any:
    """Return the value of the compared key in the treated arm, or in the partner of one arm alone."""
    return not next(iter(results.values.values())) if isinstance(results, OneArm) else results.values["treated"]


def _fit(arm: Arm, config: str) -> str:
    """Return the command that trains an arm; the number of threads is not part of its config."""
    run: Run = next(iter(arm.runs.values()))
    return f"OMP_NUM_THREADS={run.status().threads} {command_line('fit', '--config', config)}"


def _option(key: str, value: Any) -> str:
    return f"--{key} {quoted(as_text(value))}"


def _each(values: Iterable[str]) -> str:
    """Return the distinct values in their order."""
    return "; ".join(dict.fromkeys(values))
