"""Options of Lightning that cannot do here what they say, each refused by name."""

from collections.abc import Mapping
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
    if trainer.limit_train_batches == 0:
        raise InputError("trainer.limit_train_batches is 0; nothing would be trained.")


def refuse_to_evaluate(trainer: Any, command: str, own: Mapping[str, Any]) -> None:
    """Check the options of ``validate``, ``test`` or ``predict``; what a run's own config limits is lifted.

    The evaluation order is by class, so a part of a split would be its first classes.

    Args:
        trainer: The config's ``trainer``; changed in place.
        command: The command's name.
        own: ``trainer`` of the run's config: what it limited while training says nothing of an evaluation.

    Raises:
        InputError: An option that cannot be followed.
    """
    limit = f"limit_{'val' if command == 'validate' else command}_batches"
    for key, without in ((limit, None), ("fast_dev_run", False), ("overfit_batches", 0.0)):
        value = trainer[key]
        if value is None or (key != limit and not value):
            continue
        if own.get(key) != value:
            raise InputError(f"trainer.{key} limits what is scored, and scores are of whole splits: leave it out.")
        trainer[key] = without
