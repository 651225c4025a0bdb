"""The LightningModule: objective, optimizer, schedule, and metrics that count every image once."""

import csv
from pathlib import Path

import lightning.pytorch as pl
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from lightning.pytorch import Callback
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import DataLoader, TensorDataset

from resnet_lab import Classifier
from resnet_lab.errors import InputError
from resnet_lab.model.class_weights import balanced_weights

pytestmark = pytest.mark.filterwarnings("ignore:.*no `val_dataloader`")  # some of these tests only train

RECIPE = {"lr": 3e-4, "weight_decay": 1e-4, "label_smoothing": 0.1, "warmup_epochs": 1}


def classifier(num_classes: int = 3, **options) -> Classifier:
    torch.manual_seed(0)
    return Classifier(num_classes, **{**RECIPE, "depth": 20, **options})


def images(n: int, num_classes: int = 3) -> TensorDataset:
    generator = torch.Generator().manual_seed(1)
    labels = torch.randint(num_classes, (n,), generator=generator)
    return TensorDataset(torch.randn(n, 3, 16, 16, generator=generator), labels)


def quiet_trainer(**options) -> pl.Trainer:
    return pl.Trainer(
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **options,
    )


class Watch(Callback):
    """Keep each training batch's logits and labels, and the learning rate that its step used."""

    def __init__(self):
        self.logits, self.labels, self.lrs = [], [], []

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        self.handle = pl_module.backbone.register_forward_hook(
            lambda _module, _inputs, output: self.logits.append(output.detach())
        )
        self.labels.append(batch[1])
        self.lrs.append(trainer.optimizers[0].param_groups[0]["lr"])

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.handle.remove()


@pytest.mark.parametrize("num_classes", [3, 7])
def test_training_metrics_weigh_every_image_the_same(num_classes):
    watch = Watch()
    trainer = quiet_trainer(max_epochs=1, callbacks=[watch])
    data = images(13, num_classes)  # 4 + 4 + 4 + 1
    trainer.fit(classifier(num_classes), DataLoader(data, batch_size=4))
    logits, labels = torch.cat(watch.logits).double(), torch.cat(watch.labels)
    log_p = logits.log_softmax(dim=1)
    plain = -log_p[torch.arange(13), labels]
    smoothed = 0.9 * plain - 0.1 * log_p.mean(dim=1)
    measured = trainer.callback_metrics
    assert measured["train/accuracy"].item() == pytest.approx((logits.argmax(1) == labels).double().mean().item())
    assert measured["train/loss"].item() == pytest.approx(plain.mean().item(), rel=1e-6)
    assert measured["train/objective"].item() == pytest.approx(smoothed.mean().item(), rel=1e-6)
    assert ("train/top5_accuracy" in measured) == (num_classes > 5)
    if num_classes > 5:
        in_top5 = (logits.topk(5).indices == labels[:, None]).any(dim=1)
        assert measured["train/top5_accuracy"].item() == pytest.approx(in_top5.double().mean().item())


