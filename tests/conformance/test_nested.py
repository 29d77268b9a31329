"""Stacked cells, bidirectional layers, and states passed between models, as in Keras."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from tests.family import FEATURES, MASKS, TIME, UNITS
from tests.numbers import as_list, close, gradients

pytestmark = pytest.mark.few

AROUND = {
    "keras": lambda cells, **rest: keras.layers.RNN(keras.layers.StackedRNNCells(cells), **rest),
    "ours": lambda cells, **rest: kg.Recurrent(cells, **rest),
}


def fill(layer, seed=0):
    """Build a layer or model for the cases' inputs and give it random weights."""
    if not layer.built:
        layer.build((5, TIME, FEATURES))
    rng = np.random.default_rng(seed)
    layer.set_weights([0.5 * rng.normal(size=w.shape) for w in layer.weights])
    return layer


def one_after_the_other(stack, member, x, mask=None, training=False, first=None, **arguments):
    """Return the last output and states of a stack, computed with one layer for each cell."""
    weights, states = stack.get_weights(), []
    each = len(weights) // 2
    for k in range(2):
        layer = member.make(return_sequences=True, return_state=True, seed=1 + k, **arguments)
        layer.build(x.shape)
        layer.set_weights(weights[k * each : (k + 1) * each])
        given = None if first is None else first[k]
        x, *own = as_list(layer(x, mask=mask, training=training, initial_state=given))
        states.append(own)
    return x[:, -1], states


def two_cells(member, **arguments):
    return [member.make_cell(seed=1 + k, **arguments) for k in range(2)]


def directions(both, member, **arguments):
    """Return the two layers of a Bidirectional as separate layers."""
    found = []
    for inner, backwards in ((both.forward_layer, False), (both.backward_layer, True)):
        layer = member.make(
            go_backwards=backwards, return_sequences=True, return_state=True, **arguments
        )
        layer.build((5, TIME, FEATURES))
        layer.set_weights(inner.get_weights())
        layer.zero_output_for_mask = inner.zero_output_for_mask
        found.append(layer)
    return found


@pytest.mark.parametrize("mask", ["none", "gaps", "left"])
@pytest.mark.parametrize("given", [True, False])
def test_both_directions(member, case, mask, given):
    """With masks, initial and returned states, it equals the two separate layers."""
    both = fill(keras.layers.Bidirectional(member.make(return_sequences=True, return_state=True)))
    forth, back = directions(both, member)
    states = [*case.states, *(-s for s in case.states)]
    half = len(case.states)
    call = {"mask": MASKS[mask]}
    got = as_list(both(case.x, **call, initial_state=states if given else None))
    a, *of_forth = as_list(forth(case.x, **call, initial_state=states[:half] if given else None))
    b, *of_back = as_list(back(case.x, **call, initial_state=states[half:] if given else None))
    joined = ops.concatenate([a, ops.flip(b, axis=1)], axis=-1)
    assert close(got, [joined, *of_forth, *of_back])


def test_both_directions_stateful(member, case):
    both = fill(keras.layers.Bidirectional(member.make(return_sequences=True, stateful=True)))
    forth, back = directions(both, member, stateful=True)
    for x in (case.x, 2 * case.x):
        a, b = forth(x)[0], back(x)[0]
        assert close(both(x), ops.concatenate([a, ops.flip(b, axis=1)], axis=-1))
    both.reset_state()
    assert close(
        both(case.x), fill(keras.layers.Bidirectional(member.make(return_sequences=True)))(case.x)
    )


def test_both_directions_have_starts_and_noise_of_their_own(member, case):
    both = fill(
        keras.layers.Bidirectional(
            member.make(return_sequences=True, initial_state="learned", zoneout=0.2, dropout=0.2)
        )
    )
    vectors = len(member.cell.states)
    assert len(both.weights) == 2 * (len(case.weights) + vectors)
    forth, back = directions(both, member, initial_state="learned", zoneout=0.2)
    expected = [forth(case.x)[0], ops.flip(back(case.x)[0], axis=1)]
    assert close(both(case.x), ops.concatenate(expected, axis=-1))
    assert all(np.any(g != 0) for g in gradients(both, case.x)[1:])
    assert not close(both(case.x, training=True), both(case.x))


