"""The recipe and the signatures say the same, so Python trains as the command line does."""

import inspect
import shutil

import lightning.pytorch as pl
import pytest
import yaml

from resnet_lab import Classifier, ImageFolderDataModule
from resnet_lab.config.find import shipped_configs
from resnet_lab.errors import InputError

RECIPE = yaml.safe_load((shipped_configs() / "recipe.yaml").read_text())
NO_DEFAULT = {"num_classes", "root"}
"""What only the user or the data can say."""


@pytest.mark.parametrize(("group", "kind"), [("model", Classifier), ("data", ImageFolderDataModule)])
def test_defaults_are_the_recipes_values(group, kind):
    parameters = inspect.signature(kind).parameters
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    assert {name for name, default in defaults.items() if default is inspect.Parameter.empty} == NO_DEFAULT & {
        *defaults
    }
    recipe = {key: value for key, value in RECIPE[group].items() if key not in NO_DEFAULT}
    assert {key: defaults[key] for key in recipe} == recipe
    assert all(type(defaults[key]) is type(value) for key, value in recipe.items())


def test_the_seed_of_the_data_is_the_recipes():
    assert inspect.signature(ImageFolderDataModule).parameters["seed"].default == RECIPE["seed_everything"]


def test_both_are_made_from_what_only_the_user_can_say(cell_folder):
    model, data = Classifier(num_classes=3), ImageFolderDataModule(cell_folder)
    assert {key: model.hparams[key] for key in RECIPE["model"]} == RECIPE["model"]
    assert (data.root, data.batch_size, data.image_size) == (str(cell_folder), 32, 224)
    assert data.num_classes == 2


def test_data_of_more_classes_than_outputs_are_refused(cell_folder, tmp_path):
    root = shutil.copytree(cell_folder, tmp_path / "cells")
    shutil.copytree(root / "defective", root / "third")
    data = ImageFolderDataModule(root, image_size=8, num_workers=0, cache=False, allow_leaks=True)
    trainer = pl.Trainer(fast_dev_run=True, accelerator="cpu", enable_progress_bar=False, enable_model_summary=False)
    with pytest.raises(InputError, match=r"3 classes, and the network has 2 outputs: make it by Classifier\(data\.num"):
        trainer.fit(Classifier(num_classes=2, depth=20), data)
