"""Interruptions are told from failures."""

import signal

import pytest
from lightning.pytorch.utilities.exceptions import SIGTERMException

from resnet_lab.distributed.signals import exit_by_signal, ignore_dead_workers, signal_code
from resnet_lab.errors import RunError


def lightning_ctrl_c() -> SystemExit:
    """What Lightning 2.6 makes of Ctrl-C: sys.exit(1) while it handles the KeyboardInterrupt."""
    error = SystemExit(1)
    error.__context__ = KeyboardInterrupt()
    return error


ENDINGS = [
    (KeyboardInterrupt(), 130),
    (lightning_ctrl_c(), 130),
    (SIGTERMException(), 143),
    (SystemExit(143), 143),
    (RuntimeError("DataLoader worker (pid 7) is killed by signal: Terminated. "), 143),
    (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. "), None),  # out of memory is a failure
    (SystemExit(1), None),
    (RunError("the checkpoint cannot be written"), None),
    (ValueError("no"), None),
]


@pytest.mark.parametrize(("error", "code"), ENDINGS)
def test_signals_have_their_codes(error, code):
    assert signal_code(error) == code
    with pytest.raises(type(error) if code is None else SystemExit) as raised, exit_by_signal():
        raise error
    if code is not None:
        assert raised.value.code == code


def test_the_end_after_a_sigterm_is_the_signals_unless_it_is_a_failure_with_words_of_its_own():
    assert signal_code(RuntimeError("worker killed"), received_sigterm=True) == 143
    assert signal_code(RunError("the checkpoint cannot be written"), received_sigterm=True) is None


def test_a_worker_that_dies_late_interrupts_nothing():
    def raise_from_the_handler(*_: object) -> None:
        raise RuntimeError("DataLoader worker is killed by signal: Terminated.")

    before = signal.signal(signal.SIGCHLD, raise_from_the_handler)
    try:
        with pytest.raises(RuntimeError, match="DataLoader worker"):
            signal.raise_signal(signal.SIGCHLD)
        ignore_dead_workers()
        signal.raise_signal(signal.SIGCHLD)
    finally:
        signal.signal(signal.SIGCHLD, before)
