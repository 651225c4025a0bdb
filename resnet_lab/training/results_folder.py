"""Results folder of an evaluation; results of other data, precisions and checkpoints stay beside each other."""

from pathlib import Path

from resnet_lab.checkpoint.choice import Choice
from resnet_lab.errors import InputError


def check_output(output: Path | None, choice: Choice) -> None:
    """Refuse a missing or occupied output folder before anything is computed.

    Args:
        output: ``--output``.
        choice: The checkpoints that are evaluated, and their run.

    Raises:
        InputError: A checkpoint outside a run folder has no ``output``, or ``output`` is not empty.
    """
    if output is None and choice.run is None:
        [path] = choice.checkpoints.values()
        raise InputError(f"{path} is not in the checkpoints/ of a run folder: give --output FOLDER for the results.")
    if output is None:
        return
    for folder in output.absolute().parents:
        if (folder / "status.json").exists() and (folder / "config.yaml").exists():
            raise InputError(
                f"--output {output} lies in the run folder {folder}, which holds its own results; name another one."
            )
        if folder.exists() and not folder.is_dir():
            raise InputError(f"--output {output} cannot be made: {folder} is no folder.")
    if output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise InputError(f"--output {output} exists and is not an empty folder; name another one.")


def results_folder(
    kind: str, choice: Choice, *, output: Path | None, fingerprint: str, precision: object, requested: str | None
) -> Path:
    """Return ``output``, or a folder in the run. ``test/`` is only for the run's own data, precision and checkpoints.

    Args:
        kind: ``test`` or ``predict``.
        choice: The checkpoints that are evaluated, and their run.
        output: ``--output``.
        fingerprint: Fingerprint of the data of the evaluation.
        precision: Precision of the evaluation.
        requested: ``--ckpt_path``.
    """
    if output is not None:
        return output
    assert choice.run is not None  # see check_output
    parts = [kind]
    if fingerprint != choice.fingerprint:
        parts.append(fingerprint[:8])
    if precision != choice.trainer.get("precision"):
        parts.append(str(precision))
    if requested:
        parts.append(next(iter(choice.checkpoints)))
    return choice.run.path / "-".join(parts)