@pytest.mark.parametrize(("stage", "batch_size"), [("val", 5), ("test", 8), ("val", 13)])
def test_evaluation_equals_a_plain_recomputation(stage, batch_size):
    model, data = classifier(), images(13)
    trainer = quiet_trainer()
    run = trainer.validate if stage == "val" else trainer.test
    run(model, DataLoader(data, batch_size=batch_size), verbose=False)
    with torch.no_grad():
        logits = model.eval().backbone(data.tensors[0])
    labels = data.tensors[1]
    assert trainer.callback_metrics[f"{stage}/accuracy"].item() == pytest.approx(
        (logits.argmax(1) == labels).double().mean().item()
    )
    assert trainer.callback_metrics[f"{stage}/loss"].item() == pytest.approx(
        F.cross_entropy(logits, labels).item(), rel=1e-5
    )
    assert f"{stage}/objective" not in trainer.callback_metrics


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_in_a_balanced_objective_every_class_weighs_the_same(smoothing):
    """Resampling by hand: the mean over classes of each class's mean."""
    data = images(13, 3)
    labels = data.tensors[1]
    counts = labels.bincount(minlength=3).tolist()
    watch = Watch()
    trainer = quiet_trainer(max_epochs=1, callbacks=[watch])
    model = classifier(3, class_weights="balanced", class_counts=counts, label_smoothing=smoothing)
    trainer.fit(model, DataLoader(data, batch_size=4))
    logits, labels = torch.cat(watch.logits).double(), torch.cat(watch.labels)
    log_p = logits.log_softmax(dim=1)
    each = -(1 - smoothing) * log_p[torch.arange(13), labels] - smoothing * log_p.mean(dim=1)
    expected = torch.stack([each[labels == k].mean() for k in range(3)]).mean()
    assert trainer.callback_metrics["train/objective"].item() == pytest.approx(expected.item(), rel=1e-5)
    plain = F.cross_entropy(logits, labels)
    assert trainer.callback_metrics["train/loss"].item() == pytest.approx(plain.item(), rel=1e-5)  # never weighted


def test_in_a_notebook_scores_are_returned_too(tmp_path):
    trainer = quiet_trainer()
    trainer.loggers = [CSVLogger(str(tmp_path))]
    for stage, run in (("val", trainer.validate), ("test", trainer.test)):
        [scores] = run(classifier(), DataLoader(images(13), batch_size=5), verbose=False)
        assert scores[f"{stage}/accuracy"] == trainer.callback_metrics[f"{stage}/accuracy"]


def test_a_balanced_smoothed_objective_is_least_where_the_label_is_most_probable():
    """Torch's own ``weight=`` with smoothing is least elsewhere, once one class is rare enough."""
    weight, label = balanced_weights([2, 98]), torch.tensor([1])
    p_rare = torch.linspace(0.001, 0.999, 999)
    logits = torch.stack([p_rare, 1 - p_rare], dim=1).log()
    torchs = F.cross_entropy(logits, label.expand(999), weight=weight, label_smoothing=0.1, reduction="none")
    assert p_rare[torchs.argmin()] > 0.5
    model = classifier(2, class_weights="balanced", class_counts=[2, 98])
    model.forward = lambda images: images
    model.log = lambda *_, **__: None
    model.trainer = quiet_trainer()
    ours = [model.training_step((row[None], label), 0).item() for row in logits]
    assert p_rare[int(np.argmin(ours))] == pytest.approx(0.05, abs=1e-3)  # e / K


def test_balanced_weights_need_counts_and_leave_no_trace_in_the_weights():
    with pytest.raises(InputError, match="class_weights is balanced, so class_counts are needed"):
        classifier(3, class_weights="balanced")
    model = classifier(3, class_weights="balanced", class_counts=[1, 2, 3])
    assert model.state_dict().keys() == classifier(3).state_dict().keys()
    assert model.hparams.class_counts == [1, 2, 3]
    assert "class_counts" not in classifier(3, class_counts=[1, 2, 3]).hparams


def test_named_weights_are_torchs_weights():
    """``CrossEntropyLoss`` divides the weighted sum by the weights of the batch; here it is a mean over images."""
    classes, weights = ("dent", "ok", "rust"), {"rust": 3.0, "dent": 0.5}
    data = images(13, 3)
    watch = Watch()
    trainer = quiet_trainer(max_epochs=1, callbacks=[watch])
    model = classifier(3, class_weights=weights, classes=classes, label_smoothing=0.0)
    trainer.fit(model, DataLoader(data, batch_size=4))
    logits, labels = torch.cat(watch.logits).double(), torch.cat(watch.labels)
    weight = torch.tensor([0.5, 1.0, 3.0], dtype=torch.float64)
    theirs = torch.nn.CrossEntropyLoss(weight=weight)(logits, labels) * weight[labels].sum() / len(labels)
    assert trainer.callback_metrics["train/objective"].item() == pytest.approx(theirs.item(), rel=1e-5)
    plain = F.cross_entropy(logits, labels)
    assert trainer.callback_metrics["train/loss"].item() == pytest.approx(plain.item(), rel=1e-5)  # never weighted


