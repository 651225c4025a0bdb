"""Numbers are printed by their unit, and no number but zero is printed as zero."""

import pytest

from resnet_lab.report.number_texts import ends, fixed_value, number, p_text, signed, size
from resnet_lab.report.words import load_words
from resnet_lab.statistics.intervals import paired_t


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (-0.0123, "points", "1.23 percentage points"),
        (0.5, "nats", "0.5000 nats"),
        (-1.25, "decades", "1.250 decades"),
        (1e-6, "decades", "less than 0.001 decades"),
        (0.0, "points", "0.00 percentage points"),
        (-0.754, "epochs", "0.75 epochs"),
    ],
)
def test_a_size_has_its_unit_and_no_sign(value, unit, said):
    assert size(value, unit, load_words("en").sentences) == said


def test_a_sign_stays_where_the_number_rounds_to_zero():
    assert (signed(1e-9, "points"), signed(-1e-9, "points"), signed(0.0, "nats")) == ("+0.00", "-0.00", "0")
    assert number(0.25, "points") == "25.00"


@pytest.mark.parametrize(
    ("value", "unit", "language", "said"),
    [
        (None, "nats", "en", {}),
        (0.01, "points", "en", {"against": "one percentage point"}),
        (0.025, "points", "id", {"against": "2.5 poin persentase"}),
        (1.0, "nats", "id", {"against": "satu nat"}),
        (1.0, "decades", "en", {"against": "one decade", "factor": "10"}),
        (1.0, "epochs", "en", {"against": "one epoch"}),
        (-2.0, "decades", "en", {"against": "-2 decades", "factor": "0.01"}),
    ],
)
def test_a_fixed_value_has_its_unit_and_decades_their_factor(value, unit, language, said):
    assert fixed_value(value, unit, load_words(language).sentences) == said


def test_ends_and_p():
    told = ends(paired_t([0.01, 0.02, 0.03], 0.9875), "points")
    assert told["level"] == "98.75"
    assert told["low"].startswith("-")
    assert told["high"].startswith("+")
    assert (p_text(0.0001), p_text(0.04321)) == ("< 0.001", "= 0.0432")
