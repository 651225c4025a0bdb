"""Console output of a run: blocks of lines at its start, its end and its test; and silence of Lightning's comments."""

import logging
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resnet_lab.checkpoint.choice import Choice
from resnet_lab.data.folder import ImageFolder
from resnet_lab.errors import printable
from resnet_lab.program import command_line
from resnet_lab.runs import Run, Status
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


def start_block(
    run: Run, facts: Mapping[str, Any], images: ImageFolder, cache: str, resumption: Mapping[str, Any] | None = None
) -> str:
    """Return the lines at the start: arm, data, device, run folder, and the place where a resumed run continues.

    Args:
        run: The run folder.
        facts: The facts of the run in ``status.json``.
        images: The data of the run.
        cache: The source of the pixels, in words.
        resumption: Only of a resumed run: ``epoch`` and ``step`` where it continues, and the changes since it stopped.
    """
    sizes = ", ".join(f"{split} {size:,}" for split, size in facts["split_sizes"].items())
    counts = Counter(images.labels("train"))
    classes = ", ".join(f"{name} {counts[k]:,}" for k, name in enumerate(images.classes))
    lines = [
        f"arm     {facts['name']}: {facts['arm']}, {facts['parameters']:,} parameters, seed {facts['seed']}",
        f"data    {facts['root']}: {sizes}; to train on: {classes}",
        f"cache   {cache}",
        f"device  {facts['hardware']['device']}, {facts['precision']}, {facts['threads']} threads, "
        f"{facts['workers']} workers, allocator {facts['allocator']}",
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
        lines.append(f"note    {len(images.passed_over):,} files are no images of a class, passed over: {names}{more}")
    if images.skipped:
        lines.append(f"note    {len(images.skipped):,} images cannot be used and are left out; status.json lists them")
    if images.leaks:
        lines.append(f"note    {images.leaks:,} contents stand in two splits or under two labels, as allowed")
    return "\n".join(lines)


def _step(facts: Mapping[str, Any]) -> list[str]:
    """Return one line with the number of images per optimizer step; no line if that is one batch."""
    images, batch, processes = facts["batch_size_effective"], facts["batch_size"], facts["processes"]
    accumulated = images // (batch * processes)
    if images == batch:
        return []
    factors = [f"batches of {batch:,}"] + [f"{processes} processes"] * (processes > 1)
    return [f"step    {images:,} images: {' x '.join([*factors, *[f'{accumulated} accumulated'] * (accumulated > 1)])}"]


def end_block(run: Run, validated: Mapping[str, Any]) -> str:
    """Return the lines at the end of a fit: run folder, final scores, speed, and the next command.

    If the best checkpoint has learned nothing, the first line says so.

    Args:
        run: The run folder.
        validated: Scores of the best checkpoint on the validation split, with ``confusion_matrix``.
    """
    final, status = run.final_metrics(), run.status()
    lines = nothing_learned({"best": validated}, "validation")
    lines.append(f"run     {run.path} finished in {status.wall_seconds / 60:.1f} minutes")
    for checkpoint, epoch in status.checkpoint_epochs.items():
        scores = "; ".join(
            f"{split} accuracy {s['accuracy']:.4f}, loss {s['loss']:.4f}" for split, s in final[checkpoint].items()
        )
        lines.append(f"{checkpoint}    epoch {epoch}: {scores} (evaluation transform)")
    if status.images_per_second:
        lines.append(f"speed   {_speed(status)}")
    lines.append(f"next    {command_line('test', run.path)}")
    return "\n".join(lines)


def _speed(status: Status) -> str:
    parts = [f"{status.images_per_second:.1f} images/s", f"{status.data_wait:.1%} of the time waiting for data"]
    if status.peak_share and status.peak_gflops:
        peak = status.peak_gflops * status.processes
        parts.append(f"{status.peak_share:.0%} of the {peak:,.0f} GFLOP/s of a matrix product here")
    return "; ".join(parts)


def choice_block(choice: Choice, fingerprint: str) -> str:
    """Return the run and the checkpoints that are used, and a warning if the data are not the run's own.

    Args:
        choice: The run and its checkpoints.
        fingerprint: Fingerprint of the data that are scored.
    """
    files = ", ".join(path.name for path in choice.checkpoints.values())
    lines = [f"run     {choice.run.path} ({files})" if choice.run is not None else f"using   {files}"]
    if fingerprint != choice.fingerprint:
        lines.append("note    these data are not the ones of the run: it may have been trained on images scored here")
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
