"""The classifiers of the recipes."""

import numpy as np
import pytest

from recipes.data import names
from recipes.trials import model as models
from recipes.trials.trial import EQUAL_UNITS, Trial

TEXTS = ["a good film", "a bad film", "", "not good, not bad: a film"]


def test_a_cell_may_be_spelt_as_its_layer_or_with_underscores():
    spellings = {
        "rg_lru": ("rg_lru", "rglru", "RGLRU", "RGLRUCell"),
        "s_lstm": ("s_lstm", "slstm", "SLSTM"),
        "min_gru": ("min_gru", "mingru", "MinGRU", "min-gru"),
        "simple_rnn": ("simple_rnn", "SimpleRNN"),
    }
    for name, spelt in spellings.items():
        assert {names.cell_name(one) for one in spelt} == {name}
        assert len({models.cell(one) for one in spelt}) == 1
    for name in names.known_cells():
        layer = models.cell(name)
        assert names.cells([layer.__name__, name, name.upper()]) == (name,) * 3
    with pytest.raises(ValueError, match="Did you mean 'rg_lru'"):
        names.cell_name("rg_lruu")
    with pytest.raises(ValueError, match=r"Unknown cell 'grru'; known are .*Did you mean 'gru'"):
        names.cell_name("grru")


def test_a_cell_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "mine.py").write_text("from keras_gated import GRUCell as Leaky")
    assert names.cell_name("mine:Leaky") == "mine:Leaky"
    with pytest.raises(ValueError, match="there is no module 'yours'"):
        names.cell_name("yours:Leaky")
    for name in ("mine:Leaky", "keras.layers:GRU"):
        assert models.cell_parameters(name, 8, 16) == models.cell_parameters("gru", 8, 16)
        one = Trial("", name, EQUAL_UNITS, 1, 0, units=8, embedding=16)
        model = models.network(one, 3, 20)
        assert model(np.array([[2, 3, 0]])).shape == (1, 3)
        assert models.parameters_of_cell(model, name) == models.cell_parameters("gru", 8, 16)


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
    one = Trial("", name, EQUAL_UNITS, 1, 0, units=4, embedding=5)
    model = models.network(one, 3, vectorizer.vocabulary_size())
    numbers = np.asarray(vectorizer(TEXTS))
    assert numbers.shape == (4, 6)
    probabilities = np.asarray(model(numbers))
    assert np.all(np.isfinite(probabilities)), "also of a text without a word"
    assert np.allclose(probabilities.sum(1), 1, atol=1e-6)
    longer = np.pad(numbers, ((0, 0), (0, 3)))
    assert np.allclose(np.asarray(model(longer)), probabilities, atol=1e-6)
    assert not np.allclose(probabilities[0], probabilities[1], atol=1e-6)


def test_words_that_are_few():
    vectorizer = models.vectorizer(["c b a"], 5, 3)
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
