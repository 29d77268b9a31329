"""Every gate and every state at every step, by name: of a layer, or of all layers of a model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops, tree

from keras_gated.inspection.display import as_html
from keras_gated.inspection.watch import Call, Watch


def trace(layer, inputs, *, mask=None, initial_state=None) -> "Trace":
    """Call a layer or a model, and return every gate and every state at every step.

    The layers are traced as they compute outside training, whatever wraps them: `Sequential` and
    functional models, nested models, `Bidirectional`. A stateful layer starts from its current
    states and keeps them.

    Args:
        layer: a layer of this package, or a model that holds some.
        inputs: what it is called with.
        mask: booleans of shape `(batch, time)`, if it is a layer that takes a mask.
        initial_state: as the layer takes it.

    Returns:
        `Trace`: a `Record` for each call of a recurrent layer, by the layer's name; the
        second call of a layer as "layer:2".

    Raises:
        ValueError: if no layer of this package was called.

    >>> from keras_gated import LSTM
    >>> seen = trace(LSTM(4, name="lstm"), np.ones((2, 5, 3), "float32"))
    >>> print(seen)
    lstm: LSTMCell, 5 steps of 4 units; gates i input, f forget, g candidate, o output; states h, c
    >>> seen["lstm"].gates["forget"].shape
    (2, 5, 4)
    """
    call = {"mask": mask, "initial_state": initial_state}
    call = {name: value for name, value in call.items() if value is not None}
    inputs = as_arrays(inputs)
    if not layer.built:
        layer.build(tree.map_structure(lambda value: tuple(value.shape), inputs))
    with Watch().on() as watch:
        output = layer(inputs, training=False, **call)
    if not watch.calls:
        raise ValueError(
            f"{layer.name!r} called no layer of keras_gated, so there is nothing to trace. "
            "Layers of Keras show nothing: write keras_gated.LSTM for keras.layers.LSTM (the "
            "weights fit), and keras_gated.Recurrent for keras.layers.RNN."
        )
    records = {}
    for name, one in zip(names(watch.calls), watch.calls, strict=True):
        records[name] = Record(
            name,
            one.cell,
            Named({k: in_order(one, v) for k, v in one.inside.states.items()}),
            Named({k: in_order(one, v) for k, v in one.inside.gates.items()}, one.cell.gates.word),
            None if one.mask is None else in_order(one, one.mask),
            one.backwards,
        )
    return Trace(records, tree.map_structure(ops.convert_to_numpy, output))


def as_arrays(values):
    """Return lists of numbers as arrays, and tensors, also several of them, as they are."""
    plain = any(not hasattr(value, "shape") for value in tree.flatten(values))
    return np.asarray(values) if plain else values


def names(calls: list[Call]) -> list[str]:
    """Return a name for each call: its layer's, and a number from the second call of it on."""
    found: list[str] = []
    for call in calls:
        again = sum(name.split(":")[0] == call.name for name in found)
        found.append(f"{call.name}:{again + 1}" if again else call.name)
    return found


def in_order(call: Call, values) -> np.ndarray:
    """Return values `(batch, time, ...)` of a call as NumPy's, in the order of its inputs."""
    values = ops.convert_to_numpy(values)
    return values[:, ::-1] if call.backwards else values


class Named(dict):
    """Arrays by letter, that can be read by the word too: `gates["f"]`, `gates["forget"]`."""

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
    """What a recurrent layer did in one call, at every step.

    Arrays are `(batch, time, units)`, float32 also under half precision, and lie in the order of
    the inputs: what stands at t was computed when the layer read the inputs at t.

    Attributes:
        name: the layer's name.
        cell: the cell that the layer carried.
        states: after each step, by letter. At a masked step a state is what it was before.
        gates: at each step, by letter or word. At a masked step there was none: zeros.
        mask: booleans of shape `(batch, time)`, False where a step was masked; None without one.
        backwards: whether the layer went from the last step to the first.
    """

    name: str
    cell: Any
    states: Named
    gates: Named
    mask: np.ndarray | None
    backwards: bool

    @property
    def seen(self) -> np.ndarray:
        """Booleans of shape `(batch, time)`: which steps counted."""
        shape = next(iter(self.states.values())).shape[:2]
        return np.ones(shape, bool) if self.mask is None else self.mask

    @property
    def kept(self) -> dict[str, np.ndarray]:
        """By state letter, the share of the state that its gates let through each step.

        Arrays of shape `(batch, time, units)`; a state that nothing passes by is not here.
        """
        shares = self.cell.kept(dict(self.gates))
        return {letter: ops.convert_to_numpy(share) for letter, share in shares.items()}

    def half_life(self, state: str | None = None) -> np.ndarray:
        """Return in how many steps the gates let half of a state go, for each unit.

        The share that a step keeps is averaged over all rows and unmasked steps, in logarithms,
        as shares multiply along the way: log(1/2) / mean(log kept). 0 is a unit whose gate shuts
        fully at some step, inf one whose gate never lets go; without any unmasked step nan.

        Args:
            state: a state's letter; by default the last that is kept (the c of an LSTM).

        Returns:
            Array of shape `(units,)`.

        Raises:
            ValueError: for a state that no gate keeps.
        """
        kept = self.kept
        state = state or (list(kept)[-1] if kept else None)
        if state not in kept:
            raise ValueError(
                f"{type(self.cell).__name__} has no gate that keeps {state or 'a state'}; "
                f"kept are: {', '.join(kept) or 'none'}. A cell says so in its method `kept`."
            )
        if not self.seen.any():
            return np.full(kept[state].shape[-1], np.nan)
        with np.errstate(divide="ignore"):
            rate = np.log(kept[state].astype("float64")[self.seen]).mean(axis=0)
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
        """Show a notebook the first gate of the first row as a heat map."""
        gate = next(iter(self.gates), None)
        if gate is None or not self.seen[0].any():
            return as_html(str(self))
        return as_html(str(self), lambda plots: plots.heat_map(self, gate))


class Trace(Mapping):
    """The `Record` of each call of a recurrent layer, by the layer's name, in order.

    Attributes:
        output: what the layer or model gave, as NumPy arrays.
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
        """The record of the one layer there is.

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
