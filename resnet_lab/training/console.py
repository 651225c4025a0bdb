"""Console output of a run: blocks of lines at its start, its end and its test; and silence of Lightning's comments."""

import io
import logging
import warnings
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from resnet_lab.checkpoint.choice import Choice
from resnet_lab.checkpoint.start_weights import start_line
from resnet_lab.data.folder import ImageFolder
from resnet_lab.errors import printable
from resnet_lab.program import command_line
from resnet_lab.runs import LOGS, Run
from resnet_lab.statistics.chance import learned_nothing, most_frequent


def silence_lightning() -> None:
    """Keep Lightning's comments, advertisements and known false alarms (2.6) off the console."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("lightning.pytorch.profilers").setLevel(logging.INFO)  # reports that the user asked for
    # Lightning calls something that torch 2.14 deprecates; the user can do nothing about it.
    warnings.filterwarnings("ignore", message=".*LeafSpec.*is deprecated", category=FutureWarning)
    # The recipe sets the number of workers. It changes the speed of a run, never its results.
    warnings.filterwarnings("ignore", message=".*does not have many workers")
    # A hint for runs of several processes, which Lightning shows to every run where SLURM is installed.
    warnings.filterwarnings("ignore", message="The `srun` command is available")
    # The callbacks of a fit have nothing to do in a test.
    warnings.filterwarnings("ignore", message=".*callbacks used to create the checkpoint need to be provided")


def silence_wandb() -> None:
    """Keep a false alarm of wandb (0.31) off the console: its warning of a setting that Lightning (2.6) always gives.

    wandb prints the warning once in a process, so it is printed here, where nobody reads it.
    """
    import wandb

    with redirect_stderr(io.StringIO()):
        wandb.Settings(anonymous=None)


def start_block(
    run: Run, facts: Mapping[str, Any], images: ImageFolder, cache: str, resumption: Mapping[str, Any] | None = None
) -> str:
    """Return the lines at the start: network, data, device, run folder, and the place where a resumed run continues.

    Args:
        run: The run folder.
        facts: The facts of the run in ``status.json``.
        images: The data of the run.
        cache: The source of the pixels, in words.
        resumption: Only of a resumed run: ``epoch`` and ``step`` where it continues, and the changes since it stopped.
    """
    sizes = "{train:,} images to train on, {val:,} to validate, {test:,} kept for the test"
    residual = "with" if facts["arm"].startswith("ResNet") else "without"
    counts = Counter(images.labels("train"))
    classes = ", ".join(f"{name} {counts[k]:,}" for k, name in enumerate(images.classes))
    lines = [
        f"network {facts['name']}: {facts['arm']} {residual} residual connections, {facts['parameters']:,} parameters",
        *([start_line(facts["init_from"])] if facts.get("init_from") else []),
        f"seed    {facts['seed']}",
        f"data    {facts['root']}: {sizes.format(**facts['split_sizes'])}",
        f"classes {classes} to train on",
        f"cache   {cache}",
        f"device  {facts['hardware']['device']}, {facts['precision']}, {_number(facts['threads'], 'thread')}; "
        f"{_number(facts['workers'], 'worker')} to read images; allocator {facts['allocator']}",
        *_step(facts),
        f"run     {run.path}",
    ]
    if resumption is not None:
        changed = sorted(resumption.keys() - {"epoch", "step"})
        lines.append(f"resume  after step {resumption['step']:,}, in epoch {resumption['epoch']}")
        if changed:
            lines.append(f"note    {', '.join(changed)} changed since: what follows may differ in its last bits")
    for split in ("val", "test"):
        if absent := sorted(set(images.classes) - set(images.splits[split].classes)):
            lines.append(f"note    {split} has no image of: {', '.join(absent)}")
    lines += [f"note    {doubt}; resnet-lab data check has details" for doubt in images.doubts]
    if images.passed_over:
        names = ", ".join(printable(path.relative_to(images.root)) for path in images.passed_over[:3])
        more = ", ..." if len(images.passed_over) > 3 else ""
        files = _number(len(images.passed_over), "file")
        lines.append(f"note    ignored {files} outside class folders or of another kind: {names}{more}")
    if images.skipped:
        skipped, are = _number(len(images.skipped), "image"), "is" if len(images.skipped) == 1 else "are"
        lines.append(f"note    {skipped} cannot be used and {are} left out; status.json lists them")
    if images.leaks:
        copies = f"{_number(images.leaks, 'image')} with a copy in another split or under another label"
        lines.append(f"note    {copies}; data.allow_leaks accepts it")
    return "\n".join(lines)


def _step(facts: Mapping[str, Any]) -> list[str]:
    """Return one line with the number of images per optimizer step; no line if that is one batch."""
    images, batch, processes = facts["batch_size_effective"], facts["batch_size"], facts["processes"]
    accumulated = images // (batch * processes)
    if images == batch:
        return []
    factors = [f"batches of {batch:,}"] + [f"{processes} processes"] * (processes > 1)
    return [f"step    {images:,} images: {' x '.join([*factors, *[f'{accumulated} accumulated'] * (accumulated > 1)])}"]


def end_block(run: Run, validated: Mapping[str, Any], *, test_follows: bool = False) -> str:
    """Return the lines at the end of a fit: run folder, scores of the kept networks, speed, and the next commands.

    If the best checkpoint has learned nothing, the first line says so.

    Args:
        run: The run folder.
        validated: Scores of the best checkpoint on the validation split, with ``confusion_matrix``.
        test_follows: The same process tests the run next, so that this is no next command.
    """
    final, status = run.final_metrics(), run.status()
    lines = nothing_learned({"best": validated}, "validation")
    lines.append(f"done    in {status.wall_seconds / 60:.1f} minutes; all results are in {run.path}")
    lines.append("scores  of the two checkpoints that are kept, on images without augmentation:")
    names = {"train": "training", "val": "validation"}
    lines.append("".join([" " * 19, *(f"{names[split]:<21}" for split in final["best"])]).rstrip())
    lines.append(" " * 15 + "       loss  accuracy" * len(final["best"]))
    for checkpoint, epoch in status.checkpoint_epochs.items():
        scores = "".join(f"{s['loss']:11.4f}{s['accuracy']:10.4f}" for s in final[checkpoint].values())
        lines.append(f"{f'{checkpoint}, epoch {epoch}':<15}{scores}")
    if status.images_per_second:
        waiting = f"{status.data_wait:.1%} of the time waiting for images"
        lines.append(f"speed   {status.images_per_second:.1f} images per second, {waiting}")
    logs = run.path.parent.parent
    dashboard = command_line("dashboard", *([] if str(logs) == LOGS else ["--logs", logs]))
    commands = [dashboard] if test_follows else [command_line("test", run.path), dashboard]
    return "\n".join([*lines, f"next    {commands[0]}", *(f"        {command}" for command in commands[1:])])


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def choice_block(choice: Choice, fingerprint: str) -> str:
    """Return the run and the checkpoints that are used, and a warning if the data are not the run's own.

    Args:
        choice: The run and its checkpoints.
        fingerprint: Fingerprint of the data that are scored.
    """
    files = ", ".join(path.name for path in choice.checkpoints.values())
    lines = [f"run     {choice.run.path} ({files})" if choice.run is not None else f"using   {files}"]
    if fingerprint != choice.fingerprint:
        lines.append(
            "note    these are not the data of the run, which may have been trained on images that are scored here"
        )
    return "\n".join(lines)


def nothing_learned(scores: Mapping[str, Mapping[str, Any]], split: str) -> list[str]:
    """Return one line if checkpoints have learned nothing; no line if all have learned something.

    Args:
        scores: Scores of each checkpoint on one split, with ``per_class`` and ``confusion_matrix``.
        split: Name of the split, for the line.
    """
    without = [checkpoint for checkpoint, of in scores.items() if learned_nothing(of["confusion_matrix"])]
    if not without:
        return []
    subject = "this network" if len(without) == len(scores) else f"the {without[0]} checkpoint"
    counts = {name: of["n"] for name, of in scores[without[0]]["per_class"].items()}
    index, share = most_frequent(list(counts.values()))
    return [
        f"note    {subject} has learned nothing: on the {split} split it is no better than always predicting "
        f"{list(counts)[index]} ({share:.1%})"
    ]


def split_block(checkpoint: str, scores: Mapping[str, float], validated: Mapping[str, Any]) -> str:
    """Return the scores of one checkpoint on the validation split; before it, that it has learned nothing.

    Args:
        checkpoint: Name of the checkpoint.
        scores: Its accuracy and loss, as they are logged.
        validated: Its scores with ``confusion_matrix``.
    """
    line = f"{checkpoint:<7} val accuracy {scores['accuracy']:.4f}, loss {scores['loss']:.4f}"
    return "\n".join([*nothing_learned({checkpoint: validated}, "validation"), line])


def score_block(folder: Path, scores: Mapping[str, Mapping[str, Any]]) -> str:
    """Return one line per tested checkpoint, and the folder of the results; first, which have learned nothing."""
    lines = [
        f"{checkpoint:<7} accuracy {s['accuracy']:.4f}, balanced {s['balanced_accuracy']:.4f}, loss {s['loss']:.4f}, "
        f"calibration error {s['calibration_error']:.4f}; {s['n']} images"
        for checkpoint, s in scores.items()
    ]
    return "\n".join([*nothing_learned(scores, "test"), *lines, f"wrote   {folder}"])


def interrupted_line(run: Run) -> str:
    """Return a line with the command that resumes an interrupted run."""
    return f"resnet-lab: interrupted; go on with: {command_line('fit', '--resume', run.path)}"
