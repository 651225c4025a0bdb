"""Sentences in both languages follow the sign and the strength of their values, and every template is used."""

import re
from dataclasses import replace

import numpy as np
import pytest

from resnet_lab.comparison.claims import VERDICTS
from resnet_lab.comparison.convergence import Reached, TimeToFinal
from resnet_lab.comparison.families import Folds, Rules, judge
from resnet_lab.comparison.net_pairs import NetPair
from resnet_lab.comparison.questions import QUESTIONS
from resnet_lab.report.sections.why import in_short
from resnet_lab.report.sentences import (
    claim_sentences,
    limits,
    net_pair_sentence,
    permutation_limit,
    time_sentences,
    verdict_sentence,
)
from resnet_lab.report.uncertainty_sentences import parts_sentence
from resnet_lab.report.words import LANGUAGES, load_words
from resnet_lab.statistics.mcnemar import mcnemar, paired_proportions

ARMS = ("Plain-34", "ResNet-34")
STRONG = (0.061, 0.049, 0.055, 0.047, 0.058)
WEAK = (0.031, -0.022, 0.018, 0.027, -0.011)
FAINT = (0.03, -0.0301, 0.02, -0.0199, 0.0001)

EFFECTS = {  # treated minus control, or control minus the value it is held against, on the side of the claim
    "strong": STRONG,
    "reversed": tuple(-value for value in STRONG),
    "weak": WEAK,
    "weakly reversed": tuple(-value for value in WEAK),
    "faint": FAINT,
    "null": (0.02, -0.02, 0.01, -0.01, 0.0),
    "equal runs": (0.0,) * 5,
    "the same in all": (0.0625,) * 5,
    "minute": (0.00003, 0.00002, 0.00004, 0.00003, 0.00002),
    "one pair": (0.025,),
    "two pairs": (0.03, 0.01),
    "six pairs": (*STRONG, 0.05),
    "none": (),
}


def judged(effect, control=0.5, **options):
    """Claims about an effect that has the same size on each claim's own side."""

    def figures(question, value):
        towards = value if question.better == "higher" else -value
        return (control, control + towards) if question.against is None else (question.against + towards, 0.1)

    return judge(
        {
            seed: tuple({q.measure: figures(q, value)[arm] for q in QUESTIONS} for arm in (0, 1))
            for seed, value in enumerate(EFFECTS[effect])
        },
        **options,
    )


def judged_among_weak(effect, key):
    """The claim ``key`` about an effect. All other effects are weak, so the claim is the first of Holm's procedure.

    Accuracy has the effect too, since it is tested first.
    """
    effects = {claim.key: claim for claim in judged(effect)}
    strong = effects[key]
    weak = {claim.key: claim for claim in judged("weak")}
    pairs = {}
    for seed in strong.seeds:
        figures = {**{k: (c.control[seed], c.treated[seed]) for k, c in weak.items()}}
        for k in ("accuracy", key):
            figures[k] = (effects[k].control[seed], effects[k].treated[seed])
        pairs[seed] = tuple({q.measure: figures[q.key][arm] for q in QUESTIONS} for arm in (0, 1))
    return next(claim for claim in judge(pairs) if claim.key == key)


def vanishing(control, treated):
    """The claim on vanishing gradients alone, of the decades that they lose."""
    pairs = enumerate(zip(control, treated, strict=True))
    measure = "gradients/best/decades_lost"
    claims = judge({seed: ({measure: lost}, {measure: other}) for seed, (lost, other) in pairs})
    return next(claim for claim in claims if claim.key == "vanishing_gradients")


VANISHING = [
    vanishing((0.3, 0.4, 0.2), (0.1, 0.0, 0.05)),
    vanishing((-0.3, -0.4, -0.2), (-0.1, 0.0, -0.05)),
    vanishing((0.3, -0.3, 0.0), (0.1, -0.1, 0.0)),
    vanishing((-1.3, -1.4, -1.2), (-0.1, 0.0, -0.05)),
]


def with_last_checkpoint(lasts):
    """The claim on accuracy, supported by the best checkpoint, and differences of the last one."""
    best, last = "test/best/accuracy", "test/last/accuracy"
    pairs = enumerate(zip(STRONG, lasts, strict=False))
    return judge({n: ({best: 0.5, last: 0.5}, {best: 0.5 + b, last: 0.5 + a}) for n, (b, a) in pairs})[0]


