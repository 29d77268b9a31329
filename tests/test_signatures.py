"""`help`, `inspect.signature` and editors show every argument of a layer, with its explanation."""

import inspect
import pydoc

import keras
import pytest

import keras_gated as kg
from keras_gated import signatures
from tests import stubs
from tests.family import FAMILY, TWINS

LAYERS = {member.layer.__name__: member.layer for member in FAMILY.values()}
CELLS = {member.cell.__name__: member.cell for member in FAMILY.values()}
OF_LAYERS = (
    "return_sequences",
    "return_state",
    "engine",
    "initial_state",
    "jit_compile",
    "return_gates",
)


def named(cls) -> list[str]:
    return [name for name in inspect.signature(cls).parameters if name != "kwargs"]


@pytest.mark.parametrize("name", [*LAYERS, *CELLS])
def test_every_argument_is_explained(name):
    cls = {**LAYERS, **CELLS}[name]
    explained = [n for group in signatures.explanations(cls.__doc__) for n in group]
    assert sorted(explained) == sorted([*named(cls), "**kwargs"])
    assert cls.__doc__.count("\nArgs:\n") == 1
    assert "remaining arguments are those of" not in cls.__doc__
    of_cell = cls.Cell if name in LAYERS else cls
    assert set(of_cell.arguments()) <= set(named(cls))
    if name in LAYERS:
        assert set(OF_LAYERS) <= set(named(cls))
        for heading in ("Call arguments", "Returns"):
            assert f"\n{heading}:\n" in cls.__doc__


@pytest.mark.parametrize("name", LAYERS)
def test_the_equations_stand_in_the_layer_s_docstring(name):
    layer = LAYERS[name]
    equation = next(
        line.strip()
        for line in layer.Cell.__doc__.splitlines()
        if line.strip().startswith(("h_t =", "a = ", "wx ="))
    )
    assert equation in layer.__doc__
    assert ">>> cell" not in layer.__doc__
    assert f"{layer.__name__}(4" in layer.__doc__


@pytest.mark.parametrize("name", LAYERS)
def test_every_default_is_the_one_that_is_taken(name):
    layer = LAYERS[name](4)
    for argument, parameter in inspect.signature(type(layer)).parameters.items():
        if parameter.default is parameter.empty:
            continue
        assert _plain(LAYERS[name](4, **{argument: parameter.default}), argument) == _plain(
            layer, argument
        )


def _plain(layer, argument):
    value = getattr(layer, argument)
    if not hasattr(value, "get_config"):
        return value
    return type(value), {k: v for k, v in value.get_config().items() if k != "name"}


@pytest.mark.parametrize("name", TWINS)
def test_a_drop_in_has_keras_s_signature_first(name):
    member = TWINS[name]
    cell = getattr(keras.layers, f"{member.keras.__name__}Cell")
    for theirs, ours in ((member.keras, member.layer), (cell, member.cell)):
        theirs = list(inspect.signature(theirs.__init__).parameters.values())[1:]
        ours = list(inspect.signature(ours).parameters.values())
        for their, our in zip(theirs[:-1], ours, strict=False):
            assert (our.name, our.default, our.kind) == (their.name, their.default, their.kind)


def test_an_instance_has_the_signature_of_its_call():
    for layer in (kg.LSTM(4), kg.LSTMCell(4)):
        assert next(iter(inspect.signature(layer).parameters)) != "units"


def test_help():
    shown = pydoc.plain(pydoc.render_doc(kg.LSTM))
    assert "class LSTM(" in shown
    assert "recurrent_dropout: fraction of the units" in shown
    assert 'use_cudnn: "auto"' in shown


def test_a_layer_of_one_s_own():
    class WindowCell(kg.GatedCell):
        """One step of a window: what it sees.

            h_t = tanh(a_t) * width

        Args:
            width: a number.
        """

        gates = kg.Gates(n="candidate")

        def __init__(self, units, width=2.0, *, skip=False, **kwargs):
            super().__init__(units, **kwargs)
            self.width, self.skip = width, skip

        def step(self, wx, uh, past):
            n = keras.ops.tanh(wx.n + uh.n)
            return self.State(self.width * n), dict(n=n)

    class Window(kg.CellLayer):
        Cell = WindowCell

    class Wide(Window):
        """A wide window.

        Args:
            extra: another number.
        """

        def __init__(self, units, extra=1, *args, **kwargs):
            super().__init__(units, *args, **kwargs)
            self.extra = extra

    assert named(Window)[:4] == ["units", "width", "skip", "use_bias"]
    assert named(Wide)[:3] == ["units", "extra", "width"]
    assert Window.__doc__.startswith("A window over a sequence: what it sees.\n")
    assert "\n    width: a number.\n    use_bias: " in Window.__doc__
    assert Window(4, 3.0).cell.width == 3.0
    assert Wide(4, 5, 3.0).cell.width == 3.0
    assert Wide.__doc__.startswith("A wide window.\n")
    assert "\n    extra: another number.\n    width: a number.\n" in Wide.__doc__
    assert Wide.__doc__.count("Args:") == 1


def test_the_stubs_are_those_of_the_classes():
    assert stubs.PATH.read_text() == stubs.text(), "run python -m tests.stubs"
    compile(stubs.text(), "catalogue.pyi", "exec")
