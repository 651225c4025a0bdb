"""``resnet-lab predict --data.images PATH...``: the classes of single images, without a data set."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from resnet_lab import runs
from resnet_lab.commands.options import OptionParser
from resnet_lab.configs import find_config
from resnet_lab.errors import InputError


def predict(arguments: list[str]) -> int:
    """Give path, class and probabilities of images; the exit code is 1 if some could not be read.

    Raises:
        InputError: Images, a run or a checkpoint cannot be found or used.
    """
    options = predict_options().parse_args(arguments)

    from resnet_lab.data.unlabelled import find_images
    from resnet_lab.training.hardware import default_precision
    from resnet_lab.training.predict_images import predict_images
    from resnet_lab.training.screen import quieten
    from resnet_lab.training.signals import exit_by_signal

    quieten()
    images = find_images(options.images)
    checkpoint, precision = _checkpoint_and_precision(options)
    print(f"using   {checkpoint} on {len(images)} images", file=sys.stderr)
    with exit_by_signal():
        predictions = predict_images(
            checkpoint, images, precision=precision or default_precision("auto"), batch_size=options.batch_size
        )
    rows = predictions.rows
    if options.format == "json":
        text = json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    else:
        text = runs.csv_text(rows[0] if rows else (), rows)
    if options.output is None:
        print(text, end="")
    else:
        runs.write_text(options.output, text)
    for reason in predictions.unreadable.values():
        print(f"resnet-lab: {reason}", file=sys.stderr)
    return 1 if predictions.unreadable else 0


def predict_options() -> OptionParser:
    """Return the options of the command."""
    parser = OptionParser(
        prog="resnet-lab predict",
        description="Classify images with a run's best checkpoint (--config) or any checkpoint (--ckpt_path).",
    )
    add = parser.add_argument
    add(
        "--data.images",
        dest="images",
        nargs="+",
        action="extend",
        type=Path,
        required=True,
        help="image files, or folders of them",
    )
    add("-c", "--config", action="append", default=[], help="a run's config, or a config by its name")
    add("--name", help="name of the run, if not the config's")
    add("--ckpt_path", help="best or last of the run; or a checkpoint file, in place of --config and --name")
    add("--logs", type=Path, help="folder of the runs (default: where the config has it, or lightning_logs)")
    add("--data.batch_size", dest="batch_size", type=int, default=32, help="default: %(default)s")
    add("--format", choices=("csv", "json"), default="csv", help="default: %(default)s")
    add("--output", type=Path, help="file to write; without it the result is printed")
    return parser


def _checkpoint_and_precision(options: argparse.Namespace) -> tuple[Path, Any]:
    """Return the checkpoint, and the precision of its run; None for a checkpoint outside a run folder."""
    from resnet_lab.training.checkpoint_choice import choose_checkpoints

    if options.ckpt_path and options.ckpt_path not in ("best", "last"):
        if options.config or options.name:
            raise InputError("--ckpt_path FILE stands for itself: leave --config and --name out.")
        path = Path(options.ckpt_path)
        run = runs.run_of_checkpoint(path)
        return path, run.config()["trainer"]["precision"] if run else None
    configs = [find_config(config) for config in options.config]
    settings: dict[str, Any] = {}  # the last one given wins, key by key
    for config in configs:
        settings |= _flat(config)
    name = options.name or settings.get("name")
    if name is None:
        raise InputError("Whose checkpoint? Give a run's --config, the --name of a run, or --ckpt_path FILE.")
    logs = options.logs or Path(settings.get("trainer.default_root_dir") or ".") / runs.LOGS
    choice = choose_checkpoints(options.ckpt_path, configs, logs, name, both=False)
    assert choice.run is not None
    own = choice.run.config()
    for key, value in own["model"].items():
        if settings.get(f"model.{key}", value) != value:
            raise InputError(
                f"The newest finished run of {name}, {choice.run.path}, has model.{key} {value}, and the config says "
                f"{settings[f'model.{key}']}: give the config of the run that is meant."
            )
    [path] = choice.checkpoints.values()
    return path, own["trainer"]["precision"]


def _flat(config: Path) -> dict[str, Any]:
    """Return the keys that a config sets, as ``group.key``."""
    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeError) as error:
        raise InputError(f"{config} cannot be used: {' '.join(str(error).split())}") from error
    flat: dict[str, Any] = {}
    for key, value in (content if isinstance(content, dict) else {}).items():
        flat |= {f"{key}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {key: value}
    return flat
