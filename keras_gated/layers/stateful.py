"""The states that a stateful layer carries from batch to batch."""

import keras
from keras import ops

from keras_gated import initial_state as initial_states
from keras_gated.config import positive_integer
from keras_gated.keras_private import no_automatic_dependency_tracking


class Stateful:
    """Mixin of `Recurrent` for `stateful=True`: one variable for each state.

    With an `initial_state` other than the cell's own, `new_rows` marks the rows that start a new
    sequence. Their initial state is computed when the next batch starts, since it may be trained
    until then.
    """

    initial_state: initial_states.InitialState
    new_rows = None

    @property
    def _starts_as_cell(self) -> bool:
        return type(self.initial_state) is initial_states.InitialState

    def _check_stateful_rows(self, rows):
        if rows is None:
            return None
        rows = positive_integer("stateful_rows", rows)
        if not self.stateful:
            raise ValueError(
                "stateful_rows is for a stateful layer; pass stateful=True too, or leave it out."
            )
        return rows

    def _check_rows(self, batch):
        """Raise an error for a batch size that does not fit the stored states."""
        if batch is None:
            return
        rows = self.states[0].shape[0]
        if self.stateful_rows is None and batch != rows:
            raise ValueError(
                f"If an RNN is stateful, the batch size of the input sequences must be the "
                f"same as the batch size of the states: they have {rows} rows, inputs have "
                f"{batch}. Drop the last, smaller batch, or make a new layer with stateful_rows= "
                "the largest batch size."
            )
        if batch > rows:
            raise ValueError(
                f"inputs have {batch} rows, but stateful_rows={rows} is the most that this "
                "layer stores states for; make a new layer with a larger stateful_rows."
            )

    @no_automatic_dependency_tracking
    def _create_state_variables(self, batch_size):
        # Functions give the values: within `fit` of a model without an input shape, Keras computes
        # them later on JAX and torch.
        if not self._starts_as_cell:
            self.new_rows = keras.Variable(
                ops.ones, (batch_size,), trainable=False, dtype="bool", name="new_rows"
            )
        # Keras's variables are autocast to the compute dtype, which loses precision.
        self.states = [
            keras.Variable(
                self._first_values(index),
                value.shape,
                trainable=False,
                autocast=False,
                dtype=self.cell.state_dtype,
                name="rnn_state",
            )
            for index, value in enumerate(self.cell.get_initial_state(batch_size))
        ]

    def _first_values(self, index: int):
        def initializer(shape, dtype=None):
            return ops.cast(self.cell.get_initial_state(shape[0])[index], dtype)

        return initializer

    def _carried(self, rows, training) -> list:
        """Return the initial states of a batch of a stateful layer."""
        # Copied: torch assigns in place, and the backward pass still needs the values.
        carried = [ops.copy(variable.value)[:rows] for variable in self.states]
        if self.new_rows is None:
            return carried
        is_new = ops.expand_dims(ops.copy(self.new_rows.value)[:rows], -1)
        return [
            ops.where(is_new, ops.cast(new, old.dtype), old)
            for new, old in zip(self._new_states(rows, training), carried, strict=True)
        ]

    def _carry_over(self, state):
        """Store the states after a batch; rows absent from the batch are reset."""
        rows, count = self.states[0].shape[0], ops.shape(state[0])[0]
        if self.stateful_rows is not None:
            default = self.cell.get_initial_state(rows)
            state = [
                ops.reshape(ops.concatenate([s, first[count:]], axis=0), first.shape)
                for s, first in zip(state, default, strict=True)
            ]
        for variable, value in zip(self.states, state, strict=True):
            variable.assign(value)
        if self.new_rows is not None:
            self.new_rows.assign(ops.arange(rows) >= count)

    def reset_state(self):
        """Reset all rows of a stateful layer to its initial state."""
        if self.states is not None:
            self.reset_rows(ops.ones((self.states[0].shape[0],), "bool"))

    def reset_rows(self, rows):
        """Reset some rows of a stateful layer to its initial state.

        Args:
            rows: booleans, one for each row of the states.

        Raises:
            ValueError: for anything else, such as row numbers.
        """
        if self.states is None:
            return  # nothing is carried yet
        rows, count = ops.convert_to_tensor(rows), self.states[0].shape[0]
        if tuple(rows.shape) != (count,):
            raise ValueError(
                f"reset_rows takes one boolean for each of the {count} rows of the states, True "
                f"where a row starts anew; received shape {tuple(rows.shape)}. For rows 0 and 2 "
                f"write np.isin(np.arange({count}), [0, 2])."
            )
        rows = ops.cast(rows, "bool")
        default = self.cell.get_initial_state(count)
        for variable, value in zip(self.states, default, strict=True):
            value = ops.cast(value, variable.dtype)
            variable.assign(ops.where(ops.expand_dims(rows, -1), value, variable.value))
        if self.new_rows is not None:
            self.new_rows.assign(ops.logical_or(self.new_rows.value, rows))
