"""First values of weights, gate by gate: biases by letter, chrono, orthogonal blocks."""

import keras
from keras import ops

from keras_gated.gates import Gates


@keras.saving.register_keras_serializable("keras_gated")
class Chrono:
    """Chrono initialization, a `gate_bias_initializer`: new cells remember long dependencies.

        b_keep = log(u),  u ~ U(1, longest - 1),  b_write = -b_keep

    A gate of b = log(u) keeps its unit's past for about u steps. Tallec and Ollivier, "Can
    recurrent neural networks warp time?", 2018, https://arxiv.org/abs/1804.11188.

    In the LSTM that is the forget and the input gate, as by default. In `GRUCell` z is the share of
    the past (the paper's, like `MinGRUCell`'s, is that of what is new, with the other sign): there
    write `Chrono(100, keep="z", write=None)`, and `Chrono(100, keep=None, write="z")` for MinGRU.

    Args:
        longest: number, the most steps over which to remember; above 2.
        keep: letter of the gate that keeps the past, or None.
        write: letter of the gate that lets in what is new, or None.
        seed: integer, or None.

    Raises:
        ValueError: for `longest` of 2 or less, or if no gate is named.

    >>> from keras_gated import LSTM
    >>> layer = LSTM(4, gate_bias_initializer=Chrono(longest=100))
    """

    def __init__(self, longest, keep="f", write="i", seed=None):
        if isinstance(longest, bool) or not isinstance(longest, (int, float)) or longest <= 2:
            raise ValueError(
                f"Chrono draws from U(1, longest - 1), so longest must be a number above 2; "
                f"received longest={longest!r}. Write for example Chrono(longest=100)."
            )
        if keep is None and write is None:
            raise ValueError('Chrono starts no gate; write for example Chrono(100, keep="f").')
        self.longest, self.keep, self.write, self.seed = longest, keep, write, seed

    def __iter__(self):
        """Go over the letters of the gates that are started, as a dict does."""
        return iter([letter for letter in (self.keep, self.write) if letter is not None])

    def draw(self, units: int, dtype) -> dict:
        """Return the bias of each gate that is started, `(units,)`, by letter."""
        steps = keras.random.uniform((units,), 1.0, self.longest - 1.0, dtype=dtype, seed=self.seed)
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
    """An orthogonal matrix for each gate: for `recurrent_initializer`.

    Keras's `Orthogonal` makes the rows of the whole kernel `(units, gates * units)` orthonormal;
    the matrix of one gate is then not orthogonal, and shrinks a state by about sqrt(gates).

    Args:
        gain: number that the matrices are multiplied by.
        blocks: the number of gates; by default as many square ones as there is room for.
        seed: integer, or None.

    Raises:
        ValueError: when called with a shape that is not that of blocks side by side.

    >>> U = BlockOrthogonal()((4, 8))
    >>> bool(np.allclose(U[:, :4] @ np.transpose(U[:, :4]), np.eye(4), atol=1e-5))
    True
    """

    def __init__(self, gain=1.0, blocks=None, seed=None):
        self.gain, self.blocks, self.seed = gain, blocks, seed

    def __call__(self, shape, dtype=None):
        blocks = self.blocks
        if blocks is None and len(shape) == 2 and shape[1] % shape[0] == 0:
            blocks = shape[1] // shape[0]
        if len(shape) != 2 or not blocks or shape[1] % blocks or shape[1] < shape[0]:
            raise ValueError(
                f"BlockOrthogonal fills matrices that lie side by side, (units, gates * units); "
                f"received shape {tuple(shape)} for {blocks} block(s). Pass for example "
                "blocks=4 for the four gates of an LSTM."
            )
        rows, columns = shape[0], shape[1] // blocks
        tall, short = max(rows, columns), min(rows, columns)
        drawn = keras.random.normal((blocks, tall, short), dtype=dtype, seed=self.seed)
        q, r = ops.qr(drawn)
        # Without its signs a decomposition is not uniform over the orthogonal matrices.
        q = q * ops.sign(ops.diagonal(r, axis1=-2, axis2=-1))[:, None]
        by_row = (2, 0, 1) if rows < columns else (1, 0, 2)
        return self.gain * ops.reshape(ops.transpose(q, by_row), shape)

    def get_config(self):
        return {"gain": self.gain, "blocks": self.blocks, "seed": self.seed}


def check_gate_bias(initializer, gates: Gates, use_bias: bool):
    """Return a cell's `gate_bias_initializer` as it was given or written by `serialize_gate_bias`.

    Raises:
        ValueError: for a letter that is no gate of the cell, or a cell without a bias.
        TypeError: for what is neither a dict nor a `Chrono`.
    """
    if initializer is None:
        return None
    if isinstance(initializer, dict) and "class_name" in initializer:
        initializer = keras.saving.deserialize_keras_object(initializer)
    if not isinstance(initializer, (dict, Chrono)):
        raise TypeError(
            "gate_bias_initializer gives first values by gate letter, as in "
            f'gate_bias_initializer={{"{next(iter(gates))}": 1.0}}, or is a Chrono; received '
            f"{initializer!r}."
        )
    unknown = [letter for letter in initializer if letter not in gates]
    if unknown:
        raise ValueError(
            f"gate_bias_initializer names gate(s) {', '.join(map(repr, unknown))}; the gates are "
            f"{', '.join(f'{letter} ({gates.word(letter)})' for letter in gates)}."
        )
    if not use_bias:
        raise ValueError("gate_bias_initializer needs a bias; leave it out, or pass use_bias=True.")
    if isinstance(initializer, Chrono):
        return initializer
    return {
        letter: value if isinstance(value, (int, float)) else keras.initializers.get(value)
        for letter, value in initializer.items()
    }


def serialize_gate_bias(initializer):
    """Return a checked `gate_bias_initializer` as a config can hold it."""
    if initializer is None:
        return None
    if isinstance(initializer, Chrono):
        return keras.saving.serialize_keras_object(initializer)
    return {
        letter: value if isinstance(value, (int, float)) else keras.initializers.serialize(value)
        for letter, value in initializer.items()
    }


def gate_bias(bias, gates: Gates, initializer):
    """Return a bias, its gates' columns replaced where `gate_bias_initializer` names them.

    Args:
        bias: tensor of shape `(gates * units,)`, or `(2, gates * units)` of a cell with a
            recurrent bias too. Since the two are added, that of a gate named is 0.
    """
    if initializer is None:
        return bias
    columns = gates.read(bias)
    blocks = {letter: getattr(columns, letter) for letter in gates}
    units = bias.shape[-1] // len(gates)
    if isinstance(initializer, Chrono):
        first = initializer.draw(units, bias.dtype)
    else:
        first = {
            letter: (keras.initializers.Constant(v) if isinstance(v, (int, float)) else v)(
                (units,), dtype=bias.dtype
            )
            for letter, v in initializer.items()
        }
    for letter, value in first.items():
        rest = ops.zeros_like(blocks[letter])[1:] if len(bias.shape) == 2 else None
        blocks[letter] = value if rest is None else ops.concatenate([value[None], rest])
    return gates.join(blocks)
