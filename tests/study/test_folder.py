"""What is a study's own is never taken for a run."""

from resnet_lab.runs import find_runs
from resnet_lab.study.folder import StudyFolder


def test_files_lie_beside_the_runs_and_locks_are_shared_by_all_studies(tmp_path, plan):
    first, second = StudyFolder(tmp_path, "a"), StudyFolder(tmp_path, "b")
    assert first.output(plan[0]) == tmp_path / "studies" / "a" / "plain34-seed0.log"
    assert first.output(plan[0]) != second.output(plan[0])
    assert first.lock(plan[0]) == second.lock(plan[0]) != first.lock(plan[1])
    first.output(plan[0]).parent.mkdir(parents=True)
    assert not find_runs(tmp_path, "studies")
