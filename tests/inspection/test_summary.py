"""Printed lines of an inspected run."""

from resnet_lab.inspection.summary import summary
from resnet_lab.plots.inspection import InspectionResult

TABLES = {
    "gradients": [
        {"checkpoint": c, "layer": layer, "norm": norm}
        for c, scale in (("initial", 1), ("last", 0.1))
        for layer, norm in (("conv1", 2 * scale), ("fc", 4 * scale), ("layer1.0.conv1", scale))
    ],
    "input_gradients": [
        {"checkpoint": c, "block": block, "correlation": value}
        for c in ("initial", "last")
        for block, value in (("layer1.0", 0.125), ("layer1.1", None))
    ],
    "responses": [{"checkpoint": "last", "std": std} for std in (0.5, 1.5, 1.0)],
    "lesion": [
        {"blocks": blocks, "removed": removed, "accuracy": accuracy, "n": 40, "shape_changing": changing}
        for blocks, removed, accuracy, changing in (
            ("", 0, 0.9, 0),
            ("layer1.0", 1, 0.8, 0),
            ("layer1.1", 1, 0.6, 0),
            ("layer2.0", 1, 0.3, 1),
            ("layer1.0 layer1.1", 2, 0.5, 0),
        )
    ],
}


def test_each_measurement_is_a_line_of_numbers():
    assert summary(InspectionResult("a/version_0", "ResNet-110", True, 3, 54, TABLES)) == [
        "gradients        at initialization norms from 1 (layer1.0.conv1) to 4 (fc), median 2; after training norms "
        "from 0.1 (layer1.0.conv1) to 0.4 (fc), median 0.2",
        "input gradients  at initialization mean correlation 0.125 after the first block, none after the last; "
        "after training mean correlation 0.125 after the first block, none after the last",
        "responses        standard deviation 0.5 to 1.5, mean 1 over 3 3x3 layers",
        "lesion           accuracy 90.0% of 40 images; without one block that keeps the shape 60.0% (layer1.1) to "
        "80.0%, mean 70.0%; without one block that changes it 30.0% (layer2.0) to 30.0%, mean 30.0%; "
        "without 2 at random 50.0% (mean of 1 set)",
        "paths            18,014,398,509,481,984 through 54 blocks, mean length 27; 20 to 34 blocks: 96.0% of them",
    ]


def test_with_shortcuts_around_single_layers_paths_pass_layers():
    tables = {"lesion": TABLES["lesion"][:1]}
    assert summary(InspectionResult("a/version_0", "ResNet-20", True, 3, 9, tables, branches_per_block=2))[-1] == (
        "paths            262,144 through 18 layers, mean length 9; 5 to 13 layers: 96.9% of them"
    )


def test_a_plain_net_has_one_path_and_a_cut_lesion_its_intact_accuracy():
    tables = {"lesion": TABLES["lesion"][:1]}
    assert summary(InspectionResult("a/version_0", "Plain-34", False, 3, 16, tables)) == [
        "lesion           accuracy 90.0% of 40 images",
        "paths            one, through all 16 blocks",
    ]
