"""Ctrl-C that is heard also where it arrives in the middle of TensorFlow's own code.

Python raises `KeyboardInterrupt` wherever the main thread is. Where that is a call from C into
Python, what comes out may be another error (a `SystemError` was seen) or none at all. So it is
remembered, and asked for where a trial's errors are kept and while it goes on.
"""

import signal

_asked = False


def listen() -> None:
    """Remember Ctrl-C from now on; the main thread calls it. Where it is ignored it stays so."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _remember)


def heed() -> None:
    """Raise the `KeyboardInterrupt` that was asked for, if there was one that got lost.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed since `listen`.
    """
    if _asked:
        raise KeyboardInterrupt


def _remember(number, frame) -> None:
    global _asked
    _asked = True
    raise KeyboardInterrupt
