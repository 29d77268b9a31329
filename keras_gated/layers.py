"""What goes into a model: `Recurrent` around any cell, and the drop-ins for Keras's layers."""

import operator
import re
from typing import Any, ClassVar, NamedTuple

import keras
from keras import ops, tree

from keras_gated import masks, noise, paths
from keras_gated.cell import GatedCell, register
from keras_gated.cells.gru import GRUCell
from keras_gated.cells.lstm import LSTMCell
from keras_gated.cells.min_gru import MinGRUCell
from keras_gated.cells.min_lstm import MinLSTMCell
from keras_gated.cells.simple_rnn import SimpleRNNCell
from keras_gated.paths import lanes
from keras_gated.seams import no_automatic_dependency_tracking


class Carried(NamedTuple):
    """What one piece of a sequence leaves to the next, of one layer."""

    state: Any
    """The cell's `State` after the last step, tensors of shape `(batch, units)`."""
    output: Any
    """What the layer gives after the last step, `(batch, units)`: a masked step repeats it."""


@register
class Recurrent(keras.layers.RNN):
    """A `keras.layers.RNN` around any `GatedCell`.

    Masks may have any shape: padding at either end, gaps, rows that are masked throughout. A
    masked step did not happen: it leaves the states alone. Its output is the output before it,
    or zeros where there was none.

    Any other Keras cell, or a list of cells, runs as it does in `keras.layers.RNN`.

    Args:
        cell: a `GatedCell`.
        return_sequences: give the output of every step instead of the last one's.
        return_state: give the states after the last step too, as further outputs.
        go_backwards: go from the last step to the first, and give the outputs in that order.
        stateful: start each batch with the states in which the batch before it ended, row by
            row; the batch size must be known. `reset_state()` sets them to zero.
        unroll: write every step out instead of a loop. The number of steps must be known.
        zero_output_for_mask: give zeros at masked steps.
        path: how the cell is carried over time. "auto" takes the fastest that serves the call,
            and `explain` says which and why; the name of one asks for it, and is refused with the
            reason where it cannot serve: "scan", "packed", "fused", "loop".
            All give the same numbers.
        jit_compile: whether XLA compiles the recurrence (on TensorFlow; JAX always compiles).
            True: in every call, also eagerly, and in an exported model. False: never. None:
            where it is worth it, that is in a graph (`fit`, `predict`, `tf.function`), in
            training or if the number of steps is known, and not in an exported model.
        memory: "high" keeps the states and projections of every step for the backward pass,
            "low" only some states, and computes the rest again: slower, in much less memory.
        **kwargs: `name`, `dtype`, `trainable`, `activity_regularizer`.

    With TensorFlow on a CPU, `compile(jit_compile="auto")` leaves a model with such a layer
    uncompiled, since the layer compiles its own recurrence, and faster so.

    Call arguments:
        sequences: tensor of shape `(batch, time, features)`.
        initial_state: a tensor or list of tensors of shape `(batch, units)`, one for each of the
            cell's states; zeros by default.
        mask: tensor of shape `(batch, time)`, True (or not zero) where a step counts.
        training: whether dropout applies.

    Returns:
        Tensor of shape `(batch, units)`, with `return_sequences` of shape `(batch, time, units)`;
        with `return_state` a tuple of it and the states.

    Raises:
        ValueError: for inputs, masks or states whose shapes do not fit, and for `unroll` without
            a known number of steps.

    >>> layer = Recurrent(LSTMCell(4), return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    def __init__(self, cell, *args, path="auto", jit_compile=None, memory="high", **kwargs):
        super().__init__(cell, *args, **kwargs)
        # `Layer.path` is Keras's: where a layer is in its model.
        self.path_asked_for = _one_of("path", path, ("auto", *paths.PATHS))
        self.jit_compile = _one_of("jit_compile", jit_compile, (None, True, False))
        self.memory = _one_of("memory", memory, ("high", "low"))
        # Keras has turned this off for its own recurrent layers in some releases.
        self.supports_masking = True
        if isinstance(cell, GatedCell) and path != "loop" and jit_compile is not False:
            # Programs of its own run side by side; in one for the whole model they could not.
            self.supports_jit = lanes.count(None) == 1

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if not isinstance(self.cell, GatedCell):
            return super().call(sequences, initial_state, mask, training)
        self._check_inputs(sequences)
        mask = masks.check(mask, sequences)
        past = self._past(sequences, initial_state)
        batch = ops.shape(sequences)[0]
        drawn = noise.draw(self.cell, batch, sequences.shape[-1]) if training else noise.SILENCE
        if self.go_backwards:
            sequences = ops.flip(sequences, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)

        request = paths.Request.now(
            self.cell, sequences, masked=mask is not None, training=bool(training), **self._wishes()
        )
        sequence, state = paths.carry(
            request, sequences, past, mask, noise=drawn, sequence=self.return_sequences
        )

        output = sequence if self.return_sequences else state[0]
        if mask is not None:
            shown = masks.outputs if self.return_sequences else masks.last_output
            output = shown(output, mask, self.zero_output_for_mask)
        output = ops.cast(output, self.compute_dtype)
        if self.stateful:
            for variable, value in zip(self.states, state, strict=True):
                variable.assign(value)
        if self.return_state:
            return output, *(ops.cast(s, self.compute_dtype) for s in state)
        return output

    def stream(self, sequences, carried=None, mask=None) -> tuple:
        """Return what the layer gives for the next piece of a sequence, and what to carry on.

        Whichever way a sequence is cut, its pieces give what the whole gives, outputs and states,
        masks included; a piece may have one step, or none. Nothing is kept in the layer, not even
        by a stateful one: what the next piece needs is in `carried`. There is no dropout.

        >>> layer = LSTM(4, return_sequences=True)
        >>> x = np.ones((2, 5, 3))
        >>> first, carried = layer.stream(x[:, :2])
        >>> second, carried = layer.stream(x[:, 2:], carried)
        >>> bool(np.allclose(second, layer(x)[:, 2:], atol=1e-6)), carried.state._fields
        (True, ('h', 'c'))

        Args:
            sequences: tensor of shape `(batch, steps, features)`.
            carried: the `Carried` of the piece before; or initial states, as in a call. By
                default the first piece starts as a call does.
            mask: tensor of shape `(batch, steps)`. If one piece has a mask, the first has one.

        Returns:
            `(output, carried)`: the outputs of the piece's steps, `(batch, steps, units)`, or
            without `return_sequences` what the layer gives after all steps so far.

        Raises:
            ValueError: with `go_backwards`, for a cell that is no `GatedCell`, and as in a call.
        """
        if not isinstance(self.cell, GatedCell):
            raise ValueError(
                f"stream carries a GatedCell; {type(self).__name__} has {self.cell!r}. Give each "
                "cell a layer of its own, and stream the model with keras_gated.stream."
            )
        if self.go_backwards:
            raise ValueError(
                "go_backwards=True begins with the end of a sequence, which a stream does not "
                "know before it is over; pass go_backwards=False, or call the layer on the whole."
            )
        sequences = ops.cast(ops.convert_to_tensor(sequences), self.compute_dtype)
        self._check_inputs(sequences)
        if not self.built:
            self.build(sequences.shape)
        mask = masks.check(mask, sequences)
        batch = sequences.shape[0]
        if isinstance(carried, Carried):
            past, shown = self._state(batch, carried.state), carried.output
        else:
            if carried is None:
                carried = self.get_initial_state(ops.shape(sequences)[0])
            past = self._state(batch, carried)
            shown = ops.cast(past[0], self.compute_dtype)
            shown = shown if mask is None else ops.zeros_like(shown)
        request = paths.Request.now(self.cell, sequences, masked=mask is not None, **self._wishes())
        output, state = paths.carry(request, sequences, past, mask)
        output = ops.cast(output, self.compute_dtype)
        if mask is not None:
            output = masks.outputs(output, mask, self.zero_output_for_mask, before=shown)
        # Of no steps at all, the last is the one before.
        last = ops.concatenate([ops.expand_dims(shown, 1), output], axis=1)[:, -1]
        return output if self.return_sequences else last, Carried(state, last)

    def _wishes(self):
        return {
            "unroll": self.unroll,
            "path": self.path_asked_for,
            "jit_compile": self.jit_compile,
            "memory": self.memory,
        }

    def explain(self, batch=None, time=None, mask=None, training=False, eager=False):
        """Say which path serves a call, and why no other does.

        Args:
            batch: number of rows; None where it is unknown, as it is in `fit`.
            time: number of steps; None where it is unknown.
            mask: a mask, or whether there is one.
            training: whether the call is of training.
            eager: whether it is made eagerly, outside `fit`, `predict` and `tf.function`.

        Returns:
            `paths.Explanation`: `path`, `compiled`, and `against`, a reason for each path that
            is not taken; printed, it reads as lines.

        Raises:
            ValueError: for a path asked for by name that cannot serve the call.

        >>> print(LSTM(4, path="loop").explain(64, 200).path)
        loop
        """
        masked = mask is not None and mask is not False
        request = paths.Request(
            self.cell, batch, time, masked, bool(training), eager, **self._wishes()
        )
        return paths.explain(request)

    def _check_inputs(self, sequences):
        if len(sequences.shape) != 3:
            raise ValueError(
                f"{type(self).__name__} reads sequences of shape (batch, time, features); "
                f"received shape {tuple(sequences.shape)}. For one step, call its `cell`."
            )
        if self.unroll and sequences.shape[1] is None:
            raise ValueError(
                f"unroll=True needs a known number of steps; inputs have shape "
                f"{tuple(sequences.shape)}. Give it, as in `keras.Input((20, features))`, or "
                "pass unroll=False."
            )

    def _past(self, sequences, initial_state):
        """Return the cell's `State` before the first step: given, carried, or the cell's own."""
        batch = sequences.shape[0]
        if self.stateful and batch is not None and batch != self.states[0].shape[0]:
            raise ValueError(
                f"If an RNN is stateful, the batch size of the input sequences must be the same "
                f"as the batch size of the states: they have {self.states[0].shape[0]} rows, "
                f"inputs have {batch}. Drop the last, smaller batch, or build another layer."
            )
        if initial_state is None:
            if self.stateful:
                # Copied: torch assigns in place, to what the backward pass still needs.
                initial_state = [ops.copy(variable.value) for variable in self.states]
            else:
                initial_state = self.get_initial_state(ops.shape(sequences)[0])
        return self._state(batch, initial_state)

    def _state(self, batch, states):
        """Return what was given for the states as the cell's `State`, once its shapes fit."""
        given = tree.flatten(states)
        sizes = tree.flatten(self.state_size)
        letters = self.cell.states
        if len(given) != len(letters):
            raise ValueError(
                f"{type(self).__name__} has {len(letters)} state(s), {', '.join(letters)}; "
                f"received initial_state with {len(given)} tensor(s). Pass one of shape "
                f"(batch, {sizes[0]}) for each."
            )
        for letter, state, size in zip(letters, given, sizes, strict=True):
            shape = tuple(state.shape)
            rows_differ = None not in (batch, *shape[:1]) and shape[:1] != (batch,)
            if len(shape) != 2 or shape[1] != size or rows_differ:
                raise ValueError(
                    f"initial_state {letter} of {type(self).__name__} has shape {shape}; "
                    f"pass a tensor of shape ({'batch' if batch is None else batch}, {size})."
                )
        return self.cell.State(
            *(ops.cast(ops.convert_to_tensor(s), self.cell.state_dtype) for s in given)
        )

    @no_automatic_dependency_tracking
    def _create_state_variables(self, batch_size):
        # Keras's own would be read in the compute dtype, and lose what half precision cannot hold.
        if not isinstance(self.cell, GatedCell):
            return super()._create_state_variables(batch_size)
        self.states = [
            keras.Variable(
                value,
                trainable=False,
                autocast=False,
                dtype=self.cell.state_dtype,
                name="rnn_state",
            )
            for value in self.get_initial_state(batch_size)
        ]

    def get_config(self):
        written = {"activity_regularizer": keras.regularizers.serialize(self.activity_regularizer)}
        # Written where they are not what they are anyway: Keras's layers could not read them.
        own = {
            "path": (self.path_asked_for, "auto"),
            "jit_compile": (self.jit_compile, None),
            "memory": (self.memory, "high"),
        }
        written |= {name: value for name, (value, default) in own.items() if value != default}
        return {**super().get_config(), **written}


