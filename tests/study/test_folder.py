"""Files of a study: never taken for a run, and the last lines of a log."""

from resnet_lab.runs import find_runs
from resnet_lab.study.folder import StudyFolder


def test_files_lie_beside_the_runs_and_locks_are_shared_by_all_studies(tmp_path, plan):
    first, second = StudyFolder(tmp_path, "a"), StudyFolder(tmp_path, "b")
    assert first.output(plan[0]) == tmp_path / "studies" / "a" / "plain34-seed0.log"
    assert first.output(plan[0]) != second.output(plan[0])
    assert first.lock(plan[0]) == second.lock(plan[0]) != first.lock(plan[1])
    first.output(plan[0]).parent.mkdir(parents=True)
    assert not find_runs(tmp_path, "studies")


def test_the_last_lines_are_of_the_last_command(tmp_path, plan):
    folder = StudyFolder(tmp_path, "a")
    output = folder.output(plan[0])
    assert folder.last_lines(plan[0]) == []
    output.parent.mkdir(parents=True)
    output.write_text("\n$ fit\na\nb\n\n$ test\nc\n\nd\n")
    assert folder.last_lines(plan[0]) == ["c", "d"]
    output.write_text("$ fit\n" + "".join(f"{number}\n" for number in range(20)))
    assert folder.last_lines(plan[0]) == [str(number) for number in range(8, 20)]
