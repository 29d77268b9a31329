"""The README's examples run unchanged, and its links are valid."""

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
    """In a separate process: layers get the names of a new program."""
    assert len(BLOCKS) >= 2
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(BLOCKS)],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_links_are_there_and_no_table_is_empty():
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert len(links) > 10
    assert [link for link in links if not (ROOT / link).exists()] == []
    table = PAGE.partition("<!-- highlights -->")[2].partition("<!-- /highlights -->")[0]
    assert len(table.splitlines()) > 6


def test_it_is_short():
    assert len(PAGE.splitlines()) <= 130


def test_its_figures_of_cells_are_those_of_the_study_and_of_the_guide():
    section = PAGE.partition("## Which cell for my text")[2].partition("\n## ")[0]
    figures = re.findall(r"\d+\.\d+", section)
    assert len(figures) > 10
    pages = ("docs/study/README.md", "docs/guides/which_cell.md")
    known = re.findall(r"\d+\.\d+", "".join((ROOT / page).read_text("utf-8") for page in pages))
    assert [figure for figure in figures if figure not in known] == []


def test_the_guides_of_the_documentation_link_to_what_is_there():
    for page in (ROOT / "docs").glob("**/*.md"):
        if "_build" in page.parts or page.parent.name == "study":
            continue
        links = re.findall(r"\]\(([^)#:<]+)\)", page.read_text())
        assert [link for link in links if not (page.parent / link).exists()] == []
