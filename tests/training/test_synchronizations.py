"""The training loop of a fit lets the host run ahead of a GPU: it waits once per step, to see that nothing diverged."""

import pytest
from fixtures.synchronizations import CountSynchronizations


@pytest.mark.timeout(120)
@pytest.mark.parametrize("options", ["", "--model.class_weights balanced --trainer.accumulate_grad_batches 2"])
def test_the_host_waits_once_per_batch_to_see_that_the_objective_is_finite(fit_tiny, options):
    """That wait keeps a promise: an objective that is not finite never gets into the weights (docs/speed.md)."""
    CountSynchronizations.found, CountSynchronizations.steps = None, 0
    fit_tiny(
        f"waits-{len(options)}",
        "--data.num_workers 1 --data.batch_size 4 --trainer.max_epochs 1 --diagnostics.every_n_steps 0 "
        f"--trainer.callbacks+=fixtures.synchronizations.CountSynchronizations {options}",
    )
    steps = CountSynchronizations.steps
    assert steps > 2
    assert CountSynchronizations.found == {("_local_scalar_dense", "classifier.py, training_step"): steps}
