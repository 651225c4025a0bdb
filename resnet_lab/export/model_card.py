"""Model card of an export: README.md with the front matter that model hubs read, from the run folder alone."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from resnet_lab.config.flatten import flatten
from resnet_lab.data.sources import named_set
from resnet_lab.export.description import NetworkDescription
from resnet_lab.export.formats import ExportFormat
from resnet_lab.export.network_files import TOLERANCE
from resnet_lab.export.usage import is_torchvisions, usage
from resnet_lab.program import command_line
from resnet_lab.report.render import escaped
from resnet_lab.runs import Run, Status
from resnet_lab.statistics.chance import learned_nothing, most_frequent
from resnet_lab.statistics.share import wilson_interval

UNKNOWN = "unknown"
"""License of photographs about which nothing is known, as model hubs name it."""
_NOT_IN_THE_RECIPE = {"root", "images_root", "columns", "num_workers", "cache", "classes"}
"""Keys of ``data.`` that are paths of this machine, or change no result."""
_SPLITS = {"test": "held out", "val": "validation: the best epoch was chosen by them", "train": "training"}


def model_card(
    run: Run,
    which: str,
    description: NetworkDescription,
    formats: Sequence[ExportFormat],
    *,
    license: str | None,
    checked: int,
) -> str:
    """Return the text of a model card.

    Args:
        run: The run.
        which: Its checkpoint, ``best`` or ``last``.
        description: Description of the network.
        formats: Formats whose files lie beside the card.
        license: License of the photographs, as model hubs name it; None for what is known of them.
        checked: Number of photographs on which a file was checked.
    """
    status, config = run.status(), run.config()
    named = named_set(status.root)
    data = status.root.partition(":")[2] if named else PurePath(status.root.replace("\\", "/")).stem
    license = license or (named.license if named else UNKNOWN)
    rows = _scores(run, which)
    held_out = _held_out(run, which)
    environment = Environment(
        loader=PackageLoader("resnet_lab.export"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"md": escaped}
    return environment.get_template("model_card.md.j2").render(
        front_matter=_front_matter(status.name, description, data, license, formats, rows, held_out),
        run=run,
        status=status,
        which=which,
        network=description,
        residual=description.architecture["residual"],
        named=named,
        data=data,
        license=None if license == UNKNOWN else license,
        files=[(known, usage(description, known)) for known in formats],
        loads_into_torchvision=is_torchvisions(description),
        checked=checked,
        tolerance=f"{TOLERANCE:g}",
        rows=rows,
        held_out=held_out,
        classes=_by_class(held_out),
        most_frequent=_most_frequent(held_out),
        nothing=held_out is not None and learned_nothing(held_out["confusion_matrix"]),
        counts=status.class_counts,
        recipe=_recipe(config),
        started_from=_started_from(status),
        test_command=command_line("test", run.name),
    )


def _scores(run: Run, which: str) -> list[dict[str, Any]]:
    """Return the scores of each split that was scored, the held-out one first."""
    sizes, final = run.status().split_sizes, run.final_metrics()[which]
    scores = {"test": _held_out(run, which), "val": final.get("val"), "train": final.get("train")}
    found = []
    for split, values in scores.items():
        n = (values or {}).get("n", sizes[split])
        if values and n:
            low, high = wilson_interval(values["accuracy"], n)
            found.append({**values, "split": split, "what": _SPLITS[split], "n": n, "low": low, "high": high})
    return found


def _held_out(run: Run, which: str) -> dict[str, Any] | None:
    """Return the scores of the held-out split; None if the run was not tested, or the split has no images."""
    if not (run.path / "test" / "metrics.json").exists():
        return None
    found = run.test_metrics().get(which)
    return found if found and found["n"] else None


def _by_class(held_out: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if held_out is None:
        return []
    rows = []
    for name, values in held_out["per_class"].items():
        interval = wilson_interval(values["recall"], values["n"]) if values["n"] else None
        rows.append({**values, "name": name, "interval": interval})
    return rows


def _most_frequent(held_out: Mapping[str, Any] | None) -> tuple[str, float] | None:
    """Return the most frequent class of the held-out split and its share."""
    if held_out is None:
        return None
    names = list(held_out["per_class"])
    place, share = most_frequent([held_out["per_class"][name]["n"] for name in names])
    return names[place], share


def _recipe(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that decide the weights, by their key."""
    flat = flatten({group: config[group] for group in ("model", "data")})
    found = {
        key: value
        for key, value in flat.items()
        if value is not None and key.split(".")[1] not in (*_NOT_IN_THE_RECIPE, "init_from")
    }
    trainer = config["trainer"]
    for key in ("max_epochs", "max_steps", "accumulate_grad_batches", "gradient_clip_val", "precision"):
        if trainer.get(key) not in (None, -1):
            found[f"trainer.{key}"] = trainer[key]
    return {**found, "seed_everything": config.get("seed_everything")}


def _started_from(status: Status) -> str | None:
    """Return the name of the weights that the training started from, without the folders of this machine; or None."""
    if (start := status.init_from) is None:
        return None
    return start.run or PurePath(start.source.replace("\\", "/")).name


def _front_matter(
    name: str,
    description: NetworkDescription,
    data: str,
    license: str,
    formats: Sequence[ExportFormat],
    rows: Sequence[Mapping[str, Any]],
    held_out: Mapping[str, Any] | None,
) -> str:
    """Return the YAML that model hubs read: license, tags, data set, metrics and results."""
    data_id = re.sub(r"[^A-Za-z0-9._-]+", "-", data).strip("-.") or "photographs"
    kind = "resnet" if description.architecture["residual"] else "plain-network"
    libraries = {"onnx": "onnx", "torch-export": "pytorch", "safetensors": "safetensors"}
    best = rows[0]
    metrics = [{"type": "accuracy", "name": f"accuracy ({best['n']} photographs)", "value": best["accuracy"]}]
    if held_out is not None:
        metrics.append({"type": "balanced_accuracy", "value": held_out["balanced_accuracy"]})
    split = {"test": "test", "val": "validation", "train": "train"}[best["split"]]
    result = {
        "task": {"type": "image-classification", "name": "Image classification"},
        "dataset": {"type": data_id, "name": data, "split": split},
        "metrics": metrics,
    }
    content = {
        "license": license,
        "pipeline_tag": "image-classification",
        "tags": ["image-classification", kind, "resnet-lab", *(libraries[known.name] for known in formats)],
        "datasets": [data_id],
        "metrics": ["accuracy"],
        "model-index": [{"name": name, "results": [result]}],
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
