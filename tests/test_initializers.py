"""Initial values by gate letter: biases, chrono, orthogonal blocks."""

import json

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from tests.family import FAMILY

UNITS = 6


def bias_of(cell) -> dict:
    """Return the first bias of a cell by gate letter; of two rows, `(2, units)`."""
    cell.build((None, 3))
    columns = cell.gates.read(cell.bias)
    return {letter: ops.convert_to_numpy(getattr(columns, letter)) for letter in cell.gates}


@pytest.mark.parametrize("name", FAMILY)
def test_a_number_for_one_gate(name):
    """The named gate gets this initial value; the others keep their own."""
    member = FAMILY[name]
    letter = list(member.cell.gates)[-1]
    plain = bias_of(member.make_cell())
    started = bias_of(member.make_cell(gate_bias_initializer={letter: 0.75}))
    for gate in member.cell.gates:
        expected = plain[gate] if gate != letter else 0 * plain[gate]
        if gate == letter:
            # Of two biases that are added, the first.
            expected.reshape(-1, expected.shape[-1])[0] = 0.75
        assert np.array_equal(started[gate], expected)


def test_the_others_keep_the_numbers_of_their_initializer():
    arguments = dict(bias_initializer=keras.initializers.RandomNormal(seed=1))
    plain = bias_of(kg.LSTMCell(UNITS, **arguments))
    started = bias_of(kg.LSTMCell(UNITS, gate_bias_initializer={"o": "ones"}, **arguments))
    for letter in "ifg":
        assert np.array_equal(started[letter], plain[letter])
    assert np.all(started["o"] == 1)
    assert not np.any(plain["o"] == 1)


def test_it_comes_before_unit_forget_bias():
    for unit_forget_bias in (True, False):
        started = bias_of(
            kg.LSTMCell(UNITS, gate_bias_initializer={"f": 3.0}, unit_forget_bias=unit_forget_bias)
        )
        assert np.all(started["f"] == 3)
        other = bias_of(
            kg.LSTMCell(UNITS, gate_bias_initializer={"i": -1.0}, unit_forget_bias=unit_forget_bias)
        )
        assert np.all(other["f"] == (1 if unit_forget_bias else 0))
        assert np.all(other["i"] == -1)


def test_chrono_of_the_lstm():
    started = bias_of(kg.LSTMCell(UNITS, gate_bias_initializer=kg.Chrono(50, seed=1)))
    assert np.array_equal(started["i"], -started["f"])
    assert np.all(started["g"] == 0)
    assert np.all(started["o"] == 0)
    drawn = kg.Chrono(50, seed=1).draw(UNITS, "float32")
    assert np.array_equal(started["f"], ops.convert_to_numpy(drawn["f"]))


def test_chrono_draws_its_steps_evenly():
    steps = np.exp(ops.convert_to_numpy(kg.Chrono(50, seed=1).draw(5_000, "float32")["f"]))
    assert steps.min() >= 1 - 1e-5
    assert steps.max() <= 49 + 1e-3
    # Uniform between: mean 25, deviation 48 / sqrt(12) = 13.9; the error of the mean is 0.2.
    assert abs(steps.mean() - 25) < 1
    assert abs(steps.std() - 48 / np.sqrt(12)) < 0.5


def test_chrono_opens_the_gate_that_keeps():
    """The sign: z is the share of the past in the GRU, and that of the new content in the minGRU.

    Without inputs and weights, a unit of bias log(u) keeps u / (1 + u) of its state in each step.
    """
    longest, steps = 40, 10
    for name, start in (
        ("gru", kg.Chrono(longest, keep="z", write=None, seed=1)),
        ("min_gru", kg.Chrono(longest, keep=None, write="z", seed=1)),
    ):
        layer = FAMILY[name].layer(50, gate_bias_initializer=start, activation="linear")
        x = np.zeros((1, steps, 3), "float32")
        layer.build(x.shape)
        columns = layer.cell.gates.read(layer.cell.bias)
        u = np.exp(np.abs(ops.convert_to_numpy(columns.z)).reshape(-1, 50).sum(0))
        layer.set_weights([0 * w if w.shape[0] in (3, 50) else w for w in layer.get_weights()])
        h = ops.convert_to_numpy(layer(x, initial_state=[np.ones((1, 50), "float32")]))
        assert np.allclose(h, (u / (1 + u)) ** steps, rtol=1e-3)
        assert h.mean() > 0.3


