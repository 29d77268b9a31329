"""Each mistake in a user-defined cell is reported in one line, when its layer is built."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from tests.family import FAMILY, mostly_slow

X = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
GATES = kg.Gates(z="leak", n="candidate")


def leaky(self, wx, uh, past):
    z, n = ops.sigmoid(wx.z + uh.z), ops.tanh(wx.n + uh.n)
    return z, n, z * past[0] + (1 - z) * n


def cell(returns=None, **declared):
    """Return a class of cells whose step returns what a function of (self, z, n, h) does."""

    def step(self, wx, uh, past):
        return returns(self, *leaky(self, wx, uh, past))

    body = {"gates": GATES, "step": step, "__module__": __name__, **declared}
    return type("MyCell", (kg.GatedCell,), body)


def reads(read):
    """Return a class of cells whose step reads something first."""

    def step(self, wx, uh, past):
        read(self, wx, uh, past)
        z, n, h = leaky(self, wx, uh, past)
        return self.State(h), dict(z=z, n=n)

    return cell(step=step)


def right(self, z, n, h):
    return self.State(h), dict(z=z, n=n)


WRITE = r"Write `return self.State\(h\), dict\(z=z, n=n\)`"
MISTAKES = {
    "a forgotten gate": (
        cell(lambda self, z, n, h: (self.State(h), dict(z=z))),
        rf"MyCell.step does not return the gate\(s\) n \(candidate\). {WRITE}",
    ),
    "a gate under another name": (
        cell(lambda self, z, n, h: (self.State(h), dict(leak=z, n=n))),
        r"not return the gate\(s\) z \(leak\); it returns leak, which the class does not declare",
    ),
    "no gates": (
        cell(lambda self, z, n, h: self.State(h)),
        rf"MyCell.step returns the State without the gates. {WRITE}",
    ),
    "gates in a tuple": (
        cell(lambda self, z, n, h: (self.State(h), (z, n))),
        rf"MyCell.step returns a tuple where a dict of gates by letter is expected. {WRITE}",
    ),
    "nothing": (cell(lambda self, z, n, h: None), rf"MyCell.step returns nothing. {WRITE}"),
    "three values": (
        cell(lambda self, z, n, h: (self.State(h), z, n)),
        rf"must return a State and a dict of gates; got 3 values. {WRITE}",
    ),
    "h alone": (
        cell(lambda self, z, n, h: h),
        rf"must return a State and a dict of gates; got a tensor of shape \(3, 4\). {WRITE}",
    ),
    "h for the State": (
        cell(lambda self, z, n, h: (h, dict(z=z, n=n))),
        rf"MyCell.step returns a tensor of shape \(3, 4\) where a State is expected. {WRITE}",
    ),
    "a list for the State": (
        cell(lambda self, z, n, h: ([h], dict(z=z, n=n))),
        rf"MyCell.step returns a list where a State is expected. {WRITE}",
    ),
    "one state of two": (
        cell(lambda self, z, n, h: (self.State(h), dict(z=z, n=n)), states=("h", "c")),
        r"each of the states h, c to self.State; missing .* 'c'. Write `self.State\(h, c\)`",
    ),
    "two states of one": (
        cell(lambda self, z, n, h: (self.State(h, n), dict(z=z, n=n))),
        r"each of the states h to self.State; takes 2 positional arguments but 3 were given",
    ),
    "a wide state": (
        cell(lambda self, z, n, h: (self.State(ops.concatenate([h, n], -1)), dict(z=z, n=n))),
        r"a tensor of shape \(batch, 8\) as the state h; it must have the shape \(batch, 4\)",
    ),
    "a narrow gate": (
        cell(lambda self, z, n, h: (self.State(h), dict(z=z[:, :1], n=n))),
        r"a tensor of shape \(batch, 1\) as the gate z; it must have the shape \(batch, 4\)",
    ),
    "a number for a gate": (
        cell(lambda self, z, n, h: (self.State(h), dict(z=0.5, n=n))),
        r"MyCell.step returns a float as the gate z; it must have the shape \(batch, 4\)",
    ),
    "all states for one": (
        cell(step=lambda self, wx, uh, past: (self.State(wx.z * past), dict(z=wx.z, n=wx.n))),
        # TensorFlow multiplies, as it takes a tuple for a tensor.
        r"of shape \(1, 3, 4\) as the state h; .* Read a past state by its letter, as in past.h"
        if keras.backend.backend() == "tensorflow"
        else "computes with past, which holds all states. Read a past state by its letter, as in ",
    ),
    "a number times all states": (
        cell(step=lambda self, wx, uh, past: (self.State(0.5 * past), dict(z=wx.z, n=wx.n))),
        r"MyCell.step computes with past, which holds all states. Read a past state by its letter",
    ),
    "a state that is not declared": (
        reads(lambda self, wx, uh, past: past.m),
        r"reads past.m, but the states are h. Read one of them, or declare `states = \('h', 'm'\)`",
    ),
    "a projection as a tensor": (
        reads(lambda self, wx, uh, past: ops.tanh(wx)),
        r"MyCell.step computes with wx or uh, .* Read a gate, as in wx.z; .* wx.apply\(ops.tanh\)",
    ),
    "a product of projections": (
        reads(lambda self, wx, uh, past: wx * uh),
        r"MyCell.step computes with wx or uh, .* add the two, as in \(wx \+ uh\).z",
    ),
    "a project that returns a tensor": (
        cell(right, project=lambda self, x, noise=None: ops.matmul(x, self.kernel)),
        r"MyCell.project returns a tensor of shape \(3, 8\) .*`return self.gates.read\(block\)`",
    ),
    "a recur that returns a tensor": (
        cell(right, recur=lambda self, h, noise=None: ops.matmul(h, self.recurrent_kernel)),
        r"MyCell.recur returns a tensor of shape \(3, 8\) .*`return self.gates.read\(block\)`",
    ),
    "a finish that returns nothing": (
        cell(right, finish=lambda self, state: None),
        r"MyCell.finish returns a NoneType where a State is .*`return self.State\(h\)`",
    ),
    "a build without weights": (
        cell(right, build=lambda self, input_shape: None),
        r"MyCell has no kernel: its build .*Begin it with `super\(\).build\(input_shape\)`",
    ),
    "a gate that is not declared": (
        reads(lambda self, wx, uh, past: wx.f + uh.f),
        r"reads the gate 'f' of a projection, but the gates are z \(leak\), n \(candidate\)",
    ),
}


@pytest.mark.parametrize(("mistaken", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_step(mistaken, message):
    with pytest.raises(ValueError, match=message):
        kg.Recurrent(mistaken(4))(X)
    with pytest.raises(ValueError, match=message):
        keras.Sequential([keras.Input((5, 3)), keras.layers.RNN(mistaken(4))])
    with pytest.raises(ValueError, match=message.replace("MyCell.", "").replace("MyCell ", "")):
        kg.check_cell(mistaken(4))


def has_no_attribute():
    class MyCell(kg.GatedCell):
        gates = GATES

        def __init__(self, units, rate=0.5, **kwargs):
            super().__init__(units, **kwargs)
            self._rate = rate

        def step(self, wx, uh, past):
            z, n, h = leaky(self, wx, uh, past)
            return self.State(h), dict(z=z, n=n)

    return MyCell


def test_a_cell_that_is_not_initialized():
    def init(self, units, **kwargs):
        self.units = units

    with pytest.raises(ValueError, match=r"MyCell is not initialized. .*`super\(\).__init__\(un"):
        kg.Recurrent(cell(right, __init__=init)(4))


def test_a_call_is_for_keras_rnn():
    def call(self, inputs, states, training=False):
        output, states = kg.GatedCell.call(self, inputs, states, training)
        return 2 * output, states

    doubled = cell(right, call=call)
    with pytest.raises(ValueError, match=r"does not use MyCell.call.*keras.layers.RNN\(cell\)"):
        kg.Recurrent(doubled(4))
    assert keras.layers.RNN(doubled(4))(X).shape == (2, 4)


def test_an_argument_that_cannot_be_saved():
    message = "takes the argument 'rate', but has no attribute of that name.*`self.rate = rate`"
    with pytest.raises(ValueError, match=message):
        kg.Recurrent(has_no_attribute()(4))(X)
    with_config = type("Mine", (has_no_attribute(),), {"get_config": lambda self: {}})
    kg.Recurrent(with_config(4))(X)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"gates": None}, r"MyCell declares no gates; write .*Gates\(f="),
        ({"gates": ("z", "n")}, r"got \('z', 'n'\). Write `gates = Gates\(z=\"...\", n=\"...\"\)`"),
        ({"gates": "ln"}, r"MyCell.gates must be a Gates.*got 'ln'. Write `gates = Gates\(f="),
        ({"states": "h"}, r"must be a tuple of state .*; got 'h'. Write `states = \('h',\)`"),
        ({"states": ()}, r"MyCell.states must be a tuple of state letters"),
        ({"states": ("h", "h")}, r"tuple of state letters.*; got \('h', 'h'\)"),
        ({"states": ("h", 1)}, r"tuple of state letters.*; got \('h', 1\)"),
        ({"step": lambda self, wx, uh: None}, r"write `def step\(self, wx, uh, past\)`, not"),
        ({"states": ("h", "class")}, r"tuple of state letters.*; got \('h', 'class'\)"),
        ({"states": ("h", "_c")}, r"tuple of state letters.*; got \('h', '_c'\)"),
        ({"advance": lambda self, wx, past: None}, r"write `def advance\(self, wx, past, noise\)`"),
        ({"recur": lambda self, h: None}, r"write `def recur\(self, h, noise\)`"),
        ({"get_initial_state": lambda self: []}, r"`def get_initial_state\(self, batch_size\)`"),
        ({"kept": lambda self: {}}, r"MyCell.kept is called with gates; write `def kept\(self, g"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_mistake_in_a_class(declared, message):
    with pytest.raises(TypeError, match=message):
        cell(**declared)


def test_a_linear_cell_is_checked_too():
    class Drift(kg.LinearCell):
        gates = kg.Gates(n="candidate")

        def coefficients(self, wx):
            return 0.9, wx.n, dict(n=wx.n)

    with pytest.raises(
        ValueError, match=r"Drift.coefficients returns a float as the coefficient a"
    ):
        kg.Recurrent(Drift(4))(X)


def test_what_a_step_raises_itself_is_raised_by_the_call():
    mistaken = reads(lambda self, wx, uh, past: self.not_there)
    layer = kg.Recurrent(mistaken(4))
    layer.build(X.shape)
    with pytest.raises(AttributeError, match="not_there"):
        layer(X)


def test_a_build_of_one_s_own():
    """It is checked after the last weight is created, whatever its argument is called."""

    class Scaled(cell(right)):
        def build(self, shape):
            super().build(shape)
            self.scale = self.add_weight(shape=(4,), name="scale")

        def step(self, wx, uh, past):
            z, _n, h = leaky(self, wx, uh, past)
            return self.State(h * self.scale), dict(z=z)

    for make in (kg.Recurrent, keras.layers.RNN):
        with pytest.raises(ValueError, match=r"Scaled.step does not return the gate\(s\) n"):
            make(Scaled(4))(X)
    with pytest.raises(ValueError, match=r"Scaled.step does not return the gate\(s\) n"):
        Scaled(4).build(shape=(None, 3))


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_in_every_dtype(dtype):
    layer = kg.Recurrent(cell(right)(4, dtype=dtype), dtype=dtype)
    layer.build(X.shape)
    with pytest.raises(ValueError, match=r"not return the gate\(s\) n"):
        kg.Recurrent(MISTAKES["a forgotten gate"][0](4, dtype=dtype), dtype=dtype).build(X.shape)


def test_a_first_state_of_another_letter_is_no_mistake():
    right = cell(lambda self, z, n, h: (self.State(h), dict(z=z, n=n)), states=("m",))
    assert kg.Recurrent(right(4))(X).shape == (2, 4)


# JAX compiles each step anew: there the core is tested every time, the others with the slow tests.
OFTEN = [n for n, m in FAMILY.items() if m.core or keras.backend.backend() != "jax"]


@pytest.mark.parametrize("name", mostly_slow(FAMILY, *OFTEN))
def test_no_cell_of_the_family_has_a_mistake(name):
    kg.check_cell(FAMILY[name].make_cell())


def test_a_cell_that_drops_and_does_not_say_so():
    def step(self, wx, uh, past):
        z, n, _ = leaky(self, wx, uh, past)
        return self.State(z * past.h + (1 - z) * wx.drop(n)), dict(z=z, n=n)

    with pytest.raises(ValueError, match=r"calls wx.drop. Write `candidate_dropout = True`"):
        kg.check_cell(cell(step=step)(4))
    kg.check_cell(cell(step=step, candidate_dropout=True)(4))
    plain = cell(lambda self, z, n, h: (self.State(h), dict(z=z, n=n)), candidate_dropout=True)
    with pytest.raises(ValueError, match=r"does not call wx.drop. Write `wx.drop\(g\)`"):
        kg.check_cell(plain(4))


def test_several_mistakes_are_several_lines():
    def not_finite(self, z, n, h):
        return self.State(h / 0.0), dict(z=z, n=n)

    mistaken = cell(not_finite, kept=lambda self, gates: dict(c=gates["z"]))
    with pytest.raises(ValueError, match=r"MyCell has [3-9] mistake") as raised:
        kg.check_cell(mistaken(4))
    lines = str(raised.value)
    assert "values that are not finite" in lines
    assert "names the state 'c'; the states are h." in lines
    assert "a gradient of kernel that is not finite" in lines


def test_a_step_that_remembers_something_else():
    calls = []

    def impure(self, z, n, h):
        calls.append(1)
        return self.State(h + len(calls)), dict(z=z, n=n)

    with pytest.raises(ValueError, match="returns different values when called again"):
        kg.check_cell(cell(impure)(4))


def test_an_argument_of_the_cell_given_to_the_layer():
    message = r"dropout: of the cell, not of the layer.*Recurrent\(LSTMCell\(units, dropout=0.1\)\)"
    with pytest.raises(ValueError, match=message):
        kg.Recurrent(kg.LSTMCell(4), dropout=0.1)


def test_check_cell_wants_a_cell():
    with pytest.raises(TypeError, match=r"a GatedCell such as MyCell\(4\); received <LSTM"):
        kg.check_cell(kg.LSTM(4))


def test_the_check_draws_nothing_and_changes_nothing():
    """Weights and draws are those of the same cell without a check."""
    mine = type("MyLSTMCell", (kg.LSTMCell,), {"__module__": __name__})
    found = []
    for cls in (mine, kg.LSTMCell):
        keras.utils.set_random_seed(3)
        layer = kg.Recurrent(cls(4, dropout=0.5, zoneout=0.1, seed=1))
        layer.build(X.shape)
        seed = layer.cell.seed_generator.state
        found.append([*layer.get_weights(), ops.convert_to_numpy(layer(X, training=True)), seed])
    for mine_, ours in zip(*found, strict=True):
        assert np.array_equal(ops.convert_to_numpy(mine_), ops.convert_to_numpy(ours))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="a graph of TensorFlow's")
def test_in_a_graph():
    import tensorflow as tf

    mistaken, message = MISTAKES["a forgotten gate"]
    layer = kg.Recurrent(mistaken(4))
    with pytest.raises(ValueError, match=message):
        tf.function(lambda x: layer(x))(X)
    fine = kg.Recurrent(cell(right)(4))
    assert tf.function(lambda x: fine(x))(X).shape == (2, 4)


def undefined(self, wx, uh, past):
    return no_such_function(wx.z)  # noqa: F821


def numpy_step(self, wx, uh, past):
    z, n, h = leaky(self, wx, uh, past)
    return self.State(np.tanh(h)), dict(z=z, n=n)


def branching(self, wx, uh, past):
    z, n, h = leaky(self, wx, uh, past)
    if ops.mean(z) > 0.5:
        h = -h
    return self.State(h), dict(z=z, n=n)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (undefined, r"raises NameError in `return no_such_function\(wx.z\).*is not defined"),
        (numpy_step, "in `return self.State.*Write `keras.ops`, not NumPy"),
        (branching, "cannot branch on a value.*Write `ops.where"),
    ],
)
def test_check_cell_says_what_a_step_raises(step, message):
    if keras.backend.backend() == "torch" and step is not undefined:
        pytest.skip("torch runs a step with values")
    mistaken = cell(step=lambda self, wx, uh, past: step(self, wx, uh, past))
    step.__code__ = step.__code__.replace(co_name="step")
    with pytest.raises(ValueError, match=message):
        kg.check_cell(mistaken(4))


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        (lambda gates: 0.5, "kept returns a float where a dict by state letter is expected"),
        (lambda gates: gates["z"], r"kept returns a tensor of shape \(3, 4\) where a dict"),
        (lambda gates: None, "kept returns a NoneType where a dict"),
        (lambda gates: dict(h=gates["leak"]), r"KeyError.*'leak'. The gates are z, n, read as"),
        (lambda gates: dict(h=gates.z), "The gates are z, n, read as"),
        (lambda gates: dict(h=0.5), "kept returns a float for the state h"),
        (lambda gates: dict(h=1 - gates["z"]), "keeps 0.* of which the step keeps 0.*past.h in"),
    ],
)
def test_check_cell_compares_kept_with_the_step(kept, message):
    with pytest.raises(ValueError, match=message):
        kg.check_cell(cell(right, kept=lambda self, gates: kept(gates))(4))
    kg.check_cell(cell(right, kept=lambda self, gates: dict(h=gates["z"]))(4))


def test_check_cell_says_that_kwargs_are_missing():
    def init(self, units, leak=1.0):
        super(mistaken, self).__init__(units)
        self.leak = leak

    mistaken = cell(right, __init__=init)
    with pytest.raises(ValueError, match=r"argument 'name'. Take `\*\*kwargs` in __init__"):
        kg.check_cell(mistaken(4))


def test_gates_are_read_by_index_too():
    def step(self, wx, uh, past):
        z, n = ops.sigmoid(wx["z"] + uh["z"]), ops.tanh((wx + uh)["n"])
        return self.State(z * past.h + (1 - z) * n), dict(z=z, n=n)

    kg.check_cell(cell(step=step)(4))


def test_a_forget_gate_has_the_letter_f():
    class Other(kg.ForgettingCell):
        gates = kg.Gates(q="forget", n="candidate")

        def step(self, wx, uh, past):
            return self.State(wx.q * past.h + wx.n), dict(q=wx.q, n=wx.n)

    with pytest.raises(TypeError, match="whose forget gate has the letter f; its gates are q, n"):
        Other(3)
