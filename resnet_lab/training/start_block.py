"""What a run says of itself before it starts, and when it is done."""

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
