"""`convert` replaces recurrent layers wherever they are, and changes no number."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import keras_gated as kg
from keras_gated.keras_private import all_layers
from tests.numbers import as_list, close

TIME, FEATURES, UNITS = 6, 3, 4
TWINS = {"LSTM": layers.LSTM, "GRU": layers.GRU, "SimpleRNN": layers.SimpleRNN}


def sequential(*stack):
    return keras.Sequential([keras.Input((TIME, FEATURES)), *stack])


def functional():
    """Two calls of one layer, initial states, a mask, and a nested model.

    Keras loses the mask of a call with initial states, which ours do not: that call has none.
    """
    x = keras.Input((TIME, FEATURES), name="x")
    shown = layers.Masking()(x)
    _, *states = layers.LSTM(UNITS, return_state=True, name="encoder")(shown)
    decoder = layers.LSTM(UNITS, return_sequences=True, name="decoder")
    first = decoder(x, initial_state=states)
    nested = sequential(layers.GRU(2, return_sequences=True), layers.Dense(3))
    second = decoder(nested(x))
    return keras.Model(x, {"first": layers.Dense(2)(first), "second": second})


def of_stacked_cells():
    cells = [layers.GRUCell(5), layers.LSTMCell(UNITS)]
    return sequential(layers.RNN(cells, return_sequences=True))


def of_time_distributed():
    x = keras.Input((2, TIME, FEATURES))
    return keras.Model(x, layers.TimeDistributed(layers.GRU(UNITS))(x))


MODELS = {
    **{name: lambda layer=layer: sequential(layer(UNITS)) for name, layer in TWINS.items()},
    "reset before": lambda: sequential(layers.GRU(UNITS, reset_after=False)),
    "no bias": lambda: sequential(layers.LSTM(UNITS, use_bias=False, return_state=True)),
    "arguments": lambda: sequential(
        layers.LSTM(UNITS, "relu", "hard_sigmoid", go_backwards=True, return_sequences=True)
    ),
    "bidirectional": lambda: sequential(
        layers.Bidirectional(layers.LSTM(UNITS, return_sequences=True)),
        layers.BatchNormalization(),
        layers.Bidirectional(
            layers.GRU(UNITS), backward_layer=layers.LSTM(UNITS, go_backwards=True)
        ),
    ),
    "time distributed": of_time_distributed,
    "cell": lambda: sequential(layers.RNN(layers.SimpleRNNCell(UNITS))),
    "stacked cells": of_stacked_cells,
    "functional": functional,
    "frozen": lambda: sequential(
        layers.LSTM(UNITS, return_sequences=True, trainable=False), layers.GRU(UNITS)
    ),
    "layer": lambda: layers.Bidirectional(layers.GRU(UNITS)),
}
RECURRENT = (layers.RNN, kg.GatedCell, layers.LSTMCell, layers.GRUCell, layers.SimpleRNNCell)


def filled(model, rng):
    model.set_weights([np.abs(rng.normal(0, 0.5, w.shape)) for w in model.get_weights()])
    return model


def numbers(model, x) -> list:
    return as_list(keras.tree.flatten(model(x)))


def of_ours(model) -> list:
    """Return for each cell, and each layer around one cell, whether it is ours."""
    found = [layer for layer in all_layers(model) if isinstance(layer, RECURRENT)]
    return [
        isinstance(layer, (kg.Recurrent, kg.GatedCell))
        for layer in found
        if not isinstance(getattr(layer, "cell", None), layers.StackedRNNCells)
    ]


@pytest.mark.parametrize("name", MODELS)
def test_there_and_back(name):
    rng = np.random.default_rng(0)
    model = MODELS[name]()
    shape = (2, TIME, FEATURES) if name == "layer" else (2, *model.input_shape[1:])
    x = rng.normal(size=shape).astype("float32")
    x[1, ..., -2:, :] = 0  # masked where the model makes a mask
    if not model.built:
        model.build(shape)
    expected = numbers(filled(model, rng), x)
    ours = kg.convert(model)
    back = kg.convert(ours, to="keras")
    assert all(of_ours(ours))
    assert not any(of_ours(back))
    assert len(of_ours(ours)) == len(of_ours(back)) == len(of_ours(model)) > 0
    for converted in (ours, back):
        assert close(numbers(converted, x), expected)
        assert [w.name for w in converted.weights] == [w.name for w in model.weights]
        trained = [w.shape for w in model.trainable_weights]
        assert [w.shape for w in converted.trainable_weights] == trained
    filled(ours, rng)
    assert close(numbers(model, x), expected), "the models share a weight"
    assert not close(numbers(ours, x), expected)


def test_back_is_a_file_that_needs_keras_alone(tmp_path):
    model = sequential(
        kg.LSTM(UNITS, engine="loop", gate_bias_initializer={"f": 2.0}), layers.Dense(1)
    )
    converted = kg.convert(model, to="keras")
    assert "keras_gated" not in converted.to_json()
    x = np.random.default_rng(0).normal(size=(2, TIME, FEATURES)).astype("float32")
    assert close(converted(x), model(x))


def test_a_chrono_and_an_orthogonal_start_are_left_behind():
    layer = kg.GRU(
        UNITS,
        recurrent_initializer=kg.BlockOrthogonal(),
        gate_bias_initializer=kg.Chrono(9, "z", "r"),
    )
    model = sequential(layer)
    converted = kg.convert(model, to="keras")
    assert "keras_gated" not in converted.to_json()
    x = np.ones((2, TIME, FEATURES), "float32")
    assert close(converted(x), model(x))


def test_an_unbuilt_model_stays_unbuilt():
    converted = kg.convert(keras.Sequential([layers.LSTM(UNITS)]))
    assert isinstance(converted.layers[0], kg.LSTM)
    assert not converted.built


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="trains, on one backend")
def test_training_goes_on_where_it_was():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, TIME, FEATURES)), rng.normal(size=(8, 1))
    model = sequential(layers.GRU(UNITS), layers.Dense(1))
    model.compile("adam", "mse")
    model.fit(x, y, verbose=0, shuffle=False, epochs=3)
    converted = kg.convert(model)
    fresh = kg.convert(model)
    fresh.compile("adam", "mse")
    for each in (model, converted, fresh):
        each.fit(x, y, verbose=0, shuffle=False)
    assert close(converted.get_weights(), model.get_weights())
    assert not close(fresh.get_weights(), model.get_weights()), "the state of Adam matters"


def test_layers_frozen_after_compiling():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, TIME, FEATURES)), rng.normal(size=(8, 1))
    model = sequential(layers.GRU(UNITS), layers.Dense(1))
    model.compile("adam", "mse")
    model.fit(x, y, verbose=0)
    model.layers[0].trainable = False
    converted = kg.convert(model)
    states = [ops.convert_to_numpy(v) for v in converted.optimizer.variables]
    assert close(states, [ops.convert_to_numpy(v) for v in model.optimizer.variables])
    if keras.backend.backend() == "jax":
        with pytest.raises(ValueError, match="optimizer was built with"):
            model.fit(x, y, verbose=0)  # as the model itself, it has to be compiled anew
        return
    frozen, free = converted.layers[0].get_weights(), converted.layers[1].get_weights()
    converted.fit(x, y, verbose=0)
    assert close(converted.layers[0].get_weights(), frozen)
    assert not close(converted.layers[1].get_weights(), free)


class Holds(layers.Layer):
    """Creates a layer that its config does not show."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.LSTM(UNITS)

    def call(self, x):
        return self.inner(x)


