"""One step of a user-defined cell on symbolic tensors, and what is wrong with its results."""

import re

import keras
from keras import ops

from keras_gated.gates import Columns
from keras_gated.regularization import Noise

# Batch size of the trial step.
_BATCH = 3


class _Mistake(Exception):
    """A mistake in a step, described in one line."""


class Trial(keras.Operation):
    """One step of a cell on symbolic tensors."""

    def __init__(self, cell, features: int):
        super().__init__()
        self.cell, self.name_of_cell, self.features = cell, type(cell).__name__, features
        self._mistakes: list[str] = []
        self.error: Exception | None = None
        self.drops = _Drops()

    def mistakes(self) -> list[str]:
        """Return the mistakes in the step; none if it fails for another reason, kept as `error`."""
        sizes = keras.tree.flatten(self.cell.state_size)
        dtypes = [self.cell.compute_dtype, *[self.cell.state_dtype] * len(sizes)]
        shapes = [(_BATCH, size) for size in (self.features, *sizes)]
        inputs = [keras.KerasTensor(s, d) for s, d in zip(shapes, dtypes, strict=True)]
        try:
            self.compute_output_spec(*inputs)
        except Exception as error:
            self.error = error
            as_tensor = re.search(
                r"Columns|Invalid dtype: object", str(error)
            )  # the latter on torch
            return self._of_columns() if as_tensor else []
        return self._mistakes

    def _of_columns(self) -> list[str]:
        """Return the mistake of computing with a projection as if it were a tensor."""
        letter = next(iter(self.cell.gates))
        return [
            f"{self.name_of_cell}.{self.method} computes with wx or uh, which hold the columns of "
            f"all gates. Read a gate, as in wx.{letter}; add the two, as in (wx + uh).{letter}; or "
            "apply a function to all gates, as in wx.apply(ops.tanh)."
        ]

    def call(self, inputs, *past):
        # Only the shapes of weights matter here; they may not have values yet.
        weights = [(w, ops.zeros(w.shape, w.dtype)) for w in self.cell.weights]
        past = self.cell.State(*past)
        self._mistakes = []
        with keras.StatelessScope(state_mapping=weights):
            try:
                self._try(inputs, past)
            except _Mistake as mistake:
                self._mistakes = [f"{self.name_of_cell}{mistake}"]
            except AttributeError as error:
                self._mistakes = self._unknown_letter(error, past)
            except TypeError as error:
                self._mistakes = self._of_states(error)
        return inputs

    def _of_states(self, error: TypeError) -> list[str]:
        """Return the mistake of a State with too few states, or of computing with `past`."""
        here, states = f"{self.name_of_cell}.{self.method}", self.cell.states
        if re.search(r"State\.?__new__\(\)", str(error)):
            return [
                f"{here} must pass each of the states {_listed(states)} to self.State; "
                f"{_reason(error)}. Write `self.State({', '.join(states)})`."
            ]
        # What Python, JAX and torch say where a tuple meets an operator.
        if re.search(r"sequence by non-int|tuple|\bState\b|[Oo]nly integer", str(error)):
            return [
                f"{here} computes with past, which holds all states. Read a past state by its "
                f"letter, as in past.{states[0]}."
            ]
        raise error

    @property
    def method(self) -> str:
        """Name of the method that is tried."""
        if hasattr(self.cell, "coefficients"):
            return "coefficients"
        return "step" if self.cell.factored else "advance"

    def _try(self, inputs, past):
        cell, noise = self.cell, Noise(candidate=self.drops)
        wx = self._check_columns("project", cell.project(inputs, noise))
        if self.method == "coefficients":
            self._check_coefficients(cell.coefficients(wx))
            return
        if self.method == "step":
            uh = self._check_columns("recur", cell.recur(past[0], noise))
            result = cell.step(wx, uh, past)
        else:
            result = cell.advance(wx, past, noise)
        state, gates = self._check_pair(result)
        state = cell.finish(state) if self.method == "step" else state
        if not _is_state(state):
            raise _Mistake(
                f".finish returns {described(state)} where a State is expected. Write "
                f"`return self.State({', '.join(cell.states)})`."
            )
        self._check_state(state)
        self._check_gates(gates)

    @property
    def _wanted(self) -> str:
        states, gates = ", ".join(self.cell.states), ", ".join(f"{g}={g}" for g in self.cell.gates)
        return f"`return self.State({states}), dict({gates})`"

    def _check_columns(self, method, result):
        if not isinstance(result, Columns):
            raise _Mistake(
                f".{method} returns {described(result)} where columns by gate are expected. Write "
                "`return self.gates.read(block)`."
            )
        return result

    def _check_pair(self, result):
        method, wanted = self.method, self._wanted
        if result is None:
            raise _Mistake(f".{method} returns nothing. Write {wanted}.")
        if _is_state(result):
            raise _Mistake(f".{method} returns the State without the gates. Write {wanted}.")
        if not is_several(result) or len(result) != 2:
            received = f"{len(result)} values" if is_several(result) else described(result)
            raise _Mistake(
                f".{method} must return a State and a dict of gates; got {received}. "
                f"Write {wanted}."
            )
        state, gates = result
        if not _is_state(state):
            raise _Mistake(
                f".{method} returns {described(state)} where a State is expected. Write {wanted}."
            )
        if not isinstance(gates, dict):
            raise _Mistake(
                f".{method} returns {described(gates)} where a dict of gates by letter is "
                f"expected. Write {wanted}."
            )
        return state, gates

    def _check_state(self, state):
        if state._fields != tuple(self.cell.states):
            raise _Mistake(
                f".{self.method} returns a State of {_listed(state._fields)}; the states are "
                f"{_listed(self.cell.states)}. Write {self._wanted}."
            )
        sizes = keras.tree.flatten(self.cell.state_size)
        for letter, value, size in zip(self.cell.states, state, sizes, strict=True):
            self._check_shape(f"the state {letter}", value, size)

    def _check_gates(self, gates):
        missing = [letter for letter in self.cell.gates if letter not in gates]
        if missing:
            others = [letter for letter in gates if letter not in self.cell.gates]
            extra = f"; it returns {_listed(others)}, which the class does not declare" * bool(
                others
            )
            words = ", ".join(f"{g} ({self.cell.gates.word(g)})" for g in missing)
            raise _Mistake(
                f".{self.method} does not return the gate(s) {words}{extra}. Write {self._wanted}."
            )
        for letter in self.cell.gates:
            self._check_shape(f"the gate {letter}", gates[letter], self.cell.units)

    def _check_coefficients(self, result):
        if not is_several(result) or len(result) != 3 or not isinstance(result[2], dict):
            gates = ", ".join(f"{g}={g}" for g in self.cell.gates)
            raise _Mistake(
                ".coefficients must return a and b of h = a * h + b, and a dict of gates. Write "
                f"`return a, b, dict({gates})`."
            )
        for name, value in zip("ab", result[:2], strict=True):
            self._check_shape(f"the coefficient {name}", value, self.cell.units)
        self._check_gates(result[2])

    def _check_shape(self, name, value, size):
        shape = getattr(value, "shape", None)
        if shape is None or tuple(shape) != (_BATCH, size):
            received = described(value).replace(f"({_BATCH},", "(batch,")
            states = self.cell.states
            is_all_states = shape is not None and tuple(shape) == (len(states), _BATCH, size)
            hint = f" Read a past state by its letter, as in past.{states[0]}." * is_all_states
            raise _Mistake(
                f".{self.method} returns {received} as {name}; it must have the shape "
                f"(batch, {size}).{hint}"
            )

    def _unknown_letter(self, error: AttributeError, past) -> list[str]:
        """Return the mistake of reading a letter, or a weight, that there is not."""
        if error.obj is self.cell and error.name in ("kernel", "recurrent_kernel", "bias"):
            return [
                f"{self.name_of_cell} has no {error.name}: its build does not create the weights "
                "of the projections. Begin it with `super().build(input_shape)`."
            ]
        here = f"{self.name_of_cell}.{self.method}"
        if error.obj is past:
            states = _listed(self.cell.states)
            return [
                f"{here} reads past.{error.name}, but the states are {states}. Read one of them, "
                f"or declare `states = ({', '.join(map(repr, (*self.cell.states, error.name)))})`."
            ]
        if isinstance(error.obj, Columns):
            gates = ", ".join(f"{g} ({self.cell.gates.word(g)})" for g in self.cell.gates)
            return [
                f"{here} reads the gate {error.name!r} of a projection, but the gates are {gates}. "
                "Read one of them, or declare it in `gates`."
            ]
        raise error


class _Drops:
    """A candidate mask that records whether it is used."""

    used = False

    def __mul__(self, candidate):
        self.used = True
        return candidate


def _is_state(value) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields")


def described(value) -> str:
    """Return a description of a value for an error: a tensor's shape, or a type."""
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"a tensor of shape {tuple(shape)}"
    return f"a {type(value).__name__}"


def _listed(names) -> str:
    return ", ".join(names)


def _reason(error) -> str:
    """Return the message of a TypeError without the function: "missing 1 required ... 'c'"."""
    return str(error).partition("() ")[2]


def is_several(value) -> bool:
    """Whether a value is a list or a tuple."""
    return isinstance(value, (tuple, list))
