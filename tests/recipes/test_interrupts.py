"""Ctrl-C ends a recipe also where it arrives in C code, which makes another error of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.recipes import texts

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

# Ctrl-C that came where nobody sees the `KeyboardInterrupt`.
SWALLOWED = """
import os, runpy, signal, sys
import keras

signal.signal(signal.SIGINT, signal.default_int_handler)
compile = keras.Model.compile

def pressed(*arguments, **options):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        pass
    return compile(*arguments, **options)

keras.Model.compile = pressed
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
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


@pytest.mark.parametrize("recipe", ["train", "language_model"])
def test_ctrl_c_that_was_swallowed_is_heard_at_the_next_report(tmp_path, recipe):
    reviews = str(texts.write(tmp_path / "reviews.csv", rows=400))
    options = {
        "train": "--text review --label stars --cell gru --units 4 --epochs 3 --saved-models",
        "language_model": "--text review --cells gru --units 8 --epochs 3 --characters 4000 "
        "--rows 4 --steps 16 --runs",
    }
    code, output = script(
        SWALLOWED, f"recipes.{recipe}", "--data", reviews,
        *options[recipe].split(), str(tmp_path / "results"),
    )  # fmt: skip
    assert code == 130, output
    assert "interrupted" in output
    assert "epoch  1" not in output
    assert not list((tmp_path / "results").glob("**/card.json"))


def run(main, handler):
    return script(SCRIPT.format(main=main, handler=handler))


def script(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, timeout=100,
    )  # fmt: skip
    return done.returncode, done.stdout
