"""Section 4: hyper-parameters, data, hardware, software, time, commit: enough to repeat the comparison."""

import shlex
from collections.abc import Callable, Iterable
from typing import Any

import yaml

from resnet_lab.comparison.conditions import as_text, stages
from resnet_lab.comparison.results import Arm, Results
from resnet_lab.comparison.selection import label
from resnet_lab.config.flatten import flatten
from resnet_lab.report.document import Block, Code, Heading, Row, Table, Text
from resnet_lab.report.words import texts
from resnet_lab.runs import Run
from resnet_lab.statistics.mean_sd import NOTHING

_GROUPS = ("model.", "data.")
_OF_THE_TRAINER = ("trainer.max_epochs", "trainer.precision")
_OF_THE_MACHINE = ("allocator", "logs", "trainer.default_root_dir")
"""Keys that say where a run was made and change no bit of it; whoever repeats it works elsewhere."""


def setting_section(results: Results, language: str) -> list[Block]:
    """Return the section's blocks."""
    words = texts(f"report_{language}")
    headings, own = words["sections"], words["setting"]
    return [
        Heading(headings["setting"], anchor="setting"),
        _hyper_parameters(results, own),
        Text(own["note"]),
        Heading(headings["data"], 3),
        _data(results, own),
        Heading(headings["machine"], 3),
        _machine(results, own),
        Heading(headings["runs"], 3),
        _runs(results, own),
        Text(_time(results, own)),
        Heading(headings["repeat"], 3),
        Text(own["repeat"].format(control=results.findings[0].control.name)),
        *([Text(own["twins"])] if results.pairing.factor == "model.residual" else []),
        Code(_config(results), "yaml", own["config"]),
        Code(_commands(results, own["also"]), "bash"),
    ]


def _hyper_parameters(results: Results, words: dict[str, Any]) -> Table:
    """List every key of model and data, and what else counts; where runs differ, each value."""
    configs = [flatten(run.config()) for run in results.runs]
    known = dict.fromkeys(key for config in configs for key in config if key.startswith(_GROUPS))
    keys = [key for key in known if key != "data.root"]  # among the facts of the data
    rows = []
    for key in (*keys, *_OF_THE_TRAINER, "seed_everything"):
        value = _each(as_text(config.get(key, NOTHING)) for config in configs)
        if key == results.pairing.factor:
            named = zip(results.findings[0].contrast.arms, results.pairing.values, strict=True)
            value = ", ".join(f"{arm}: {as_text(value)}" for arm, value in named)
        rows.append(Row((words["names"].get(key, key.rpartition(".")[2]), value, key)))
    return Table((words["hyperparameter"], words["value"], words["key"]), tuple(rows))


def _data(results: Results, words: dict[str, Any]) -> Table:
    statuses = [run.status() for run in results.runs]
    return _facts(
        words,
        {
            "root": _each(status["root"] for status in statuses),
            "classes": ", ".join(statuses[0]["classes"]),
            "images": _each(words["splits"].format(**status["split_sizes"]) for status in statuses),
            "fingerprint": _each(status["fingerprint"] for status in statuses),
            "skipped": _each(str(len(status["skipped"])) if "skipped" in status else NOTHING for status in statuses),
            "leaks": _each(str(status.get("leaks", NOTHING)) for status in statuses),
        },
    )


def _machine(results: Results, words: dict[str, Any]) -> Table:
    statuses = [stage for run in results.runs for stage in stages(run)]

    def hardware(get: Callable[[dict[str, Any]], Any]) -> str:
        return _each(str(get(status["hardware"])) for status in statuses)

    versions = (", ".join(f"{name} {version}" for name, version in s["versions"].items()) for s in statuses)
    return _facts(
        words,
        {
            "device": hardware(lambda machine: machine["device"]),
            "processor": hardware(lambda machine: machine.get("accelerator") or machine["processor"]),
            "instructions": hardware(lambda machine: ", ".join(machine["instructions"]) or words["none"]),
            "cores": hardware(lambda machine: machine["cores"]),
            "threads": _each(str(status["threads"]) for status in statuses),
            "precision": _each(status["precision"] for status in statuses),
            "allocator": _each(status.get("allocator") or NOTHING for status in statuses),
            "versions": _each(versions),
        },
    )


def _facts(words: dict[str, Any], facts: dict[str, str]) -> Table:
    return Table(("", ""), tuple(Row((words[key], value)) for key, value in facts.items()))


def _runs(results: Results, words: dict[str, Any]) -> Table:
    columns = ("run", "arm", "seed", "parameters", "best_epoch", "minutes", "images_per_second", "commit")
    rows = []
    for run in results.runs:
        status = run.status()
        rate = status.get("images_per_second")
        numbers = (str(status["seed"]), f"{status['parameters']:,}", str(status["best_epoch"]))
        speed = (f"{status['wall_seconds'] / 60:.1f}", f"{rate:.1f}" if rate else NOTHING)
        commits = dict.fromkeys((stage["git_commit"] or NOTHING)[:12] for stage in stages(run))
        rows.append(Row((label(run), status["arm"], *numbers, *speed, ", ".join(commits))))
    return Table(tuple(words[column] for column in columns), tuple(rows))


def _time(results: Results, words: dict[str, Any]) -> str:
    seconds = sum(run.status()["wall_seconds"] for run in results.runs)
    return str(words["time"].format(runs=len(results.runs), minutes=f"{seconds / 60:.0f}"))


def _config(results: Results) -> str:
    """Return the resolved config of the control's first run, without what is null or of the machine."""
    run: Run = next(iter(results.findings[0].control.runs.values()))
    return yaml.safe_dump(_repeatable(run.config()), sort_keys=False, allow_unicode=True)


def _repeatable(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    return {
        key: _repeatable(value, f"{prefix}{key}.") if isinstance(value, dict) else value
        for key, value in config.items()
        if value is not None and f"{prefix}{key}" not in _OF_THE_MACHINE
    }


def _commands(results: Results, also: str) -> str:
    """Return the shell commands that train, test and compare everything again."""
    first, *others = results.findings
    _, treated = results.pairing.values
    lines = [
        f"for seed in {' '.join(map(str, first.seeds))}; do",
        f"{_fit(first.control)} --name control",
        f"{_fit(first.treated)} --name treated {_option(results.pairing.factor, treated)}",
        "done",
        "for run in lightning_logs/{control,treated}/version_*; do",
        "  resnet-lab test --config $run/config.yaml",
        "done",
        f"resnet-lab compare control treated --factor {results.pairing.factor}",
    ]
    for finding in others:
        lines.append(f"# {also} " + " ".join(_option(*one) for one in finding.contrast.place.items()))
    return "\n".join(lines)


def _fit(arm: Arm) -> str:
    """Return the command that trains an arm; on how many threads it ran is no key of its config."""
    run: Run = next(iter(arm.runs.values()))
    return f"  OMP_NUM_THREADS={run.status()['threads']} resnet-lab fit --config control.yaml --seed_everything $seed"


def _option(key: str, value: Any) -> str:
    return f"--{key} {shlex.quote(as_text(value))}"


def _each(values: Iterable[str]) -> str:
    """Return the values that differ, in their order."""
    return "; ".join(dict.fromkeys(values))
