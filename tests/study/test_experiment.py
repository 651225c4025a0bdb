"""Study of an experiment: what was chosen in memory is what its file says later, and its plan in words."""

from dataclasses import replace

import pytest

from resnet_lab.study.course import Due
from resnet_lab.study.estimate import StepTimer
from resnet_lab.study.experiment import begun, choose, plan_lines
from resnet_lab.study.experiment_file import Asked, experiment_folder, study_text
from resnet_lab.study.experiment_plan import Shape, Size
from resnet_lab.study.looks import Standing

WHOLE = Size(34, 224)


@pytest.fixture
def one_minute(monkeypatch):
    """Let each network take a minute a run, and one of 18 layers half a minute."""
    monkeypatch.setattr(
        StepTimer,
        "seconds",
        lambda self, configs, threads: {name: 60 * one["model.depth"] / 36 for name, one in configs.items()},
    )


@pytest.fixture
def asked():
    return Asked("/photos", minutes=4.0, settings={"data.image_size": "64"})


@pytest.fixture
def folder(asked):
    return experiment_folder(asked.root, None)


def test_what_is_chosen_is_what_the_file_says_when_it_goes_on(asked, folder, fake, one_minute):
    wanted = Size(34, 64)
    shape, planned, seconds = choose(asked, wanted, folder, fake)
    assert shape == Shape(Size(18, 64), 4)
    assert seconds == {"plain18": 30.0, "resnet18": 30.0}
    assert not folder.path.exists()
    folder.write(asked, study_text(asked, shape, wanted, folder), "f")
    later, again = begun(folder, fake)
    assert again == seconds
    assert later.study == planned.study
    assert [row.planned.config for row in later.rows] == [row.planned.config for row in planned.rows]
    assert plan_lines(later, again) == plan_lines(planned, seconds)


def test_the_plan_says_what_is_done_and_what_may_follow(folder, fake, one_minute):
    _, planned, seconds = choose(Asked("/photos"), WHOLE, folder, fake)

    def lines(pairs, goal, closed=None):
        standing = Standing(("plain34", "resnet34"), pairs, pairs or None, None, closed, goal)
        return plan_lines(replace(planned, due=Due(planned.due.runs, standings=[standing])), seconds)

    assert lines(0, 3)[1].startswith("        3 pairs, about 6 min; up to 9 more if undecided, about ")
    assert lines(6, 9)[1].startswith("        6 pairs done; 3 pairs, about ")
    assert "; up to 3 more if undecided, " in lines(6, 9)[1]
    assert lines(1, 3)[1].startswith("        1 pair done; 2 pairs, ")
    assert "more if undecided" not in lines(9, 12)[1]
    assert lines(12, 12)[1:] == ["        12 pairs done; no further pair is needed"]
    assert lines(6, 6, "decided")[1:] == ["        6 pairs done; no further pair is needed"]
    assert plan_lines(planned, {})[1:] == [
        "        3 pairs; up to 9 more if undecided",
        "        judged at 3, 6, 9 and 12 pairs; false verdicts in at most 5% of such studies",
    ]


def test_a_study_file_that_lost_its_looks_still_has_a_plan(folder, fake, one_minute):
    asked = Asked("/photos")
    text = study_text(asked, Shape(WHOLE, 3), WHOLE, folder).replace("looks: [3]\n", "")
    folder.write(asked, text, "f")
    planned, seconds = begun(folder, fake)
    assert plan_lines(planned, seconds)[0].endswith(", 6 runs")
