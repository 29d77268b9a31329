"""Names that a user types: of a folder, and of cells, in every recipe that takes them."""

import pytest

from recipes import advise, compare_cells, compare_language_models, first_word
from recipes.data import names
from tests.recipes import here, texts

MANY = [advise, compare_cells, first_word, compare_language_models]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "/a", "a\\b", "a\0b", "a\nb", "n" * 201, "é" * 101, "\ud800"]
)
def test_what_is_no_name_of_a_folder_is_refused(name):
    with pytest.raises(ValueError, match=r"^--name is the name of one folder"):
        names.check_folder(name)


@pytest.mark.parametrize("name", ["a", "...", "my texts", "ünï.v2", "n" * 200])
def test_names_of_folders(name, tmp_path):
    names.check_folder(name)
    (tmp_path / name).mkdir()


@pytest.mark.parametrize("recipe", MANY)
@pytest.mark.parametrize("name", ["..", "n" * 300, "a\0b"])
def test_every_recipe_refuses_it_before_any_work(recipe, name, tmp_path):
    code, printed = refused(recipe, tmp_path, "--name", name)
    assert code == 1
    assert "--name is the name of one folder" in printed
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("recipe", MANY)
def test_every_recipe_takes_every_spelling_of_a_cell(recipe, tmp_path):
    """Two spellings of one cell are refused, with the name under which it is recorded."""
    code, printed = refused(recipe, tmp_path, "--cells", "rg_lru", "RGLRU")
    assert code == 1
    assert "--cells names one or more, each once; received ('rg_lru', 'rg_lru')" in printed


def refused(recipe, folder, *arguments):
    reviews = texts.write(folder / "reviews.csv")
    data = () if recipe is first_word else ("--data", reviews)
    return here.run(recipe, *data, "--runs", folder / "runs", *arguments)