def encoder_decoder(member, **arguments):
    """A model of two token sequences: the second read from the states after the first."""
    source, target = keras.Input((None,)), keras.Input((None,))
    embed = keras.layers.Embedding(9, FEATURES, mask_zero=True)
    # XLA programs have tests of their own.
    _, *states = member.make(return_state=True, jit_compile=False, **arguments)(embed(source))
    decoded = member.make(return_sequences=True, jit_compile=False)(
        embed(target), initial_state=states
    )
    first = keras.layers.Lambda(lambda x: x[:, 0], output_shape=(UNITS,))(decoded)
    last = member.make(jit_compile=False)(embed(target), initial_state=states)
    return keras.Model([source, target], [last, first])


def test_states_from_encoder_to_decoder(member):
    model = fill(encoder_decoder(member))
    source, target = np.array([[1, 2, 3, 0], [4, 5, 0, 0]]), np.array([[6, 7, 0], [8, 1, 2]])
    got = model([source, target])
    # Padding changes nothing, even in a sequence with states.
    for row, (s, t) in enumerate(((3, 2), (2, 3))):
        alone = model([source[row : row + 1, :s], target[row : row + 1, :t]])
        assert close([ops.convert_to_numpy(g)[row : row + 1] for g in got], alone)
    other = model([source[::-1].copy(), target])
    assert not close(other, got), "the decoder hears of the source"


@pytest.mark.one
def test_it_trains(member):
    model = fill(encoder_decoder(member, dropout=0.1, zoneout=0.1))
    model.compile("sgd", "mse", jit_compile=False)
    rng = np.random.default_rng(0)
    data = [rng.integers(0, 9, (8, 5)), rng.integers(0, 9, (8, 4))]
    before = model.get_weights()
    model.fit(data, [np.ones((8, UNITS)), np.ones((8, UNITS))], epochs=1, verbose=0)
    # Of two biases that are added, the second may have no effect; a whole weight may not.
    assert all(np.any(a != b) for a, b in zip(model.get_weights(), before, strict=True))


def test_everything_at_once_is_saved(member, tmp_path):
    inputs, start = keras.Input((TIME, FEATURES)), keras.Input((UNITS,))
    first = kg.Recurrent(
        member.make_cell(zoneout=0.1), return_sequences=True, initial_state="learned"
    )(inputs)
    both = keras.layers.Bidirectional(
        member.make(
            return_sequences=True,
            initial_state=kg.NoisyInitialState(0.1, mean="learned"),
            dropout=0.1,
        )
    )(first)
    states = [start] * len(member.cell.states)
    from_states = member.make(return_sequences=True)(both, initial_state=states)
    each = keras.layers.TimeDistributed(member.make())(
        keras.layers.Reshape((TIME, 2, UNITS // 2))(from_states)
    )
    model = fill(keras.Model([inputs, start], each))
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(3, TIME, FEATURES)), rng.normal(size=(3, UNITS))]
    x = [v.astype("float32") for v in x]
    assert close(loaded(x), model(x))
    # These numbers do not depend on random draws in training.
    first, both = (
        next(layer for layer in loaded.layers if type(layer) is kind)
        for kind in (kg.Recurrent, keras.layers.Bidirectional)
    )
    assert next(iter(first.cell.zoneout)) == 0.1
    assert both.backward_layer.dropout == 0.1
    assert (
        both.forward_layer.initial_state.scale,
        type(both.forward_layer.initial_state.mean),
    ) == (
        0.1,
        kg.LearnedInitialState,
    )


@pytest.mark.twins
def test_a_mask_arrives_beside_states(member):
    """Keras 3.15.1 loses the inputs' mask if a second tensor is passed; ours does not."""

    def answers(make):
        tokens, *states = (
            keras.Input((None,)),
            *(keras.Input((UNITS,)) for _ in member.cell.states),
        )
        embedded = keras.layers.Embedding(9, FEATURES, mask_zero=True)(tokens)
        model = fill(keras.Model([tokens, *states], make()(embedded, initial_state=states)))
        first = [np.ones((1, UNITS), "float32") for _ in states]
        short, padded = np.array([[3, 4]]), np.array([[3, 4, 0, 0]])
        return model([short, *first]), model([padded, *first])

    assert close(*answers(member.make))
    assert not close(*answers(member.make_keras)), "Keras is mended: say so in the changelog"
