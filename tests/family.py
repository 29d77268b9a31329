"""The family: one line per cell, and the cases that each conformance test uses.

A public cell that is not on the list makes `test_covered.py` fail.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

import keras
import numpy as np
import pytest

import keras_gated as kg
from tests import oracles

BATCH, TIME, FEATURES, UNITS = 5, 7, 3, 4


@dataclass(frozen=True)
class Member:
    """A cell on the list.

    Attributes:
        layer: the layer around the cell.
        oracle: the step in `tests/oracles.py`.
        keras: Keras's layer of the same numbers, or None.
        arguments: constructor arguments that choose this variant.
        biases: names of the rows of `bias`, as the oracle calls them.
        swap: two gates whose exchange must be noticed; None for a cell with one gate.
        core: whether it stands for a kind of cell in every run of the costly tests: those that
            read the sum of the projections or each for itself, that have weights in their step,
            a product after it, or an `advance` of their own.
        positive: the states that are never negative.
        trained: whether its weights are trained.
    """

    layer: type
    oracle: Callable
    keras: type | None = None
    arguments: dict = field(default_factory=dict)
    biases: tuple[str, ...] = ("b",)
    swap: tuple[str, str] | None = None
    core: bool = False
    positive: tuple[str, ...] = ()
    trained: bool = True

    @property
    def cell(self):
        return self.layer.Cell

    def make(self, **arguments):
        return self.layer(UNITS, **self.arguments, **arguments)

    def make_cell(self, **arguments):
        return self.cell(UNITS, **self.arguments, **arguments)

    def make_keras(self, **arguments):
        return self.keras(UNITS, **self.arguments, **arguments)

    @cached_property
    def variables(self) -> list[str]:
        """Names of the cell's weights, in their order."""
        cell = self.make_cell()
        cell.build((None, FEATURES))
        return [variable.name for variable in cell.weights]

    @cached_property
    def sizes(self) -> list[int]:
        """Size of each state; the first is the output's."""
        return keras.tree.flatten(self.make_cell().state_size)

    def states(self, rng, rows: int) -> list:
        """Return random states, each `(rows, size)`."""
        drawn = [rng.normal(size=(rows, size)) for size in self.sizes]
        return [
            np.abs(state) if letter in self.positive else state
            for letter, state in zip(self.cell.states, drawn, strict=True)
        ]

    def weights(self, arrays) -> dict:
        """Return the weights with the oracle's names; those with a column per gate are split by
        gate.

        `kernel` gives W_i, W_f ...; `recurrent_kernel` U_i ...; `bias` the names in `biases`. Any
        other variable keeps its name: `gamma_i`, `gamma_f` ... or `gamma` if it has no column per
        gate.
        """
        named = {}
        for variable, array in zip(self.variables, arrays, strict=True):
            if variable == "bias":
                parts = dict(zip(self.biases, np.atleast_2d(array), strict=True))
            else:
                parts = {{"kernel": "W", "recurrent_kernel": "U"}.get(variable, variable): array}
            for name, part in parts.items():
                if part.shape[-1:] != (len(self.cell.gates) * UNITS,):
                    named[name] = part
                    continue
                by_gate = np.split(part, len(self.cell.gates), axis=-1)
                for letter, columns in zip(self.cell.gates, by_gate, strict=True):
                    named[f"{name}_{letter}"] = columns
        return {name: array.astype("float64") for name, array in named.items()}