class _OwnCell(Recurrent):
    """A layer that makes its own cell, and takes the cell's arguments and its own together.

    Args:
        units: positive integer, the size of the output and of each state.
        *args: the cell's arguments that may be given by position.
        **kwargs: the arguments of the cell and of `Recurrent`, by name.
    """

    Cell: ClassVar[type[GatedCell]]

    def __init__(self, units, *args, **kwargs):
        # A cell that has no use for an argument of cells says so itself.
        known = {**GatedCell.arguments(), **self.Cell.arguments()}
        of_cell = {name: kwargs.pop(name) for name in known if name in kwargs}
        cell = self.Cell(
            units,
            *args,
            **of_cell,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name=_snake_case(self.Cell.__name__),
        )
        super().__init__(cell, **kwargs)
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def __init_subclass__(cls, **kwargs):
        """Register the layer, and let each argument of its cell be read from the layer too."""
        super().__init_subclass__(**kwargs)
        for name in cls.Cell.arguments() if "Cell" in vars(cls) else ():
            setattr(cls, name, property(operator.attrgetter(f"cell.{name}")))
        if hasattr(cls, "Cell"):
            register(cls)

    def get_config(self):
        config = {**self.cell.get_config(), **super().get_config()}
        del config["cell"]
        return config

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _one_of(name: str, value, choices):
    if value not in choices:
        raise ValueError(
            f"Argument `{name}` must be one of {', '.join(map(repr, choices))}; received "
            f"{name}={value!r}."
        )
    return value


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


