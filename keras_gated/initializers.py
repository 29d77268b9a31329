"""Initializers by gate: biases by letter, chrono, orthogonal blocks."""

import numbers
import random

import keras
from keras import ops

from keras_gated.gates import Gates


def as_python(number: numbers.Real) -> int | float:
    """Return a number that a config can hold: one of NumPy as a float."""
    return number if isinstance(number, (int, float)) else float(number)


def seed_or_drawn(seed: int | None) -> int:
    """Return a seed, drawn now for None, as in Keras's initializers.

    Keras's global seed is a variable, and none can be made where a graph is traced.
    """
    return random.randint(1, 10**9) if seed is None else seed


@keras.saving.register_keras_serializable("keras_gated")
class Chrono:
    """Chrono initialization of gate biases, for long-term dependencies.

        b_keep = log(u),  u ~ U(1, longest - 1),  b_write = -b_keep

    Pass it as `gate_bias_initializer`. A gate with the bias log(u) keeps its unit's state for about
    u timesteps. Tallec and Ollivier, "Can recurrent neural networks warp time?", 2018,
    https://arxiv.org/abs/1804.11188.

    The defaults are the forget and the input gate of the LSTM. In `GRUCell` z is the fraction of h
    that is kept: write `Chrono(100, keep="z", write=None)`. In `MinGRUCell`, as in the paper's GRU,
    z is the fraction that is replaced: write `Chrono(100, keep=None, write="z")`.

    Args:
        longest: number above 2, the longest dependency in timesteps.
        keep: letter of the gate that keeps the state, or None.
        write: letter of the gate that writes the candidate, or None.
        seed: integer, or None.

    Raises:
        ValueError: for `longest` of 2 or less, without a gate, or with one gate for both.

    >>> from keras_gated import LSTM
    >>> layer = LSTM(4, gate_bias_initializer=Chrono(longest=100))
    """

    def __init__(self, longest, keep="f", write="i", seed=None):
        if isinstance(longest, bool) or not isinstance(longest, numbers.Real) or longest <= 2:
            raise ValueError(
                f"Chrono samples from U(1, longest - 1), so longest must be a number above 2; "
                f"received longest={longest!r}. Write for example Chrono(longest=100)."
            )
        if keep is None and write is None:
            raise ValueError('Chrono names no gate; write for example Chrono(100, keep="f").')
        if keep == write:
            raise ValueError(
                f"Chrono(keep={keep!r}, write={write!r}) names one gate twice; the biases of the "
                'two are opposite. Write for example Chrono(100, keep="f", write="i").'
            )
        self.longest = as_python(longest)
        self.keep, self.write, self.seed = keep, write, seed
        self._drawn = seed_or_drawn(seed)

    def __iter__(self):
        """Iterate over the letters of the gates, as a dict does."""
        return iter([letter for letter in (self.keep, self.write) if letter is not None])

    def draw(self, units: int, dtype) -> dict:
        """Return the initial bias of each gate by letter, of shape `(units,)`."""
        steps = keras.random.uniform(
            (units,), 1.0, self.longest - 1.0, dtype=dtype, seed=self._drawn
        )
        keeps = ops.log(steps)
        both = {self.keep: keeps, self.write: -keeps}
        return {letter: both[letter] for letter in self}

    def get_config(self):
        return {name: getattr(self, name) for name in ("longest", "keep", "write", "seed")}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@keras.saving.register_keras_serializable("keras_gated")
class BlockOrthogonal(keras.initializers.Initializer):
    """Initializes each gate's block of the recurrent kernel to an orthogonal matrix.

    Pass it as `recurrent_initializer`. Keras's `Orthogonal` makes the rows of the whole kernel
    `(units, gates * units)` orthonormal. The matrix of one gate is then not orthogonal, and
    shrinks a state by about sqrt(gates).

    Args:
        gain: factor of the matrices.
        blocks: the number of gates; by default the number of square blocks in the kernel. Those of
            a `ProjectedLSTM` are not square: pass `blocks=4`.
        seed: integer, or None.

    Raises:
        ValueError: when called with a shape other than `(units, blocks * columns)`.

    >>> U = BlockOrthogonal()((4, 8))
    >>> bool(np.allclose(U[:, :4] @ np.transpose(U[:, :4]), np.eye(4), atol=1e-5))
    True
    """

    def __init__(self, gain=1.0, blocks=None, seed=None):
        self.gain, self.blocks, self.seed = gain, blocks, seed
        self._drawn = seed_or_drawn(seed)

    def __call__(self, shape, dtype=None):
        blocks = self.blocks
        if blocks is None and len(shape) == 2 and shape[1] % shape[0] == 0:
            blocks = shape[1] // shape[0]
        if len(shape) != 2 or not blocks or shape[1] % blocks or shape[1] < shape[0]:
            raise ValueError(
                f"BlockOrthogonal needs blocks side by side, in a shape (units, gates * units); "
                f"received shape {tuple(shape)} for {blocks} block(s). Pass for example "
                "blocks=4 for the four gates of an LSTM."
            )
        rows, columns = shape[0], shape[1] // blocks
        tall, short = max(rows, columns), min(rows, columns)
        gaussian = keras.random.normal((blocks, tall, short), dtype=dtype, seed=self._drawn)
        q, r = ops.qr(gaussian)
        # With the signs of r's diagonal, q is uniform over the orthogonal matrices.
        q = q * ops.sign(ops.diagonal(r, axis1=-2, axis2=-1))[:, None]
        by_row = (2, 0, 1) if rows < columns else (1, 0, 2)
        return self.gain * ops.reshape(ops.transpose(q, by_row), shape)

    def get_config(self):
        return {"gain": self.gain, "blocks": self.blocks, "seed": self.seed}


