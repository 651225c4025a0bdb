"""Hooks are there for the forward pass of a sampled step, and for nothing else."""

import math

import pytest
import torch
from lightning.pytorch import Callback

from resnet_lab import Classifier
from resnet_lab.diagnostics.callbacks import COLUMNS, DIAGNOSTICS, diagnostics_callbacks
from resnet_lab.diagnostics.forward_hooks import ForwardHookDiagnostic, is_compiled
from resnet_lab.model.backbone import ResNet


def hooks(model):
    return sum(len(module._forward_hooks) for module in model.backbone.modules())


@pytest.fixture
def model():
    return Classifier(2, lr=3e-4, weight_decay=0.1, label_smoothing=0.1, warmup_epochs=1, depth=20)


class CountHooks(Callback):
    """Count the hooks at the end of each forward pass, backward pass and batch."""

    def __init__(self):
        self.forward, self.backward, self.between = [], [], []

    def on_train_start(self, trainer, model):
        def count(network, *_):
            if network.training:
                self.forward.append(hooks(model) - 1)  # this one is one

        model.backbone.register_forward_hook(count)

    def on_after_backward(self, trainer, model):
        self.backward.append(hooks(model) - 1)

    def on_train_batch_end(self, trainer, model, *_):
        self.between.append(hooks(model) - 1)


def test_only_a_sampled_step_has_hooks_and_only_in_its_forward_pass(train, model):
    counts = CountHooks()
    train([*diagnostics_callbacks(2), counts], model)
    some = counts.forward[0]
    assert some >= 19 + 19 + 10  # BatchNorms for responses, and those and ReLUs for the dead
    assert counts.forward == [some, 0, some] * 2
    assert counts.backward == counts.between == [0] * 6


def test_of_batches_that_are_accumulated_the_last_one_is_looked_at(train, model):
    counts = CountHooks()
    train([*diagnostics_callbacks(1), counts], model, accumulate_grad_batches=2)
    some = max(counts.forward)
    assert counts.forward == [0, some, some] * 2  # the third batch is what is left over


def test_no_hook_outlives_an_exception(train, model, monkeypatch):
    def fail(*_, **__):
        raise ConnectionAbortedError

    monkeypatch.setattr(model.backbone.layer3[2], "forward", fail)
    with pytest.raises(ConnectionAbortedError):
        train(diagnostics_callbacks(1), model)
    assert hooks(model) == 0


def test_a_compiled_network_gets_no_hooks(train, model, monkeypatch):
    """Compiling takes long, so torch.compile gives back here what it was given."""
    monkeypatch.setattr(torch, "compile", lambda call: call)
    assert not is_compiled(model.backbone)
    model.backbone.compile()
    assert is_compiled(model.backbone)
    counts = CountHooks()
    table, *others = diagnostics_callbacks(1)
    train([table, *others, counts], model, max_epochs=1)
    assert set(counts.forward) == {0}
    network = dict(zip(COLUMNS, table.samples[0].values[-1].tolist(), strict=True))
    without_hooks = {one.column for one in DIAGNOSTICS if not issubclass(one, ForwardHookDiagnostic)}
    assert {column for column, value in network.items() if math.isfinite(value)} == without_hooks >= {"gradient_norm"}


@pytest.mark.slow
def test_a_really_compiled_network_is_compiled_once_and_its_bits_are_the_same(train):
    from torch._dynamo.testing import CompileCounterWithBackend  # slow to import

    assert is_compiled(torch.compile(ResNet(20), backend="eager"))
    weights, compiled = [], []
    for callbacks in (diagnostics_callbacks(1), []):
        torch.manual_seed(0)
        model = Classifier(2, lr=3e-4, weight_decay=0.1, label_smoothing=0.1, warmup_epochs=1, depth=20)
        torch.compiler.reset()
        counter = CompileCounterWithBackend("eager")
        model.backbone.compile(backend=counter)
        train(callbacks, model, max_epochs=1, limit_train_batches=2, limit_val_batches=0)
        weights.append(model.state_dict())
        compiled.append(counter.frame_count)
    torch.testing.assert_close(*weights, rtol=0, atol=0)
    assert compiled[0] == compiled[1] > 0
