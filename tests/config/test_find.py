"""Configs: the arms differ in one boolean, and a bare name is found."""

import shutil
from pathlib import Path

import pytest
import yaml

from resnet_lab.config.find import OTHER_DEPTHS, find_config, find_study, shipped_configs
from resnet_lab.config.flatten import flatten
from resnet_lab.errors import InputError
from resnet_lab.model.backbone import check_architecture
from resnet_lab.model.rung import Rung


def load(name: str) -> dict:
    return flatten(yaml.safe_load((shipped_configs() / name).read_text()))


def test_the_arms_differ_in_name_and_residual_and_hold_nothing_else():
    plain, residual = load("plain34.yaml"), load("resnet34.yaml")
    assert plain == {"name": "plain34", "model.residual": False}
    assert residual == {"name": "resnet34", "model.residual": True}


def test_the_recipe_is_the_reports():
    """The table of hyper-parameters of the write-up that this experiment reproduces."""
    recipe = load("recipe.yaml")
    report = {
        "model.lr": 3e-4,
        "model.weight_decay": 1e-4,
        "trainer.max_epochs": 10,
        "data.batch_size": 32,
        "data.image_size": 224,
        "model.label_smoothing": 0.1,
        "model.warmup_epochs": 1,
        "data.num_workers": 2,
    }
    assert {key: recipe[key] for key in report} == report
    assert recipe["model.shortcut"] == "A"
    assert "model.residual" not in recipe


def test_a_bare_name_is_found_here_then_in_configs_then_in_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_config("plain34.yaml") == shipped_configs() / "plain34.yaml"
    Path("configs").mkdir()
    shutil.copy(shipped_configs() / "plain34.yaml", "configs")
    assert find_config("plain34.yaml") == Path("configs/plain34.yaml")
    shutil.copy(shipped_configs() / "plain34.yaml", ".")
    assert find_config("plain34.yaml") == Path("plain34.yaml")


def test_a_path_is_taken_as_it_is(tmp_path):
    (tmp_path / "mine.yaml").touch()
    assert find_config(str(tmp_path / "mine.yaml")) == tmp_path / "mine.yaml"
    with pytest.raises(InputError):
        find_config(str(tmp_path / "plain34.yaml"))


def test_a_missing_config_says_where_it_looked_and_what_there_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as error:
        find_config("plain43.yaml")
    assert str(error.value) == (
        "There is no config plain43.yaml; did you mean plain34.yaml? Looked in "
        f"{tmp_path}, {tmp_path}/configs, {shipped_configs()}; there is he2015-cifar.yaml, "
        "he2015-imagenet.yaml, plain34.yaml, recipe.yaml, resnet34.yaml."
    )
    with pytest.raises(InputError, match=r"There is no config zzz\. Looked in "):
        find_config("zzz")


@pytest.mark.parametrize("name", ["residual.yaml", "studies/residual.yaml"])
def test_a_study_is_found_by_its_bare_name_here_then_in_configs_then_in_the_package(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shipped = shipped_configs() / "studies" / "residual.yaml"
    assert find_study(name) == shipped
    assert find_study(str(shipped)) == shipped
    for folder in ("configs/studies", str(Path(name).parent)):
        Path(folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(shipped, folder)
        assert find_study(name) == Path(folder) / "residual.yaml"


def test_a_missing_study_says_where_it_looked_and_what_there_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as error:
        find_study("residuals.yaml")
    assert str(error.value) == (
        "There is no study residuals.yaml; did you mean residual.yaml? Looked in "
        f"{tmp_path}, {tmp_path}/configs/studies, {shipped_configs()}/studies; there is depth-low-rate.yaml, "
        "depth.yaml, depth224.yaml, fine-tune.yaml, folds128.yaml, groups128.yaml, ladder-digits.yaml, "
        "ladder.yaml, learning-rate.yaml, pretrain.yaml, residual.yaml, residual128.yaml."
    )
    with pytest.raises(InputError, match=r"There is no study other/residual.yaml; .* Looked in \S+/other; there is"):
        find_study("other/residual.yaml")


def test_a_far_word_gets_no_suggestion_by_its_ending():
    with pytest.raises(InputError, match=r"There is no study nothing\.yaml\. Looked in"):
        find_study("nothing.yaml")
    with pytest.raises(InputError, match=r"There is no study dept\.yaml; did you mean depth\.yaml\?"):
        find_study("dept.yaml")


def test_hidden_files_are_no_configs_and_no_place_is_named_twice(monkeypatch):
    monkeypatch.chdir(shipped_configs().parent)  # in a checkout, where the package finds its configs too
    with pytest.raises(InputError) as error:
        find_study("residuals.yaml")
    assert str(error.value).count(f"{shipped_configs()}/studies") == 1
    assert ".pre-commit-config.yaml" not in str(error.value)


@pytest.mark.parametrize(("name", "arm", "depth"), [("resnet18.yaml", "resnet", 18), ("plain-50.yml", "plain", 50)])
def test_another_depth_is_a_key_and_no_config(name, arm, depth):
    with pytest.raises(InputError) as error:
        find_config(name)
    assert str(error.value) == (
        f"There is no config {name}, and none is needed: give --config {arm}34.yaml --model.depth {depth} (in a study: "
        f"{{config: {arm}34.yaml, name: {arm}{depth}, model: {{depth: {depth}}}}})."
    )


def test_the_other_depths_are_those_of_the_network():
    for depth in range(1300):
        if depth == 34 or depth in OTHER_DEPTHS:
            check_architecture(depth, True, "A", Rung())
        else:
            with pytest.raises(InputError, match=f"^depth {depth} is not known"):
                check_architecture(depth, True, "A", Rung())
