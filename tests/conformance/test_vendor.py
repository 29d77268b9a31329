"""Vendors' ops equal the loop: outputs, states and gradients, for every mask.

PyTorch's ops run as they are. cuDNN is not available on every machine, so on TensorFlow and JAX it
is replaced by a function with the same signature, which checks its arguments as cuDNN does. There
the tests cover the conversion of weights and the masks, not the vendor's op itself.
"""

import importlib

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from keras_gated import keras_private
from keras_gated.engine import loop
from keras_gated.engine.request import Request
from tests.family import FEATURES, MASKS, TIME, TWINS, UNITS, Case
from tests.numbers import as_list, close, gradients

# In the package, the name is the function's.
vendor = importlib.import_module("keras_gated.engine.vendor")
BACKEND = keras.backend.backend()
SERVED = {
    "torch": ("simple_rnn", "lstm", "gru"),
    "tensorflow": ("lstm", "gru"),
    "jax": ("lstm",),
}.get(BACKEND, ())


def demand(inputs, states, lengths):
    """Raise an error as cuDNN does: for a row without timesteps, and for mixed dtypes."""
    assert {keras.backend.standardize_dtype(t.dtype) for t in (inputs, *states)} == {"float32"}
    assert keras.backend.standardize_dtype(lengths.dtype) == "int32"
    if known(lengths):
        assert ops.min(lengths) >= 1
        assert ops.max(lengths) <= inputs.shape[1]


def known(tensor) -> bool:
    """Return whether a tensor has values, and is not symbolic."""
    if BACKEND == "jax":
        import jax

        return not isinstance(tensor, jax.core.Tracer)
    return hasattr(tensor, "numpy")


def keras_stand_in(cell):
    """Return a substitute for Keras's call of cuDNN: the loop with a cell's equations."""
    cell.build((None, FEATURES))

    def run(inputs, *rest, return_sequences):
        assert return_sequences
        *states, mask, kernel, recurrent, bias, activation, recurrent_activation = rest
        steps = ops.arange(ops.shape(inputs)[1], dtype="int32")
        shown = ops.ones(ops.shape(inputs)[:2], "bool") if mask is None else mask
        lengths = ops.sum(ops.cast(shown, "int32"), axis=1)
        if known(shown):
            assert np.array_equal(shown, steps < ops.expand_dims(lengths, 1))
        demand(inputs, states, lengths)
        assert (activation, recurrent_activation) == (cell.activation, cell.recurrent_activation)
        given = zip(cell.weights, (kernel, recurrent, bias), strict=True)
        with keras.StatelessScope(state_mapping=list(given)):
            request = Request.now(cell, inputs, masked=True)
            sequence, state = loop.run(request, inputs, cell.State(*states), mask)
        # As cuDNN returns it.
        sequence = ops.where(ops.expand_dims(shown, -1), sequence, ops.zeros_like(sequence))
        return state[0], sequence, list(state)

    return run


def jax_stand_in(x, h_0, c_0, weights, seq_lengths, **sizes):
    """`jax.experimental.rnn.lstm`, computed by JAX's reference implementation."""
    from jax.experimental import rnn

    demand(x, (h_0, c_0, weights), seq_lengths)
    shape = (sizes["input_size"], sizes["hidden_size"], sizes["num_layers"])
    assert weights.size == rnn.get_num_params_in_lstm(*shape, bidirectional=False)
    by_layer = rnn.unpack_lstm_weights(weights, *shape, bidirectional=False)
    return rnn.lstm_ref(x, h_0, c_0, *by_layer, seq_lengths, *sizes.values())


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch):
    if BACKEND != "torch":
        monkeypatch.setattr(vendor, "gpu", lambda: True)
    if BACKEND == "tensorflow":
        monkeypatch.setattr(keras_private, "cudnn_lstm", keras_stand_in(kg.LSTMCell(UNITS)))
        monkeypatch.setattr(keras_private, "cudnn_gru", keras_stand_in(kg.GRUCell(UNITS)))
    if BACKEND == "jax":
        monkeypatch.setattr("jax.experimental.rnn.lstm", jax_stand_in)


def pytest_generate_tests(metafunc):
    if "served" in metafunc.fixturenames:
        metafunc.parametrize("served", [pytest.param(TWINS[name], id=name) for name in SERVED])


@pytest.fixture
def case(served):
    return Case.draw(served)


def both(served, case, mask, arguments=None, call=None, turned=False):
    """Return outputs, states and gradients by the loop and by the vendor."""
    call = {"initial_state": [ops.convert_to_tensor(s) for s in case.states], **(call or {})}
    if MASKS[mask] is not None:
        call["mask"] = ops.convert_to_tensor(MASKS[mask])
    found = []
    for path in ("loop", "vendor"):
        make = {"return_state": True, "engine": path, **(arguments or {})}
        layers = [served.make(**make) for _ in range(2)]
        for layer in layers:
            layer.build(case.x.shape)
            layer.set_weights(case.weights[: len(layer.weights)])
            if turned and path == "vendor":
                kernel, *rest = layer.get_weights()
                layer.set_weights([np.roll(kernel, UNITS, axis=1), *rest])
        outputs = as_list(layers[0](case.x, **call))
        found.append((outputs, gradients(layers[1], case.x, **call)))
    return found


