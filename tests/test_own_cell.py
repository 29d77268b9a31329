"""A user-defined cell costs 35 lines, and every test of the family runs on it unchanged."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER, NAME = Path(__file__).parent, "ugrnn"


def test_a_cell_is_at_most_35_lines():
    assert len((FOLDER / "own_cell.py").read_text().splitlines()) <= 35


@pytest.mark.parametrize(
    ("chosen", "least"),
    [
        ("not slow", 70),
        pytest.param("slow or not slow", 100, marks=pytest.mark.slow),
    ],
)
def test_it_passes_every_test_of_the_family(chosen, least):
    """In a separate process, in which the cell is on the list before the tests are read."""
    arguments = f"-m pytest tests/conformance -p tests.own_cell -p no:cacheprovider -k {NAME}"
    done = subprocess.run(
        [sys.executable, *arguments.split(), "-m", chosen],
        cwd=FOLDER.parent,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    passed = int(re.search(r"(\d+) passed", done.stdout)[1])
    assert passed >= least, f"only {passed} tests were run on it"
