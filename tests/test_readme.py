"""What the README shows works as it stands there, and what it links to is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the page's backend")
def test_blocks_run_one_after_the_other():
    """In a process of its own: layers are named as in a new program."""
    programs = [b for b in BLOCKS if not b.startswith((">>>", "class LSTMCell"))]
    assert len(programs) >= 2
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(programs)],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the page's backend")
def test_what_is_printed_is_what_it_prints():
    import keras_gated

    (block,) = [b for b in BLOCKS if b.startswith(">>> ")]
    call, _, expected = block.partition("\n")
    printed = str(eval(call.removeprefix(">>> print(")[:-1], {"keras_gated": keras_gated}))
    assert printed == expected.strip()


def test_the_cell_that_is_shown_is_the_cell():
    (shown,) = [b for b in BLOCKS if b.startswith("class LSTMCell")]
    source = (ROOT / "keras_gated" / "cells" / "lstm.py").read_text()
    lines = [re.sub(r"\s+#.*", "", line) for line in shown.splitlines()[1:] if line.strip()]
    assert len(lines) >= 9
    missing = [line for line in lines if line not in source]
    # What the constructor stores is read in a line more than the page has.
    assert not missing


def test_links_are_there_and_no_block_is_empty():
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert len(links) > 10
    assert [link for link in links if not (ROOT / link).exists()] == []
    for name in ("cells", "speed"):
        assert len(PAGE.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]) > 500
