"""The optimizer of a run is named by its config; runs older than the key used AdamW."""

from resnet_lab.config.optimizer import optimizer_name


def test_a_run_without_the_key_used_adamw():
    assert optimizer_name({"model": {"lr": 0.001}}) == "AdamW"


def test_a_run_with_the_key_used_what_it_says():
    assert optimizer_name({"model": {"optimizer": "SGD"}}) == "SGD"
