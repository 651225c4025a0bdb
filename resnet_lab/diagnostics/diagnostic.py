"""Base class of a diagnostic: one value per layer of a sampled optimizer step, in one column."""

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar

from lightning.pytorch import Callback

from resnet_lab.diagnostics.table import DiagnosticsTable


class Diagnostic(Callback, ABC):
    """Measure each layer in a sampled optimizer step, and record the values in one column of the table.

    A diagnostic is one file with one subclass. The subclass declares its column and the text of its documentation, and
    measures in Lightning's hooks while :attr:`sampling` is true. :mod:`resnet_lab.diagnostics.callbacks` lists all
    diagnostics; the columns of the file, of TensorBoard and of checkpoints follow from that list. A column that is
    added later is empty in the samples that a resumed run took before. A diagnostic must not change the training: it
    draws no random numbers and writes to no parameter, gradient or buffer.

    **State from step to step.** Most diagnostics need none. A diagnostic that compares a step with an earlier one keeps
    values between steps, and a resumed fit must have them too. Such a diagnostic overrides ``state_dict`` and
    ``load_state_dict``: Lightning stores the result of ``state_dict`` in every checkpoint under the name of the class,
    and passes it to ``load_state_dict`` before the first step of a resumed fit. The state holds tensors, numbers and
    text only, because checkpoints are read without pickled code. A checkpoint copies the tensors, so ``state_dict`` may
    return the originals; ``load_state_dict`` receives them on the CPU. A run that was started before the diagnostic
    existed has no state, and ``load_state_dict`` is not called: its first sample then has no earlier step and records
    nothing. With several processes, only rank zero samples and saves.

    Args:
        table: The table that takes the values; a callback that comes before this one.
    """

    column: ClassVar[str]
    """Name of the column in ``diagnostics.csv``; the curve in loggers is ``diagnostics/<column>``."""
    of_layer: ClassVar[str]
    """Documentation of the value of a layer, one line."""
    of_network: ClassVar[str]
    """Documentation of the value of the whole network, one line."""

    def __init__(self, table: DiagnosticsTable) -> None:
        self.table = table

    @property
    def sampling(self) -> bool:
        """Whether the optimizer step under way, or the one just taken, is sampled."""
        return self.table.sampling

    def record(self, values: Mapping[str, float]) -> None:
        """Write the values of the sampled step into the table.

        Args:
            values: Values by layer; ``all`` is the whole network. A layer without a value is left empty.
        """
        self.table.record(self.column, values)
