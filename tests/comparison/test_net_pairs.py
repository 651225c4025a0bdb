"""Two trained nets are compared on their images, seed by seed."""

from pathlib import Path

import pytest

from resnet_lab.comparison.net_pairs import net_pairs
from resnet_lab.errors import InputError
from resnet_lab.files import write_csv
from resnet_lab.runs import Run
from resnet_lab.statistics.mcnemar import paired_proportions

RUNS = Path(__file__).parents[1] / "assets" / "runs"


def test_of_two_trained_nets_the_images_are_counted():
    """Counted by hand in the predictions of the two: six images, on three of which one net alone is right."""
    runs = tuple(Run(RUNS / name / "version_0") for name in ("plain34", "resnet34"))
    (pair,) = net_pairs({0: runs})
    accuracies = [run.test_metrics()["best"]["accuracy"] for run in runs]
    assert (pair.seed, pair.only_control, pair.only_treated, pair.n) == (0, 2, 1, 6)
    assert pair.interval == paired_proportions(2, 1, 6)
    assert pair.interval.mean == pytest.approx(accuracies[1] - accuracies[0])
    assert pair.p == 1.0  # of three discordant images, two or more fall to one side in any case


def test_nets_are_compared_seed_by_seed_and_never_pooled(make_run):
    pairs = {seed: (make_run(False, seed, 0.5), make_run(True, seed, 0.8)) for seed in (3, 1)}
    compared = net_pairs(pairs)
    assert [(pair.seed, pair.n) for pair in compared] == [(1, 60), (3, 60)]


def test_a_net_and_itself_have_no_discordant_image(make_run):
    run = make_run(False)
    (pair,) = net_pairs({0: (run, run)})
    assert (pair.only_control, pair.only_treated, pair.p) == (0, 0, 1.0)
    assert pair.interval.low < 0 == pair.interval.mean < pair.interval.high


def test_nets_that_were_tested_on_other_images_are_refused(make_run):
    control, treated = make_run(False), make_run(True)
    rows = [{**row, "path": f"other/{row['path']}"} for row in treated.test_predictions("best")]
    write_csv(treated.path / "test" / "predictions.csv", rows[0].keys(), rows)
    with pytest.raises(InputError) as error:
        net_pairs({0: (control, treated)})
    assert str(error.value) == (
        f"{control.path} and {treated.path} were tested on different images: run `resnet-lab test` again for both."
    )