@pytest.mark.parametrize("shape", [(5, 20), (5, 5), (5, 10)])
def test_every_block_is_orthogonal(shape):
    made = ops.convert_to_numpy(kg.BlockOrthogonal(seed=1)(shape))
    blocks = np.split(made, shape[1] // 5, axis=1)
    for block in blocks:
        assert np.allclose(block.T @ block, np.eye(5), atol=1e-5)
    if len(blocks) > 1:
        assert not np.allclose(blocks[0], blocks[1])
        # The control: Keras's kernel is orthogonal as a whole, and its blocks are not.
        keras_own = ops.convert_to_numpy(keras.initializers.Orthogonal(seed=1)(shape))[:, :5]
        assert not np.allclose(keras_own.T @ keras_own, np.eye(5), atol=0.1)


def test_blocks_that_are_not_square():
    wide = ops.convert_to_numpy(kg.BlockOrthogonal(gain=2.0, blocks=4, seed=1)((3, 20)))
    for block in np.split(wide, 4, axis=1):
        assert np.allclose(block @ block.T, 4 * np.eye(3), atol=1e-4)
    tall = ops.convert_to_numpy(kg.BlockOrthogonal(blocks=4, seed=1)((5, 12)))
    for block in np.split(tall, 4, axis=1):
        assert np.allclose(block.T @ block, np.eye(3), atol=1e-5)


def test_a_state_keeps_its_norm_through_a_block():
    layer = kg.LSTM(UNITS, recurrent_initializer=kg.BlockOrthogonal(seed=3))
    layer.build((None, None, 3))
    h = np.random.default_rng(0).normal(size=(1, UNITS)).astype("float32")
    uh = layer.cell.recur(ops.convert_to_tensor(h))
    for letter in layer.cell.gates:
        norm = np.linalg.norm(ops.convert_to_numpy(getattr(uh, letter)))
        assert norm == pytest.approx(np.linalg.norm(h), rel=1e-5)


def test_seeds():
    shape = (4, 16)
    one, same, other = (
        ops.convert_to_numpy(kg.BlockOrthogonal(seed=seed)(shape)) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    one, same, other = (
        bias_of(kg.LSTMCell(UNITS, gate_bias_initializer=kg.Chrono(9, seed=seed)))["f"]
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    "gate_bias_initializer",
    [{"f": 1.5, "o": keras.initializers.RandomNormal(seed=2)}, kg.Chrono(30, seed=4)],
    ids=["by letter", "chrono"],
)
def test_they_are_saved(gate_bias_initializer, tmp_path):
    model = keras.Sequential(
        [
            keras.Input((None, 3)),
            keras.layers.Bidirectional(
                kg.LSTM(
                    4,
                    gate_bias_initializer=gate_bias_initializer,
                    recurrent_initializer=kg.BlockOrthogonal(seed=5),
                )
            ),
        ]
    )
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    for name in ("forward_layer", "backward_layer"):
        got, expected = (getattr(m.layers[0], name).get_config() for m in (loaded, model))
        assert got == expected
    again = kg.LSTMCell.from_config(model.layers[0].forward_layer.cell.get_config())
    first = ops.convert_to_numpy(model.layers[0].forward_layer.cell.bias)
    again.build((None, 3))
    assert np.array_equal(ops.convert_to_numpy(again.bias), first), "the clone starts as it"


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"names gate\(s\) 'z'; .* i \(input\), f \(forget\)"):
        kg.LSTM(4, gate_bias_initializer={"z": 1.0})
    with pytest.raises(ValueError, match=r"names gate\(s\) 'f', 'i'; the gates are z"):
        kg.GRU(4, gate_bias_initializer=kg.Chrono(20))
    with pytest.raises(ValueError, match=r"as z in a GRU, pass write=None"):
        kg.GRU(4, gate_bias_initializer=kg.Chrono(20))
    with pytest.raises(ValueError, match="needs a bias"):
        kg.LSTM(4, use_bias=False, gate_bias_initializer={"f": 1.0})
    with pytest.raises(
        TypeError, match=r"gate_bias_initializer=\{\"i\": 1.0\}, or is a Chrono; received 1.0"
    ):
        kg.LSTM(4, gate_bias_initializer=1.0)
    for longest in (2, "long", True):
        with pytest.raises(ValueError, match="must be a number above 2"):
            kg.Chrono(longest)
    with pytest.raises(ValueError, match="names no gate"):
        kg.Chrono(9, keep=None, write=None)
    with pytest.raises(ValueError, match="names one gate twice"):
        kg.Chrono(9, keep="f", write="f")
    with pytest.raises(ValueError, match="side by side"):
        kg.BlockOrthogonal()((5, 12))
    with pytest.raises(ValueError, match="side by side"):
        kg.BlockOrthogonal()((5, 4))


class Block(keras.layers.Layer):
    """Builds its layer while it is called, as subclassed models do."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, x):
        return self.layer(x)


@pytest.mark.parametrize(
    "make",
    [
        lambda: kg.GRU(3, recurrent_initializer=kg.BlockOrthogonal()),
        lambda: kg.LSTM(3, gate_bias_initializer=kg.Chrono(10)),
        lambda: kg.RGLRU(3),
        lambda: kg.ESN(3),
    ],
    ids=["orthogonal", "chrono", "rg_lru", "esn"],
)
def test_without_a_seed_they_draw_where_nothing_can_be_created(make, monkeypatch):
    def global_seed(*_):
        raise AssertionError("Keras's global seed was asked for")

    import keras.src.random.seed_generator as keras_seeds

    monkeypatch.setattr(keras_seeds, "global_seed_generator", global_seed)
    layer = Block(make())
    assert layer(np.ones((2, 5, 3), "float32")).shape == (2, 3)
    assert Block(make())(keras.Input((5, 3))).shape == (None, 3)


def test_without_a_seed_the_global_one_decides():
    def drawn():
        keras.utils.set_random_seed(4)
        return ops.convert_to_numpy(kg.BlockOrthogonal()((4, 8)))

    assert np.array_equal(drawn(), drawn())
    assert not np.array_equal(*(ops.convert_to_numpy(kg.BlockOrthogonal()((4, 8))) for _ in "ab"))


def test_numbers_of_numpy():
    layer = kg.LSTM(3, gate_bias_initializer={"f": np.float32(2), "i": np.int64(1)})
    assert bias_of(layer.cell)["f"].tolist() == [2.0] * 3
    config = kg.Chrono(np.int64(10)).get_config()
    assert config["longest"] == 10
    assert json.dumps(config)
    assert json.dumps(kg.NoisyInitialState(np.float32(0.5)).get_config()["scale"]) == "0.5"
    assert kg.ESN(3, leaky=np.float32(0.5)).cell.leaky == 0.5
    with pytest.raises(TypeError, match="gives gate 'f' an array; pass a number"):
        kg.LSTM(3, gate_bias_initializer={"f": np.ones(3)})
