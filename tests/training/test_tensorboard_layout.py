"""TensorBoard gets charts and a table of hyper-parameters, read back from the events."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2

from resnet_lab.cli import main
from resnet_lab.runs import Run, find_runs
from resnet_lab.training.tensorboard_layout import hyper_parameters

TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0 --trainer.max_epochs 2"


@pytest.fixture
def run(cell_folder) -> Run:
    assert main(f"fit --config resnet34.yaml --data.root {cell_folder} {TINY}".split()) == 0
    return find_runs(Path("lightning_logs"), "resnet20")[0]


def events(run: Run) -> EventAccumulator:
    return EventAccumulator(str(run.path)).Reload()


def test_custom_scalars_put_train_and_val_into_one_chart(run):
    [tensor] = events(run).Tensors("custom_scalars__config__")
    layout = layout_pb2.Layout.FromString(tensor.tensor_proto.string_val[0])
    charts = {category.title: list(category.chart[0].multiline.tag) for category in layout.category}
    assert charts == {"accuracy": ["train/accuracy", "val/accuracy"], "loss": ["train/loss", "val/loss"]}


def test_hparams_hold_the_recipe_in_one_session_and_name_scalars_that_exist(run):
    contents = events(run).SummaryMetadata
    data = {
        tag: plugin_data_pb2.HParamsPluginData.FromString(contents(f"_hparams_/{tag}").plugin_data.content)
        for tag in ("experiment", "session_start_info", "session_end_info")
    }
    values = {
        key: getattr(value, value.WhichOneof("kind"))
        for key, value in data["session_start_info"].session_start_info.hparams.items()
    }
    assert values == {
        "arm": "ResNet-20",
        "seed": 0,
        "shortcut": "A",
        "lr": 3e-4,
        "weight_decay": 1e-4,
        "label_smoothing": 0.1,
        "optimizer": "adamw",
        "momentum": 0.9,
        "nesterov": 0.0,
        "schedule": "cosine",
        "warmup_epochs": 1,
        "class_weights": "none",
        "precise_bn": False,
        "shortcut_weight": 1.0,
        "shortcut_gradient": "both",
        "shortcut_span": 2,
        "init": "kaiming_normal",
        "norm_bias": 0.0,
        "zero_init_residual": False,
        "root": run.status().root,
        "batch_size": 8,
        "image_size": 32,
        "augment": "standard",
        "normalize": "imagenet",
        "max_epochs": 2,
        "precision": run.status().precision,
    }
    named = {info.name.tag for info in data["experiment"].experiment.metric_infos}
    assert named - set(events(run).Tags()["scalars"]) == {"test/accuracy"}
    assert main(["test", "--config", str(run.config_path)]) == 0
    assert main(["test", "--config", str(run.config_path)]) == 0
    [shown] = events(run).Scalars("test/accuracy")
    assert (shown.step, shown.value) == (
        run.status().best_epoch,
        pytest.approx(run.test_metrics()["best"]["accuracy"]),
    )


def test_a_new_key_of_model_or_data_has_a_column_by_itself():
    config = {
        "seed_everything": 3,
        "model": {"lr": 0.1, "depth": 20, "residual": True, "momentum": 0.9, "nesterov": False, "milestones": [1, 2]},
        "data": {"root": "cells", "seed": 3, "num_workers": 2, "value_range": None, "crop": "center"},
        "trainer": {"max_epochs": 2, "precision": "32-true", "max_steps": -1},
    }
    assert hyper_parameters(config, "ResNet-20") == {
        "arm": "ResNet-20",
        "seed": 3,
        "lr": 0.1,
        "momentum": 0.9,
        "nesterov": False,
        "root": "cells",
        "crop": "center",
        "max_epochs": 2,
        "precision": "32-true",
    }
