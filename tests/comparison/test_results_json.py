"""comparison.json: all of it, in plain types."""

import json

from fixtures.run_folders import BLOCKS, write_similarities

from resnet_lab.comparison.ladder_results import gather_ladder
from resnet_lab.comparison.pairing import pair
from resnet_lab.comparison.results import gather
from resnet_lab.comparison.results_json import as_json
from resnet_lab.comparison.selection import NotReady
from resnet_lab.files import read_json, write_json
from resnet_lab.study.kept_plan import select_planned


def test_the_json_is_plain_and_without_what_is_no_number(one_seed, tmp_path):
    write_json(tmp_path / "comparison.json", as_json(one_seed))
    text = (tmp_path / "comparison.json").read_text()
    assert "NaN" not in text
    content = json.loads(text)
    assert content == read_json(tmp_path / "comparison.json")
    [contrast] = content["contrasts"]
    accuracy = contrast["claims"][0]
    assert (accuracy["verdict"], accuracy["interval"]["low"]) == ("undecided", None)
    assert contrast["arms"]["treated"]["runs"]["0"]["run"] == "resnet34/version_0"
    assert content["values"] == {"control": False, "treated": True}


def test_the_json_names_what_was_left_out_and_what_was_forced(make_run):
    runs = [make_run(False), make_run(False, 1), make_run(True, status={"threads": 8})]
    runs.append(make_run(True, changes={"model.depth": 18}))
    content = as_json(gather(pair(runs, "model.residual"), [NotReady("plain34/version_9", "failed")], force=True))
    assert content["differences"][0]["key"] == "threads"
    assert content["left_out"] == {
        "not_ready": [{"run": "plain34/version_9", "state": "failed"}],
        "without_partner": ["resnet18/version_0"],
        "diverged": [],
    }
    assert content["contrasts"][0]["without_partner"] == ["plain34/version_1"]


def test_one_arm_has_settings_and_no_contrast(one_arm, three_seeds):
    content, compared = as_json(one_arm), as_json(three_seeds)
    assert compared.keys() == content.keys() - {"settings"}
    assert (content["values"], content["contrasts"], content["depth_studies"]) == ({"treated": True}, [], [])
    [setting] = content["settings"]
    assert setting["images"] == {"seeds": [0, 1, 2], "tested": 60}
    assert setting["arms"]["treated"].keys() == compared["contrasts"][0]["arms"]["treated"].keys()
    first = one_arm.findings[0].mistakes[0]
    assert setting["mistakes"][0] == {
        "path": first.path,
        "label": first.label,
        "predicted": list(first.predicted),
        "probability": first.probability,
    }


def test_the_json_has_the_depth_study(depth_study):
    [study] = as_json(depth_study)["depth_studies"]
    [found] = depth_study.depth_studies
    assert study["depths"] == [20, 32, 56, 110]
    assert study["claim"]["verdict"] == "supported"
    at_110 = study["arms"]["control"]["errors"]["train"]["110"]
    assert at_110["by_seed"]["2"] == found.control.errors["train"][110][2]
    assert at_110["interval"]["mean"] == found.control.interval("train", 110).mean
    assert study["arms"]["treated"]["rise"]["by_seed"]["0"] == found.treated.rises[0]


def test_the_json_has_what_was_measured_inside(inspected, three_seeds):
    runs = as_json(inspected)["contrasts"][0]["arms"]["control"]["runs"]
    assert len(runs["0"]["inside"]["gradients"]["best"]) == 10
    assert runs["0"]["inside"]["lesions"]["0"] == [0.81]
    assert as_json(three_seeds)["contrasts"][0]["arms"]["control"]["runs"]["0"]["inside"] == {}


def test_a_ladder_has_all_its_numbers_and_another_comparison_has_none(make_ladder, three_seeds):
    assert "ladder" not in as_json(three_seeds)
    made = make_ladder(seeds=range(3), without=[("dirac", 1)])
    selection = select_planned(made.study, made.path, made.logs).selection
    results = gather_ladder(selection, made.study.plan, force=False)
    ladder = json.loads(json.dumps(as_json(results)))["ladder"]
    assert (ladder["start"]["name"], ladder["end"]["name"], ladder["no_share"]) == ("plain", "residual", None)
    dirac, through = ladder["rungs"]
    assert (dirac["missing"], dirac["knob"]) == ([1], {"name": "dirac", "changes": {"model.init": "dirac"}})
    assert dirac["training_error"].keys() == {"0", "2"}
    assert through["share"]["value"] == results.ladder.rungs[1].share.value
    assert through["claim"]["verdict"] == "undecided"
    assert (dirac["outcome"], through["outcome"]) == ("undecided", "undecided")
    assert dirac["bill"]["seconds_per_step"]["n"] == 2
    assert as_json(results)["procedure"]["plan"]["ladder"] == {"start": "plain", "end": "residual"}


def test_similarity_of_blocks_is_there_if_it_was_measured(make_run, compare):
    runs = [make_run(residual) for residual in (False, True)]
    assert "similarity" not in as_json(compare(runs))["contrasts"][0]
    write_similarities(runs, lambda run, partner, i, j: "" if i == j == 0 else 0.5)
    within, between, _ = as_json(compare(runs))["contrasts"][0]["similarity"]
    assert (within["arms"], within["kind"], within["pairs"]) == (["Plain-34", "Plain-34"], "itself", 1)
    assert (between["arms"], between["kind"]) == (["Plain-34", "ResNet-34"], "twins")
    assert between["blocks"] == [list(BLOCKS), list(BLOCKS)]
    assert between["values"] == [[None, 0.5, 0.5], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]
