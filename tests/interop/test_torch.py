"""Weights of torch's modules give torch's numbers, and survive a round trip.

The numbers are in `tests/goldens/torch_modules.npz`; if torch is installed, modules of every kind
are also read and written.
"""

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_gated as kg
from keras_gated.interop import torch as of_torch
from tests.goldens.torch_modules import MODULES, UNITS
from tests.numbers import as_list, close

FEATURES = 2
DTYPE = "float64" if keras.backend.backend() == "tensorflow" else "float32"
KINDS = {"lstm": kg.LSTM, "gru": kg.GRU, "rnn": kg.SimpleRNN, "lstm_projected": kg.ProjectedLSTM}


def golden(name) -> dict:
    with np.load(Path(__file__).parents[1] / "goldens" / "torch_modules.npz") as arrays:
        own = {key: arrays[key] for key in arrays if key.startswith(f"{name}/")}
    return {key.removeprefix(f"{name}/"): array.astype(DTYPE) for key, array in own.items()}


def state_of(name) -> dict:
    arrays = golden(name).items()
    return {k.removeprefix("weights/"): a for k, a in arrays if k.startswith("weights/")}


def arguments_of(name) -> dict:
    """What a state dict does not say itself."""
    return {"activation": "relu"} if name == "rnn_relu" else {}


def outputs(layers, x) -> list:
    for layer in layers:
        x = layer(x)
    return as_list(x)


@pytest.mark.parametrize("name", MODULES)
def test_numbers_of_torch(name):
    arrays = golden(name)
    layers = of_torch.read(state_of(name), return_state=True, **arguments_of(name))
    assert len(layers) == MODULES[name][1].get("num_layers", 1)
    states = [arrays[key] for key in sorted(arrays) if key.startswith("state_")]
    assert close(outputs(layers, arrays["x"]), [arrays["output"], *states], DTYPE)
    alone = getattr(layers[0], "forward_layer", layers[0])
    assert type(alone) is KINDS.get(name, KINDS[name.split("_")[0]])
    assert alone.compute_dtype == DTYPE


@pytest.mark.parametrize("name", MODULES)
def test_a_swap_is_noticed(name):
    """The control: two rows of the first matrix change places."""
    arrays, state = golden(name), state_of(name)
    rows = [0, UNITS] if name[:3] != "rnn" else [0, 1]
    state["weight_hh_l0"][rows] = state["weight_hh_l0"][rows[::-1]]
    layers = of_torch.read(state, **arguments_of(name))
    assert not close(outputs(layers, arrays["x"])[0], arrays["output"], DTYPE)


@pytest.mark.parametrize("name", MODULES)
def test_there_and_back(name):
    state = state_of(name)
    written = of_torch.state_dict(of_torch.read(state, **arguments_of(name)))
    assert set(written) == set(state)
    for key, array in written.items():
        expected = state[key]
        if key.startswith("bias") and not name.startswith("gru"):
            # Only the sum of two biases matters: ours is the first.
            other = key.replace("bias_ih", "bias_hh")
            expected = expected + state[other] if "bias_ih" in key else np.zeros_like(expected)
        assert close(array, expected, DTYPE), key


def test_a_part_of_a_larger_module():
    state = {f"encoder.rnn.{key}": array for key, array in state_of("gru").items()}
    state["head.weight"] = np.zeros((2, 4), DTYPE)
    (layer,) = of_torch.read(state, prefix="encoder.rnn.", return_sequences=False)
    arrays = golden("gru")
    assert close(layer(arrays["x"]), arrays["output"][:, -1], DTYPE)


def test_a_layer_or_a_list_a_dropout_between_is_passed_over():
    layers = of_torch.read(state_of("gru"))
    alone, listed = of_torch.state_dict(layers[0]), of_torch.state_dict(layers)
    assert all(np.array_equal(alone[key], listed[key]) for key in alone)
    stack = of_torch.read(state_of("rnn_tanh"))
    between = [stack[0], keras.layers.Dropout(0.5), stack[1]]
    assert set(of_torch.state_dict(between)) == set(state_of("rnn_tanh"))


class Half:
    """As much of a tensor in half precision as is looked at."""

    dtype = "torch.bfloat16"


def changed(name, **arrays):
    return {**state_of(name), **arrays}


def without(name, key):
    return {k: a for k, a in state_of(name).items() if k != key}