def test_the_gradient_of_named_weights_is_torchs():
    def gradients(**options) -> dict[str, torch.Tensor]:
        model = classifier(3, label_smoothing=0.0, **options)
        model.log, model.trainer = (lambda *_, **__: None), quiet_trainer()
        pictures, labels = images(6, 3).tensors
        if options:
            model.training_step((pictures, labels), 0).backward()
        else:
            loss = torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0]), reduction="none")
            loss(model(pictures), labels).mean().backward()
        return {name: value.grad for name, value in model.named_parameters()}

    ours, theirs = gradients(class_weights={"b": 2.0, "c": 3.0}, classes=("a", "b", "c")), gradients()
    for name, gradient in theirs.items():
        torch.testing.assert_close(ours[name], gradient)


def test_named_weights_are_kept_in_checkpoints_with_the_names():
    model = classifier(2, class_weights={"b": 2.0}, classes=("a", "b"), class_counts=[1, 2])
    assert model.state_dict().keys() == classifier(2).state_dict().keys()
    assert (model.hparams.class_weights, model.hparams.classes) == ({"b": 2.0}, ("a", "b"))
    assert not {"classes", "class_counts"} & classifier(2, classes=("a", "b"), class_counts=[1, 2]).hparams.keys()


def test_smoothed_loss_stays_above_its_floor():
    # Entropy of the smoothed target for K = 3, e = 0.1, which no smoothed loss can go below.
    perfect = torch.tensor([[3.3322, 0.0, 0.0]])
    assert F.cross_entropy(perfect, torch.tensor([0]), label_smoothing=0.1).item() == pytest.approx(0.291140, abs=1e-6)
    model = classifier(lr=0.0)
    with torch.no_grad():
        model.backbone.fc.weight.zero_()
        model.backbone.fc.bias.copy_(perfect[0])
    trainer = quiet_trainer(max_epochs=1)
    data = TensorDataset(torch.randn(4, 3, 16, 16), torch.zeros(4, dtype=torch.long))
    trainer.fit(model, DataLoader(data, batch_size=4))
    assert trainer.callback_metrics["train/objective"].item() == pytest.approx(0.291140, abs=1e-5)
    assert trainer.callback_metrics["train/loss"].item() == pytest.approx(0.068993, abs=1e-5)  # -ln(1 - e + e/K)


def test_a_loss_that_is_not_a_number_shows():
    model = classifier()
    with torch.no_grad():
        model.backbone.fc.bias.fill_(float("nan"))
    trainer = quiet_trainer()
    trainer.validate(model, DataLoader(images(4), batch_size=2), verbose=False)
    assert trainer.callback_metrics["val/loss"].isnan()


def test_learning_rate_steps_per_batch():
    watch = Watch()
    quiet_trainer(max_epochs=10, callbacks=[watch]).fit(classifier(), DataLoader(images(12), batch_size=4))
    lrs = watch.lrs  # 3 steps an epoch, 30 in all
    assert len(lrs) == 30
    assert lrs[:4] == pytest.approx([1e-4, 2e-4, 3e-4, 3e-4])
    assert lrs[3::3] == pytest.approx(
        [3.0000e-4, 2.9095e-4, 2.6491e-4, 2.2500e-4, 1.7605e-4, 1.2395e-4, 7.5000e-5, 3.5093e-5, 9.046e-6], rel=1e-4
    )
    assert 0 < lrs[-1] < lrs[-2]


def test_one_epoch_is_warm_up_only():
    watch = Watch()
    quiet_trainer(max_epochs=1, callbacks=[watch]).fit(classifier(), DataLoader(images(12), batch_size=4))
    assert watch.lrs == pytest.approx([1e-4, 2e-4, 3e-4])


