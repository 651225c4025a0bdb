"""Running statistics measured anew: against numbers worked out by hand, and in real fits."""

import pytest
import torch
from lightning.pytorch import Trainer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from resnet_lab import Classifier, ImageFolderDataModule, ResNet
from resnet_lab.errors import InputError
from resnet_lab.model.precise_bn import estimate_statistics

RECIPE = {"lr": 1e-2, "weight_decay": 1e-4, "label_smoothing": 0.1, "warmup_epochs": 0, "depth": 20}


def statistics(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.named_buffers() if "running" in name}


def test_statistics_are_the_mean_over_batches_normalized_one_by_one():
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(3, 2, 4, 4, generator=generator), 5 + torch.randn(3, 2, 4, 4, generator=generator)
    network = nn.Sequential(nn.BatchNorm2d(2), nn.Conv2d(2, 2, 1, bias=False), nn.BatchNorm2d(2)).eval()
    mix = torch.tensor([[1.0, 2.0], [0.5, -1.0]])
    network[1].weight.data = mix[:, :, None, None].clone()

    estimate_statistics(network, [first, second])

    means, variances, mixed = [], [], []
    for batch in (first, second):
        pixels = batch.transpose(0, 1).reshape(2, -1)
        mean, variance = pixels.mean(1), pixels.var(1, correction=1)
        normal = (pixels - mean[:, None]) / (pixels.var(1, correction=0)[:, None] + 1e-5).sqrt()
        means.append(mean)
        variances.append(variance)
        mixed.append(mix @ normal)
    torch.testing.assert_close(network[0].running_mean, sum(means) / 2)
    torch.testing.assert_close(network[0].running_var, sum(variances) / 2)
    torch.testing.assert_close(network[2].running_mean, sum(part.mean(1) for part in mixed) / 2)
    torch.testing.assert_close(network[2].running_var, sum(part.var(1) for part in mixed) / 2)


def test_what_the_layers_remembered_does_not_count_and_nothing_else_changes():
    batches = [torch.randn(4, 3, 8, 8) for _ in range(3)]
    torch.manual_seed(0)
    fresh, stale = ResNet(20), ResNet(20)
    stale.load_state_dict(fresh.state_dict())
    for buffer in stale.buffers():
        buffer.fill_(7)
    stale.eval()
    stale.layer1.train()
    before = {name: value.clone() for name, value in stale.named_parameters()}
    modes = [module.training for module in stale.modules()]
    for network in (fresh, stale):
        estimate_statistics(network, batches)
    assert all(torch.equal(a, b) for a, b in zip(statistics(fresh).values(), statistics(stale).values(), strict=True))
    assert all(torch.equal(value, before[name]) for name, value in stale.named_parameters())
    assert [module.training for module in stale.modules()] == modes
    assert {module.momentum for module in stale.modules() if isinstance(module, nn.BatchNorm2d)} == {0.1}


def test_a_failing_batch_leaves_modes_and_momenta_as_they_were():
    network = ResNet(20).eval()
    with pytest.raises(RuntimeError):
        estimate_statistics(network, [torch.randn(2, 5, 8, 8)])
    assert not network.training
    assert network.bn1.momentum == 0.1


def test_no_batch_is_refused():
    with pytest.raises(ValueError, match="There is no batch"):
        estimate_statistics(ResNet(20), [])


def fit(folder, *, precise_bn: bool, **options) -> tuple[Classifier, ImageFolderDataModule, dict[str, float]]:
    data = ImageFolderDataModule(str(folder), batch_size=8, image_size=16, num_workers=0, seed=0, cache=False)
    torch.manual_seed(0)
    model = Classifier(2, **RECIPE, precise_bn=precise_bn)
    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = Trainer(accelerator="cpu", max_epochs=2, **quiet, **options)
    trainer.fit(model, datamodule=data)
    return model, data, {tag: float(value) for tag, value in trainer.callback_metrics.items()}


@pytest.mark.parametrize("options", [{}, {"limit_val_batches": 0}, {"val_check_interval": 0.5}], ids=str)
def test_a_fit_ends_with_the_statistics_of_its_weights_and_has_the_weights_of_a_fit_without(cell_folder, options):
    plain, _, plain_metrics = fit(cell_folder, precise_bn=False, **options)
    model, data, metrics = fit(cell_folder, precise_bn=True, **options)
    assert all(map(torch.equal, plain.parameters(), model.parameters()))
    differing = {tag for tag in metrics if metrics[tag] != plain_metrics[tag]}
    assert {tag for tag in differing if tag.startswith("train/")} == set()
    assert ("val/loss" in differing) == ("limit_val_batches" not in options)
    with torch.no_grad():
        maps = [model.backbone.conv1(batch) for batch, _ in data.epoch_dataloader(1)]
    torch.testing.assert_close(model.backbone.bn1.running_mean, sum(m.mean((0, 2, 3)) for m in maps) / len(maps))
    torch.testing.assert_close(model.backbone.bn1.running_var, sum(m.var((0, 2, 3)) for m in maps) / len(maps))


def test_data_that_cannot_be_gone_through_again_are_refused():
    model = Classifier(2, **RECIPE, precise_bn=True)
    batches = DataLoader(TensorDataset(torch.randn(4, 3, 16, 16), torch.tensor([0, 1, 0, 1])), batch_size=4)
    trainer = Trainer(
        accelerator="cpu", max_epochs=1, logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    with pytest.raises(InputError, match="precise_bn goes over the training images once more"):
        trainer.fit(model, batches, batches)
