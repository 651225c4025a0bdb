"""The data module as a trainer sees it: same batches for both arms, whatever the workers."""

import hashlib
from pathlib import Path
from types import SimpleNamespace

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch import Callback
from PIL import Image

from resnet_lab import Classifier, ImageFolderDataModule
from resnet_lab.data.normalization import Normalization
from resnet_lab.errors import InputError


class HashBatches(Callback):
    """Remember a hash of every training batch, epoch by epoch."""

    def __init__(self):
        self.epochs = []

    def on_train_epoch_start(self, trainer, pl_module):
        self.epochs.append([])

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        images, labels = batch
        digest = hashlib.sha256(images.numpy().tobytes() + labels.numpy().tobytes())
        self.epochs[-1].append(digest.hexdigest())


def batch_hashes(
    root: Path, *, residual: bool = True, workers: int = 0, seed: int = 0, **options: str
) -> list[list[str]]:
    torch.manual_seed(99)  # what the default generator was at must not matter
    recorder = HashBatches()
    trainer = pl.Trainer(
        max_epochs=2,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[recorder],
    )
    data = ImageFolderDataModule(str(root), batch_size=8, image_size=32, num_workers=workers, seed=seed, **options)
    model = Classifier(2, lr=1e-3, weight_decay=0, label_smoothing=0, warmup_epochs=0, depth=20, residual=residual)
    trainer.fit(model, datamodule=data)
    return recorder.epochs


@pytest.fixture(scope="module")
def reference(cell_folder):
    return batch_hashes(cell_folder)


def test_batches_do_not_depend_on_the_arm(cell_folder, reference):
    assert batch_hashes(cell_folder, residual=False) == reference


@pytest.mark.parametrize("workers", [1, 2])
def test_batches_do_not_depend_on_workers(cell_folder, reference, workers):
    assert batch_hashes(cell_folder, workers=workers) == reference


def test_batches_depend_on_the_epoch_and_the_seed(cell_folder, reference):
    first, second = reference
    assert len(first) == len(second) == 4  # 28 images in batches of 8
    assert not set(first) & set(second)
    assert not set(first) & set(batch_hashes(cell_folder, seed=1)[0])


@pytest.mark.parametrize("options", [{"augment": "trivial"}, {"augment": "none"}, {"normalize": "train"}])
def test_options_change_the_batches_of_both_arms_alike(cell_folder, reference, options):
    changed = batch_hashes(cell_folder, **options)
    assert not set(changed[0]) & set(reference[0])
    assert changed == batch_hashes(cell_folder, residual=False, workers=1, **options)


def module(root: Path, **options: object) -> ImageFolderDataModule:
    options = {"batch_size": 8, "image_size": 32, "num_workers": 0, "seed": 0, **options}
    return ImageFolderDataModule(str(root), **options)


