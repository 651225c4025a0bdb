"""Digest of a plan: what changes it, and what does not."""

import pytest

from resnet_lab.config.find import find_study
from resnet_lab.study.plan import read_study

FILE = """\
cells:
  - {config: plain.yaml, name: p, model: {depth: 20}}
  - {config: resnet.yaml, name: r, model: {depth: 20}, question: gap}
seeds: [1, 2, 3, 4]
looks: [3, 4]
worth: 1.0
data: {image_size: 64, root: here, num_workers: 2}
model: {lr: 3.0e-4}
"""


@pytest.fixture
def digest(tmp_path):
    """Return the digest of a file, beside two configs of its own."""
    configs = {"plain": "name: plain\nmodel: {residual: false}\n", "resnet": "name: resnet\nmodel: {residual: true}\n"}

    def of(text=FILE, overrides=None, plain=configs["plain"], **choice):
        (tmp_path / "plain.yaml").write_text(plain)
        (tmp_path / "resnet.yaml").write_text(configs["resnet"])
        (tmp_path / "s.yaml").write_text(text)
        return read_study(tmp_path / "s.yaml", overrides, **choice).plan.digest

    return of


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\n" + FILE,
        "\n".join([*FILE.splitlines()[3:], *FILE.splitlines()[:3]]),  # other order of the keys
        FILE.replace("root: here", "root: there").replace("num_workers: 2", "num_workers: 8"),
        FILE.replace("3.0e-4", "0.0003").replace("worth: 1.0", "worth: 1").replace("64", "64.0"),
        FILE.replace("lr: 3.0e-4", "lr: 3e-4"),  # text to YAML, a number to fit
        FILE + "question: accuracy\n",
        FILE + "trainer: {logger: false}\n",
    ],
)
def test_another_way_to_write_the_same_plan_changes_nothing(digest, text):
    assert digest(text) == digest()


@pytest.mark.parametrize(
    "text",
    [
        FILE.replace("[1, 2, 3, 4]", "[1, 2, 3, 5]"),
        FILE.replace("[1, 2, 3, 4]", "[4, 3, 2, 1]"),  # the first three are judged at the first look
        FILE.replace("[3, 4]", "[4]"),
        FILE.replace("looks: [3, 4]\n", ""),
        FILE.replace("worth: 1.0", "worth: 2.0"),
        FILE.replace("question: gap", "question: degradation"),
        FILE.replace("name: p,", "name: q,"),
        FILE.replace("image_size: 64", "image_size: 32"),
        FILE.replace("depth: 20}}\n", "depth: 32}}\n"),
        FILE + "folds: 2\n",
        FILE + "trainer: {max_epochs: 3}\n",
    ],
)
def test_another_plan_has_another_digest(digest, text):
    assert digest(text) != digest()


def test_the_content_of_a_config_counts_and_its_comments_do_not(digest):
    assert digest(plain="# the control\nmodel: {residual: false}\nname: plain\n") == digest()
    assert digest(plain="name: plain\nmodel: {residual: false, weight_decay: 0.1}\n") != digest()


def test_the_command_line_counts_where_it_changes_results(digest):
    assert digest(overrides={"data.image_size": "32"}) != digest()
    assert digest(overrides={"data.image_size": "64"}) == digest()
    assert digest(overrides={"data.root": "there", "data.num_workers": "0"}) == digest()


def test_a_choice_of_cells_and_seeds_is_of_the_same_plan(digest):
    assert digest(cells=["p"], seeds=[2]) == digest()


def test_the_digest_of_a_committed_plan_stays():
    """A digest that a later version computes in another way would take the plan from runs that kept it."""
    plan = read_study(find_study("residual.yaml")).plan
    assert (plan.study, plan.seeds, plan.looks, plan.worth) == ("residual", (1, 2, 3, 4, 5, 6), (), None)
    assert plan.digest == "3b41cc13bb9086830933fb898ad4ce054c4bb9b16ca5ec5340b781303c73fe5d"
