"""Ctrl-C ends a recipe even if it arrives in C code, which turns it into another error.

These tests run in this process; the tests of each recipe press Ctrl-C in a separate process.
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
    """The handler with which a program starts, and no Ctrl-C so far."""
    monkeypatch.setattr(interrupts, "_asked", False)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pressed():
    """Press Ctrl-C where the `KeyboardInterrupt` gets lost."""
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
    """Run a recipe as its command does; return its exit code and output."""
    monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as ended:
        program.start(name, settings, main, None)
    return ended.value.code, capsys.readouterr().out


@pytest.mark.parametrize("main", [kept, lost])
def test_an_error_that_ctrl_c_became_is_ctrl_c(monkeypatch, capsys, main):
    code, output = start(monkeypatch, capsys, "test", Settings, main)
    assert code == 130, output
    assert output == "interrupted; the same command goes on from what is on file\n"


def test_an_error_of_its_own_is_told(monkeypatch, capsys):
    # Ctrl-C is ignored, as in the background of a shell, so the error is a real one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code, output = start(monkeypatch, capsys, "test", Settings, kept)
    assert code == 0
    assert "SystemError: bad argument to internal function" in output
    with pytest.raises(SystemError, match="bad argument to internal function"):
        start(monkeypatch, capsys, "test", Settings, lost)
