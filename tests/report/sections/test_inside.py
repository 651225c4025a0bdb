"""Section 7 shows the measurements inside the networks, and is absent without measurements."""

import math
from statistics import fmean

import pytest
from fixtures.run_folders import write_landscape, write_probes, write_similarities

from resnet_lab.report.document import Heading, Plots, Table
from resnet_lab.report.sections.inside import inside_section
from resnet_lab.report.words import LANGUAGES, load_words
from resnet_lab.runs.lesions import accuracies_by_number, read_lesions
from resnet_lab.runs.measurements import TRAINED, gradient_norm_profile, landscape_line

NAMES = [f"inside-{name}" for name in ("gradients", "responses", "lesion", "gradient-norm", "dead-relus")]


def plots(results, language="en"):
    return [
        p for block in inside_section(results, load_words(language)) if isinstance(block, Plots) for p in block.plots
    ]


def lines(plot):
    return {line.get_label(): line for line in plot.figure.axes[0].lines if not line.get_label().startswith("_")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measurement_has_its_figure_with_n_and_sample(inspected, language):
    shown = plots(inspected, language)
    assert [plot.name for plot in shown] == NAMES
    for plot in shown:
        assert {"en": "; 3 seeds per network", "id": "; 3 seed per jaringan"}[language] in plot.caption
    for plot in shown[:3]:
        assert {"en": "60 images of the test split", "id": "60 citra dari bagian uji"}[language] in plot.caption


def test_gradients_are_shown_trained_and_initial_as_geometric_means(inspected):
    drawn = lines(plots(inspected)[0])
    assert {label: line.get_linestyle() for label, line in drawn.items()} == {
        "Plain-34, initial": "--",
        "Plain-34, trained": "-",
        "ResNet-34, initial": "--",
        "ResNet-34, trained": "-",
    }
    profiles = [
        list(gradient_norm_profile(run, "best").values()) for run in inspected.findings[0].control.runs.values()
    ]
    first = drawn["Plain-34, trained"].get_ydata()[0]
    assert first**3 == pytest.approx(profiles[0][0] * profiles[1][0] * profiles[2][0])


def test_lesions_are_means_over_draws(inspected):
    drawn = lines(plots(inspected)[2])["ResNet-34"]
    run = inspected.findings[0].treated.runs[0]
    assert list(drawn.get_xdata()) == [0, 1, 2, 3]
    assert list(drawn.get_ydata()) == pytest.approx(
        [fmean(accuracies) for accuracies in accuracies_by_number(read_lesions(run, TRAINED)).values()]
    )


def test_the_table_has_the_figures_that_claims_rest_on(inspected):
    [table] = [block for block in inside_section(inspected, load_words("en")) if isinstance(block, Table)]
    assert table.head[1:] == ("Plain-34, initial", "Plain-34, trained", "ResNet-34, initial", "ResNet-34, trained")
    claim = next(claim for claim in inspected.findings[0].claims if claim.key == "vanishing_gradients")
    assert table.rows[1].cells[2].startswith(f"{fmean(claim.control):.4f}\u00a0±")


def test_what_is_absent_is_left_out(make_run, compare, diagnose):
    runs = [make_run(False), make_run(True)]
    diagnose(runs[1])
    results = compare(runs)
    shown = plots(results)
    assert [plot.name for plot in shown] == NAMES[3:]
    assert list(lines(shown[0])) == ["ResNet-34"]
    assert shown[0].caption.endswith("; 1 seed per network")
    assert not any(isinstance(block, Table) for block in inside_section(results, load_words("en")))


def test_places_without_measurements_have_no_heading(make_run, compare, inspect):
    runs = [make_run(residual, changes={"model.depth": depth}) for depth in (20, 56) for residual in (False, True)]
    for run in runs[2:]:
        inspect(run)
    headings = [block.text for block in inside_section(compare(runs), load_words("en")) if isinstance(block, Heading)]
    assert headings == ["Inside the networks", "depth 56"]


def test_nothing_measured_is_no_section(three_seeds):
    assert inside_section(three_seeds, load_words("en")) == []


def test_pairs_that_saw_other_images_are_shown_in_no_figure_that_sets_nets_side_by_side(make_run, compare, inspect):
    runs = [make_run(residual, seed) for seed in range(2) for residual in (False, True)]
    for run, sample in zip(runs, "aaab", strict=True):
        inspect(run, sample=sample)
    results = compare(runs)
    assert all("1 seed per network" in plot.caption for plot in plots(results))
    [table] = [block for block in inside_section(results, load_words("en")) if isinstance(block, Table)]
    assert "±" not in "".join(table.rows[0].cells)


def test_every_set_of_blocks_is_a_dot_and_the_most_frequent_class_a_line(inspected):
    axes = plots(inspected)[2].figure.axes[0]
    dots = [line for line in axes.lines if line.get_linestyle() == "None" and line.get_label().startswith("_")]
    expected = sorted(
        (removed, accuracy)
        for run in inspected.findings[0].control.runs.values()
        for removed, accuracies in accuracies_by_number(read_lesions(run, TRAINED)).items()
        for accuracy in accuracies
    )
    assert sorted(zip(*dots[0].get_data(), strict=True)) == expected
    level = next(line for line in axes.lines if line.get_label() == "always the most frequent class")
    counts = [
        scores["n"] for scores in inspected.findings[0].control.runs[0].test_metrics()["last"]["per_class"].values()
    ]
    assert set(level.get_ydata()) == {max(counts) / sum(counts)}


def test_unequal_numbers_of_seeds_are_counted_by_arm(make_run, compare, inspect):
    runs = [make_run(residual, seed) for seed in range(2) for residual in (False, True)]
    for run in runs[:3]:
        inspect(run)
    captions = [plot.caption for plot in plots(compare(runs)) if plot.name == "inside-gradients"]
    assert [caption.partition("seeds: ")[2] for caption in captions] == ["Plain-34 2, ResNet-34 1"]


def test_a_block_without_a_share_is_a_gap_in_its_line_and_band(make_run, compare):
    runs = [make_run(residual, seed) for residual in (False, True) for seed in range(3)]
    for run in runs:
        write_probes(run, [0.5, 0.6, 0.7])
    branch = next(plot for plot in plots(compare(runs)) if plot.name == "inside-branch")
    for line in lines(branch).values():
        assert list(line.get_xdata()) == [1, 2, 3]
        assert list(line.get_ydata()) == pytest.approx([0.5, math.nan, 0.5], nan_ok=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_similarity_is_a_wide_figure_of_three_maps_whose_caption_has_the_numbers(make_run, compare, language):
    runs = [make_run(residual, seed) for residual in (False, True) for seed in range(2)]
    write_similarities(runs, lambda run, partner, i, j: 0.25 + 0.5 * (run == 3) if partner < run else 1)
    [plot] = plots(compare(runs), language)
    assert plot.name == "inside-similarity"
    assert plot.wide
    assert len([axes for axes in plot.figure.axes if axes.images]) == 3
    texts = load_words(language).report["inside"]["similarity_pairs"]
    for first, second, n, mean in (
        ("Plain-34", "Plain-34", 1, "0.25"),
        ("Plain-34", "ResNet-34", 2, "0.50"),
        ("ResNet-34", "ResNet-34", 1, "0.75"),
    ):
        said = texts["panel"].format(first=first, second=second, pairs=texts["seeds"].format(n=n))
        assert said + texts["mean"].format(mean=mean) in plot.caption


def test_one_pair_has_no_baseline_of_seeds_and_says_so(make_run, compare):
    runs = [make_run(False), make_run(True)]
    write_similarities(runs, lambda run, partner, i, j: 0.5)
    [plot] = plots(compare(runs))
    assert (
        "Plain-34 with ResNet-34: equal seeds, number of pairs 1, mean of blocks at the same place 0.50" in plot.caption
    )
    assert "ResNet-34 with ResNet-34: each network with itself, number of networks 1. " in plot.caption


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_landscape_has_a_line_per_seed_a_band_and_one_plane_of_the_first_seed(make_run, compare, language):
    runs = [make_run(residual, seed) for seed in range(3) for residual in (False, True)]
    for run in runs:
        write_landscape(run)
    line, plane = plots(compare(runs), language)
    assert [line.name, plane.name] == ["inside-landscape", "inside-plane"]
    [axes] = line.figure.axes
    assert len(axes.collections) == 2  # a band per arm
    assert axes.get_yscale() == "log"
    means = lines(line)
    assert list(means["Plain-34"].get_xdata()) == [-100, -50, 0, 50, 100]
    at_zero = [landscape_line(run, TRAINED)[0] for run in runs[0:6:2]]
    assert means["Plain-34"].get_ydata()[2] ** 3 == pytest.approx(at_zero[0] * at_zero[1] * at_zero[2])
    assert [axes.get_title() for axes in plane.figure.axes[:2]] == ["Plain-34", "ResNet-34"]
    assert "seed 0" in plane.caption
    for caption in (line.caption, plane.caption):
        assert {"en": "no verdict rests on", "id": "tidak ada kesimpulan"}[language] in caption
        assert "60" in caption


def test_a_plane_needs_a_seed_that_both_arms_have(make_run, compare):
    runs = [make_run(residual, seed) for seed in range(2) for residual in (False, True)]
    write_landscape(runs[0])
    write_landscape(runs[3])
    assert [plot.name for plot in plots(compare(runs))] == ["inside-landscape"]
