"""Guides run on every backend: `make docs` runs them on TensorFlow, this on JAX and torch."""

import importlib.util
import re
from pathlib import Path

import keras
import pytest

DOCS = Path(__file__).parent.parent / "docs"
GUIDES = [
    page
    for page in [DOCS / "getting_started.md", *sorted((DOCS / "guides").glob("*.md"))]
    if "{code-cell}" in page.read_text("utf-8")
]


@pytest.mark.skipif(keras.backend.backend() == "tensorflow", reason="make docs runs them")
@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_its_code_runs(page, tmp_path, monkeypatch):
    cells = re.findall(r"```\{code-cell\}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    if any("plots" in cell for cell in cells):
        pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    keras.backend.clear_session()  # layers are numbered anew, as in a fresh process
    names: dict = {}
    for cell in cells:
        if "ResetStates()" in cell and keras.backend.backend() == "jax":
            assert "**This needs the TensorFlow or torch backend.**" in page.read_text("utf-8")
            with pytest.raises(ValueError, match="On JAX"):
                exec(cell, names)
            continue
        exec(cell, names)


def test_notebooks_link_to_nothing_that_is_not_beside_them():
    notebooks = _module("notebooks")
    assert len(notebooks.NOTEBOOKS) > 2
    for guide in notebooks.NOTEBOOKS:
        page = DOCS / f"{guide}.md"
        text = notebooks.standalone(page.read_text("utf-8"), page)
        assert "](" in page.read_text("utf-8") or ".ipynb" in page.read_text("utf-8")
        assert re.findall(r"\]\((?!https?:)[^)]*\)|<a |\.ipynb|\.md\b", text) == []
        assert text.count("```") == page.read_text("utf-8").count("```")


def test_a_link_becomes_the_title_of_its_page():
    notebooks = _module("notebooks")
    page = DOCS / "getting_started.md"
    assert notebooks.standalone("[plots](guides/look_inside.md)", page) == "plots (*Look inside*)"
    assert notebooks.standalone("[Look inside](guides/look_inside.md)", page) == "*Look inside*"
    kept = "![x](y.svg) [paper](https://example.org)"
    assert notebooks.standalone(kept, page) == kept


def _module(name):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
