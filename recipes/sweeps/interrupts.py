"""Reliable handling of Ctrl-C, even if it arrives within TensorFlow's own code.

Python raises `KeyboardInterrupt` wherever the main thread is. If that is a call from C into Python,
the result may be another error (a `SystemError` was observed) or none at all. So the signal is
remembered, and checked while a trial runs and when its errors are recorded.
"""

import signal

_asked = False


def listen() -> None:
    """Remember Ctrl-C from now on, unless it is ignored; call this in the main thread."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _remember)


def heed() -> None:
    """Raise `KeyboardInterrupt` if Ctrl-C was pressed and the exception got lost.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed since `listen`.
    """
    if _asked:
        raise KeyboardInterrupt


def _remember(number, frame) -> None:
    global _asked
    _asked = True
    raise KeyboardInterrupt
