"""The folders of the recipes form layers: every import points down."""

import ast
from pathlib import Path

import pytest

RECIPES = Path(__file__).parents[2] / "recipes"
TEMPLATES = ("classify_text", "tag_words", "language_model")
# Templates read data, and trials call templates.
FLOORS = {"data": 0, "templates": 1, "sweeps": 2, "trials": 3, "reports": 4, "scripts": 5}


def floor(module: str) -> int:
    """Return the layer of `recipes.ROOM...` or `recipes.SCRIPT`."""
    name = module.split(".")[1]
    return FLOORS["templates" if name in TEMPLATES else name if name in FLOORS else "scripts"]


def imports(path: Path) -> set[str]:
    """Return the modules of recipes that a file imports, at any level."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "recipes":
            found |= {f"recipes.{name.name}" for name in node.names if name.name != "lazily"}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "lazily":
            found.add(ast.literal_eval(node.args[0]))
    return {name for name in found if name.startswith("recipes.")}


def module(path: Path) -> str:
    return ".".join(("recipes", *path.relative_to(RECIPES).with_suffix("").parts))


def up(path: Path) -> set[tuple[str, str]]:
    """Return the imports of a file that point up."""
    own, where = floor(module(path)), str(path.relative_to(RECIPES))
    return {(where, name) for name in imports(path) if floor(name) > own}


FILES = [p for p in sorted(RECIPES.rglob("*.py")) if p.name != "__init__.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(RECIPES)))
def test_imports_point_down(path):
    assert not up(path)


def test_an_import_that_points_up_is_found(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "RECIPES", tmp_path)
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "texts.py"
    path.write_text("def late():\n    from recipes.trials import trial\n")
    assert up(path) == {("data/texts.py", "recipes.trials")}
    path.write_text('from recipes import lazily\nlate = lazily("recipes.reports.figures")\n')
    assert up(path) == {("data/texts.py", "recipes.reports.figures")}
    path.write_text("from recipes import classify_text, data\nimport recipes.data.splits\n")
    assert up(path) == {("data/texts.py", "recipes.classify_text")}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_stands_alone(name):
    """From recipes it imports only data, within a function, for the embedded sets."""
    path = RECIPES / f"{name}.py"
    assert all(found.startswith("recipes.data") for found in imports(path))
    top = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.ImportFrom)]
    assert not [node.module for node in top if node.module.startswith("recipes")]