def test_the_training_split_alone_is_counted_and_measured(cell_folder, tmp_path):
    data = module(cell_folder, normalize="train")
    assert data.class_counts == [14, 14]
    shown = torch.cat([images for images, _ in data.evaluation_dataloader("train")])
    assert shown.mean(dim=(0, 2, 3)).abs().max() < 1e-5
    assert (shown.std(dim=(0, 2, 3), correction=0) - 1).abs().max() < 1e-5
    for split in ("train", "val", "test"):  # the same training images, other ones held out
        for item in data.folder.splits[split]:
            target = tmp_path / split / item.label / item.path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            pixels = Image.open(item.path)
            (pixels if split == "train" else pixels.point(lambda value: value // 3)).save(target)
    assert module(tmp_path, normalize="train").normalization == data.normalization


def test_a_checkpoints_normalization_can_be_used_in_place_of_the_datas(cell_folder):
    data = module(cell_folder)
    data.normalization = Normalization((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    images, _ = next(iter(data.val_dataloader()))
    assert images.min() >= 0
    assert images.max() <= 1
    assert data.state_dict()["std"] == [1.0, 1.0, 1.0]


def test_a_checkpoints_state_is_taken_or_refused(cell_folder):
    data = module(cell_folder)
    state = {**data.state_dict(), "mean": [0.5, 0.5, 0.5], "std": [0.1, 0.2, 0.3]}
    data.load_state_dict(state)
    assert data.normalization == ((0.5, 0.5, 0.5), (0.1, 0.2, 0.3))
    for change, text in (
        ({"classes": ["a", "b"]}, r"classes is \['a', 'b'\] there and \['defective', 'functional'\] here"),
        ({"image_size": 64}, "image_size is 64 there and 32 here"),
        ({"normalize": "train"}, "normalize is train there and imagenet here"),
    ):
        with pytest.raises(InputError, match=f"The checkpoint does not fit the data: {text}"):
            data.load_state_dict({**state, **change})


@pytest.mark.parametrize("options", [{"limit_val_batches": 1}, {"overfit_batches": 1}])
def test_a_part_of_a_split_is_of_all_classes(cell_folder, options):
    data = module(cell_folder)
    data.trainer = pl.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, **options)
    loaders = [data.val_dataloader(), *([data.train_dataloader()] if "overfit_batches" in options else [])]
    for loader in loaders:
        first = [next(iter(loader)) for _ in range(2)]
        assert set(first[0][1].tolist()) == {0, 1}
        assert torch.equal(first[0][0], first[1][0])


class Shared:
    """What a data module asks of a trainer with several processes."""

    overfit_batches, limit_val_batches, world_size = 0.0, 1.0, 2
    strategy = SimpleNamespace(root_device=torch.device("cpu"))

    def __init__(self, process: int):
        self.global_rank = process


def test_several_processes_share_the_batches_of_one(cell_folder):
    alone = module(cell_folder, batch_size=4)
    shares = [module(cell_folder, batch_size=4) for _ in range(2)]
    for process, share in enumerate(shares):
        share.trainer = Shared(process)
    # 28 images to train on and 6 in the other splits: 7 batches, of which the last is left out, and 2.
    for loader, counts in (("train_dataloader", [3, 3]), ("val_dataloader", [1, 1]), ("test_dataloader", [1, 1])):
        whole = [images for images, _ in getattr(alone, loader)()]
        parts = [[images for images, _ in getattr(share, loader)()] for share in shares]
        assert [len(part) for part in parts] == counts
        for process, part in enumerate(parts):
            assert all(torch.equal(*pair) for pair in zip(part, whole[process::2], strict=False))
    assert shares[1].training_files(0, 1) == alone.training_files(0, 3)


@pytest.mark.parametrize(("command", "split"), [("fit", "train"), ("validate", "val"), ("predict", "test")])
def test_a_split_must_have_a_batch_for_each_process(cell_folder, command, split):
    data = module(cell_folder, batch_size=14)
    with pytest.raises(InputError, match=f"The {split} split has "):
        data.refuse_too_many_processes(3, command)
    module(cell_folder, batch_size=3).refuse_too_many_processes(2, command)


def test_each_fold_is_normalized_by_its_own_training_images(cell_folder):
    folds = [module(cell_folder, normalize="train", fold=f"{number}/2") for number in (1, 2)]
    for data in folds:
        shown = torch.cat([images for images, _ in data.evaluation_dataloader("train")])
        assert len(shown) == 14
        assert shown.mean(dim=(0, 2, 3)).abs().max() < 1e-5
        assert (shown.std(dim=(0, 2, 3), correction=0) - 1).abs().max() < 1e-5
    assert folds[0].normalization != folds[1].normalization


def test_without_a_home_folder_there_is_no_cache(cell_folder, monkeypatch):
    def no_home():
        raise InputError("There is no home folder.")

    monkeypatch.setattr("resnet_lab.data.module.cache_folder", no_home)
    data = module(cell_folder)
    data.setup("fit")
    assert data.pixels.reason == "off: There is no home folder."
    with pytest.raises(InputError, match="There is no home folder"):
        module(cell_folder, cache=True).setup("fit")


def test_a_manifest_with_other_columns_and_images_elsewhere(cell_folder, tmp_path):
    rows = [f"{path.relative_to(cell_folder)};{path.parent.name}" for path in cell_folder.rglob("*.png")]
    (tmp_path / "labels.csv").write_text("\n".join(["image;class", *rows]))
    data = module(tmp_path / "labels.csv", columns={"path": "image", "label": "class"}, images_root=str(cell_folder))
    assert data.folder == module(cell_folder).folder


def test_what_is_no_fold_is_refused_before_anything_is_read():
    with pytest.raises(InputError, match=r"data\.fold 0/5 is no fold"):
        ImageFolderDataModule("nowhere", 8, 32, 0, 0, fold="0/5")