class _OwnCellAsCudnn(_OwnCell):
    """A layer whose twin in Keras may run on cuDNN, and takes its argument about it.

    Args:
        use_cudnn: "auto" and False run the plain loop. True is refused when the layer is called:
            no path of this package runs on cuDNN yet. As in Keras, it is not in the config.
    """

    def __init__(self, units, *args, use_cudnn="auto", **kwargs):
        if use_cudnn not in ("auto", True, False):
            raise ValueError(
                "Invalid value for argument `use_cudnn`: expected 'auto', True or False; "
                f"received use_cudnn={use_cudnn!r}."
            )
        super().__init__(units, *args, **kwargs)
        self.use_cudnn = use_cudnn

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if self.use_cudnn is True:
            raise ValueError(
                "use_cudnn=True was specified, but cuDNN is not supported for this layer "
                'configuration with this backend. Pass use_cudnn="auto".'
            )
        return super().call(sequences, initial_state, mask, training)


class SimpleRNN(_OwnCell):
    """The vanilla recurrent network over a sequence; drop-in for `keras.layers.SimpleRNN`.

    Equations and arguments: `SimpleRNNCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = SimpleRNN(4)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 4)
    """

    Cell = SimpleRNNCell


class LSTM(_OwnCellAsCudnn):
    """Long short-term memory over a sequence; drop-in for `keras.layers.LSTM`.

    Equations and arguments: `LSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = LSTM(4, return_state=True)
    >>> output, h, c = layer(np.ones((2, 5, 3)))
    >>> tuple(c.shape)
    (2, 4)
    """

    Cell = LSTMCell


class GRU(_OwnCellAsCudnn):
    """The gated recurrent unit over a sequence; drop-in for `keras.layers.GRU`.

    Equations and arguments: `GRUCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = GRU(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = GRUCell


class MinGRU(_OwnCell):
    """The minimal gated recurrent unit over a sequence.

    Equations and arguments: `MinGRUCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = MinGRU(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = MinGRUCell


class MinLSTM(_OwnCell):
    """The minimal long short-term memory over a sequence.

    Equations and arguments: `MinLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = MinLSTM(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = MinLSTMCell
