"""Ctrl-C ends a recipe also where it arrives in C code, which makes another error of it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SCRIPT = """
import dataclasses, os, signal
from recipes.common import interrupts, program, record

signal.signal(signal.SIGINT, {handler})

@dataclasses.dataclass
class Settings:
    pass

def broken():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        pass
    raise SystemError("bad argument to internal function")

def kept(settings, screen):
    print(record.outcome(broken))
    return 0

def lost(settings, screen):
    broken()

program.start("test", Settings, {main}, None)
"""


@pytest.mark.parametrize("main", ["kept", "lost"])
def test_an_error_that_ctrl_c_became_is_ctrl_c(main):
    code, output = run(main, "signal.default_int_handler")
    assert code == 130, output
    assert output == "interrupted before a trial ended; the same command starts anew\n"


def test_an_error_of_its_own_is_told():
    # Ctrl-C is ignored, as it is in the background of a shell, so the error is no one's.
    code, output = run("kept", "signal.SIG_IGN")
    assert code == 0
    assert "SystemError: bad argument to internal function" in output
    code, output = run("lost", "signal.SIG_IGN")
    assert code == 1
    assert output.endswith("SystemError: bad argument to internal function\n")


def run(main, handler):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(main=main, handler=handler)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, timeout=100,
    )  # fmt: skip
    return done.returncode, done.stdout
