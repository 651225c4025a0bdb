"""A report says in one sentence why arms with unlike starts have no verdict, in both languages and all its forms."""

import pytest

from resnet_lab.report.compose import compose
from resnet_lab.report.render import html, markdown
from resnet_lab.report.start_notice import start_notice
from resnet_lab.report.words import load_words


@pytest.fixture
def unlike(make_started_run, compare):
    torchvision = {"kind": "torchvision", "source": "torchvision", "weights_sha256": "7" * 64}
    starts = ((False, None), (True, torchvision))
    return compare([make_started_run(arm, seed, start) for seed in range(3) for arm, start in starts])


def test_arms_that_began_alike_have_no_notice(three_seeds):
    assert start_notice(three_seeds, load_words("en")) is None


def test_the_notice_names_both_starts_and_the_way_out(unlike):
    notice = start_notice(unlike, load_words("en"))
    assert notice.serious
    assert notice.text.startswith(
        "Plain-34 began with drawn weights and ResNet-34 with torchvision's weights trained on ImageNet, so a "
        "difference between them may come from the earlier training, and there is no verdict about the residual "
        "connection. For a verdict, train both arms twice"
    )


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (
            {"seed": 9},
            "weights trained on other-photographs (data f00df00d, settings 5e775e77, best checkpoint, seed 9)",
        ),
        ({"kind": "file", "file": "/x/a.pth"}, "weights from the file a.pth, which does not say how"),
    ],
)
def test_each_kind_of_start_has_its_words(make_started_run, compare, start, words):
    results = compare(
        [make_started_run(arm, seed, start if arm else None) for seed in range(3) for arm in (False, True)]
    )
    assert words in start_notice(results, load_words("en")).text


@pytest.mark.parametrize(
    ("language", "verdict"),
    [
        ("en", "no verdict, because the arms began with unlike weights"),
        ("id", "tanpa kesimpulan karena bobot awal kedua model tidak setara"),
    ],
)
def test_every_form_of_the_report_has_the_reason_and_no_verdict(unlike, language, verdict):
    words = load_words(language)
    document = compose(unlike, words, pictures=False)
    notice = start_notice(unlike, words)
    assert notice in document.opening
    assert document.cards[0].verdict == verdict
    assert all(verdict in text for text in (markdown(document), html(document)))
    assert f": {words.verdict('supported')}" not in markdown(document)
