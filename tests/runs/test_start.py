"""Runs that started alike have one text, whatever their sources are called."""

import pytest

from resnet_lab.runs.start import other_network, start_text, training_settings


@pytest.fixture
def started(make_started_run):
    return lambda **start: make_started_run(True, 1, start).status()


def test_drawn_weights_have_no_text(make_run):
    assert start_text(make_run(residual=True).status()) is None


def test_a_source_counts_by_its_data_and_settings_and_not_by_its_name_or_weights(started):
    text = start_text(started())
    assert text == "best of data f00df00d, settings 5e775e77"
    assert start_text(started(run="b/version_3", source="b", file="x", weights_sha256="1" * 64)) == text
    for other in ({"fingerprint": "1" * 64}, {"settings_sha256": "1" * 64}, {"checkpoint": "last"}, {"seed": 2}):
        assert start_text(started(**other)) != text


def test_a_file_counts_by_its_weights(started):
    assert start_text(started(kind="file", weights_sha256="abcd" * 16)) == "file abcdabcd"
    assert start_text(started(kind="torchvision", weights_sha256="abcd" * 16)) == "torchvision abcdabcd"


def test_arms_that_are_trained_alike_have_equal_settings(make_run):
    plain, residual = make_run(residual=False, seed=1), make_run(residual=True, seed=2)
    assert training_settings(plain) == training_settings(residual)
    assert training_settings(make_run(residual=True, changes={"data.num_workers": 0})) == training_settings(plain)


@pytest.mark.parametrize("changes", [{"model.lr": 1e-3}, {"data.image_size": 64}, {"trainer.max_epochs": 9}])
def test_another_training_has_other_settings(make_run, changes):
    assert training_settings(make_run(residual=True, changes=changes)) != training_settings(make_run(residual=True))


def test_a_key_of_a_later_version_counts_only_if_it_departs(make_run):
    old, default = make_run(residual=True), make_run(residual=True, changes={"data.augment": "standard"})
    assert training_settings(old) == training_settings(default)
    assert training_settings(old) != training_settings(make_run(residual=True, changes={"data.augment": "none"}))


def test_the_start_of_a_source_is_part_of_its_training(make_started_run):
    from_another, drawn = make_started_run(True), make_started_run(True, start=None)
    assert training_settings(from_another) == training_settings(make_started_run(False))
    assert training_settings(from_another) != training_settings(drawn)


def test_the_shortcut_of_plain_networks_has_no_effect():
    plain, residual = {"depth": 34, "residual": False}, {"depth": 34, "residual": True}
    assert other_network({**plain, "shortcut": "A"}, {**plain, "shortcut": "B"}) == []
    assert other_network({**residual, "shortcut": "A"}, {**residual, "shortcut": "B"}) == [
        "model.shortcut is A there and B here"
    ]
    assert other_network({**plain, "shortcut": "A"}, {**residual, "shortcut": "A"}) == [
        "model.residual is false there and true here"
    ]
