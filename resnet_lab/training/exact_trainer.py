"""Trainer of the command line, which tells 1 (one batch) from 1.0 (all batches)."""

from typing import Any

from resnet_lab.distributed.shutdown import StoppableTrainer


class ExactTrainer(StoppableTrainer):
    """Trainer that tells 1 (one batch) from 1.0 (all batches) on the command line.

    Lightning (2.6) annotates both as ``Union[int, float]``, which ``typing`` may give back as another module's
    ``Union[float, int]``; jsonargparse then reads 1 as 1.0.
    """

    def __init__(
        self,
        *args: Any,
        limit_train_batches: int | float | None = None,
        limit_val_batches: int | float | None = None,
        limit_test_batches: int | float | None = None,
        limit_predict_batches: int | float | None = None,
        overfit_batches: int | float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            *args,
            limit_train_batches=limit_train_batches,
            limit_val_batches=limit_val_batches,
            limit_test_batches=limit_test_batches,
            limit_predict_batches=limit_predict_batches,
            overfit_batches=overfit_batches,
            **kwargs,
        )