def with_images(shift, seeds=4, images=200, worth=None, both=False):
    """The claim on accuracy with values per image."""
    generator = np.random.default_rng(0)
    image = generator.choice([-1.0, 0.0, 1.0], (1 if both else seeds, images), p=[0.1, 0.8 - shift, 0.1 + shift])
    values = np.where(generator.random((seeds, images)) < 0.1, 0, image)
    accuracy = "test/best/accuracy"
    pairs = {seed: ({accuracy: 0.5}, {accuracy: 0.5 + row.mean()}) for seed, row in enumerate(values)}
    return judge(pairs, Rules(worth=worth), images={accuracy: dict(enumerate(values))})[0]


def with_folds(of_seed, number=3):
    accuracy = "test/best/accuracy"
    pairs = {n: ({accuracy: 0.5}, {accuracy: 0.5 + STRONG[n]}) for n in of_seed}
    return judge(pairs, folds=Folds(number, of_seed, 0.1))


PER_IMAGE = [
    with_images(0.0),
    with_images(0.0, both=True),
    with_images(0.1),
    with_images(0.0, images=20000, worth=0.05),
    with_images(0.02, images=20000, worth=0.05),
    with_images(0.0, seeds=12, both=True, worth=0.001),
]
FOLDS = [with_folds({0: 1, 1: 2, 2: 3}), with_folds({0: 1, 1: 2, 2: 3}, 4)]
LAST = [with_last_checkpoint(lasts) for lasts in (WEAK, tuple(2 * value for value in STRONG), (0.05,) * 3)]


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (
            LAST[0],
            "At the last checkpoint the difference is +0.86 percentage points (95% interval -2.08 to +3.80), and the "
            "verdict would be another one: not decided by this data. So the verdict depends on which checkpoint is "
            "tested.",
        ),
        (
            LAST[1],
            "At the last checkpoint the difference is +10.80 percentage points (95% interval +9.33 to +12.27), and "
            "the verdict would be the same.",
        ),
        (
            LAST[2],
            "At the last checkpoint the difference is +5.00 percentage points, and the verdict would be another one",
        ),
    ],
)
def test_the_last_checkpoint_is_told_beside_the_best_one(claim, said):
    assert said in claim_sentences(claim, ARMS, load_words("en"))


def test_too_few_pairs_have_no_verdict_that_the_last_checkpoint_could_change():
    said = claim_sentences(with_last_checkpoint((0.05,)), ARMS, load_words("en"))
    assert "At the last checkpoint the difference is +5.00 percentage points." in said


def net_pair(only_control, only_treated, n=393, seed=0):
    p, interval = mcnemar(only_control, only_treated), paired_proportions(only_control, only_treated, n)
    return NetPair(seed, only_control, only_treated, n, p, interval)


NETS = [net_pair(14, 24), net_pair(10, 40), net_pair(40, 10), net_pair(0, 0), net_pair(2, 3), net_pair(4, 12)]
TIMES = [
    TimeToFinal(0, 0.81726, Reached(8, 11.96), Reached(6, 9.2), 10),
    TimeToFinal(1, 0.83, Reached(9, None), None, 10),
]


def everything(language):
    """Return all that is said of all effects."""
    said = [claim_sentences(claim, ARMS, load_words(language)) for effect in EFFECTS for claim in judged(effect)]
    said += [
        claim_sentences(claim, ARMS, load_words(language))
        for claim in (*judged("strong", -0.5), *judged("equal runs", 0.0))
    ]
    said += [claim_sentences(claim, ARMS, load_words(language)) for claim in (*VANISHING, *LAST, *PER_IMAGE)]
    words = load_words(language)
    said += [parts_sentence(claim, words) for claim in PER_IMAGE]
    said += [limits([claim, *judged("none")[1:]], words) for claim in PER_IMAGE]
    said += [
        claim_sentences(claim, ARMS, words) for claims in (*FOLDS, judged("strong", diverged=True)) for claim in claims
    ]
    said += [limits(claims, words) for claims in FOLDS]
    said += [permutation_limit(judged(effect), words) for effect in ("strong", "six pairs")]
    said += [
        claim_sentences(replace(claim, verdict=verdict, worth=0.01), ARMS, load_words(language))
        for claim in judged("none")
        for verdict in VERDICTS
    ]
    said += [limits(judged(effect), words) for effect in EFFECTS]
    said += [
        claim_sentences(without_values(key, *seeds), ARMS, load_words(language), range(5))
        for key in ("loss", "convergence")
        for seeds in ((1,), (1, 3))
    ]
    said += [net_pair_sentence(pair, ARMS, load_words(language)) for pair in NETS]
    flat = (*judged("strong", -0.5), *judged("equal runs", 0.0))
    said += [in_short(claim, ARMS, words) for claim in flat if claim.interval is not None]
    return [*said, time_sentences(TIMES, ARMS, load_words(language))]


