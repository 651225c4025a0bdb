"""Plots show the values of the rows."""

import math

import pytest

from resnet_lab.plots.inspection import InspectionResult, draw_plots, write_plots
from resnet_lab.plots.style import CONTROL, TREATED


def run(label: str, residual: bool, tables: dict | None = None, epoch: int = 3) -> InspectionResult:
    arm = "ResNet-8" if residual else "Plain-8"
    return InspectionResult(label, arm, residual, epoch, 3, tables or everything(residual))


def everything(residual: bool) -> dict:
    both = ("initial", "best")
    lesion = [("", 0, 0.9, 0), ("layer1.0", 1, 0.8, 0), ("layer1.1", 1, 0.7, 0), ("layer1.0 layer1.1", 2, 0.6, 0)]
    lesion += [("layer2.0", 1, 0.2, 1)] if residual else []
    return {
        "gradients": [
            {"checkpoint": c, "layer": f"conv{n}", "position": n, "norm": 10.0**-n} for c in both for n in (1, 2, 3)
        ],
        "input_gradients": [
            {
                "checkpoint": c,
                "block": f"layer1.{n}",
                "position": n,
                "correlation": value,
                "images": 8,
            }
            for c in both
            for n, value in ((1, 0.5), (2, None))
        ],
        "responses": [
            {"checkpoint": "best", "layer": f"conv{n}", "position": n, "std": std} for n, std in ((1, 0.5), (2, 2.0))
        ],
        "lesion": [
            {"blocks": blocks, "removed": removed, "draw": 1, "accuracy": accuracy, "n": 8, "shape_changing": changing}
            | {"checkpoint": "best"}
            for blocks, removed, accuracy, changing in lesion
        ],
    }


def lines(axes, label):
    return [list(line.get_ydata()) for line in axes.lines if line.get_label() == label]


def test_the_numbers_are_drawn():
    plots = draw_plots([run("plain8/version_0", False), run("resnet8/version_0", True)], 8, 0.75)
    assert list(plots) == [
        "gradients",
        "input_gradients",
        "responses",
        "lesion_single",
        "lesion_random",
        "path_lengths",
    ]
    left, right = plots["gradients"].axes
    assert lines(left, "plain8/version_0") == lines(right, "plain8/version_0") == [[0.1, 0.01, 0.001]]
    assert left.get_yscale() == right.get_yscale() == "log"
    assert left.get_ylim() == right.get_ylim()
    [correlations] = lines(plots["input_gradients"].axes[0], "resnet8/version_0")
    assert correlations == pytest.approx([0.5, math.nan], nan_ok=True)  # a block without a value is a gap
    by_depth, by_magnitude = plots["responses"].axes
    assert lines(by_depth, "plain8/version_0") == [[0.5, 2.0]]
    assert lines(by_magnitude, "plain8/version_0") == [[2.0, 0.5]]
    [random] = plots["lesion_random"].axes
    assert lines(random, "resnet8/version_0") == [pytest.approx([90, 75, 60])]
    [paths] = plots["path_lengths"].axes
    assert lines(paths, "ResNet-8: 8 paths") == [[12.5, 37.5, 37.5, 12.5]]
    assert lines(paths, "Plain-8: one path of 3 blocks")


def test_arms_have_their_color_and_runs_of_an_arm_their_style():
    chosen = [run("plain8/version_0", False), run("plain8/version_1", False), run("resnet8/version_0", True, epoch=5)]
    plots = draw_plots(chosen, 8, 0.75)
    left, right = plots["gradients"].axes
    assert [(line.get_color(), line.get_linestyle()) for line in left.lines] == [
        (CONTROL, "-"),
        (CONTROL, "--"),
        (TREATED, "-"),
    ]
    assert right.get_title() == "after training (best, epochs 3, 5)"
    assert len(plots["path_lengths"].axes[0].lines) == 2


def test_only_what_was_measured_is_drawn():
    tables = {"responses": everything(True)["responses"]}
    assert list(draw_plots([run("a/version_0", True, tables)], 8, 0.75)) == ["responses"]


def test_many_runs_are_named_beside_the_axes():
    plots = draw_plots([run(f"resnet8/version_{n}", True) for n in range(6)], 8, 0.75)
    assert plots["gradients"].axes[0].get_legend() is None
    assert len(plots["gradients"].legends[0].get_texts()) == 6


def test_a_lesion_cut_to_the_intact_net_is_drawn():
    tables = {"lesion": everything(True)["lesion"][:1]}
    plots = draw_plots([run("a/version_0", True, tables)], 8, 0.75)
    assert lines(plots["lesion_random"].axes[0], "a/version_0") == [[90]]


def test_files_are_svg_and_png_and_equal_plots_give_equal_files(tmp_path):
    responses = run("plain8/version_0", False, {"responses": everything(False)["responses"]})
    for folder in ("a", "b"):
        write_plots(draw_plots([responses], 8, 0.75), tmp_path / folder)
    first = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
    assert sorted(first) == ["responses.png", "responses.svg"]
    assert b"responses of the 3x3 layers" in first["responses.svg"].lower()


def test_a_note_says_on_what_the_plot_rests():
    plots = draw_plots([run("plain8/version_0", False)], 123, 0.75)
    notes = {name: figure.get_supxlabel() for name, figure in plots.items()}
    for name in ("gradients", "responses", "lesion_single", "lesion_random"):
        assert "123 held-out images" in notes[name], name
    assert notes["input_gradients"].startswith(
        "Mean over all pairs of 8 held-out images. BatchNorm uses the statistics"
    )
    assert "BatchNorm uses the statistics of the batch" in notes["gradients"]
