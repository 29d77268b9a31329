"""Every gate and state of a layer, or of all layers of a model, at every timestep."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops, tree

from keras_gated.inspection.display import as_html
from keras_gated.inspection.watch import Call, Watch


def trace(layer, inputs, *, mask=None, initial_state=None) -> "Trace":
    """Call a layer or a model, and return every gate and state at every timestep.

    The layers are called in inference mode. They may be part of `Sequential`, functional or nested
    models or of `Bidirectional`. A stateful layer starts from its current states and does not
    change them.

    Args:
        layer: a layer of this package, or a model that contains some.
        inputs: its inputs.
        mask: booleans of shape `(batch, time)`, for a layer that takes a mask.
        initial_state: initial states, for a layer that takes them.

    Returns:
        `Trace`: a `Record` for each call of a recurrent layer, by the layer's name. The second
        call of a layer is named "layer:2".

    Raises:
        ValueError: if no layer of this package was called.

    >>> from keras_gated import LSTM
    >>> records = trace(LSTM(4, name="lstm"), np.ones((2, 5, 3), "float32"))
    >>> print(records)
    lstm: LSTMCell, 5 steps of 4 units; gates i input, f forget, g candidate, o output; states h, c
    >>> records["lstm"].gates["forget"].shape
    (2, 5, 4)
    """
    arguments = {"mask": mask, "initial_state": initial_state}
    arguments = {name: value for name, value in arguments.items() if value is not None}
    inputs = as_arrays(inputs)
    if not layer.built:
        layer.build(tree.map_structure(lambda value: tuple(value.shape), inputs))
    with Watch().on() as watch:
        output = layer(inputs, training=False, **arguments)
    if not watch.calls:
        raise ValueError(
            f"{layer.name!r} called no layer of keras_gated, so there is nothing to trace. "
            "Layers of Keras are not traced: write keras_gated.LSTM for keras.layers.LSTM (the "
            "weights fit), and keras_gated.Recurrent for keras.layers.RNN."
        )
    records = {}
    for name, call in zip(names(watch.calls), watch.calls, strict=True):
        states, gates = (
            {letter: in_order(call, values) for letter, values in by_letter.items()}
            for by_letter in (call.inside.states, call.inside.gates)
        )
        records[name] = Record(
            name,
            call.cell,
            Named(states),
            Named(gates, call.cell.gates.word),
            None if call.mask is None else in_order(call, call.mask),
            call.backwards,
        )
    return Trace(records, tree.map_structure(ops.convert_to_numpy, output))


def as_arrays(values):
    """Return lists of numbers as arrays, and tensors or nests of tensors unchanged."""
    if isinstance(values, dict):
        return {name: as_arrays(value) for name, value in values.items()}
    has_numbers = any(not hasattr(value, "shape") for value in tree.flatten(values))
    return np.asarray(values) if has_numbers else values


def names(calls: list[Call]) -> list[str]:
    """Return a name for each call: the layer's, with a number from its second call on."""
    result: list[str] = []
    for call in calls:
        previous = sum(name.split(":")[0] == call.name for name in result)
        result.append(f"{call.name}:{previous + 1}" if previous else call.name)
    return result


def in_order(call: Call, values) -> np.ndarray:
    """Return values `(batch, time, ...)` of a call as an array, in the order of the inputs."""
    values = ops.convert_to_numpy(values)
    return values[:, ::-1] if call.backwards else values


class Named(dict):
    """Arrays by letter or word: `gates["f"]`, `gates["forget"]`."""

    def __init__(self, arrays, word=lambda letter: letter):
        super().__init__(arrays)
        self.words = {letter: word(letter) for letter in self}

    def __missing__(self, name):
        for letter, word in self.words.items():
            if word == name:
                return self[letter]
        known = ", ".join(
            letter if word == letter else f"{letter!r} ({word})"
            for letter, word in self.words.items()
        )
        raise KeyError(f"{name!r} is not there; there are {known}")