@pytest.mark.parametrize(
    ("lost", "language", "said"),
    [
        (
            -1.3,
            "en",
            "Gradients do not vanish in Plain-34, they explode: those of its first layers are larger by more than",
        ),
        (-0.5, "en", "Gradients do not vanish in Plain-34: those of its first layers are the larger ones, so"),
        (0.3, "en", "Gradients do not vanish in Plain-34: those of its first layers are not smaller by a factor"),
        (-1.3, "id", "melainkan exploding gradients: gradien layer-layer pertamanya lebih dari"),
        (-0.5, "id", "gradien layer-layer pertamanya justru lebih besar, sehingga"),
        (0.3, "id", "gradien layer-layer pertamanya tidak sampai 10 kali lebih kecil, sehingga"),
    ],
)
def test_gradients_that_grow_are_not_said_to_shrink(lost, language, said):
    claim = vanishing((lost, lost + 0.01, lost - 0.01), (0.1, 0.1, 0.1))
    assert claim.verdict == "contradicted"
    assert said in claim_sentences(claim, ARMS, load_words(language))


@pytest.mark.parametrize(
    ("against", "language", "value", "factor"),
    [
        (2.0, "en", "2 decades", "a factor of 100"),
        (0.5, "en", "0.5 decades", "a factor of 3.16"),
        (1.0, "en", "one decade", "a factor of 10"),
        (2.0, "id", "2 orde besaran", "100 kali"),
        (1.0, "id", "satu orde besaran", "10 kali"),
    ],
)
def test_a_claim_against_a_fixed_value_names_that_value(against, language, value, factor):
    opening = {"strong": factor, "reversed": factor, "one pair": "", "weak": "", "the same in all": ""}
    for effect, said_first in opening.items():
        claim = next(claim for claim in judged(effect) if claim.key == "vanishing_gradients")
        said = claim_sentences(replace(claim, against=against), ARMS, load_words(language))
        tests = load_words(language).sentences["tests_level"]["holm"].split(":")[0].format(against=value)
        assert said_first in said.split(". ")[0]
        assert (tests in said) == (claim.p is not None)
        assert value in said  # in the note at least
        if against != 1:
            assert not re.search(r"one decade|of 10\b|of ten|satu orde besaran|sepuluh|\b10 kali", said), said


def test_why_a_claim_against_a_fixed_value_is_not_decided_names_that_value():
    weak = next(claim for claim in judged("weak") if claim.key == "vanishing_gradients")
    assert "The interval includes 2 decades." in (claim_sentences(replace(weak, against=2.0), ARMS, load_words("en")))
    assert "Interval tersebut mencakup 2 orde besaran." in claim_sentences(
        replace(weak, against=2.0), ARMS, load_words("id")
    )


SAID_ELSEWHERE = [
    ("claims", "accuracy", "name"),  # heads its part of the report, where only the others are listed
    ("claims", "vanishing_gradients", "measure"),  # in the table of claims
    ("one", "points"),  # no claim has a fixed value in these units: tests/report/test_number_texts.py
    ("one", "nats"),
    ("one", "epochs"),
    ("claims", "gap", "caption"),  # these and the next: below the plots of cards, tests/report/sections/test_why.py
    ("claims", "vanishing_gradients", "title"),
    ("claims", "vanishing_gradients", "caption"),
    ("claims", "vanishing_gradients", "axis"),
    ("claims", "vanishing_gradients", "limit"),
    ("claims", "class_depth", "behind"),  # tests/comparison/test_falling_behind.py
    ("parts", "seeds"),  # these and the next: tests/report/test_uncertainty_sentences.py
    ("planning", "many"),
    ("planning", "these_images"),
]


OTHER_TESTS = ("depth", "depth_points", "intervals", "second", "verdicts")
"""Groups of texts that the tests of depth sentences, uncertainty sentences, tuning sentences and cards look at."""


def leaves(tree, path=()):
    """Yield every text with where it stands."""
    for key, value in tree.items():
        yield from leaves(value, (*path, key)) if isinstance(value, dict) else [((*path, key), value)]


def all_texts(language):
    words = load_words(language)
    return {"claims": words.claims, **words.sentences}


def placeholders(text):
    return sorted(set(re.findall(r"{(\w+)}", text)))


