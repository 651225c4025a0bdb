"""Trainer of the command line, which tells 1 (one batch) from 1.0 (all batches)."""

from typing import Annotated, Any

from resnet_lab.distributed.shutdown import StoppableTrainer

BatchLimit = Annotated[int | float, "1: one batch, 1.0: all batches"]
"""Annotation of a limit of batches, which equals no annotation that has ``float`` first."""


class ExactTrainer(StoppableTrainer):
    """Trainer that tells 1 (one batch) from 1.0 (all batches) on the command line.

    Lightning (2.6) annotates both as ``Union[int, float]``. ``typing`` holds ``Union[float, int]`` for equal, caches
    what it builds from either, and may give back the other one; jsonargparse then reads 1 as 1.0. The same happens
    to ``int | float | None``, of which jsonargparse builds an ``Optional``.
    """

    def __init__(
        self,
        *args: Any,
        limit_train_batches: BatchLimit | None = None,
        limit_val_batches: BatchLimit | None = None,
        limit_test_batches: BatchLimit | None = None,
        limit_predict_batches: BatchLimit | None = None,
        overfit_batches: BatchLimit = 0.0,
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