@dataclass(frozen=True, eq=False, repr=False)
class Record:
    """The states and gates of one call of a recurrent layer, at every timestep.

    Arrays have shape `(batch, time, units)`, and are float32 also under half precision. They are
    in the order of the inputs: index t belongs to the inputs at t.

    Attributes:
        name: the layer's name.
        cell: the layer's cell.
        states: each state after every timestep, by letter. A masked timestep repeats it.
        gates: each gate at every timestep, by letter or word. Zeros at masked timesteps.
        mask: booleans of shape `(batch, time)`, False at masked timesteps; None without a mask.
        backwards: whether the layer ran from the last timestep to the first.
    """

    name: str
    cell: Any
    states: Named
    gates: Named
    mask: np.ndarray | None
    backwards: bool

    @property
    def seen(self) -> np.ndarray:
        """Booleans of shape `(batch, time)`, True at timesteps that are not masked."""
        shape = next(iter(self.states.values())).shape[:2]
        return np.ones(shape, bool) if self.mask is None else self.mask

    @property
    def _first(self) -> np.ndarray:
        """Booleans of shape `(batch, time)`, True at the first timestep of a row that counts."""
        in_order = self.seen[:, ::-1] if self.backwards else self.seen
        first = in_order & (np.cumsum(in_order, axis=1) == 1)
        return first[:, ::-1] if self.backwards else first

    @property
    def kept(self) -> dict[str, np.ndarray]:
        """By state letter, the fraction of the state that its gates keep at each timestep.

        Arrays of shape `(batch, time, units)`. States that no gate keeps are left out.
        """
        shares = self.cell.kept(dict(self.gates))
        return {letter: ops.convert_to_numpy(share) for letter, share in shares.items()}

    def half_life(self, state: str | None = None) -> np.ndarray:
        """Return the half-life of each unit of a state, in timesteps.

        It is log(1/2) / mean(log kept), the mean over all rows and unmasked timesteps; logarithms,
        since kept fractions multiply over time. It is 0 for a unit whose gate closes fully at some
        timestep, inf if the gate never forgets, and nan if all timesteps are masked. A row's first
        timestep does not count if nothing is stored before it, as in an sLSTM.

        Args:
            state: a state's letter; by default the last one that a gate keeps (c in an LSTM).

        Returns:
            Array of shape `(units,)`.

        Raises:
            ValueError: for a state that no gate keeps.
        """
        fractions = self.kept
        state = state or (list(fractions)[-1] if fractions else None)
        if state not in fractions:
            raise ValueError(
                f"{type(self.cell).__name__} has no gate that keeps {state or 'a state'}; "
                f"kept are: {', '.join(fractions) or 'none'}. A cell declares them in its method "
                "`kept`."
            )
        shares = fractions[state].astype("float64")
        counts = self.seen & ~(self._first & (shares == 0).all(axis=-1))
        if not counts.any():
            return np.full(shares.shape[-1], np.nan)
        with np.errstate(divide="ignore"):
            rate = np.log(shares[counts]).mean(axis=0)
            return np.where(rate < 0, np.log(0.5) / rate, np.inf)

    def __str__(self):
        steps, units = next(iter(self.gates.values())).shape[1:]
        gates = ", ".join(f"{letter} {word}" for letter, word in self.gates.words.items())
        order = ", from the last to the first" if self.backwards else ""
        return (
            f"{self.name}: {type(self.cell).__name__}, {steps} steps of {units} units{order}; "
            f"gates {gates}; states {', '.join(self.states)}"
        )

    __repr__ = __str__

    def _repr_html_(self):
        """Return a heat map of the first gate of the first row, for notebooks."""
        gate = next(iter(self.gates), None)
        if gate is None or not self.seen[0].any():
            return as_html(str(self))
        return as_html(str(self), lambda plots: plots.heat_map(self, gate))


class Trace(Mapping):
    """The `Record` of each call of a recurrent layer, by the layer's name, in order.

    Attributes:
        output: the output of the layer or model, as NumPy arrays.
    """

    def __init__(self, records: dict[str, Record], output):
        self._records = records
        self.output = output

    def __getitem__(self, name: str) -> Record:
        if name not in self._records:
            raise KeyError(f"no layer {name!r} was called; called were {', '.join(self)}")
        return self._records[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self):
        return len(self._records)

    @property
    def only(self) -> Record:
        """The record of the only call.

        Raises:
            ValueError: if there are several.
        """
        if len(self) > 1:
            raise ValueError(f"there are several layers; read one by its name: {', '.join(self)}")
        return next(iter(self.values()))

    def __str__(self):
        return "\n".join(map(str, self.values()))

    __repr__ = __str__

    def _repr_html_(self):
        return "".join(record._repr_html_() for record in self.values())