def test_optimizer_is_fused_adamw_on_all_parameters():
    trainer = quiet_trainer(max_epochs=1)
    model = classifier()
    trainer.fit(model, DataLoader(images(4), batch_size=4))
    [optimizer] = trainer.optimizers
    [group] = optimizer.param_groups
    assert type(optimizer) is torch.optim.AdamW
    assert group["fused"]
    assert group["weight_decay"] == 1e-4
    assert len(group["params"]) == len(list(model.parameters()))


def test_one_step_is_the_textbooks():
    """The first AdamW step by hand: m = g, v = g^2 after bias correction (Loshchilov and Hutter 2019, alg. 2)."""
    model = classifier(warmup_epochs=0)
    data = images(4)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    reference = classifier(warmup_epochs=0)
    logits = reference.train().backbone(data.tensors[0].contiguous(memory_format=torch.channels_last))
    F.cross_entropy(logits, data.tensors[1], label_smoothing=0.1).backward()
    quiet_trainer(max_epochs=1).fit(model, DataLoader(data, batch_size=4))
    for name, parameter in model.named_parameters():
        grad = dict(reference.named_parameters())[name].grad
        expected = before[name] * (1 - 3e-4 * 1e-4) - 3e-4 * grad / (grad.abs() + 1e-8)
        torch.testing.assert_close(parameter.detach(), expected, atol=2e-6, rtol=1e-4, msg=name)


def test_a_notebook_gets_curves_by_epoch_in_any_logger(tmp_path):
    logger = CSVLogger(tmp_path)
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=2,
        logger=logger,
        log_every_n_steps=1,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(classifier(), DataLoader(images(12), batch_size=1), DataLoader(images(6), batch_size=4))
    with Path(logger.log_dir, "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["1", "2"]
    assert float(rows[-1]["val/accuracy"]) == trainer.callback_metrics["val/accuracy"].item()
    assert {"train/accuracy", "train/loss", "train/objective", "val/loss", "lr"} <= rows[0].keys()


def test_both_arms_start_from_the_same_weights():
    plain, residual = classifier(residual=False, shortcut="A"), classifier(residual=True, shortcut="A")
    for (name, a), (_, b) in zip(plain.state_dict().items(), residual.state_dict().items(), strict=True):
        assert torch.equal(a, b), name


def test_weights_are_channels_last():
    weight = classifier().backbone.layer1[0].conv1.weight
    assert weight.is_contiguous(memory_format=torch.channels_last)


def test_predictions_are_log_probabilities():
    data = images(6)
    [batch] = quiet_trainer().predict(classifier(), DataLoader(data, batch_size=6))
    assert batch.shape == (6, 3)
    assert batch.exp().sum(dim=1).tolist() == pytest.approx([1.0] * 6)


def test_a_last_batch_of_one_tiny_image_is_refused_with_the_way_out():
    model = classifier(depth=18)
    with pytest.raises(InputError, match=r"A training batch has one image, .* choose another data\.batch_size"):
        quiet_trainer(max_epochs=1).fit(model, DataLoader(images(5), batch_size=4))


def test_training_without_an_end_is_refused():
    with pytest.raises(InputError, match=r"The schedule needs an end: set trainer\.max_epochs or trainer\.max_steps\."):
        quiet_trainer(max_epochs=-1).fit(classifier(), DataLoader(images(4), batch_size=4))


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ({"lr": -1.0}, "model.lr is -1.0; it must lie between 0 and inf."),
        ({"label_smoothing": 1.5}, "model.label_smoothing is 1.5; it must lie between 0 and 1."),
        ({"weight_decay": float("nan")}, "model.weight_decay is nan; it must lie between 0 and inf."),
        ({"warmup_epochs": -1}, "model.warmup_epochs is -1; it must lie between 0 and inf."),
    ],
)
def test_impossible_hyper_parameters_are_refused(option, text):
    with pytest.raises(InputError, match=text.replace(".", r"\.")):
        classifier(**option)