def test_both_languages_have_the_same_sentences_with_the_same_names_and_numbers():
    english, indonesian = (dict(leaves(all_texts(language))) for language in LANGUAGES)
    assert english.keys() == indonesian.keys()
    for path, text in english.items():
        assert text != indonesian[path], path
        if path[-1] not in (*VERDICTS, "note"):  # whole sentences, which need not name the same arm
            assert placeholders(text) == placeholders(indonesian[path]), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_claim_has_a_sentence_for_every_verdict_and_names_the_arm_that_it_is_about(language):
    for question in QUESTIONS:
        own = load_words(language).claims[question.key]
        assert set(VERDICTS) <= own.keys() | load_words(language).sentences["verdict"].keys()
        for verdict in ("supported", "contradicted", "undecided"):
            assert ("{treated}" if question.against is None else "{control}") in own[verdict]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_said_somewhere_and_nothing_is_left_to_fill_in(language):
    said = everything(language)
    for text in said:
        assert not re.search(r"[{}]|\bnan\b|None|  |\.\.", text), text
        assert text.endswith(".")
    for path, text in leaves(all_texts(language)):
        if path in SAID_ELSEWHERE or path[0] in OTHER_TESTS:
            continue
        parts = re.split(r"{\w+}", text)
        near = [one for one in said if all(part in one for part in parts)]  # much faster than the pattern
        assert any(re.search(".+?".join(map(re.escape, parts)), one) for one in near), path