class Doubled(layers.Layer):
    """A user-defined layer, not registered."""

    def call(self, x):
        return 2 * x


def test_layers_of_ones_own_stay():
    class Local(Doubled):
        pass

    model = sequential(Doubled(), Local(), layers.LSTM(UNITS), layers.Lambda(lambda x: x + 1))
    x = np.ones((2, TIME, FEATURES), "float32")
    converted = kg.convert(model)
    assert close(converted(x), model(x))
    assert isinstance(converted.layers[1], Local)


BAD = {
    "hidden": (lambda: (sequential(Holds()), "keras_gated"), "not in its config.*keras_gated"),
    "no twin": (lambda: (sequential(kg.MinGRU(UNITS)), "keras"), "nothing like MinGRU 'min_gru"),
    "no such argument": (lambda: (sequential(kg.LSTM(UNITS, zoneout=0.1)), "keras"), "has zoneout"),
    "other cell": (lambda: (sequential(kg.Recurrent(kg.MGUCell(UNITS))), "keras"), "like MGUCell"),
    "a path": (lambda: ("model.keras", "keras_gated"), "Load a file first"),
    "to": (lambda: (sequential(), "torch"), "`to` must be one of 'keras_gated', 'keras'"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_converted_is_refused(name):
    make, message = BAD[name]
    model, to = make()
    with pytest.raises(ValueError, match=message):
        kg.convert(model, to=to)


def test_gates_can_be_read_after_converting():
    """The purpose of converting: the numbers are Keras's, and the gates are visible."""
    model = sequential(layers.LSTM(UNITS, name="reader"))
    x = np.ones((2, TIME, FEATURES), "float32")
    seen = kg.trace(kg.convert(model), x)["reader"]
    assert close(seen.states["h"][:, -1], ops.convert_to_numpy(model(x)))
