"""How states start: learned, noisy, given; what is refused; what is saved."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from tests.family import FAMILY, MASKS, UNITS, Case
from tests.numbers import close, gradients, score

LSTM = FAMILY["lstm"]
CASE = Case.draw(LSTM)


def made(start, **arguments):
    layer = kg.LSTM(UNITS, initial_state=start, return_sequences=True, **arguments)
    layer.build(CASE.x.shape)
    extra = [w.shape for w in layer.weights[len(CASE.weights) :]]
    rng = np.random.default_rng(8)
    layer.set_weights([*CASE.weights, *(rng.normal(size=shape) for shape in extra)])
    return layer


def vectors(layer):
    return layer.get_weights()[len(CASE.weights) :]


def tiled(layer):
    return [np.tile(v, (len(CASE.x), 1)) for v in vectors(layer)]


def test_learned_vectors_start_at_what_the_cell_has():
    layer = kg.LSTM(UNITS, initial_state="learned")
    layer.build(CASE.x.shape)
    assert [w.path.rsplit("/", 1)[1] for w in layer.weights[3:]] == ["h", "c"]
    assert all(np.all(v == 0) for v in vectors(layer))
    assert len(layer.trainable_weights) == 5


@pytest.mark.parametrize("mask", ["none", "one row masked"])
def test_the_gradient_of_a_learned_start_is_its_slope(mask):
    layer, step = made("learned"), 1e-2
    for index in (3, 4):
        slope = gradients(layer, CASE.x, mask=MASKS[mask])[1 + index]
        weights = layer.get_weights()
        for unit in range(UNITS):
            ends = []
            for sign in (1, -1):
                moved = [w.copy() for w in weights]
                moved[index][unit] += sign * step
                layer.set_weights(moved)
                ends.append(float(score(layer(CASE.x, mask=MASKS[mask]))))
            # float32 sums of some hundred terms, differenced over 0.02.
            assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(slope[unit], abs=5e-3)
        layer.set_weights(weights)
        assert np.abs(slope).max() > 0.05


def test_an_initial_state_comes_before_any_start():
    expected = made("zeros")(CASE.x, initial_state=CASE.states)
    for start in ("learned", "noisy"):
        assert close(made(start)(CASE.x, initial_state=CASE.states, training=True), expected)


@pytest.mark.parametrize("mean", ["zeros", "learned"])
def test_noise_around_the_start(mean):
    layer = made(kg.NoisyInitialState(scale=0.3, mean=mean, seed=4))
    middle = tiled(layer) if mean == "learned" else [0 * s for s in CASE.states]
    assert close(layer(CASE.x), made("zeros")(CASE.x, initial_state=middle))
    # Without timesteps, the final states are the initial ones.
    rows = 2_000
    nothing = np.zeros((rows, 0, CASE.x.shape[-1]), "float32")
    states = kg.NoisyInitialState(scale=0.3, mean=layer.initial_state.mean, seed=4).states(
        layer.cell.get_initial_state(rows), training=True
    )
    for drawn, m in zip(map(ops.convert_to_numpy, states), middle, strict=True):
        # 8,000 draws: the standard error of the mean is 0.0034, that of the deviation 0.0024.
        assert abs((drawn - m[0]).mean()) < 0.015
        assert abs((drawn - m[0]).std() - 0.3) < 0.012
        assert np.ptp(drawn, axis=0).min() > 0.5, "each row has its own"
    assert layer(nothing, training=True).shape == (rows, 0, UNITS)


def test_the_seed_of_a_noisy_start():
    one, same, other = (made(kg.NoisyInitialState(seed=seed)) for seed in (1, 1, 2))
    first = one(CASE.x, training=True)
    assert close(same(CASE.x, training=True), first)
    assert not close(other(CASE.x, training=True), first)
    assert not close(one(CASE.x, training=True), first), "a new batch draws anew"


def test_a_stateful_layer_starts_and_starts_again():
    layer, fresh = made("learned", stateful=True), made("learned")
    first = layer(CASE.x)
    assert close(first, fresh(CASE.x))
    assert not close(layer(CASE.x), first)
    layer.reset_state()
    assert close(layer(CASE.x), first)
    assert len(layer.get_weights()) == 5, "what is carried is no weight"
    layer.reset_state()
    slopes = gradients(layer, CASE.x)
    assert close(slopes, gradients(fresh, CASE.x)), "it learns from rows that are new"
    if keras.backend.backend() != "jax":  # whose stateless calls carry nothing over
        assert all(np.all(g == 0) for g in gradients(layer, CASE.x)[4:]), "and from no others"


@pytest.mark.parametrize("start", ["learned", kg.NoisyInitialState(0.2, mean="learned", seed=3)])
def test_starts_are_saved(start, tmp_path):
    model = keras.Sequential([keras.Input(CASE.x.shape[1:]), kg.LSTM(UNITS, initial_state=start)])
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert close(loaded(CASE.x), model(CASE.x))
    assert loaded.layers[0].get_config() == model.layers[0].get_config()
    assert type(loaded.layers[0].initial_state) is type(model.layers[0].initial_state)


@pytest.mark.parametrize(
    "make", [kg.LearnedInitialState, lambda: kg.NoisyInitialState(0, "learned")]
)
def test_one_for_two_layers_is_one_for_each(make, tmp_path):
    start = make()
    model = keras.Sequential([
        keras.Input(CASE.x.shape[1:]),
        kg.LSTM(3, initial_state=start, return_sequences=True),
        kg.GRU(4, initial_state=start),
    ])  # fmt: skip
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    model.save(tmp_path / "m.keras")
    assert close(keras.saving.load_model(tmp_path / "m.keras")(CASE.x), model(CASE.x))
    assert model.layers[0].initial_state is start


def test_one_of_your_own_without_a_config_is_shared():
    class Own(kg.InitialState):
        def __init__(self, start):
            super().__init__()
            self.start = start

        def states(self, default, training=False):
            return [state + self.start() for state in default]

    start = Own(lambda: 0.5)
    for layer in (kg.LSTM(3, initial_state=start), kg.GRU(4, initial_state=start)):
        zeros = layer(CASE.x, initial_state=layer.cell.get_initial_state(len(CASE.x)))
        assert not close(layer(CASE.x), zeros)


def test_one_of_your_own_need_not_say_that_it_is_built():
    class Own(kg.InitialState):
        def create(self, first, names):
            self.vector = self.add_weight(shape=(4,), initializer="ones")

        def states(self, default, training=False):
            return [state + self.vector for state in default]

    layer = kg.GRU(4, initial_state=Own(), return_sequences=True)
    assert close(layer.stream(CASE.x)[0], layer(CASE.x))
    assert close(layer.get_initial_state(2), [np.ones((2, 4))])


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="fit does not carry states on JAX")
@pytest.mark.parametrize("start", ["learned", "noisy"])
def test_a_stateful_layer_with_a_start_is_trained(start):
    model = keras.Sequential([
        keras.Input(batch_shape=CASE.x.shape),
        kg.GRU(2, stateful=True, initial_state=start), keras.layers.Dense(1),
    ])  # fmt: skip
    model.compile("sgd", "mse")
    y = np.ones((len(CASE.x), 1))
    losses = model.fit(CASE.x, y, batch_size=len(CASE.x), epochs=2, verbose=0).history["loss"]
    assert losses[1] < losses[0]


def test_in_the_config_only_where_it_is_not_the_default():
    assert not {"initial_state", "stateful_rows"} & set(kg.LSTM(4).get_config())
    assert kg.LSTM(4, stateful=True, stateful_rows=7).get_config()["stateful_rows"] == 7


def test_what_cannot_be_is_refused():
    with pytest.raises(
        ValueError, match=r"`initial_state` must be one of 'zeros', 'learned', 'noisy'"
    ):
        kg.LSTM(4, initial_state="ones")
    with pytest.raises(ValueError, match=r"`scale`.*received scale=-1"):
        kg.NoisyInitialState(scale=-1)
    with pytest.raises(ValueError, match=r"positive integer; received stateful_rows=0"):
        kg.LSTM(4, stateful=True, stateful_rows=0)
    with pytest.raises(ValueError, match="pass stateful=True too"):
        kg.LSTM(4, stateful_rows=3)
    layer = made("zeros")
    for shape in ((4,), (5, 9), (5, 7, 1)):
        with pytest.raises(ValueError, match=r"reset has shape .*pass a mask of shape \(5,\)"):
            layer(CASE.x, reset=np.zeros(shape, bool))
    for cells in ([kg.LSTMCell(3)], keras.layers.StackedRNNCells([kg.LSTMCell(3)])):
        with pytest.raises(ValueError, match=r"wraps one GatedCell.*a layer for each cell"):
            kg.Recurrent(cells)
    with pytest.raises(
        ValueError, match=r"received the class LSTMCell. Write Recurrent\(LSTMCell\(64"
    ):
        kg.Recurrent(kg.LSTMCell)
    with pytest.raises(ValueError, match=r"keras.layers.RNN\(cell\) runs any other Keras cell"):
        kg.Recurrent(keras.layers.LSTMCell(3))
    layer = made("zeros", stateful=True, stateful_rows=3)
    with pytest.raises(ValueError, match="stateful_rows=3 is the most"):
        layer(CASE.x)


def test_a_reset_by_step_says_where_it_runs():
    steps = MASKS["gaps"]
    assert "start anew" in kg.LSTM(4).explain(64, 200, reset=True, training=True).against["fused"]
    assert kg.MinGRU(4).explain(64, 200, reset=True).engine == "scan"
    if keras.backend.backend() == "tensorflow":
        with pytest.raises(ValueError, match=r"engine='fused' cannot serve this call: rows start"):
            made("zeros", engine="fused")(CASE.x, reset=steps)


def test_reset_as_an_input_of_a_model():
    """Two inputs, one of them the resets; the mask of the other is still passed on."""
    tokens, reset = keras.Input((None,)), keras.Input((None,), dtype="bool")
    embedded = keras.layers.Embedding(9, 3, mask_zero=True)(tokens)
    model = keras.Model([tokens, reset], kg.LSTM(UNITS)(embedded, reset=reset))
    x = np.array([[1, 2, 3, 4], [1, 2, 3, 0]])
    resets = np.zeros(x.shape, bool)
    resets[0, 2] = True
    got = ops.convert_to_numpy(model([x, resets]))
    alone = [model([np.array([t]), np.zeros((1, len(t)), bool)]) for t in ([3, 4], [1, 2, 3])]
    assert close(got, np.concatenate([ops.convert_to_numpy(a) for a in alone]))


def test_fit_with_batches_of_several_sizes():
    """The last batch of an epoch is smaller; a layer with `stateful_rows` takes it."""
    layer = kg.LSTM(UNITS, stateful=True, stateful_rows=4, jit_compile=False)
    model = keras.Sequential([layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 5, 3)), rng.normal(size=(7, 1))
    model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    carried = ops.convert_to_numpy(layer.states[0].value)
    if keras.backend.backend() != "jax":  # which carries no state out of a compiled `fit`
        assert np.all(carried[3] == 0), "the last batch had three rows: the fourth is new"
        assert np.all(np.abs(carried[:3]).max(1) > 0)
