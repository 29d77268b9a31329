"""Ctrl-C ends a recipe also where it arrives in C code, which makes another error of it.

In this process; Ctrl-C at a recipe in a process of its own is in the tests of that recipe.
"""

import contextlib
import dataclasses
import os
import signal
import sys

import pytest

from recipes.sweeps import interrupts, program, record


@pytest.fixture(autouse=True)
def default_handler(monkeypatch):
    """The handler that a program starts with, and no Ctrl-C before."""
    monkeypatch.setattr(interrupts, "_asked", False)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pressed():
    """Press Ctrl-C where nobody sees the `KeyboardInterrupt`."""
    with contextlib.suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


@dataclasses.dataclass
class Settings:
    pass


def broken():
    pressed()
    raise SystemError("bad argument to internal function")


def kept(settings, screen):
    print(record.outcome(broken))
    return 0


def lost(settings, screen):
    broken()


def start(monkeypatch, capsys, name, settings, main, *arguments):
    """Run a recipe as its command does; return its exit code and what it printed."""
    monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as ended:
        program.start(name, settings, main, None)
    return ended.value.code, capsys.readouterr().out


@pytest.mark.parametrize("main", [kept, lost])
def test_an_error_that_ctrl_c_became_is_ctrl_c(monkeypatch, capsys, main):
    code, output = start(monkeypatch, capsys, "test", Settings, main)
    assert code == 130, output
    assert output == "interrupted before a trial ended; the same command starts anew\n"


def test_an_error_of_its_own_is_told(monkeypatch, capsys):
    # Ctrl-C is ignored, as it is in the background of a shell, so the error is no one's.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code, output = start(monkeypatch, capsys, "test", Settings, kept)
    assert code == 0
    assert "SystemError: bad argument to internal function" in output
    with pytest.raises(SystemError, match="bad argument to internal function"):
        start(monkeypatch, capsys, "test", Settings, lost)
