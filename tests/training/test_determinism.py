"""The same seed, machine and thread count give the same bits, whatever reads the images."""

from pathlib import Path

import pytest
import torch

from resnet_lab.cli import main
from resnet_lab.runs import Run

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


def weights(cell_folder: Path, name: str, precision: str, workers: int, cache: str) -> dict[str, torch.Tensor]:
    words = f"""fit --config resnet34.yaml --name {name} --model.depth 20 --data.image_size 32 --data.batch_size 8
        --trainer.max_epochs 2 --trainer.precision {precision} --data.num_workers {workers} --data.cache {cache}"""
    assert main([*words.split(), "--data.root", str(cell_folder)]) == 0
    return torch.load(Run(Path("lightning_logs") / name / "version_0").checkpoints["last"], weights_only=True)


@pytest.mark.parametrize("precision", ["bf16-mixed", "32-true"])
def test_workers_and_cache_change_no_bit(cell_folder, precision):
    first = weights(cell_folder, "first", precision, 0, "off")
    for workers in (0, 1, 2):
        for cache in ("off", "on"):
            again = weights(cell_folder, f"{cache}-{workers}", precision, workers, cache)
            for key in ("state_dict", "optimizer_states", "train_metrics"):
                torch.testing.assert_close(again[key], first[key], rtol=0, atol=0)