def check_gate_bias(initializer, gates: Gates, use_bias: bool):
    """Return a checked `gate_bias_initializer`, from an argument or from a config.

    Raises:
        ValueError: for a letter that is not a gate of the cell, or a cell without a bias.
        TypeError: for anything but a dict or a `Chrono`.
    """
    if initializer is None:
        return None
    if isinstance(initializer, dict) and "class_name" in initializer:
        initializer = keras.saving.deserialize_keras_object(initializer)
    if not isinstance(initializer, (dict, Chrono)):
        raise TypeError(
            "gate_bias_initializer must be a dict of initial values by gate letter, as in "
            f'gate_bias_initializer={{"{next(iter(gates))}": 1.0}}, or is a Chrono; received '
            f"{initializer!r}."
        )
    unknown = [letter for letter in initializer if letter not in gates]
    if unknown:
        hint = (
            " Write Chrono(longest, keep=..., write=...) with the gates that keep the state and "
            "write to it; where one gate does both, as z in a GRU, pass write=None."
            if isinstance(initializer, Chrono)
            else ""
        )
        raise ValueError(
            f"gate_bias_initializer names gate(s) {', '.join(map(repr, unknown))}; the gates are "
            f"{', '.join(f'{letter} ({gates.word(letter)})' for letter in gates)}.{hint}"
        )
    if not use_bias:
        raise ValueError("gate_bias_initializer needs a bias; remove it, or pass use_bias=True.")
    if isinstance(initializer, Chrono):
        return initializer
    return {letter: _initial_bias(letter, value) for letter, value in initializer.items()}


def _initial_bias(letter: str, value):
    """Return a gate's initial bias as a number or an initializer."""
    if isinstance(value, numbers.Real):
        return as_python(value)
    if hasattr(value, "shape"):
        raise TypeError(
            f"gate_bias_initializer gives gate {letter!r} an array; pass a number, or an "
            f"initializer, such as a registered function of (shape, dtype); received {value!r}."
        )
    return keras.initializers.get(value)


def serialize_gate_bias(initializer):
    """Return a checked `gate_bias_initializer` in serializable form."""
    if initializer is None:
        return None
    if isinstance(initializer, Chrono):
        return keras.saving.serialize_keras_object(initializer)
    return {
        letter: value if isinstance(value, (int, float)) else keras.initializers.serialize(value)
        for letter, value in initializer.items()
    }


def gate_bias(bias, gates: Gates, initializer):
    """Return a bias with the columns of the gates in `gate_bias_initializer` replaced.

    Args:
        bias: tensor of shape `(gates * units,)`, or `(2, gates * units)` for a cell that also has
            a recurrent bias. The two are added, so the recurrent one of a replaced gate is 0.
    """
    if initializer is None:
        return bias
    columns = gates.read(bias)
    blocks = {letter: getattr(columns, letter) for letter in gates}
    units = bias.shape[-1] // len(gates)
    if isinstance(initializer, Chrono):
        values = initializer.draw(units, bias.dtype)
    else:
        values = {
            letter: (keras.initializers.Constant(v) if isinstance(v, (int, float)) else v)(
                (units,), dtype=bias.dtype
            )
            for letter, v in initializer.items()
        }
    for letter, value in values.items():
        zeros = ops.zeros_like(blocks[letter])[1:] if len(bias.shape) == 2 else None
        blocks[letter] = value if zeros is None else ops.concatenate([value[None], zeros])
    return gates.join(blocks)
