"""Options of Lightning that cannot do here what they say, each refused by name."""

from typing import Any

from resnet_lab.errors import InputError


def refuse_to_fit(trainer: Any, requested_checkpoint: str | None) -> None:
    """Check the options of ``fit``.

    Args:
        trainer: The config's ``trainer``.
        requested_checkpoint: ``--ckpt_path``.

    Raises:
        InputError: An option that cannot be followed.
    """
    if requested_checkpoint:
        raise InputError("fit cannot go on from a checkpoint yet; leave --ckpt_path out to start a new run.")
    if trainer.max_epochs == 0 or trainer.max_steps == 0:
        raise InputError("trainer.max_epochs or trainer.max_steps is 0; nothing would be trained.")


def refuse_to_evaluate(trainer: Any, command: str) -> None:
    """Check the options of ``validate``, ``test`` or ``predict``.

    The evaluation order is by class, so a part of a split would be its first classes.

    Args:
        trainer: The config's ``trainer``.
        command: The command's name.

    Raises:
        InputError: An option that cannot be followed.
    """
    limit = f"limit_{'val' if command == 'validate' else command}_batches"
    for key in (limit, "fast_dev_run", "overfit_batches"):
        if trainer[key]:
            raise InputError(
                f"trainer.{key} would score a part of the split under the name of the whole: leave it out."
            )
