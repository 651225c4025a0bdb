"""Words of both languages: the same texts with the same placeholders, and phrases for axis values and differences."""

import string

import pytest

from resnet_lab.comparison.conditions import Difference
from resnet_lab.report.words import LANGUAGES, load_words

ENGLISH, INDONESIAN = map(load_words, LANGUAGES)


def leaves(texts, path=""):
    """Return all texts by their path."""
    if not isinstance(texts, dict):
        return {path: texts}
    return {name: text for key, value in texts.items() for name, text in leaves(value, f"{path}/{key}").items()}


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_languages_have_the_same_texts_with_the_same_placeholders():
    english, indonesian = leaves(ENGLISH.report), leaves(INDONESIAN.report)
    assert english.keys() == indonesian.keys()
    for key, text in english.items():
        assert placeholders(text) == placeholders(indonesian[key]), key


@pytest.mark.parametrize("words", [ENGLISH, INDONESIAN])
def test_one_arm_has_some_texts_of_its_own(words):
    own = words.of_one_arm()
    assert own.report["images"]["took"] == words.report["images"]["took"]
    assert own.report["images"]["none"] == words.report["one_arm"]["images"]["none"] != words.report["images"]["none"]
    assert (own.claims, own.language) == (words.claims, words.language)


def test_claims_and_verdicts_have_names():
    assert (ENGLISH.claim("loss"), INDONESIAN.claim("loss")) == ("lower loss", "loss lebih rendah")
    assert (ENGLISH.verdict("supported"), INDONESIAN.verdict("supported")) == ("supported", "didukung")


def test_a_factor_without_a_name_is_its_key():
    assert ENGLISH.factor("model.lr") == "model.lr"
    assert ENGLISH.factor("model.residual") == "the residual connection"


def test_an_axis_value_is_in_words():
    axis_value = {"model.depth": 34, "data.future": True}
    assert ENGLISH.axis_value(axis_value) == "depth 34, future true"
    assert INDONESIAN.in_brackets({"model.depth": 34}) == " (kedalaman 34)"
    assert ENGLISH.in_brackets({}) == ""
    assert ENGLISH.in_brackets({"model.depth": 34}, "Plain-34") == ""
    assert ENGLISH.in_brackets({"model.depth": 34}, "Plain-134") == " (depth 34)"
    assert ENGLISH.in_brackets({"model.depth": 34, "data.fold": "1/5"}, "Plain-34") == " (depth 34, fold held out 1/5)"


@pytest.mark.parametrize(
    ("words", "root", "name"),
    [
        (ENGLISH, "builtin:elpv", "ELPV solar-cell images"),
        (INDONESIAN, "builtin:digits", "Angka tulisan tangan"),
        (ENGLISH, "/home/ani/data/batik", "batik"),
        (ENGLISH, "photos/labels.csv", "labels.csv"),
        (ENGLISH, "photographs", "photographs"),
        (ENGLISH, "torchvision:Flowers102", "Flowers-102"),
    ],
)
def test_data_has_a_name_that_a_reader_knows(words, root, name):
    assert words.data(root) == name


@pytest.mark.parametrize(
    ("words", "key", "said"),
    [
        (ENGLISH, "fingerprint", "data (fingerprint) (depth 18): a (x/version_0), b (2 runs)"),
        (ENGLISH, "versions.torch", "version of torch (depth 18): a (x/version_0), b (2 runs)"),
        (ENGLISH, "trainer.any", "trainer.any (depth 18): a (x/version_0), b (2 runs)"),
        (INDONESIAN, "threads", "thread (kedalaman 18): a (x/version_0), b (2 run)"),
    ],
)
def test_a_difference_is_in_words(words, key, said):
    difference = Difference(key, {"a": ("x/version_0",), "b": ("y/version_0", "y/version_1")}, {"model.depth": 18})
    assert words.difference(difference) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (["2026-11-24"], "24 November 2026"),
        (["2026-11-25", "2026-11-24"], "24\u201325 November 2026"),
        (["2026-08-30", "2026-09-01"], "30 Agustus \u2013 1 September 2026"),
        (["2026-12-31", "2027-01-02"], "31 Desember 2026 \u2013 2 Januari 2027"),
    ],
)
def test_days_are_written_as_the_language_does(days, said):
    assert INDONESIAN.days(days) == said
