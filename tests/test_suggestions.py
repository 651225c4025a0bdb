"""The word that was probably meant."""

import pytest

from resnet_lab.suggestions import nearest, nearest_key

KEYS = ["model.depth", "model.lr", "trainer.max_epochs", "trainer.min_epochs", "name"]


@pytest.mark.parametrize(
    ("word", "meant"), [("fti", "fit"), ("tset", "test"), ("fit", "fit"), ("dance", None), ("", None)]
)
def test_the_nearest_word_is_found(word, meant):
    assert nearest(word, ["fit", "validate", "test", "predict"]) == meant


@pytest.mark.parametrize(
    ("key", "end"),
    [
        ("model.dept", "; did you mean --model.depth?"),
        ("depth", "; did you mean --model.depth?"),
        ("modle.depth", "; did you mean --model.depth?"),
        ("model.width", "; model has depth, lr."),
        ("nmae", "; did you mean --name?"),
        ("zzz", "."),
        ("epochs", "; did you mean --trainer.max_epochs?"),
        ("learning-rate", "; did you mean --model.lr?"),
        ("model.learning_rate", "; did you mean --model.lr?"),
        ("workers", "."),  # no command without this key is told of it
    ],
)
def test_a_key_is_looked_for_in_its_group_then_everywhere(key, end):
    assert nearest_key(key, KEYS, prefix="--") == end
