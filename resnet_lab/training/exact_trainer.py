"""Lightning's Trainer, for a command line that tells 1 from 1.0, and for processes that end together."""

from typing import Any

from lightning.pytorch import Trainer
from typing_extensions import override


class ExactTrainer(Trainer):
    """Lightning's Trainer, where the command line keeps 1, one batch, apart from 1.0, all of them.

    Lightning (2.6) annotates both as ``Union[int, float]``, which ``typing`` may give back as another module's
    ``Union[float, int]``; jsonargparse then reads 1 as 1.0.

    ``is_to_end`` is set by :class:`EndTogether`: Lightning, and callbacks, then see ``received_sigterm`` in every
    process after the same batch.
    """

    is_to_end = False

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

    @property
    @override
    def received_sigterm(self) -> bool:
        """Whether the trainer is to end."""
        return super().received_sigterm or self.is_to_end
