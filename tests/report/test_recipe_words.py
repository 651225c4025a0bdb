"""Reports name the optimizer and the schedule that runs had, in both languages."""

import subprocess
import sys

import pytest

from resnet_lab.report.compose import compose
from resnet_lab.report.document import Row, Table, Text, unfolded
from resnet_lab.report.hand_in import methods
from resnet_lab.report.recipe_words import length_words, optimizer_words, rate_sentence, schedule_words
from resnet_lab.report.sections.setting import setting_section
from resnet_lab.report.words import LANGUAGES, load_words

STEPS = {"model.optimizer": "sgd", "model.momentum": 0.9, "model.schedule": "steps", "model.warmup_epochs": 0}
TEXTS = {language: load_words(language).report["recipe"] for language in LANGUAGES}


@pytest.mark.parametrize(
    ("language", "optimizer", "name", "sentence"),
    [
        (
            "en",
            "SGD with momentum 0.9",
            "steps (a tenth after 50% and 75% of the training)",
            "The learning rate falls to a tenth of its value after each of 50% and 75% of the training, without a "
            "warmup.",
        ),
        (
            "id",
            "SGD dengan momentum 0.9",
            "bertahap (menjadi sepersepuluh setelah 50% dan 75% pelatihan)",
            "Learning rate turun menjadi sepersepuluh dari nilainya setiap kali 50% dan 75% pelatihan tercapai, tanpa "
            "warmup.",
        ),
    ],
)
def test_sgd_and_steps_have_names(language, optimizer, name, sentence):
    texts = TEXTS[language]
    assert optimizer_words([STEPS], texts) == optimizer
    assert schedule_words([STEPS], texts, "name") == name
    assert rate_sentence([STEPS], texts) == sentence


def test_a_run_of_before_the_keys_has_adamw_and_a_cosine():
    texts = TEXTS["en"]
    assert optimizer_words([{"model.lr": 3e-4}], texts) == "AdamW"
    assert schedule_words([{}], texts, "noun") == "a cosine schedule"
    assert rate_sentence([{}], texts) == (
        "The learning rate rises linearly over the warmup epochs and then falls along a cosine to zero at the last "
        "step."
    )


def test_what_sgd_has_is_named():
    texts = TEXTS["en"]
    assert optimizer_words([{**STEPS, "model.nesterov": True}], texts) == "SGD with Nesterov momentum 0.9"
    assert optimizer_words([{**STEPS, "model.momentum": 0.0}], texts) == "SGD"
    assert "10%, 50.5% and 90%" in schedule_words([{**STEPS, "model.milestones": [0.1, 0.505, 0.9]}], texts, "noun")
    assert "after 40% of" in schedule_words([{**STEPS, "model.milestones": [0.4]}], texts, "noun")


def test_runs_may_differ_in_both():
    texts = TEXTS["en"]
    assert optimizer_words([{}, STEPS, {}], texts) == "AdamW, SGD with momentum 0.9"
    assert schedule_words([{}, STEPS], texts, "name") == "cosine; steps (a tenth after 50% and 75% of the training)"
    assert "at the last step, in other runs to a tenth" in rate_sentence([{}, STEPS], texts)


def test_the_length_is_that_of_the_config():
    texts = TEXTS["en"]
    assert length_words([{"trainer.max_epochs": 6, "trainer.max_steps": -1}], texts) == "6 epochs"
    assert length_words([{"trainer.max_epochs": -1, "trainer.max_steps": 500}], texts) == "500 steps"
    both = {"trainer.max_epochs": 193, "trainer.max_steps": 64_000}
    assert length_words([both], texts) == "64000 steps (at most 193 epochs)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_table_sentences_and_methods_of_a_report_are_those_of_its_runs(make_run, compare, language):
    results = compare([make_run(arm, seed, changes=STEPS) for seed in range(3) for arm in (False, True)])
    words = load_words(language)
    blocks = [*unfolded(setting_section(results, words))]
    table = next(block for block in blocks if isinstance(block, Table))
    texts = words.report["recipe"]
    assert Row((words.report["setting"]["scheduler"], schedule_words([STEPS], texts, "name"))) in table.rows
    said = " ".join(block.text for block in blocks if isinstance(block, Text))
    for text in (said, methods(results, words)):
        assert "cosine" not in text
        assert optimizer_words([STEPS], texts) in text
    assert rate_sentence([STEPS], texts) in said
    assert schedule_words([STEPS], texts, "noun") in methods(results, words)


def test_data_sets_by_name_have_a_title(make_run, compare):
    runs = [make_run(arm, status={"root": "builtin:elpv4"}) for arm in (False, True)]
    document = compose(compare(runs), load_words("en"), pictures={})
    assert "ELPV solar-cell images by degree of defect, 3 classes" in document.subtitle


def test_words_of_a_schedule_need_no_torch():
    code = "import sys, resnet_lab.report.recipe_words; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
