"""What a run says of itself on the screen: before it starts, when it is done, when it was tested; and what it hides."""

import logging
import shlex
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resnet_lab.checkpoint.choice import Choice
from resnet_lab.data.folder import ImageFolder
from resnet_lab.errors import printable
from resnet_lab.runs import Run, Status


def quieten() -> None:
    """Keep Lightning's running commentary, advertisements and known false alarms (2.6) off the screen."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("lightning.pytorch.profilers").setLevel(logging.INFO)  # reports that were asked for
    # torch 2.14 deprecates what Lightning calls; the user can do nothing about it.
    warnings.filterwarnings("ignore", message=".*LeafSpec.*is deprecated", category=FutureWarning)
    # The number of workers is the recipe's: it is a hyper-parameter of a timing, never of a result.
    warnings.filterwarnings("ignore", message=".*does not have many workers")
    # A hint for runs of several processes, given to all wherever SLURM is installed.
    warnings.filterwarnings("ignore", message="The `srun` command is available")
    # The callbacks that a fit brings along have nothing to do in a test.
    warnings.filterwarnings("ignore", message=".*callbacks used to create the checkpoint need to be provided")


def start_block(
    run: Run, facts: Mapping[str, Any], images: ImageFolder, cache: str, resumption: Mapping[str, Any] | None = None
) -> str:
    """Return the few lines that name the arm, the data, the device and the run folder, and where a run goes on.

    Args:
        run: The run folder.
        facts: What ``status.json`` says of the run.
        images: Its data.
        cache: Where the pixels come from.
        resumption: Of a resumed run: ``epoch`` and ``step`` where it goes on, and what is new.
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
    """Say how many images an optimizer step sees; nothing where that is one batch."""
    images, batch, processes = facts["batch_size_effective"], facts["batch_size"], facts["processes"]
    accumulated = images // (batch * processes)
    if images == batch:
        return []
    factors = [f"batches of {batch:,}"] + [f"{processes} processes"] * (processes > 1)
    return [f"step    {images:,} images: {' x '.join([*factors, *[f'{accumulated} accumulated'] * (accumulated > 1)])}"]


def end_block(run: Run) -> str:
    """Return where the run is, how it ended, and what to type next."""
    final, status = run.final_metrics(), run.status()
    lines = [f"run     {run.path} finished in {status.wall_seconds / 60:.1f} minutes"]
    for which, epoch in status.checkpoint_epochs.items():
        figures = "; ".join(
            f"{split} accuracy {m['accuracy']:.4f}, loss {m['loss']:.4f}" for split, m in final[which].items()
        )
        lines.append(f"{which}    epoch {epoch}: {figures} (evaluation transform)")
    if status.images_per_second:
        lines.append(f"speed   {_speed(status)}")
    lines.append(f"next    resnet-lab test {shlex.quote(str(run.path))}")
    return "\n".join(lines)


def _speed(status: Status) -> str:
    parts = [f"{status.images_per_second:.1f} images/s", f"{status.data_wait:.1%} of the time waiting for data"]
    if status.peak_share and status.peak_gflops:
        peak = status.peak_gflops * status.processes
        parts.append(f"{status.peak_share:.0%} of the {peak:,.0f} GFLOP/s of a matrix product here")
    return "; ".join(parts)


def choice_block(choice: Choice, fingerprint: str) -> str:
    """Return which run and checkpoints are used, and a warning if the data are not the run's own.

    Args:
        choice: The run and its checkpoints.
        fingerprint: That of the data at hand.
    """
    files = ", ".join(path.name for path in choice.checkpoints.values())
    lines = [f"run     {choice.run.path} ({files})" if choice.run is not None else f"using   {files}"]
    if fingerprint != choice.fingerprint:
        lines.append("note    these data are not the ones of the run: it may have been trained on images scored here")
    return "\n".join(lines)


def split_line(which: str, split: str, figures: Mapping[str, float]) -> str:
    """Return one checkpoint's figures on one split."""
    return f"{which:<7} {split} accuracy {figures['accuracy']:.4f}, loss {figures['loss']:.4f}"


def score_block(folder: Path, scores: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a line for each tested checkpoint, and where the results are."""
    lines = [
        f"{which:<7} accuracy {s['accuracy']:.4f}, balanced {s['balanced_accuracy']:.4f}, loss {s['loss']:.4f}, "
        f"calibration error {s['calibration_error']:.4f}; {s['n']} images"
        for which, s in scores.items()
    ]
    return "\n".join([*lines, f"wrote   {folder}"])


def interrupted_line(run: Run) -> str:
    """Return how to go on with a run that was interrupted."""
    return f"resnet-lab: interrupted; go on with: resnet-lab fit --resume {shlex.quote(str(run.path))}"
