"""Nested configs as keys with dots."""

from resnet_lab.config.flatten import flatten

WANDB = {"class_path": "WandbLogger", "init_args": {"project": "cells"}}


def test_groups_are_flattened_at_any_depth():
    config = {"name": "x", "a": {"b": {"c": {"d": 1}, "e": [2]}}}
    assert flatten(config) == {"name": "x", "a.b.c.d": 1, "a.b.e": [2]}


def test_an_object_is_one_value():
    """Else a strategy by name and one by class would have no key in common, and differ in none."""
    assert flatten({"trainer": {"logger": WANDB, "callbacks": [WANDB]}}) == {
        "trainer.logger": WANDB,
        "trainer.callbacks": [WANDB],
    }


def test_a_mapping_by_names_of_the_data_is_one_value():
    """A class may be called as a key is, and a run without weights has the word none in the same place."""
    config = {"model": {"class_weights": {"depth": 3.0}, "lr": 0.1}, "data.columns": {"path": "image"}}
    assert flatten(config) == {
        "model.class_weights": {"depth": 3.0},
        "model.lr": 0.1,
        "data.columns": {"path": "image"},
    }


def test_a_group_without_keys_has_none():
    assert flatten({}) == flatten({"a": {}, "b": {"c": {}}}) == {}
