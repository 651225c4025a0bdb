"""The agent: what it finds, starts and tells, over real processes on this machine."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resnet_lab.machines.agent import Agent, Order
from resnet_lab.machines.copies import Changes
from resnet_lab.provenance import describe_software


def wait_for(ready):
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def agent():
    agent = Agent()
    yield agent
    agent._orders.close()
    agent._reports.close()
    wait_for(lambda: not agent.scratch.exists())


def number_in(log):
    """Return the process that a step has printed."""
    wait_for(lambda: log.exists() and re.search(r"\n\d+\n$", log.read_text()))
    return int(log.read_text().split()[-1])


def python(code, folder, **words):
    return Order((sys.executable, "-S", "-c", code), {}, str(folder), **words)


def end_of(agent, look):
    """Return the last look at a step, with all files and lines of the looks before it."""
    looks = [look]
    while looks[-1].code is None:
        assert looks[-1].refused is None
        time.sleep(0.01)
        looks.append(agent.look())
    files = {name: one.changes.contents[number].decode() for one in looks for name, number in one.changes.files}
    return looks[-1].code, files, b"".join(one.printed for one in looks).decode()


def test_a_folder_is_shared_if_the_agent_finds_what_the_study_has_written(agent, tmp_path):
    probe = tmp_path / "probe"
    assert not agent.greet(str(probe), "word").is_shared
    probe.write_text("another word")
    assert not agent.greet(str(probe), "word").is_shared
    probe.write_text("word")
    greeting = agent.greet(str(probe), "word")
    assert greeting.is_shared
    assert greeting.software == describe_software()
    assert (greeting.python, greeting.scratch) == (sys.executable, str(agent.scratch))


def test_in_a_shared_folder_a_step_works_in_place(agent, tmp_path):
    output, lock = tmp_path / "run.log", tmp_path / "lock"
    order = python(
        "open('result', 'w').write('x'); print('hello')", tmp_path, shared_output=str(output), lock=str(lock)
    )
    code, files, printed = end_of(agent, agent.start(order))
    assert (code, files, printed) == (0, {}, "")
    assert output.read_text().endswith("\nhello\n")
    assert (tmp_path / "result").read_text() == "x"


def test_without_one_files_come_and_go(agent):
    """The second step of the run finds what the first has left, and the run after it finds nothing."""
    run = "logs/plain34/version_3"
    files = {run: Changes((("status.json", 0),), {0: b"running"}), "config": Changes((("a.yaml", 0),), {0: b"name: a"})}
    code = f"from pathlib import Path; r = Path({run!r}); print((r / 'status.json').read_text()); (r / 'm.csv').touch()"
    first = python(code, agent.scratch, run=run, files=files)
    ended, changed, printed = end_of(agent, agent.start(first))
    assert ended == 0
    assert changed == {"m.csv": ""}
    assert printed.endswith("\nrunning\n")
    assert (agent.scratch / "config" / "a.yaml").read_text() == "name: a"
    second = python(f"import os; print(os.listdir({run!r})); raise SystemExit(4)", agent.scratch, run=run)
    ended, changed, printed = end_of(agent, agent.start(second))
    assert (ended, changed) == (4, {})
    assert "m.csv" in printed
    assert "running" not in printed
    agent.leave()
    assert list(agent.scratch.iterdir()) == []


def test_a_working_folder_that_is_not_there_is_the_agents_own(agent, tmp_path):
    _, _, printed = end_of(
        agent, agent.start(python("import os; print(os.getcwd())", tmp_path / "no", run="r", files={}))
    )
    assert printed.endswith(f"\n{agent.scratch}\n")


def test_a_signal_is_passed_on(agent, tmp_path):
    look = agent.start(python("import time; time.sleep(60)", tmp_path, shared_output=str(tmp_path / "log")))
    agent.send_signal(signal.SIGTERM)
    assert end_of(agent, look)[0] == -signal.SIGTERM


def test_what_cannot_be_started_is_told(agent, tmp_path):
    order = Order((str(tmp_path / "none"),), {}, str(tmp_path), shared_output=str(tmp_path / "log"))
    look = agent.start(order)
    while look.refused is None:
        assert look.code is None
        look = agent.look()
    assert "could not be started" in look.refused


def test_a_step_whose_tether_was_killed_has_ended(agent, tmp_path):
    code = "import os, time; print(os.getppid(), flush=True); time.sleep(60)"
    agent.start(python(code, tmp_path, shared_output=str(tmp_path / "log")))
    os.kill(number_in(tmp_path / "log"), signal.SIGKILL)
    look = agent.look()
    while look.code is None:
        look = agent.look()
    assert look.code == -signal.SIGKILL
    agent.scratch.rmdir()


def test_an_agent_that_is_killed_leaves_nothing(tmp_path):
    code = (
        "import sys, time; from resnet_lab.machines.agent import Agent, Order; agent = Agent();"
        "command = (sys.executable, '-S', '-c', 'import os, time; print(os.getpid(), flush=True); time.sleep(60)');"
        f"agent.start(Order(command, {{}}, '.', run='r', files={{}}, shared_output={str(tmp_path / 'log')!r}));"
        "print(agent.scratch, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        scratch = process.stdout.readline().strip()
        pid = number_in(tmp_path / "log")
        process.kill()
    wait_for(lambda: not Path(scratch).exists())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
