"""Handlers of signals in the main thread and in another."""

import signal
import threading

from resnet_lab.signal_handlers import set_handlers


def test_the_main_thread_sets_them_and_gets_those_before():
    before = signal.getsignal(signal.SIGUSR2)
    assert set_handlers({signal.SIGUSR2: signal.SIG_IGN}) == {signal.SIGUSR2: before}
    assert signal.getsignal(signal.SIGUSR2) is signal.SIG_IGN
    set_handlers({signal.SIGUSR2: before})
    assert signal.getsignal(signal.SIGUSR2) is before


def test_another_thread_sets_none():
    before, returned = signal.getsignal(signal.SIGUSR2), []
    thread = threading.Thread(target=lambda: returned.append(set_handlers({signal.SIGUSR2: signal.SIG_IGN})))
    thread.start()
    thread.join(timeout=60)
    assert returned == [{}]
    assert signal.getsignal(signal.SIGUSR2) is before
