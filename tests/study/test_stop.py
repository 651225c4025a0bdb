"""Signals are noted, and afterwards do what they did."""

import signal

import pytest

from resnet_lab.study.stop import StopSignals


@pytest.fixture
def _heeds_ctrl_c():
    """A shell that starts the tests in the background has them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heeds_ctrl_c")
def test_signals_are_noted_and_counted():
    before = signal.getsignal(signal.SIGTERM)
    with StopSignals() as stop:
        assert (stop.received, stop.times) == (None, 0)
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        assert (stop.received, stop.times) == (signal.SIGTERM, 2)
    assert signal.getsignal(signal.SIGTERM) is before
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_what_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with StopSignals() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert stop.received is None
    finally:
        signal.signal(signal.SIGHUP, before)
