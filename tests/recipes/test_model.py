"""The classifiers of the recipes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from recipes.common import model as models

TEXTS = ["a good film", "a bad film", "", "not good, not bad: a film"]


def test_cells_are_the_library_s():
    assert {"simple_rnn", "lstm", "gru"} <= set(models.CELLS)
    with pytest.raises(ValueError, match=r"Unknown cell 'grru'; known are .*Did you mean 'gru'"):
        models.cell("grru")


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


def test_a_word_that_holds_the_end_of_a_line(tmp_path):
    """A .keras file keeps a word a line, and is read back by Unicode's ends of lines too."""
    vectorizer = models.vectorizer(["a fine\x85 film", "a \x85 film", "a\u2028b film"], 20, 6)
    whole = keras.Sequential([keras.Input((), dtype="string"), vectorizer])
    whole.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    text = tf.constant(["a fine\x85 film", "film a"])
    assert np.array_equal(loaded(text), whole(text))
    assert np.count_nonzero(np.asarray(whole(text))[1] > 1) == 2


def test_average_is_the_mean_of_the_words():
    x = np.arange(24, dtype="float32").reshape(2, 4, 3)
    mask = np.array([[True, False, True, False], [False] * 4])
    got = np.asarray(models.MaskedAverage()(x, mask=mask))
    assert np.allclose(got, [x[0, [0, 2]].mean(0), np.zeros(3)])
    assert np.allclose(np.asarray(models.MaskedAverage()(x)), x.mean(1))
