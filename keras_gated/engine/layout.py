"""Where the tokens of a batch lie while a cell runs over them.

A token is one timestep of one row. Tokens lie timestep after timestep, as `(tokens, ...)`: with
`Dense` every row has one at every timestep, with `Packed` only the rows that have not ended.
Both have the same fields and methods.
"""

from typing import Any, NamedTuple

from keras import ops


class Dense(NamedTuple):
    """Every row has a token at every timestep."""

    rows: Any
    """Number of rows, an integer or a scalar tensor."""
    steps: Any
    """Number of timesteps."""
    active: Any = None
    """Number of rows with a token at each timestep, `(steps,)`; None for all of them."""
    padded: bool = False

    @classmethod
    def of(cls, inputs) -> "Dense":
        return cls(*ops.shape(inputs)[:2])

    @property
    def rows_if_known(self) -> int | None:
        """Number of rows of a timestep, where it is known and always the same."""
        return self.rows if isinstance(self.rows, int) else None

    def tokens(self, values):
        """Return the tokens of values `(batch, time, ...)`."""
        values = ops.swapaxes(values, 0, 1)
        return ops.reshape(values, (-1, *values.shape[2:]))

    def tokens_of_rows(self, values):
        """Return for each token the value of its row, of values `(batch, ...)`."""
        return ops.tile(values, (self.steps, *[1] * (len(values.shape) - 1)))

    def sequence(self, tokens):
        """Return tokens as `(batch, time, ...)`."""
        return ops.swapaxes(self.by_step(tokens), 0, 1)

    def of_tokens(self, values):
        """Return for each token its value among those of a sequence's tokens."""
        return values

    def by_step(self, tokens):
        """Return tokens as `(time, batch, ...)`."""
        # To ONNX a size of zero is that of the same axis before: none of the rows, in a lane.
        tokens = ops.expand_dims(tokens, 0)
        return ops.reshape(tokens, (self.steps, self.rows, *tokens.shape[2:]))

    def rows_at(self, t):
        """Return a function from values `(rows, ...)` to those of rows with a token at t."""
        return lambda values: values

    def with_ended(self, new, old, t):
        """Return the states after timestep t, those of rows without a token as they were."""
        return new


class Packed(NamedTuple):
    """Each row has as many tokens as its mask shows; rows are sorted, the longest first.

    The tokens of a row keep their order, wherever in the row they stand: padding at either end
    and gaps are left out, and a row that is masked throughout has none.
    """

    rows: Any
    """Number of rows."""
    steps: Any
    """Number of timesteps: of tokens in the longest row."""
    active: Any
    """Number of rows that have a token at each timestep, `(steps,)`, falling."""
    starts: Any
    """Where the tokens of each timestep begin, `(steps,)`."""
    order: Any
    """The batch's row for each row here, `(rows,)`."""
    sources: Any
    """The place of each token among the `batch * time` timesteps of the batch, `(tokens,)`."""
    last: Any
    """At each timestep of a row, its token there or the token before it, or -1; `(rows, time)`."""
    padded: bool = False
    """Whether a sequence has a token of every row at every timestep, and `last` is among those.
    Nothing is then joined of parts of different lengths, which ONNX cannot do."""

    @property
    def rows_if_known(self) -> int | None:
        """Nothing: the number of rows differs from timestep to timestep."""
        return None

    @classmethod
    def of(cls, mask, order, padded: bool = False) -> "Packed":
        """Lay out some rows of a mask.

        Args:
            mask: booleans of shape `(batch, time)`.
            order: the rows, those with the most tokens first, `(rows,)`.
            padded: as in the field.
        """
        import tensorflow as tf

        time, rows = tf.shape(mask)[1], tf.shape(order)[0]
        mask = tf.gather(mask, order)
        rank = tf.cumsum(tf.cast(mask, tf.int32), axis=1) - 1
        lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
        steps = tf.reduce_max(tf.concat([lengths, [0]], axis=0))
        active = tf.reduce_sum(tf.cast(lengths > tf.range(steps)[:, None], tf.int32), axis=1)
        starts = tf.cumsum(active, exclusive=True)
        # One more start, for a batch without any token.
        start = tf.gather(tf.concat([starts, [0]], axis=0), tf.maximum(rank, 0))
        token = start + tf.range(rows)[:, None]
        timesteps = order[:, None] * time + tf.range(time)
        sources = tf.scatter_nd(
            tf.boolean_mask(token, mask)[:, None],
            tf.boolean_mask(timesteps, mask),
            [tf.reduce_sum(lengths)],
        )
        places = rank * rows + tf.range(rows)[:, None] if padded else token
        last = tf.where(rank < 0, -1, places)
        return cls(rows, steps, active, starts, order, sources, last, padded)

    def tokens(self, values):
        """Return the tokens of values `(batch, time, ...)`."""
        return _gather(ops.reshape(values, (-1, *values.shape[2:])), self.sources)

    def take_rows(self, values):
        """Return the rows here of values `(batch, ...)`."""
        return ops.take(values, self.order, axis=0)

    def sequence(self, tokens, before):
        """Return tokens as `(rows, time, ...)`; a skipped timestep repeats the one before it.

        Args:
            before: what stands before the first token, `(rows, ...)`.
        """
        rows = ops.arange(self.rows, dtype="int32")[:, None]
        places = ops.where(self.last < 0, rows, self.rows + self.last)
        return ops.take(ops.concatenate([before, tokens], axis=0), places, axis=0)

    def tokens_of_rows(self, values):
        """Return for each token the value of its row, of values `(rows, ...)`."""
        import tensorflow as tf

        return tf.gather(values, self._row_of_tokens())

    def of_tokens(self, values):
        """Return for each token its value among those of a sequence's tokens."""
        import tensorflow as tf

        if not self.padded:
            return values
        step = tf.repeat(tf.range(self.steps), self.active)
        return _gather(values, step * self.rows + self._row_of_tokens())

    def _row_of_tokens(self):
        import tensorflow as tf

        # At each timestep the rows with a token are the first ones.
        return tf.range(tf.shape(self.sources)[0]) - tf.repeat(self.starts, self.active)

    def rows_at(self, t):
        """Return a function from values `(rows, ...)` to those of rows with a token at t."""
        return lambda values: values[: self.active[t]]

    def with_ended(self, new, old, t):
        """Return the states after timestep t, those of rows without a token as they were."""
        return ops.concatenate([new, old[self.active[t] :]], axis=0)


def _gather(values, indices):
    """Return `values[indices]`, of indices that are all different."""
    import tensorflow as tf

    @tf.custom_gradient
    def gather(values):
        # The gradient of `tf.gather` would be sparse, for nothing.
        return tf.gather(values, indices), lambda g: tf.scatter_nd(
            indices[:, None], g, tf.shape(values)
        )

    return gather(values)
