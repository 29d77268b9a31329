"""The classifiers of the recipes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from recipes.trials import model as models

TEXTS = ["a good film", "a bad film", "", "not good, not bad: a film"]


def test_cells_are_the_library_s():
    assert {"simple_rnn", "lstm", "gru"} <= set(models.CELLS)
    with pytest.raises(ValueError, match=r"Unknown cell 'grru'; known are .*Did you mean 'gru'"):
        models.cell("grru")


def test_a_cell_may_be_spelt_as_its_layer_or_with_underscores():
    spellings = {
        "rglru": ("rg_lru", "rglru", "RGLRU", "RGLRUCell"),
        "slstm": ("s_lstm", "slstm", "SLSTM"),
        "min_gru": ("min_gru", "mingru", "MinGRU", "min-gru"),
        "simple_rnn": ("simple_rnn", "SimpleRNN"),
    }
    for name, spelt in spellings.items():
        assert {models.cell_name(one) for one in spelt} == {name}
        assert {models.cell(one) for one in spelt} == {models.CELLS[name]}
    for name, layer in models.CELLS.items():
        assert models.cell_names([layer.__name__, name, name.upper()]) == (name,) * 3
    with pytest.raises(ValueError, match="Did you mean 'rglru'"):
        models.cell_name("rg_lruu")


@pytest.mark.parametrize("name", ["simple_rnn", "lstm", "gru"])
@pytest.mark.parametrize("units", [3, 64])
def test_units_for_inverts_cell_parameters(name, units):
    parameters = models.cell_parameters(name, units, 16)
    assert models.units_for(name, parameters, 16) == units
    assert models.units_for(name, parameters + 1, 16) == units


def test_equal_parameters_are_nearly_equal():
    lstm = models.cell_parameters("lstm", 64, 64)
    assert lstm == 4 * 64 * (64 + 64 + 1)
    for name in ("simple_rnn", "gru"):
        got = models.cell_parameters(name, models.units_for(name, lstm, 64), 64)
        assert abs(got - lstm) / lstm < 0.01


@pytest.mark.parametrize("name", ["simple_rnn", "lstm", "gru", "average"])
def test_padding_does_not_change_a_probability(name):
    vectorizer = models.vectorizer(TEXTS, 20, 6)
    model = models.classifier(name, 4, 3, vectorizer.vocabulary_size(), 5, 0.3)
    numbers = np.asarray(vectorizer(TEXTS))
    assert numbers.shape == (4, 6)
    probabilities = np.asarray(model(numbers))
    assert np.all(np.isfinite(probabilities)), "also of a text without a word"
    assert np.allclose(probabilities.sum(1), 1, atol=1e-6)
    longer = np.pad(numbers, ((0, 0), (0, 3)))
    assert np.allclose(np.asarray(model(longer)), probabilities, atol=1e-6)
    assert not np.allclose(probabilities[0], probabilities[1], atol=1e-6)


@pytest.mark.parametrize("task", ["words", "characters", "tagging"])
def test_a_text_that_holds_ends_of_lines(tmp_path, task):
    """A .keras file keeps a word a line, and is read back by Unicode's ends of lines too."""
    texts = ["a fine\x85 film", "a \x85 film", "a\u2028b film", "a\nb\x1cfilm\r\n"]
    vectorizer = models.vectorizer(texts, 20, 12, task)
    whole = keras.Sequential([keras.Input((), dtype="string"), vectorizer])
    whole.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    numbers = np.asarray(whole(tf.constant(texts)))
    assert np.array_equal(loaded(tf.constant(texts)), numbers)
    plain = np.asarray(vectorizer(["a fine  film", "a   film", "a b film", "a b film  "]))
    assert np.array_equal(numbers, plain)
    assert not (numbers == 1).any(), "each word has a number"


@pytest.mark.parametrize(
    ("vocabulary", "known"),
    [
        (3, ["a"]),
        (4, ["a", "b"]),
        (5, ["a", "b"]),  # c, d and e are met once: one alone would have none
        (6, ["a", "b"]),
        (7, ["a", "b", "c", "d", "e"]),
        (8, ["a", "b", "c", "d", "e"]),
    ],
)
def test_words_met_once_have_a_number_all_or_none(vocabulary, known):
    vectorizer = models.vectorizer(["a b, a c", "A! d b", "e a"], vocabulary, 6)
    assert sorted(vectorizer.get_vocabulary()[2:]) == known
    assert vectorizer.vocabulary_size() == len(known) + 2


def test_words_that_are_few():
    vectorizer = models.vectorizer(["c b a"], 4, 3)
    assert len(vectorizer.get_vocabulary()) == 4, "none is met twice: as many as there may be"
    assert np.asarray(vectorizer(["z"])).tolist() == [[1, 0, 0]]
    with pytest.raises(ValueError, match="texts hold no word"):
        models.vectorizer(["", "?"], 4, 3)
    with pytest.raises(ValueError, match=r"vocabulary must be at least 3.*got 2"):
        models.vectorizer(["c b a"], 2, 3)


def test_average_is_the_mean_of_the_words():
    x = np.arange(24, dtype="float32").reshape(2, 4, 3)
    mask = np.array([[True, False, True, False], [False] * 4])
    got = np.asarray(models.MaskedAverage()(x, mask=mask))
    assert np.allclose(got, [x[0, [0, 2]].mean(0), np.zeros(3)])
    assert np.allclose(np.asarray(models.MaskedAverage()(x)), x.mean(1))
