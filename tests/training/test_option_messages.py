"""Sentences about wrong options, keys and values."""

from resnet_lab.training.option_messages import missing_key, stray_word, unknown_key, unknown_option, wrong_value

KEYS = ["model.depth", "model.lr", "trainer.max_epochs", "name"]


def test_each_sentence_ends_with_the_way_out():
    assert unknown_option("--epochs", KEYS) == "There is no option --epochs; did you mean --trainer.max_epochs?"
    assert unknown_key("model.dept", KEYS) == "There is no key model.dept; did you mean model.depth?"
    assert stray_word("a.yaml") == "a.yaml belongs to no option; a config is given as --config a.yaml."
    assert stray_word(".") == ". belongs to no option; a data set is given as --data.root .."
    assert stray_word("list.csv") == "list.csv belongs to no option; a data set is given as --data.root list.csv."
    assert missing_key("name", "fit").startswith("name is missing: give a config that has it")
    assert missing_key("name", "test").startswith("name is missing: name a run (resnet-lab test RUN), or give a config")
    assert wrong_value("model.depth", "deep", "int") == "model.depth is deep; it must be a whole number."
    assert wrong_value("model.shortcut", "Z", "", ("A", "B")) == "model.shortcut is Z; it must be one of A, B."