@pytest.mark.parametrize(
    ("effect", "verdict"),
    [
        ("strong", "supported"),
        ("reversed", "contradicted"),
        ("weak", "undecided"),
        ("weakly reversed", "undecided"),
        ("faint", "undecided"),
        ("null", "undecided"),
        ("equal runs", "undecided"),
        ("one pair", "undecided"),
        ("two pairs", "undecided"),
        ("the same in all", "undecided"),
        ("none", "not_measured"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_follow_verdict_and_sign(effect, verdict, language):
    words = load_words(language)
    signs = {"en": ("higher for", "lower for"), "id": ("lebih tinggi", "lebih rendah")}[language]
    of_time = {"en": ("longer for", "shorter for"), "id": ("lebih lama", "lebih singkat")}[language]
    against = {"en": "one decade", "id": "satu orde besaran"}[language]
    names = {"treated": "ResNet-34", "control": "Plain-34", "against": against, "factor": "10"}
    for claim in judged(effect):
        said = claim_sentences(claim, ARMS, words)
        own = words.claims[claim.key]
        waits = verdict == "undecided" and claim.family == "performance" and claim.key != "accuracy"
        assert claim.verdict == ("not_tested" if waits else verdict)
        sentences = {one: own.get(one) or words.sentences["verdict"][one] for one in VERDICTS}
        opening = {
            one: text.format(name=own["name"], measure=own["measure"], worth="", **names)
            for one, text in sentences.items()
        }
        for one in VERDICTS:
            assert said.startswith(opening[one]) == (one == claim.verdict), said
        if claim.interval is None:
            assert said == " ".join(filter(None, (own["not_measured"], own.get("note")))).format(**names)
            continue
        if claim.against is not None:
            continue
        difference = said.removeprefix(opening[claim.verdict]).split("(")[0].split(". ")[0]
        mean = claim.interval.mean
        higher, lower = of_time if claim.key == "convergence" else signs
        assert (f" {higher}" in difference) == (mean > 0)
        assert (f" {lower}" in difference) == (mean < 0)


def test_both_intervals_stand_with_what_each_is_about():
    claim = PER_IMAGE[2]
    low, high = (f"{100 * end:+.2f}" for end in (claim.interval.low, claim.interval.high))
    inner = [f"{100 * end:+.2f}" for end in (claim.these_images.low, claim.these_images.high)]
    assert (
        f"95% interval {low} to {high} for new images and new training; 95% interval {inner[0]} to {inner[1]} for "
        "these 200 images, new training)."
    ) in claim_sentences(claim, ARMS, load_words("en"))


def test_a_difference_that_is_not_worth_having_is_called_so():
    equivalent, small = PER_IMAGE[3:5]
    assert (equivalent.verdict, small.verdict) == ("equivalent", "small")
    assert claim_sentences(equivalent, ARMS, load_words("en")).startswith(
        "ResNet-34 and Plain-34 do not differ in test accuracy of the best checkpoint by 5.00 percentage points or more"
    )
    assert claim_sentences(small, ARMS, load_words("en")).startswith(
        "ResNet-34 differs from Plain-34 in test accuracy of the best checkpoint, but by less than 5.00 percentage"
    )


def test_a_claim_that_is_not_tested_has_its_interval_and_no_test():
    loss = judged("weak")[1]
    said = claim_sentences(loss, ARMS, load_words("en"))
    assert said.startswith("The claim (lower loss) is not tested. On average over 5 seed pairs")
    assert "95% interval" in said
    assert "test of" not in said


EXPECTED = {
    ("strong", "accuracy", "en"): (
        "ResNet-34 has the higher test accuracy. On average over 5 seed pairs, the test accuracy of the best "
        "checkpoint is 5.40 percentage points higher for ResNet-34 than for Plain-34 (standard deviation of "
        "the difference over seeds 0.59; 95% interval +4.67 to +6.13 for these images, new training). "
        "Two-sided test of the interval that decides: p < 0.001. Exact permutation "
        "test over seeds: p = 0.0625."
    ),
    ("strong", "accuracy", "id"): (
        "Akurasi uji ResNet-34 lebih tinggi. Rata-rata dari 5 pasangan seed, akurasi uji checkpoint terbaik "
        "pada ResNet-34 lebih tinggi 5.40 poin persentase daripada pada Plain-34 (simpangan baku selisih "
        "antar-seed 0.59; interval +4.67 sampai +6.13 pada tingkat kepercayaan 95% untuk citra ini, pelatihan "
        "ulang). Uji dua sisi dari interval yang menentukan: p < 0.001. Uji "
        "permutasi eksak per seed: p = 0.0625."
    ),
    ("reversed", "loss", "en"): (
        "ResNet-34 has the higher test loss, not the lower one. On average over 5 seed pairs, the test loss "
        "of the best checkpoint is 0.0540 nats higher for ResNet-34 than for Plain-34 (standard deviation of "
        "the difference over seeds 0.0059; 99% interval +0.0418 to +0.0662 for these images, new "
        "training). Two-sided test of the interval that decides: p < 0.001, and p < "
        "0.001 after Holm's correction for 5 claims. Exact permutation test over seeds: p = 0.0625. The loss "
        "is cross-entropy without label smoothing."
    ),
    ("weak", "accuracy", "en"): (
        "Whether ResNet-34 has the higher test accuracy is not decided by this data. On average over 5 seed "
        "pairs, the test accuracy of the best checkpoint is 0.86 percentage points higher for ResNet-34 than "
        "for Plain-34 (standard deviation of the difference over seeds 2.37; 95% interval -2.08 to +3.80 for "
        "these images, new training). The interval that decides includes "
        "zero. Two-sided test of the interval that decides: p = 0.463. Exact permutation test over seeds: p "
        "= 0.5."
    ),
    ("one pair", "convergence", "id"): (
        "Klaim ini (konvergensi lebih cepat) tidak diuji. Dari satu-satunya pasangan seed, waktu yang diperlukan "
        "akurasi validasi untuk mencapai tingkat akhirnya sendiri pada ResNet-34 lebih singkat 0.03 epoch daripada "
        "pada Plain-34. Angka ini adalah waktu rata-rata, dalam epoch, saat akurasi validasi naik dari proporsi kelas "
        "terbanyak ke tingkat akhirnya sendiri; untuk kurva eksponensial, inilah konstanta waktunya. Tinggi tingkat "
        "akhir itu tidak berpengaruh. Jaringan yang tidak belajar apa pun tidak memiliki angka ini, begitu pula run "
        "yang kurang dari tiga epoch."
    ),
    ("minute", "accuracy", "en"): (
        "ResNet-34 has the higher test accuracy. On average over 5 seed pairs, the test accuracy of the best "
        "checkpoint is less than 0.01 percentage points higher for ResNet-34 than for Plain-34 (standard "
        "deviation of the difference over seeds 0.00; 95% interval +0.00 to +0.00 for these images, new "
        "training). Two-sided test of the interval that decides: p = "
        "0.00171. Exact permutation test over seeds: p = 0.0625."
    ),
    ("equal runs", "accuracy", "id"): (
        "Data ini belum cukup untuk memutuskan apakah akurasi uji ResNet-34 lebih tinggi. Rata-rata dari 5 "
        "pasangan seed, akurasi uji checkpoint terbaik pada ResNet-34 sama dengan pada Plain-34. Selisihnya "
        "sama pada semua pasangan. Tanpa sebaran tidak dapat diketahui seberapa pasti selisih itu. Uji "
        "permutasi eksak per seed: p = 1."
    ),
    ("the same in all", "accuracy", "en"): (
        "Whether ResNet-34 has the higher test accuracy is not decided by this data. On average over 5 seed "
        "pairs, the test accuracy of the best checkpoint is 6.25 percentage points higher for ResNet-34 than "
        "for Plain-34. The difference is the same in every pair. Without spread it is not known how certain "
        "the difference is. Exact permutation test over seeds: p = 0.0625."
    ),
    ("none", "vanishing_gradients", "en"): (
        "Whether gradients vanish in Plain-34 was not measured. These are gradients with respect to weights. They are"
        " called vanishing if they lose more than one decade, a factor of 10; this limit is a convention. He et al. "
        "(2015, section 4.1) argue that vanishing gradients are unlikely to be what makes plain networks with batch "
        "normalization hard to optimize. Yang et al. (2019, arXiv:1902.08129) derive that without shortcuts, batch "
        "normalization makes gradients explode with depth at initialization."
    ),
    ("strong", "vanishing_gradients", "en"): (
        "Gradients vanish in Plain-34: those of its first layers are smaller by more than a factor of 10. On average "
        "over 5 seeds, gradients of the first quarter of the convolutions of Plain-34 are 11.3 times smaller than "
        "those of the last quarter (1.054 decades; standard deviation 0.006; 98.33% interval +1.044 to +1.064). In "
        "ResNet-34 they are 1.26 times smaller (0.100 decades). t test over seeds, against one decade: p < 0.001, and"
        " p < 0.001 after Holm's correction for 3 claims. These are gradients with respect to weights. They are "
        "called vanishing if they lose more than one decade, a factor of 10; this limit is a convention. He et al. "
        "(2015, section 4.1) argue that vanishing gradients are unlikely to be what makes plain networks with batch "
        "normalization hard to optimize. Yang et al. (2019, arXiv:1902.08129) derive that without shortcuts, batch "
        "normalization makes gradients explode with depth at initialization."
    ),
    ("reversed", "gradient_flow", "id"): (
        "Gradien justru tersebar kurang merata pada layer-layer ResNet-34, bukan lebih merata. Rata-rata "
        "dari 5 pasangan seed, ketidakmerataan norma gradien antar-layer checkpoint terbaik pada ResNet-34 "
        "lebih tinggi 0.054 orde besaran daripada pada Plain-34 (simpangan baku selisih antar-seed 0.006; interval "
        "+0.044 sampai +0.064 pada tingkat kepercayaan 98.33% untuk citra ini, pelatihan "
        "ulang). Uji dua sisi dari interval yang menentukan: p < 0.001, dan p < 0.001 setelah "
        "koreksi Holm untuk 3 klaim. Uji permutasi eksak per seed: p = 0.0625. Angka ini adalah simpangan "
        "baku antar-layer dari logaritma desimal norma gradien loss terhadap bobot layer: 1 orde besaran berarti "
        "faktor sepuluh. Angka ini tidak menjelaskan apakah karena itulah suatu model lebih akurat."
    ),
}


@pytest.mark.parametrize(("effect", "key", "language"), EXPECTED)
def test_whole_paragraphs(effect, key, language):
    assert (
        claim_sentences(judged_among_weak(effect, key), ARMS, load_words(language)) == EXPECTED[effect, key, language]
    )


def without_values(key, *seeds, of=5):
    """The claim of strong effects, of which the runs of some seeds have no measure."""
    measure = next(question.measure for question in QUESTIONS if question.key == key)
    pairs = {}
    for claim in judged("strong"):
        for seed, values in enumerate(zip(claim.control, claim.treated, strict=True)):
            for run, value in zip(pairs.setdefault(seed, ({}, {})), values, strict=True):
                run[claim.measure] = value
    for seed in seeds:
        pairs[seed][0].pop(measure)
    return next(claim for claim in judge({seed: pairs[seed] for seed in range(of)}) if claim.key == key)


@pytest.mark.parametrize(
    ("key", "language", "said"),
    [
        ("loss", "en", "Left out: seed 1 (this pair has no value of this measure)."),
        ("loss", "id", "Tidak disertakan: seed 1 (pasangan ini tidak memiliki nilai ukuran ini)."),
        (
            "convergence",
            "en",
            "Left out: seed 1 (this pair has no value of this measure: a network ends hardly better than always "
            "predicting the most frequent class, or a run has fewer than three epochs).",
        ),
        (
            "convergence",
            "id",
            "Tidak disertakan: seed 1 (pasangan ini tidak memiliki nilai ukuran ini: suatu jaringan akhirnya hampir "
            "tidak lebih baik daripada selalu menebak kelas terbanyak, atau suatu run kurang dari tiga epoch).",
        ),
    ],
)
def test_a_claim_names_the_seeds_that_it_leaves_out(key, language, said):
    claim = without_values(key, 1)
    assert said in claim_sentences(claim, ARMS, load_words(language), range(5))
    start = said.partition(":")[0] + ":"
    assert start not in claim_sentences(claim, ARMS, load_words(language), claim.seeds)
    assert start not in claim_sentences(without_values(key), ARMS, load_words(language), range(5))


def test_several_seeds_are_left_out_in_one_sentence():
    said = claim_sentences(without_values("loss", 1, 3), ARMS, load_words("en"), range(5))
    assert "Left out: seeds 1, 3 (these pairs have no value of this measure)." in said


@pytest.mark.parametrize(("language", "false"), [("en", "was not measured"), ("id", "tidak diukur")])
def test_networks_that_learned_nothing_were_measured_and_have_no_speed(language, false):
    claim = without_values("convergence", *range(5))
    said = claim_sentences(claim, ARMS, load_words(language), range(5))
    assert claim.verdict == "not_measured"
    assert false not in said
    assert said.startswith(
        {
            "en": "Speed of convergence has no value in these runs.",
            "id": "Kecepatan konvergensi tidak memiliki nilai pada run-run ini.",
        }[language]
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_smallest_p_of_the_permutation_test_is_said_once_for_all_claims(language):
    words = load_words(language)
    for effect, pairs, smallest, reaches in (("strong", 5, "0.0625", False), ("six pairs", 6, "0.0312", True)):
        said = permutation_limit(judged(effect), words)
        assert said.endswith("." if reaches else {"en": "on this page.", "id": "di halaman ini."}[language])
        assert f"2/2^{pairs} = {smallest}" in said
        assert ("0.05" in said) is not reaches
        assert f"2/2^{pairs}" not in "".join(claim_sentences(claim, ARMS, words) for claim in judged(effect))
    assert permutation_limit(judged("one pair"), words) == ""


def test_a_difference_that_rounding_alone_keeps_from_zero_is_called_none():
    """0.03, -0.02 and -0.01 sum to 3e-18: no difference."""
    control, treated = {"test/best/accuracy": 0.0}, (0.03, -0.02, -0.01)
    [claim, *_] = judge({n: (control, {"test/best/accuracy": value}) for n, value in enumerate(treated)})
    assert claim.interval.mean != 0
    said = claim_sentences(claim, ARMS, load_words("en"))
    assert "is the same for ResNet-34 and Plain-34 (standard deviation" in said


@pytest.mark.parametrize(
    ("language", "smaller", "larger", "same"),
    [
        ("en", "times smaller", "times larger", "as large"),
        ("id", r"kali lebih kecil (?:d|\()", r"kali lebih besar (?:d|\()", "sama besarnya"),
    ],
)
def test_what_gradients_do_on_their_way_back_follows_the_sign_in_each_arm(language, smaller, larger, same):
    for claim, way in zip(VANISHING, (smaller, larger, same, larger), strict=True):
        said = claim_sentences(claim, ARMS, load_words(language))
        told = said.split(load_words(language).sentences["tests_level"]["primary"].split("{")[0])[0]
        assert len(re.findall(way, told)) == 2, told
        assert not any(re.search(other, told) for other in {smaller, larger, same} - {way}), told


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shortcut_is_said_to_have_nothing_to_prevent_only_where_gradients_do_not_vanish(language):
    nothing = {"en": "has no vanishing to prevent", "id": "tidak ada vanishing gradients yang dapat dicegah"}[language]
    for effect, is_said in (("strong", False), ("reversed", True), ("weak", False), ("none", False)):
        claim = next(claim for claim in judged(effect) if claim.key == "vanishing_gradients")
        assert (nothing in claim_sentences(claim, ARMS, load_words(language))) == is_said


@pytest.mark.parametrize(("language", "said"), [("en", "No rise in any"), ("id", "Tidak ada kenaikan")])
def test_no_rise_at_all_is_called_none(language, said):
    for control, is_said in ((0.0, True), (0.5, False)):
        claim = next(claim for claim in judged("equal runs", control) if claim.key == "overfitting")
        assert (said in in_short(claim, ARMS, load_words(language))) == is_said


@pytest.mark.parametrize("language", LANGUAGES)
def test_he_et_al_are_cited_wherever_vanishing_gradients_are_judged(language):
    claim = next(claim for claim in judged("none") if claim.key == "vanishing_gradients")
    for verdict in VERDICTS:
        said = claim_sentences(replace(claim, verdict=verdict), ARMS, load_words(language))
        assert {"en": "He et al. (2015, section 4.1)", "id": "He et al. (2015, bagian 4.1)"}[language] in said


@pytest.mark.parametrize(("language", "said"), [("en", "No gap on average"), ("id", "tidak ada celah")])
def test_a_gap_below_zero_is_called_none(language, said):
    gap = {control: next(c for c in judged("strong", control) if c.key == "gap") for control in (0.5, -0.5)}
    assert said not in in_short(gap[0.5], ARMS, load_words(language))
    assert said in in_short(gap[-0.5], ARMS, load_words(language))


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_limits_say_what_the_verdicts_that_were_found_mean(effect, language):
    words, claims = load_words(language), judged(effect)
    text, said = words.sentences["conclusion"], limits(claims, words)
    assert said.endswith(text["limits"])
    found = {claim.verdict for claim in claims if len(claim.seeds) > 2}
    assert (text["meaning_undecided"] in said) == ("undecided" in found)
    assert (text["meaning_not_tested"] in said) == ("not_tested" in found)
    assert (text["limits_too_few"] in said) == (not found)


@pytest.mark.parametrize("effect", EFFECTS)
def test_in_short_a_claim_is_its_verdict_and_an_untested_one_its_difference(effect):
    for claim in judged(effect):
        if claim.interval is None:
            continue
        said = in_short(claim, ARMS, load_words("en"))
        few = claim.verdict == "undecided" and len(claim.seeds) < 3
        if not (few or claim.verdict == "not_tested"):
            assert said == verdict_sentence(claim, ARMS, load_words("en"))
        else:
            assert said.count(".") >= 1
            assert "not tested" not in said
            assert "interval" not in said
            assert ARMS[0] in said
            assert "pair" not in said  # the page says once how many pairs there are


@pytest.mark.parametrize(
    ("pair", "language", "said"),
    [
        (
            net_pair(14, 24),
            "en",
            "Seed 0: of 393 test images, ResNet-34 alone is right on 24 and Plain-34 alone on 14, a difference of "
            "+2.54 percentage points (95% interval over images -0.55 to +5.81; exact McNemar p = 0.143). These images "
            "do not decide which of the two trained networks is the better one on images like these.",
        ),
        (
            net_pair(10, 40, seed=3),
            "id",
            "Seed 3: dari 393 citra uji, 40 hanya dikenali dengan benar oleh ResNet-34 dan 10 hanya oleh Plain-34, "
            "selisih +7.63 poin persentase (interval berdasarkan citra +4.29 sampai +11.33 pada tingkat kepercayaan "
            "95%; uji McNemar eksak p < 0.001). Dari kedua jaringan terlatih ini, jaringan ResNet-34 lebih baik pada "
            "citra semacam ini.",
        ),
        (
            net_pair(40, 10),
            "en",
            "Seed 0: of 393 test images, ResNet-34 alone is right on 10 and Plain-34 alone on 40, a difference of "
            "-7.63 percentage points (95% interval over images -11.33 to -4.29; exact McNemar p < 0.001). On images "
            "like these, the trained network of Plain-34 is the better one of the two.",
        ),
        (
            net_pair(0, 0),
            "en",
            "Seed 0: of 393 test images, both networks are right on the same ones: these images show no difference "
            "between them.",
        ),
        (
            net_pair(4, 12),
            "en",
            "Seed 0: of 393 test images, ResNet-34 alone is right on 12 and Plain-34 alone on 4, a difference of "
            "+2.04 percentage points (95% interval over images +0.05 to +4.38; exact McNemar p = 0.0768). These "
            "images do not decide which of the two trained networks is the better one on images like these. The "
            "interval and McNemar's test disagree here; a network is called the better one only if both agree.",
        ),
    ],
)
def test_of_trained_nets_it_speaks_of_these_nets_only(pair, language, said):
    assert net_pair_sentence(pair, ARMS, load_words(language)) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_interval_of_few_discordant_images_is_called_rough(language):
    rough = load_words(language).sentences["nets"]["few"]
    assert rough in net_pair_sentence(net_pair(2, 7), ARMS, load_words(language))
    assert rough not in net_pair_sentence(net_pair(3, 7), ARMS, load_words(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nets_are_told_apart_only_where_test_and_interval_agree(language):
    """The exact test is the more careful one: of 12 discordant images 10 to 2 leave zero out, and p is 0.039."""
    text = load_words(language).sentences["nets"]
    agreeing, careful = net_pair(2, 10), net_pair(3, 11)
    assert careful.interval.low > 0
    assert careful.p > 0.05
    assert text["treated"].format(treated="ResNet-34") in net_pair_sentence(agreeing, ARMS, load_words(language))
    assert text["neither"] in net_pair_sentence(careful, ARMS, load_words(language))


def test_times_to_the_final_accuracy_are_told_with_why_they_decide_nothing():
    assert time_sentences(TIMES, ARMS, load_words("en")) == (
        "Seed 0: Plain-34 reached its final validation accuracy, 0.8173, in epoch 8 (after 12.0 minutes); ResNet-34 "
        "reached it in epoch 6 (after 9.2 minutes). Seed 1: Plain-34 reached its final validation accuracy, 0.8300, in "
        "epoch 9; ResNet-34 did not reach it within 10 epochs. Plain-34 reaches this accuracy by "
        "definition, and an equally good network may miss it by chance. So no verdict rests on these epochs and "
        "minutes."
    )
    assert time_sentences([], ARMS, load_words("en")) == ""
