"""What a run says of itself on the screen: before it starts, when it is done, when it was tested."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resnet_lab.runs import Run


def start_block(run: Run, facts: dict[str, Any]) -> str:
    """Return the few lines that name the arm, the data, the device and the run folder."""
    sizes = ", ".join(f"{split} {size:,}" for split, size in facts["split_sizes"].items())
    return "\n".join(
        (
            f"arm     {facts['name']}: {facts['arm']}, {facts['parameters']:,} parameters, seed {facts['seed']}",
            f"data    {facts['root']}: {sizes}; classes {', '.join(facts['classes'])}",
            f"device  {facts['hardware']['device']}, {facts['precision']}, {facts['threads']} threads, "
            f"{facts['workers']} workers",
            f"run     {run.path}",
        )
    )


def end_block(run: Run) -> str:
    """Return where the run is, how it ended, and what to type next."""
    final, status = run.final_metrics(), run.status()
    lines = [f"run     {run.path} finished in {status['wall_seconds'] / 60:.1f} minutes"]
    for which, epoch in (("last", status["epochs"]), ("best", status["best_epoch"])):
        figures = "; ".join(
            f"{split} accuracy {m['accuracy']:.4f}, loss {m['loss']:.4f}" for split, m in final[which].items()
        )
        lines.append(f"{which}    epoch {epoch}: {figures} (evaluation transform)")
    lines.append(f"next    resnet-lab test --config {run.config_path}")
    return "\n".join(lines)


def score_block(folder: Path, scores: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a line for each tested checkpoint, and where the results are."""
    lines = [
        f"{which}    accuracy {s['accuracy']:.4f}, balanced {s['balanced_accuracy']:.4f}, loss {s['loss']:.4f}, "
        f"calibration error {s['calibration_error']:.4f}; {s['n']} images"
        for which, s in scores.items()
    ]
    return "\n".join([*lines, f"wrote   {folder}"])
