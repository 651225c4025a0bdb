"""Misclassified images of one arm: the shown ones, their notes, and their pictures."""

import pytest

from resnet_lab.comparison.one_arm import gather_one_arm
from resnet_lab.comparison.selection import Selection
from resnet_lab.files import write_csv
from resnet_lab.report.document import Photographs, Text, unfolded
from resnet_lab.report.pictures import SmallPicture
from resnet_lab.report.sections.mistakes import mistakes_section
from resnet_lab.report.words import load_words


def section(results, language="en", *, pictures=False):
    return mistakes_section(results, load_words(language).of_one_arm(), pictures=pictures)


def of_kind(blocks, kind):
    return [block for block in unfolded(blocks) if isinstance(block, kind)]


def test_images_are_shown_with_what_they_were_taken_for(one_arm):
    [finding] = one_arm.findings
    [shown] = of_kind(section(one_arm), Photographs)
    first = finding.mistakes[0]
    assert [image.path for image in shown.photographs] == [image.path for image in finding.mistakes[:24]]
    assert first.wrong == 3
    assert shown.photographs[0].notes == (
        f"is {first.label}",
        f"ResNet-34: {first.predicted[0]} 3/3",
        f"probability of {first.label}: {first.probability:.2f}",
    )
    in_all = sum(image.wrong == 3 for image in finding.mistakes)
    said = of_kind(section(one_arm), Text)[1].text
    assert said.startswith(
        f"Of 60 test images, {len(finding.mistakes)} are misclassified by the best checkpoints of more than half of "
        f"the 3 seeds, and {in_all} of them in every seed."
    )


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        (2, "Of 120 test images, {n} are misclassified by the best checkpoint. comparison.json"),
        (
            4,
            "Of 120 test images, {n} are misclassified by the best checkpoints of more than half of the 2 "
            "seeds, and {n} of them in every seed.",
        ),
    ],
)
def test_with_folds_each_image_counts_over_the_seeds_that_held_it_out(make_run, seeds, said):
    runs = []
    for seed in range(seeds):
        fold = f"{seed % 2 + 1}/2"
        run = make_run(True, seed, changes={"data.fold": fold})
        rows = [{**row, "path": f"{fold}/{row['path']}"} for row in run.test_predictions("best")]
        write_csv(run.predictions_path, rows[0].keys(), rows)
        runs.append(run)
    results = gather_one_arm(Selection(tuple(runs), ()), force=False)
    n = len(results.findings[0].mistakes)
    assert n > 0
    assert of_kind(section(results), Text)[1].text.startswith(said.format(n=n))


def test_of_many_mistakes_the_first_are_shown(make_run):
    runs = tuple(make_run(True, seed, 0.1) for seed in range(2))
    results = gather_one_arm(Selection(runs, ()), force=False)
    assert len(results.findings[0].mistakes) > 24
    [shown] = of_kind(section(results), Photographs)
    assert len(shown.photographs) == 24
    assert "The first 24 are shown." in of_kind(section(results), Text)[1].text


@pytest.mark.parametrize(
    ("accuracy", "said"), [(0.7, "are misclassified by the best checkpoint."), (2, "None of 60 t")]
)
def test_one_seed_is_one_network(make_run, accuracy, said):
    results = gather_one_arm(Selection((make_run(True, 0, accuracy),), ()), force=False)
    assert said in of_kind(section(results), Text)[1].text
    assert "seeds" not in of_kind(section(results), Text)[1].text.partition(" Images that")[0]


def test_pictures_are_shown_or_said_to_be_gone(one_arm, monkeypatch):
    taken = lambda run, paths, heats: dict.fromkeys(paths, SmallPicture(b"jpeg"))  # noqa: E731
    assert of_kind(section(one_arm, "id"), Text)[0].text == "Gambar citra tidak disertakan."
    assert "can no longer be read" in of_kind(section(one_arm, pictures=True), Text)[0].text
    monkeypatch.setattr("resnet_lab.report.sections.images.small_pictures", taken)
    [shown] = of_kind(section(one_arm, pictures=True), Photographs)
    assert {image.picture for image in shown.photographs} == {b"jpeg"}