@pytest.mark.parametrize(
    ("mask", "sequences"), [*((mask, True) for mask in MASKS), ("none", False), ("gaps", False)]
)
def test_vendor_equals_loop(served, case, mask, sequences):
    (expected, of_expected), (got, of_got) = both(
        served, case, mask, {"return_sequences": sequences}
    )
    assert close(got, expected)
    assert close(of_got, of_expected)


@pytest.mark.parametrize("mask", ["none", "gaps"])
def test_a_swap_is_noticed(served, case, mask):
    if served.swap is None:
        pytest.skip("one gate has no other to change places with")
    (expected, of_expected), (got, of_got) = both(served, case, mask, turned=True)
    assert not close(got, expected)
    assert not close(of_got, of_expected)


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        ({"use_bias": False}, {}),
        ({"go_backwards": True, "return_sequences": True, "zero_output_for_mask": True}, {}),
        ({"dropout": 0.4, "seed": 5}, {"training": True}),
        ({"weight_drop": 0.4, "seed": 5}, {"training": True}),
        ({"recurrent_dropout": 0.4, "seed": 5}, {"training": False}),
    ],
    ids=lambda value: "-".join(value),
)
@pytest.mark.parametrize("mask", ["none", "one row masked"])
def test_what_is_settled_before(served, case, mask, arguments, call):
    (expected, of_expected), (got, of_got) = both(served, case, mask, arguments, call)
    assert close(got, expected)
    assert close(of_got, of_expected)


def test_masked_inputs_are_not_computed_with(served, case):
    mask = ops.convert_to_tensor(MASKS["one row masked"])
    x = np.where(MASKS["one row masked"][..., None], case.x, np.float32("nan"))
    layer = case.fill(served.make(engine="vendor", return_sequences=True))
    assert close(layer(x, mask=mask), layer(case.x, mask=mask))
    found = gradients(layer, x, mask=mask)
    assert all(np.isfinite(g).all() for g in found)
    assert not found[0][~MASKS["one row masked"]].any()


class Gentle(kg.LSTMCell):
    """A subclass of the LSTM with other equations."""

    def step(self, wx, uh, past):
        state, gates = super().step(wx, uh, past)
        return self.State(0.9 * state.h, state.c), gates


REFUSED = {
    "another activation": (dict(activation="relu"), {}, "activation='tanh'; LSTMCell has 'relu'"),
    "another squashing": (dict(recurrent_activation="hard_sigmoid"), {}, "has 'hard_sigmoid'"),
    "zoneout": (dict(zoneout=0.1), {}, "knows no zoneout"),
    "recurrent dropout": (dict(recurrent_dropout=0.1), {"training": True}, "recurrent_dropout"),
    "semeniuta": (
        dict(recurrent_dropout=0.1, recurrent_dropout_form="semeniuta"),
        {"training": True},
        "recurrent_dropout",
    ),
    "dropout by gate": (dict(dropout=0.1, implementation=1), {"training": True}, "each gate"),
    "every gate": (dict(return_gates=True), {}, "the loop alone keeps"),
    "unroll": (dict(unroll=True), {}, "unroll=True"),
    "reset": ({}, {"reset": np.zeros((2, TIME), bool)}, "rows start anew"),
    "forbidden": (dict(use_cudnn=False), {}, "use_cudnn=False forbids it"),
}


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_under_half_precision_it_computes_in_float32(served, case, policy):
    outputs = []
    for dtype in ("float32", policy):
        layer = served.make(return_state=True, engine="vendor", dtype=dtype)
        layer.build(case.x.shape)
        layer.set_weights(case.weights[: len(layer.weights)])
        outputs.append(as_list(layer(case.x.astype("float16"))))
    (full, *states), (half, *states_of_half) = outputs
    assert keras.backend.standardize_dtype(half.dtype) == policy.removeprefix("mixed_")
    assert close(states_of_half, states, "float16")  # inputs were rounded by the layer
    assert close(ops.cast(half, "float32"), full, policy.removeprefix("mixed_"))


@pytest.mark.skipif(not SERVED, reason="no vendor's op is known on this backend")
@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_the_reason(what):
    arguments, call, reason = REFUSED[what]
    x = np.ones((2, TIME, 3), "float32")
    with pytest.raises(ValueError, match=f"engine='vendor' cannot serve this call.*{reason}"):
        kg.LSTM(UNITS, engine="vendor", **arguments)(x, **call)
    assert kg.LSTM(UNITS, **arguments)(x, **call) is not None