BAD_STATES = {
    "half precision": (
        lambda: changed("gru", bias_ih_l0=Half()),
        r"bias_ih_l0 is bfloat16.*float\(\)",
    ),
    "five gates": (
        lambda: changed("lstm", weight_ih_l0=np.zeros((5 * UNITS, FEATURES))),
        "20 rows for a state of 4 units, 5 for each unit; an LSTM has 4",
    ),
    "no whole gate": (
        lambda: changed("lstm", weight_ih_l0=np.zeros((15, FEATURES))),
        "15 rows for a state of 4 units, 3.75 for each",
    ),
    "wrong recurrent shape": (
        lambda: changed("gru", weight_hh_l0=np.zeros((8, UNITS))),
        r"weight_hh_l0 has shape \(8, 4\).*it has shape \(12, 4\)",
    ),
    "wrong bias": (lambda: changed("gru", bias_hh_l0=np.zeros(3)), r"bias_hh_l0 has shape \(3,\)"),
    "one bias": (lambda: without("gru", "bias_hh_l0"), "one of the two biases"),
    "no matrix": (lambda: without("gru", "weight_hh_l0"), "weight_hh_l0 is missing"),
    "peepholes": (lambda: changed("lstm", peephole_i=np.zeros(4)), "hold peephole_i, which"),
    "a layer _l": (
        lambda: {**state_of("gru"), "out_linear.weight": np.zeros((2, 2))},
        "hold out_linear.weight, which",
    ),
    "more": (lambda: changed("lstm", weight_ci_l0=np.zeros(4)), "hold weight_ci_l0 besides"),
    "a larger module": (
        lambda: {f"rnn.{k}": a for k, a in state_of("gru").items()},
        "names are rnn.weight_ih_l0.*prefix",
    ),
    "nothing": (lambda: {}, "names are none"),
    "no module": (lambda: 3, "received int"),
}


@pytest.mark.parametrize("name", BAD_STATES)
def test_what_does_not_fit_is_not_read(name):
    make, message = BAD_STATES[name]
    with pytest.raises(ValueError, match=message):
        of_torch.read(make())


def built(layer, features=FEATURES):
    layer.build((None, None, features))
    return layer


def bidirectional(**arguments):
    return built(keras.layers.Bidirectional(kg.GRU(2, return_sequences=True), **arguments))


BAD_LAYERS = {
    "peepholes": (lambda: built(kg.PeepholeLSTM(2)), "nothing like PeepholeLSTM"),
    "a norm": (lambda: built(kg.LayerNormLSTM(2)), "nothing like LayerNormLSTM"),
    "reset before": (lambda: built(kg.GRU(2, reset_after=False)), "reset_after=False"),
    "activation": (lambda: built(kg.LSTM(2, "relu")), "activation='relu'.*computes tanh"),
    "gates": (lambda: built(kg.LSTM(2, "tanh", "relu")), "recurrent_activation='relu'"),
    "zoneout": (lambda: built(kg.GRU(2, zoneout=0.1)), "has zoneout"),
    "a start": (lambda: built(kg.GRU(2, initial_state="learned")), "torch's module starts with"),
    "not built": (lambda: kg.GRU(2), "has no weights yet"),
    "half precision": (
        lambda: built(kg.GRU(2, dtype="float16", recurrent_initializer="ones")),
        "weights in float16",
    ),
    "Keras's": (lambda: built(keras.layers.GRU(2)), r"keras_gated.convert\(layer\)"),
    "backwards": (lambda: built(kg.GRU(2, go_backwards=True)), "reads backwards"),
    "merged": (lambda: bidirectional(merge_mode="sum"), "merge_mode='sum'"),
    "two kinds": (
        lambda: bidirectional(backward_layer=kg.LSTM(2, go_backwards=True, return_sequences=True)),
        "directions of .* differ",
    ),
    "two sizes": (lambda: [built(kg.GRU(2)), built(kg.GRU(3), 2)], "one kind and size"),
    "another order": (lambda: [built(kg.GRU(2)), built(kg.GRU(2), 3)], "reads 3 features, but"),
    "none": (lambda: [], "no recurrent layer"),
}


@pytest.mark.parametrize("name", BAD_LAYERS)
def test_what_torch_cannot_compute_is_not_written(name):
    make, message = BAD_LAYERS[name]
    with pytest.raises(ValueError, match=message):
        of_torch.state_dict(make())


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    import torch

    kind, arguments = MODULES[name]
    dropout = 0.25 if "num_layers" in arguments else 0.0
    rest = dict(arguments, dropout=dropout, batch_first=True)
    module = getattr(torch.nn, kind)(FEATURES, UNITS, **rest).eval()
    layers = of_torch.read(module)
    x = torch.randn(3, 5, FEATURES)
    with torch.no_grad():
        expected = module(x)[0].numpy()
        assert close(outputs(layers, x.numpy())[0], expected)
        again = of_torch.write(layers).eval()
        assert type(again) is type(module)
        assert close(again(x)[0].numpy(), expected)
    for attribute in ("num_layers", "bidirectional", "bias", "dropout", "proj_size"):
        assert getattr(again, attribute) == getattr(module, attribute)
    with pytest.raises(ValueError, match="float16"):
        of_torch.read(module.half())