FAMILY = {
    "simple_rnn": Member(kg.SimpleRNN, oracles.simple_rnn, keras.layers.SimpleRNN),
    "lstm": Member(kg.LSTM, oracles.lstm, keras.layers.LSTM, swap=("i", "f"), core=True),
    "gru": Member(kg.GRU, oracles.gru, keras.layers.GRU, {}, ("b", "d"), ("z", "r"), core=True),
    "gru_reset_before": Member(
        kg.GRU,
        oracles.gru_reset_before,
        keras.layers.GRU,
        {"reset_after": False},
        swap=("z", "r"),
        core=True,
    ),
    "mgu": Member(kg.MGU, oracles.mgu, swap=("f", "n")),
    "mgu_reset_before": Member(
        kg.MGU, oracles.mgu_reset_before, None, {"reset_after": False}, swap=("f", "n")
    ),
    "janet": Member(kg.JANET, oracles.janet, swap=("f", "g")),
    "ind_rnn": Member(kg.IndRNN, oracles.ind_rnn, None, {"activation": "tanh"}),
    "fast_grnn": Member(kg.FastGRNN, oracles.fast_grnn, swap=("z", "n")),
    "s_lstm": Member(kg.SLSTM, oracles.s_lstm, swap=("i", "f"), positive=("n",)),
    "s_lstm_exp": Member(
        kg.SLSTM,
        oracles.s_lstm_exp,
        None,
        {"forget_gate": "exp"},
        swap=("i", "f"),
        positive=("n",),
    ),
    "rg_lru": Member(kg.RGLRU, oracles.rg_lru, swap=("r", "i")),
    "nas": Member(kg.NAS, oracles.nas, None, {"use_bias": True}, swap=("b", "e")),
    "mogrifier_lstm": Member(
        kg.MogrifierLSTM, oracles.mogrifier_lstm, None, {"rounds": 3}, swap=("i", "f")
    ),
    "esn": Member(kg.ESN, oracles.esn, None, {"leaky": 0.3}, trained=False),
    "min_gru": Member(kg.MinGRU, oracles.min_gru, swap=("z", "n")),
    "min_lstm": Member(kg.MinLSTM, oracles.min_lstm, swap=("i", "f")),
    "peephole_lstm": Member(kg.PeepholeLSTM, oracles.peephole_lstm, swap=("i", "f")),
    "coupled_lstm": Member(kg.CoupledLSTM, oracles.coupled_lstm, swap=("f", "o")),
    "projected_lstm": Member(
        kg.ProjectedLSTM,
        oracles.projected_lstm,
        arguments={"projection": 3},
        swap=("i", "f"),
        core=True,
    ),
    "layer_norm_lstm": Member(
        kg.LayerNormLSTM, oracles.layer_norm_lstm, swap=("i", "f"), core=True
    ),
    "layer_norm_gru": Member(kg.LayerNormGRU, oracles.layer_norm_gru, swap=("z", "r")),
    # A norm amplifies the differences of four nearly equal numbers, and the rounding of bfloat16
    # with them; a large epsilon avoids this.
    "layer_norm_simple_rnn": Member(
        kg.LayerNormSimpleRNN,
        partial(oracles.layer_norm_simple_rnn, epsilon=0.1),
        arguments={"epsilon": 0.1},
    ),
}
# Those that Keras has as well.
TWINS = {name: member for name, member in FAMILY.items() if member.keras}


def masks(rng) -> dict:
    """Return masks of every shape, `(BATCH, TIME)`."""
    lengths = np.array([TIME, 3, 1, 5, 2])[:, None]
    steps = np.arange(TIME)[None]
    right = steps < lengths
    gaps = rng.random((BATCH, TIME)) < 0.6
    gaps[0] = [False, True, False, False, True, True, False]
    one_row_empty = right.copy()
    one_row_empty[2] = False
    return {
        "none": None,
        "right": right,
        "left": steps >= TIME - lengths,
        "gaps": gaps,
        "one row masked": one_row_empty,
        "all masked": np.zeros((BATCH, TIME), bool),
        "all seen": np.ones((BATCH, TIME), bool),
    }


MASKS = masks(np.random.default_rng(7))


def mostly_slow(every, *always) -> list:
    """Return parameters of a test, all but some of them marked slow."""
    every = list(every)
    assert set(always) <= set(every)
    return [
        pytest.param(
            *(each if isinstance(each, tuple) else (each,)),
            marks=() if each in always else pytest.mark.slow,
        )
        for each in every
    ]


@dataclass(frozen=True)
class Case:
    """Random inputs, weights and initial states for a member."""

    x: np.ndarray
    weights: list
    states: list

    @staticmethod
    def draw(member: Member, seed: int = 0, dtype: str = "float32") -> "Case":
        rng = np.random.default_rng(seed)
        layer = member.make()
        layer.build((BATCH, TIME, FEATURES))
        return Case(
            rng.normal(size=(BATCH, TIME, FEATURES)).astype(dtype),
            [rng.normal(size=w.shape).astype(dtype) for w in layer.weights],
            [state.astype(dtype) for state in member.states(rng, BATCH)],
        )

    def fill(self, layer):
        """Build a layer and give it this case's weights."""
        if not layer.built:
            layer.build(self.x.shape)
        layer.set_weights(self.weights)
        return layer
