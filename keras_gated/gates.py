"""Gates of a cell, and reading a block of projections by gate letter."""

from collections.abc import Iterator

from keras import ops


class Gates:
    """The gates of a cell in the order of its kernel's column blocks.

    A gate has a letter, by which equations read it, and a word, by which people do:

    >>> gates = Gates(z="update", r="reset", n="candidate")
    >>> list(gates)
    ['z', 'r', 'n']
    >>> gates.word("r")
    'reset'

    The order in which the gates are written is the only place where it is stated: a kernel of
    shape `(features, 3 * units)` holds z in its first `units` columns, then r, then n.

    Raises:
        ValueError: for no gate at all, or a name that is not one letter.
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
        """Return the word for a letter, as plots and traces print it."""
        return self._words[letter]

    def take(self, block, letters: str | None = None):
        """Return the columns of `block` that belong to `letters` (all of them without any).

        Args:
            block: tensor of shape `(..., len(self) * units)`: a kernel, a bias, a projection.
            letters: gate letters that stand side by side, in their order: `"zr"`, `"n"`.

        Returns:
            Tensor of shape `(..., len(letters) * units)`.
        """
        if letters is None or len(letters) == len(self):
            return block
        order = "".join(self)
        if letters not in order:
            raise ValueError(
                f"take() reads gates that stand side by side in {order!r}; got {letters!r}."
            )
        units = block.shape[-1] // len(self)
        start = order.index(letters) * units
        return block[..., start : start + len(letters) * units]

    def read(self, block, letters: str | None = None, dropped=None) -> "Columns":
        """Return `block` (of the given letters' columns) as `Columns`, readable by letter."""
        order = "".join(self) if letters is None else letters
        return Columns(block, order, dropped)

    def join(self, blocks: dict):
        """Return the block whose gates' columns are given by letter: what `read` reads."""
        return ops.concatenate([blocks[letter] for letter in self], axis=-1)


class Columns:
    """A block of projections whose gates are read by letter; `+` adds two of them.

    `a = wx + uh` adds all gates at once, `a.f` is the forget gate's part, of shape
    `(batch, units)`. The fields are behind underscores so that any letter is free for a gate.
    """

    __slots__ = ("_block", "_dropped", "_order")

    def __init__(self, block, order: str, dropped=None):
        self._block = block
        self._order = order
        self._dropped = dropped

    def drop(self, candidate):
        """Return the candidate, the units dropped that this sequence drops.

        A cell that calls this declares `candidate_dropout = True`, and then takes
        `recurrent_dropout_form="semeniuta"`. It is what the paper writes d:
        c_t = f * c_{t-1} + i * d(g). Without such dropout it is the candidate itself.
        """
        return candidate if self._dropped is None else self._dropped * candidate

    def __getattr__(self, letter: str):
        index = self._order.find(letter)
        if index < 0 or len(letter) != 1:
            raise AttributeError(
                f"no gate {letter!r} here; the gates are {', '.join(self._order)}",
                name=letter,
                obj=self,
            )
        units = self._block.shape[-1] // len(self._order)
        return self._block[..., index * units : (index + 1) * units]

    def __add__(self, other: "Columns") -> "Columns":
        if not isinstance(other, Columns):
            return NotImplemented
        if self._order != other._order:
            raise ValueError(f"cannot add gates {other._order!r} to gates {self._order!r}")
        dropped = other._dropped if self._dropped is None else self._dropped
        return Columns(self._block + other._block, self._order, dropped)

    def apply(self, function) -> "Columns":
        """Return the columns after `function`, which sees those of all gates at once.

        Args:
            function: from and to a tensor of shape `(..., gates * units)`.
        """
        return Columns(function(self._block), self._order, self._dropped)

    def __repr__(self) -> str:
        return f"Columns({self._order}, shape={tuple(self._block.shape)})"
