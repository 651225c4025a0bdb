"""Names in both Unicode forms, in other cases and with blanks; and what stands for several forms."""

import unicodedata

import pytest

from resnet_lab.data.names import alike, difference, one_form

NFC, NFD = "caf\u00e9", "cafe\u0301"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (NFC, NFD, "Unicode form (NFC and NFD)"),
        ("\uac01", unicodedata.normalize("NFD", "\uac01"), "Unicode form (NFC and NFD)"),  # one Hangul syllable
        ("Cat", "cat", "case"),
        (NFD.upper(), NFC, "case"),
        ("STRASSE", "straße", "case"),
        ("cat", "cat ", "blanks"),
        ("ice cream", "ice\u00a0cream", "blanks"),
        ("icecream", "ice  cream", "blanks"),
        ("Cat ", "cat", "case, blanks or forms of a letter"),
        ("\uff21\uff11", "A1", "case, blanks or forms of a letter"),  # full width
        ("cat\u200b", "cat", "case, blanks or forms of a letter"),  # a space of no width
        ("cat", "cats", None),
        ("o", "0", None),
        ("cafe", NFC, None),  # an accent makes another name
    ],
)
def test_the_difference_of_names_that_look_the_same(one, other, expected):
    assert difference(one, other) == difference(other, one) == expected
    assert alike([one, other, "dog"]) == ([sorted([one, other])] if expected else [])


def test_one_form_changes_nothing_where_there_is_one_form():
    assert one_form([NFD, "tea", "Tea"]) == {}
    assert one_form([NFC, "tea"], known=[NFC]) == {}


def test_the_form_to_train_on_stands_for_all():
    assert one_form([NFC, NFD, "tea"], known=[NFD, "tea"]) == {NFC: NFD, NFD: NFD}
    assert one_form([NFC, NFD, "tea"], known=[NFC]) == {NFC: NFC, NFD: NFC}
    assert one_form([NFC, NFD, "tea"], known=[NFC, NFD]) == {NFC: NFC, NFD: NFC}
    assert one_form([NFC, NFD]) == {NFC: NFC, NFD: NFC}
