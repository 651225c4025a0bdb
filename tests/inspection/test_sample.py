"""The sample is fixed by content and seed, and read through the pixel path of evaluation."""

import shutil

import pytest
import torch

from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.data.normalization import IMAGENET
from resnet_lab.inspection.sample import FixedSample, draw_positions, read_chosen, read_sample

CONTENTS = [f"{n:064x}" for n in range(100)]


def module(root, **options) -> ImageFolderDataModule:
    return ImageFolderDataModule(str(root), batch_size=8, image_size=16, num_workers=0, seed=0, **options)


def test_the_draw_hangs_on_contents_and_seed_alone():
    drawn = [CONTENTS[position] for position in draw_positions(CONTENTS, 30, seed=1)]
    assert len(set(drawn)) == 30
    turned = CONTENTS[::-1]
    assert [turned[position] for position in draw_positions(turned, 30, seed=1)] == drawn
    assert [CONTENTS[position] for position in draw_positions(CONTENTS, 10, seed=1)] == drawn[:10]
    assert [CONTENTS[position] for position in draw_positions(CONTENTS, 30, seed=2)] != drawn
    assert len(draw_positions(CONTENTS, 1000, seed=1)) == 100


def test_renamed_files_give_the_same_images(cell_folder, tmp_path):
    for path in cell_folder.rglob("*.png"):
        copy = tmp_path / path.parent.name / f"{path.stem[::-1]}.png"
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(path, copy)
    first, second = (read_sample(module(root), 5, seed=3) for root in (cell_folder, tmp_path))
    assert torch.equal(first.images, second.images)
    assert torch.equal(first.labels, second.labels)
    assert first.facts() == second.facts()


def test_it_is_the_held_out_split_as_a_test_sees_it(cell_folder):
    data = module(cell_folder)
    sample = read_sample(data, 256, seed=0)
    images, labels = next(iter(data.test_dataloader()))
    [(mine, mine_labels)] = sample.batches(IMAGENET, torch.device("cpu"))
    order = draw_positions(data.folder.splits["test"].contents, 256, seed=0)
    assert sorted(order) == list(range(6))
    assert torch.equal(mine, images[order])
    assert torch.equal(mine_labels, labels[order])
    facts = sample.facts()
    assert (facts["split"], facts["n"], facts["majority_share"]) == ("test", 6, 0.5)


def test_chosen_images_are_read_by_path_in_their_order(cell_folder):
    data = module(cell_folder)
    images, labels = next(iter(data.test_dataloader()))
    paths = [path.relative_to(cell_folder).as_posix() for path in data.folder.splits["test"].paths]
    chosen = read_chosen(data, [paths[4], paths[1]], "by hand")
    [(mine, mine_labels)] = chosen.batches(IMAGENET, torch.device("cpu"))
    assert torch.equal(mine, images[[4, 1]])
    assert torch.equal(mine_labels, labels[[4, 1]])
    assert chosen.paths == (paths[4], paths[1])
    facts = chosen.facts()
    assert (facts["split"], facts["n"], facts["drawn"], facts["seed"]) == ("test", 2, "by hand", None)


@pytest.mark.parametrize(("count", "sizes"), [(6, [6]), (33, [17, 16]), (64, [32, 32]), (70, [24, 23, 23])])
def test_batches_are_of_nearly_equal_size(count, sizes):
    images = torch.zeros(count, 3, 2, 2, dtype=torch.uint8)
    sample = FixedSample(images, torch.arange(count), ("x",) * count, 0)
    batches = sample.batches(IMAGENET, torch.device("cpu"))
    assert [len(labels) for _, labels in batches] == sizes
    assert torch.equal(torch.cat([labels for _, labels in batches]), torch.arange(count))
