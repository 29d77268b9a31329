"""Learned initial states, resets within a sequence, and new rows of a stateful layer."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.family import MASKS, UNITS, mostly_slow
from tests.numbers import as_list, close, gradients


def made(member, case, initial_state="learned", **arguments):
    layer = member.make(
        initial_state=initial_state, return_sequences=True, return_state=True, **arguments
    )
    layer.build(case.x.shape)
    rng = np.random.default_rng(9)
    extra = [rng.normal(size=w.shape) for w in layer.weights[len(case.weights) :]]
    if extra:  # a vector for each state, in their order; a sum of weights is above zero
        extra = [
            np.abs(vector) if letter in member.positive else vector
            for letter, vector in zip(member.cell.states, extra, strict=True)
        ]
    layer.set_weights([*case.weights, *extra])
    return layer, extra


@pytest.mark.parametrize("mask", mostly_slow(["none", "gaps"], "gaps"))
def test_a_learned_start_is_an_initial_state(member, case, mask):
    layer, vectors = made(member, case)
    assert len(vectors) == len(member.cell.states)
    given = [np.tile(v, (len(case.x), 1)).astype("float32") for v in vectors]
    plain, _ = made(member, case, initial_state="zeros")
    expected = as_list(plain(case.x, mask=MASKS[mask], initial_state=given))
    assert close(as_list(layer(case.x, mask=MASKS[mask])), expected)
    assert not close(as_list(plain(case.x, mask=MASKS[mask])), expected)


@pytest.mark.costly
@pytest.mark.parametrize(
    ("mask", "backwards"),
    mostly_slow(
        [("none", False), ("gaps", False), ("gaps", True)], ("none", False), ("gaps", True)
    ),
)
def test_a_reset_cuts_a_row(member, case, mask, backwards):
    """After a reset, a row gives the outputs of a sequence that starts there."""
    layer, _ = made(member, case, go_backwards=backwards)
    seen, cuts = MASKS[mask], [3, 0, 6, None, 1]
    reset = np.zeros(case.x.shape[:2], bool)
    for row, cut in enumerate(cuts):
        if cut is not None:
            reset[row, cut] = True
    call = {} if seen is None else {"mask": seen}
    _, *states = as_list(layer(case.x, reset=reset, **call))
    for row, cut in enumerate(cuts):
        steps = slice(None) if cut is None else slice(0, cut + 1) if backwards else slice(cut, None)
        part = {} if seen is None else {"mask": seen[:, steps]}
        # All rows again, of which one is compared: a single row is summed in another order.
        _, *expected = as_list(layer(case.x[:, steps], **part))
        of_row = [[ops.convert_to_numpy(s)[row] for s in group] for group in (states, expected)]
        assert close(*of_row)
    assert not close(states, as_list(layer(case.x, **call))[1:])


@pytest.mark.few
def test_a_reset_of_rows_in_a_stateful_layer(member, case):
    layer, _ = made(member, case, stateful=True)
    fresh, _ = made(member, case)
    reset = np.array([True, False, True, False, False])
    whole = np.concatenate([case.x, case.x], axis=1)
    layer(case.x)
    got = ops.convert_to_numpy(layer(case.x, reset=reset)[0])
    goes_on = ops.convert_to_numpy(fresh(whole)[0])[:, case.x.shape[1] :]
    anew = ops.convert_to_numpy(fresh(case.x)[0])
    assert close(got, np.where(reset[:, None, None], anew, goes_on))
    assert not close(got, goes_on)


@pytest.mark.few
def test_the_gradient_of_a_reset(member, case):
    """No gradient passes a reset; the learned initial state gets the gradient of the new rows."""
    reset = np.zeros(case.x.shape[:2], bool)
    reset[:, 4] = True
    layer, _ = made(member, case)
    last = member.make(initial_state="learned")
    last.build(case.x.shape)
    last.set_weights(layer.get_weights())
    found = gradients(last, case.x, reset=reset)
    assert np.all(found[0][:, :4] == 0)
    assert close(found[0][:, 4:], gradients(last, case.x[:, 4:])[0])
    assert close(found[1:], gradients(last, case.x[:, 4:])[1:])


def test_rows_go_on_or_are_new(member, case):
    """With `stateful_rows`, row k continues row k of the previous batch; other rows are new."""
    layer, _ = made(member, case, stateful=True, stateful_rows=5)
    fresh, _ = made(member, case)

    def expected(*batches):
        return ops.convert_to_numpy(fresh(np.concatenate(batches, axis=1))[0])

    a, b, c = case.x, 2 * case.x, -case.x
    assert close(layer(a)[0], expected(a))
    assert close(layer(b[:2])[0], expected(a[:2], b[:2])[:, 7:])
    got = ops.convert_to_numpy(layer(c)[0])
    assert close(got[:2], expected(a[:2], b[:2], c[:2])[:, 14:]), "they went on"
    assert close(got[2:], expected(c)[2:]), "they are new"
    assert not close(got[2:], expected(a, c)[2:, 7:])


@pytest.mark.one
@pytest.mark.parametrize("options", [{}, {"initial_state": "learned"}, {"stateful_rows": 5}])
def test_fit_of_a_model_without_an_input_shape(member, case, options):
    """Keras then makes the layer within `fit`; its own fail there on JAX and torch."""
    losses = []
    for inputs in ([], [keras.Input(batch_shape=case.x.shape)]):
        keras.utils.set_random_seed(0)
        ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
        layer = member.make(stateful=True, **ones, **options)
        model = keras.Sequential([*inputs, layer])
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
        fitted = model.fit(
            np.concatenate([case.x, 2 * case.x]), np.zeros((2 * len(case.x), UNITS)),
            batch_size=len(case.x), epochs=2, shuffle=False, verbose=0,
        )  # fmt: skip
        losses.append(fitted.history["loss"])
    assert losses[0] == losses[1]


@pytest.mark.few
def test_a_function_of_any_number_of_rows(member, case):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow traces with an unknown number of rows")
    import tensorflow as tf

    layers = [
        made(member, case, stateful=True, stateful_rows=5, engine="loop")[0] for _ in range(2)
    ]
    call = tf.function(layers[0], input_signature=[tf.TensorSpec((None, None, case.x.shape[-1]))])
    for x in (case.x, case.x[:2], 2 * case.x):
        assert close(call(x)[0], layers[1](x)[0])
    for got, expected in zip(layers[0].states, layers[1].states, strict=True):
        assert got.shape == (5, UNITS)
        assert close(got.value, expected.value)


@pytest.mark.skipif(
    keras.backend.backend() not in ("tensorflow", "jax"), reason="there is the loop alone"
)
@pytest.mark.slow
@pytest.mark.parametrize("masked", [True, False])
def test_a_learned_start_learns_the_same_on_every_path(member, case, masked):
    mask = MASKS["gaps"] if masked else None
    served = member.make().explain(5, 7, mask=masked, training=True).engine
    found = []
    for path in ("loop", served):
        layer, _ = made(member, case, engine=path)
        found.append(gradients(layer, case.x, mask=mask))
    weights = len(case.weights) if member.trained else 0
    assert len(found[0]) == 1 + weights + len(member.cell.states)
    assert close(found[1], found[0])