@pytest.mark.skipif(not SERVED, reason="no vendor's op is known on this backend")
def test_other_cells_are_refused():
    x = np.ones((2, TIME, 3), "float32")
    reasons = {
        kg.Recurrent(Gentle(UNITS), engine="vendor"): "no op for Gentle is known",
        kg.MGU(UNITS, engine="vendor"): "no op for MGUCell is known",
        kg.GRU(UNITS, engine="vendor", reset_after=False): "reset_after=False|no op for GRUCell",
    }
    for layer, reason in reasons.items():
        with pytest.raises(ValueError, match=reason):
            layer(x)


@pytest.mark.skipif(BACKEND != "torch", reason="of torch's ops")
def test_cudnn_gets_its_weights_in_one_piece(monkeypatch):
    import torch

    # A CPU takes any; on a GPU cuDNN refused transposed weights.
    given = []
    lstm = torch.lstm
    monkeypatch.setattr(torch, "lstm", lambda *args: given.append(args[2]) or lstm(*args))
    kg.LSTM(UNITS, engine="vendor")(np.ones((2, TIME, 3), "float32"))
    (weights,) = given
    assert all(weight.is_contiguous() for weight in weights)
    ends = [weight.data_ptr() + 4 * weight.numel() for weight in weights]
    assert [weight.data_ptr() for weight in weights[1:]] == ends[:-1]


@pytest.mark.skipif(not SERVED or BACKEND == "jax", reason="no vendor's op comes first here")
def test_it_comes_before_the_loops():
    chosen = kg.LSTM(UNITS).explain(8, TIME, mask=True, training=True)
    assert (chosen.engine, chosen.compiled) == ("vendor", False)
    assert chosen.against["loop"] == "vendor is preferred"
    forbidden = kg.LSTM(UNITS, use_cudnn=False).explain(8, TIME)
    assert forbidden.engine != "vendor"
    assert forbidden.against["vendor"] == "use_cudnn=False forbids it"


@pytest.mark.skipif(BACKEND != "jax", reason="XLA is faster than cuDNN on JAX")
def test_on_jax_it_is_asked_for_by_name():
    assert "is faster" in kg.LSTM(UNITS).explain(8, TIME).against["vendor"]
    assert kg.LSTM(UNITS, use_cudnn=True).explain(8, TIME).engine == "vendor"


@pytest.mark.skipif(BACKEND != "tensorflow", reason="of XLA on TensorFlow")
def test_xla_has_no_such_op():
    asked = kg.LSTM(UNITS, jit_compile=True).explain(8, TIME, training=True)
    assert "asks for XLA" in asked.against["vendor"]
    # Keras would compile the model as a whole, which rules the op out.
    assert not kg.LSTM(UNITS).supports_jit
    assert kg.LSTM(UNITS, jit_compile=False, use_cudnn=False).supports_jit
    low = kg.LSTM(UNITS, remat=True).explain(8, TIME, training=True)
    assert "remat=True" in low.against["vendor"]


@pytest.mark.skipif(not SERVED, reason="no vendor's op is known on this backend")
def test_in_a_model():
    """In `fit`, where TensorFlow does not know rows and steps, it trains as the loop does."""
    tokens = np.array([[0, 3, 4, 0], [0, 0, 0, 0], [5, 6, 7, 8]])
    trained = []
    for path in ("vendor", "loop"):
        keras.utils.set_random_seed(3)
        layers = [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(9, 3, mask_zero=True),
            kg.LSTM(UNITS, engine=path, return_sequences=True),
        ]
        model = keras.Sequential(layers)
        model.compile("sgd", "mse")
        before = model.get_weights()
        model.fit(tokens, np.ones((3, 4, UNITS)), verbose=0)
        trained.append(model.get_weights())
    assert close(*trained)
    assert not close(before, trained[0])


@pytest.mark.skipif(vendor.gpu(), reason="there is a GPU")
def test_use_cudnn_asks_for_a_gpu(monkeypatch):
    monkeypatch.undo()
    x = np.ones((2, TIME, 3), "float32")
    with pytest.raises(ValueError, match=r"use_cudnn=True cannot serve.*there is no GPU here"):
        kg.LSTM(UNITS, use_cudnn=True)(x)
    with pytest.raises(ValueError, match="ask for different things"):
        kg.LSTM(UNITS, use_cudnn=True, engine="loop")
    with pytest.raises(ValueError, match="use_cudnn"):
        kg.LSTM(UNITS, use_cudnn="yes")
    if BACKEND != "torch":
        with pytest.raises(ValueError, match=r"engine='vendor' cannot serve.*no GPU here"):
            kg.LSTM(UNITS, engine="vendor")(x)
        assert "no GPU here" in kg.LSTM(UNITS).explain(8, TIME).against["vendor"]
