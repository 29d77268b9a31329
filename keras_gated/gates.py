"""The gates of a cell, and access to a block of projections by gate letter."""

from collections.abc import Iterator

import keras
from keras import ops


class Gates:
    """The gates of a cell in the order of its kernel's column blocks.

    A gate has a letter, used in equations, and a word, used in plots and traces:

    >>> gates = Gates(z="update", r="reset", n="candidate")
    >>> list(gates)
    ['z', 'r', 'n']
    >>> gates.word("r")
    'reset'

    The order of the arguments is the order of the columns: here a kernel of shape
    `(features, 3 * units)` holds z in its first `units` columns, then r, then n.

    Raises:
        ValueError: without gates, or for a name that is not one letter.
    """

    def __init__(self, **words: str):
        if not words:
            raise ValueError('Gates() names no gate; write for example Gates(h="hidden").')
        for letter in words:
            if len(letter) != 1 or letter == "_":
                raise ValueError(
                    f"A gate is named by one letter and described by a word; got {letter!r} as "
                    'the letter. Write for example Gates(f="forget").'
                )
        self._words = dict(words)

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    def __repr__(self) -> str:
        return f"Gates({', '.join(f'{letter}={word!r}' for letter, word in self._words.items())})"

    def word(self, letter: str) -> str:
        """Return the word for a letter, as printed by plots and traces."""
        return self._words[letter]

    def take(self, block, letters: str | None = None):
        """Return the columns of `block` that belong to `letters`; all columns by default.

        Args:
            block: tensor of shape `(..., len(self) * units)`: a kernel, a bias, a projection.
            letters: adjacent gate letters, in their order: `"zr"`, `"n"`.

        Returns:
            Tensor of shape `(..., len(letters) * units)`.
        """
        if letters is None or len(letters) == len(self):
            return block
        order = "".join(self)
        if letters not in order:
            raise ValueError(f"take() needs adjacent gates of {order!r}; got {letters!r}.")
        units = block.shape[-1] // len(self)
        start = order.index(letters) * units
        return block[..., start : start + len(letters) * units]

    def read(self, block, letters: str | None = None, dropped=None) -> "Columns":
        """Return `block`, the columns of `letters` (default: all gates), as `Columns`."""
        order = "".join(self) if letters is None else letters
        return Columns(block, order, dropped)

    def join(self, blocks: dict):
        """Return a block from the columns of each gate by letter: the inverse of `read`."""
        return ops.concatenate([blocks[letter] for letter in self], axis=-1)


class Columns:
    """A block of projections whose gates are read by letter; `+` adds two of them.

    `a = wx + uh` adds all gates at once, `a.f` or `a["f"]` is the forget gate's part, of shape
    `(batch, units)`. All fields start with an underscore, so any letter can name a gate.
    """

    __slots__ = ("_block", "_dropped", "_gates", "_order")

    def __init__(self, block, order: str, dropped=None):
        self._block = block
        self._order = order
        self._dropped = dropped
        self._gates = None

    def split(self) -> "Columns":
        """Return the same columns, split into gates by one op; sums of them are split too.

        The gradient of a split is one concatenation; that of a slice is as large as the block.
        """
        if keras.backend.backend() == "torch":
            return self  # its split gives views, which `z += uh.z` must not change
        made = Columns(self._block, self._order, self._dropped)
        # Now, and not when a gate is read: that may be within a branch of `ops.cond`.
        made._gates = ops.split(made._block, len(made._order), axis=-1)
        return made

    def drop(self, candidate):
        """Apply this sequence's dropout mask to the candidate.

        A cell that calls this declares `candidate_dropout = True`; it then supports
        `recurrent_dropout_form="semeniuta"`. The paper writes it d:
        c_t = f * c_{t-1} + i * d(g). Without such dropout it returns the candidate unchanged.
        """
        return candidate if self._dropped is None else self._dropped * candidate

    def __getattr__(self, letter: str):
        if letter.startswith("_"):  # a field that is not set yet, as in a copy or `torch.compile`
            raise AttributeError(letter)
        index = self._order.find(letter)
        if index < 0 or len(letter) != 1:
            raise AttributeError(
                f"no gate {letter!r} here; the gates are {', '.join(self._order)}",
                name=letter,
                obj=self,
            )
        if self._gates is not None:
            return self._gates[index]
        units = self._block.shape[-1] // len(self._order)
        return self._block[..., index * units : (index + 1) * units]

    def __getitem__(self, letter: str):
        """Return `self.letter`: gates are also read as in a dict."""
        return getattr(self, letter)

    def __add__(self, other: "Columns") -> "Columns":
        if not isinstance(other, Columns):
            return NotImplemented
        if self._order != other._order:
            raise ValueError(f"cannot add gates {other._order!r} to gates {self._order!r}")
        dropped = other._dropped if self._dropped is None else self._dropped
        total = Columns(self._block + other._block, self._order, dropped)
        return total if self._gates is None else total.split()

    def apply(self, function) -> "Columns":
        """Apply a function to the columns of all gates at once.

        Args:
            function: maps a tensor of shape `(..., gates * units)` to one of the same shape.
        """
        made = Columns(function(self._block), self._order, self._dropped)
        return made if self._gates is None else made.split()

    def __repr__(self) -> str:
        return f"Columns({self._order}, shape={tuple(self._block.shape)})"
