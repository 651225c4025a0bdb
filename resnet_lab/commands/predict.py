"""``resnet-lab predict RUN --data.images PATH...``: classes of single images, without a data set."""

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from resnet_lab import runs
from resnet_lab.commands.command import Command
from resnet_lab.commands.evaluation_options import HELP, name_further_options
from resnet_lab.commands.lightning_options import add_lightning_options
from resnet_lab.commands.options import OptionParser, note_old_spelling
from resnet_lab.config.find import find_config
from resnet_lab.errors import InputError, as_utf8
from resnet_lab.files import csv_text, write_text
from resnet_lab.output import give, remark
from resnet_lab.program import quoted
from resnet_lab.runs.resolve import run_to_evaluate
from resnet_lab.suggestions import nearest_key
from resnet_lab.training.early_check import check_command_line


def predict(arguments: list[str]) -> int:
    """Classify single images, or the held-out split of a run if ``--data.images`` is absent."""
    if HELP & {*arguments}:
        COMMAND.parse(["--help"])
    if any(argument.startswith("--data.images") for argument in arguments):
        return predict_images(arguments)
    check_command_line(["predict", *arguments])

    from resnet_lab.training.command_line import run_command

    return run_command(["predict", *arguments])


def predict_images(arguments: list[str]) -> int:
    """Write path, class and probabilities of images; the exit code is 1 if some could not be read.

    Raises:
        InputError: Images, a run or a checkpoint cannot be found or used.
    """
    options = COMMAND.parse(arguments)
    if missing := next((path for path in options.images if not path.exists()), None):
        raise InputError(f"data.images {missing} does not exist.")
    if options.batch_size < 1:
        raise InputError(f"data.batch_size is {options.batch_size}; it must be 1 or more.")
    above = options.output.absolute().parents if options.output is not None else ()
    if options.output is not None and (options.output.is_dir() or any(folder.is_file() for folder in above)):
        raise InputError(f"--output {options.output} cannot be written: give a file, in a folder.")
    configs = _configs(options)

    from resnet_lab.data.unlabeled_images import find_images
    from resnet_lab.distributed.signals import exit_by_signal
    from resnet_lab.export.predictor import load
    from resnet_lab.training.console import silence_lightning

    silence_lightning()
    images = find_images(options.images)
    checkpoint = _checkpoint(options, configs)
    remark(f"using   {checkpoint} on {len(images)} image{'' if len(images) == 1 else 's'}")
    with exit_by_signal():
        predictor = load(checkpoint)
        decoded, unreadable = predictor.predict_files(images, batch_size=options.batch_size)
    rows = [
        {
            "path": as_utf8(path),
            "class": found.label,
            **{f"probability_{name}": float(f"{p:.9g}") for name, p in found.probabilities.items()},
        }
        for path, found in decoded
    ]
    if options.format == "json":
        text = json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    else:
        text = csv_text(("path", "class", *(f"probability_{name}" for name in predictor.classes)), rows)
    if options.output is None:
        give(text)
    else:
        write_text(options.output, text)
    for reason in unreadable.values():
        remark(f"resnet-lab: {reason}")
    return 1 if unreadable else 0


def add_options(parser: OptionParser) -> None:
    """Add the options for single images."""
    add = parser.add_argument
    add("run", nargs="?", metavar="RUN|NAME", help="a run folder, or the name of runs: the newest finished one")
    add(
        "--data.images",
        dest="images",
        nargs="+",
        action="extend",
        type=Path,
        required=True,
        metavar="PATH",
        help="image files, or folders of images; without this option, the held-out split of the run is classified",
    )
    add("-c", "--config", action="append", default=[], help="a config, for the newest finished run of its name")
    add("--name", help="name of the run, if it is not the config's")
    add("--ckpt_path", help="best or last (of RUN; default: best), or a checkpoint or exported file in place of RUN")
    add("--logs", type=Path, help="folder of all runs (default: that of the config, or lightning_logs)")
    add("--data.batch_size", dest="batch_size", type=int, default=32, help="images per batch (default: %(default)s)")
    add(
        "--format",
        choices=("csv", "json"),
        default="csv",
        help="form of the answer for single images (default: %(default)s)",
    )
    add(
        "--allocator",
        choices=("auto", "system"),
        default="auto",
        help="memory allocator; it changes the speed and no result",
    )
    add(
        "--output",
        type=Path,
        help="for single images: a file, in place of the screen; for the split: a folder, in place of the run's own",
    )
    name_further_options(parser, "predict")


def _configs(options: argparse.Namespace) -> list[Path]:
    """Return the configs of the command line, after that of the run that it names; none for a checkpoint file."""
    if options.ckpt_path not in (None, "best", "last"):
        return []
    words = list(options.config)
    if options.run is not None:
        words.insert(0, str(run_to_evaluate(options.run, runs.logs_folder(options.logs, None)).config_path))
    return [find_config(word) for word in words]


def _checkpoint(options: argparse.Namespace, configs: Sequence[Path]) -> Path:
    """Return the file that holds the network."""
    from resnet_lab.checkpoint.choice import choose_checkpoints
    from resnet_lab.config.overrides import flat_config, given_settings, refuse_contradictions
    from resnet_lab.runs.network_name import name_of_run
    from resnet_lab.runs.resolve import run_with_config

    if options.ckpt_path and options.ckpt_path not in ("best", "last"):
        if options.run or options.config or options.name:
            raise InputError("--ckpt_path FILE stands for itself: leave RUN, --config and --name out.")
        if not Path(options.ckpt_path).is_file():
            raise InputError(f"There is no checkpoint {options.ckpt_path}.")
        return Path(options.ckpt_path)
    arguments = ["predict", *(f"--config={config}" for config in configs)]
    settings = given_settings(arguments)
    name = options.name or settings.get("name")
    if not isinstance(name, str | None):
        raise InputError(f"name is {name}; it must be text: put it in quotes.")
    if name is None:
        raise InputError("Whose checkpoint? Name a run (resnet-lab predict plain34 ...), or give --ckpt_path FILE.")
    if options.run is None and not options.config:
        note_old_spelling("--name", quoted(name))
    elif options.run is None and (named := run_with_config(configs)) is not None:
        note_old_spelling("--config", quoted(str(named.path)))
    logs = runs.logs_folder(options.logs, settings.get("trainer.default_root_dir"))
    if options.name is None:
        network = {key: settings.get(f"model.{key}", value) for key, value in (("residual", True), ("depth", 34))}
        name = name_of_run(arguments, name, **network, logs=logs)
    choice = choose_checkpoints(options.ckpt_path, configs, logs, name, both=False)
    assert choice.run is not None
    refuse_contradictions(settings, choice.run.config_path)
    own = flat_config(choice.run.config_path)
    for key in settings:
        if "." in key and key not in own and not key.startswith("trainer."):
            raise InputError(f"There is no key {key}{nearest_key(key, own)}")
    [path] = choice.checkpoints.values()
    return path


COMMAND = Command(
    name="predict",
    summary="classify images (--data.images PATH...), or the held-out split",
    run=predict,
    add_options=add_options,
    add_completions=partial(add_lightning_options, command="predict"),
    position=40,
    usage="resnet-lab predict RUN [--data.images PATH...] [OPTIONS]",
    description="Classify single images, or without --data.images the held-out split of the run. The network is the "
    "best checkpoint of RUN, or the one that --ckpt_path gives.",
    epilog="example:\n  resnet-lab predict plain34 --data.images FOLDER    by the newest finished run of this name",
    computes=True,
)
