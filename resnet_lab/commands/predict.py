"""``resnet-lab predict --data.images PATH...``: the classes of single images, without a data set."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from resnet_lab import runs
from resnet_lab.configs import find_config
from resnet_lab.errors import InputError


def predict(arguments: list[str]) -> int:
    """Give path, class and probabilities of images; the exit code is 1 if some could not be read.

    Raises:
        InputError: Images, a run or a checkpoint cannot be found or used.
    """
    options = _parser().parse_args(arguments)

    from resnet_lab.data.unlabelled import find_images
    from resnet_lab.training.hardware import default_precision
    from resnet_lab.training.predict_images import predict_images
    from resnet_lab.training.screen import quieten

    quieten()
    images = find_images(options.images)
    checkpoint, precision = _checkpoint_and_precision(options)
    print(f"using   {checkpoint} on {len(images)} images", file=sys.stderr)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="resnet-lab predict",
        description="Classify images with a run's best checkpoint (--config) or any checkpoint (--ckpt_path).",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--data.images", dest="images", nargs="+", type=Path, required=True, help="image files, or folders of them")
    add("-c", "--config", action="append", default=[], help="a run's config, or a config by its name")
    add("--name", help="name of the run, if not the config's")
    add("--ckpt_path", help="best or last of the run, or a checkpoint file")
    add("--logs", type=Path, default=Path(runs.LOGS), help="folder of the runs (default: %(default)s)")
    add("--data.batch_size", dest="batch_size", type=int, default=32, help="default: %(default)s")
    add("--format", choices=("csv", "json"), default="csv", help="default: %(default)s")
    add("--output", type=Path, help="file to write; without it the result is printed")
    return parser


def _checkpoint_and_precision(options: argparse.Namespace) -> tuple[Path, Any]:
    """Return the checkpoint, and the precision of its run; None for a checkpoint outside a run folder."""
    from resnet_lab.training.checkpoint_choice import choose_checkpoints

    if options.ckpt_path and options.ckpt_path not in ("best", "last"):
        path = Path(options.ckpt_path)
        run = runs.run_of_checkpoint(path)
    else:
        configs = [find_config(config) for config in options.config]
        names = [_name(config) for config in configs] + [options.name]
        name = next((name for name in reversed(names) if name), None)  # the last one given wins
        if name is None:
            raise InputError("Whose checkpoint? Give a run's --config, the --name of a run, or --ckpt_path FILE.")
        choice = choose_checkpoints(options.ckpt_path, configs, options.logs, name, both=False)
        run, [path] = choice.run, choice.checkpoints.values()
    return path, run.config()["trainer"]["precision"] if run else None


def _name(config: Path) -> str | None:
    """Return the name that a config gives its runs, if it does."""
    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeError) as error:
        raise InputError(f"{config} cannot be used: {' '.join(str(error).split())}") from error
    return content.get("name") if isinstance(content, dict) else None
