"""Recurrent: what goes into a model, around any cell."""

from typing import Any, NamedTuple

import keras
from keras import ops, tree

from keras_gated import engine as engines
from keras_gated import masks, noise, starts, watch
from keras_gated.cell import GatedCell
from keras_gated.config import positive_integer, register
from keras_gated.keras_private import get_keras_mask, no_automatic_dependency_tracking


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
            row; the batch size must be known. `reset_state()` lets all rows start anew.
        stateful_rows: positive integer, the most rows of a batch; None for batches of one size, as
            in Keras. With it a stateful layer takes batches of any size up to this. The rule: row
            k goes on from row k of the batch before it; a row that that batch did not have is
            new, and starts as a new sequence does. So rows that are left out are forgotten.
        start: the states of a new sequence: "zeros" (the cell's own), "learned", "noisy", or a
            `Start` such as `NoisyStart(scale=0.1, mean="learned")`.
        unroll: write every step out instead of a loop. The number of steps must be known.
        zero_output_for_mask: give zeros at masked steps.
        path: how the cell is carried over time. "auto" takes the fastest that serves the call,
            and `explain` says which and why; the name of one asks for it, and is refused with the
            reason where it cannot serve: "scan", "vendor", "packed", "fused", "loop".
            All give the same numbers. "vendor" is cuDNN on a GPU, for LSTM, GRU and (on torch)
            SimpleRNN, and on torch also what that has for a CPU: `keras_gated/paths/vendor.py`.
            "packed" and "fused" have a gradient of their own, which has none again: for the
            gradient of a gradient (as a gradient penalty takes) ask for "loop".
        jit_compile: whether XLA compiles the recurrence (on TensorFlow; JAX always compiles).
            True: in every call, also eagerly, and in an exported model. False: never. None:
            where it is worth it, that is in a graph (`fit`, `predict`, `tf.function`), in
            training or if the number of steps is known, and not in an exported model.
        memory: "high" keeps the states and projections of every step for the backward pass,
            "low" only some states, and computes the rest again: slower, in much less memory.
        return_all_states: give every state at every step too, `{"h": ..., "c": ...}` by letter,
            tensors of shape `(batch, time, units)` in the order of the outputs. At a masked step
            a state is what it was before. In `Bidirectional` together with `return_state`.
        return_gates: give every gate at every step too, by letter as `return_all_states` does,
            behind it. At a masked step gates are zeros. Both are served by the loop alone.
        **kwargs: `name`, `dtype`, `trainable`, `activity_regularizer`.

    With TensorFlow on a CPU, `compile(jit_compile="auto")` leaves a model with such a layer
    uncompiled, since the layer compiles its own recurrence, and faster so.

    Call arguments:
        sequences: tensor of shape `(batch, time, features)`.
        initial_state: a tensor or list of tensors of shape `(batch, units)`, one for each of the
            cell's states. By default what a stateful layer carries, else its `start`.
        mask: tensor of shape `(batch, time)`, True (or not zero) where a step counts.
        training: whether dropout applies.
        reset: booleans of shape `(batch,)`, True where a row starts anew (with `start`, whatever
            else it would begin with), or `(batch, time)`, True where it does so before that step,
            be the step masked or not; such a call runs on the paths `loop` and `scan` alone.

    Returns:
        Tensor of shape `(batch, units)`, with `return_sequences` of shape `(batch, time, units)`;
        with `return_state` a tuple of it and the states, behind which stands what else is asked
        for: the dictionary of `return_all_states`, then that of `return_gates`.

    Raises:
        ValueError: for inputs, masks, resets or states whose shapes do not fit, and for `unroll`
            without a known number of steps.

    >>> from keras_gated import LSTMCell
    >>> layer = Recurrent(LSTMCell(4), return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    def __init__(
        self,
        cell,
        *args,
        engine="auto",
        jit_compile="auto",
        remat=False,
        start="zeros",
        stateful_rows=None,
        return_all_states=False,
        return_gates=False,
        **kwargs,
    ):
        engine = kwargs.pop("path", engine)  # its name before the first release
        if isinstance(cell, keras.layers.RNN):
            raise ValueError(
                f"Recurrent goes around a cell; received the layer {type(cell).__name__}. Pass its "
                "cell, as in Recurrent(LSTMCell(64)), or use the layer as it is."
            )
        super().__init__(cell, *args, **kwargs)
        self.start = starts.get(start)
        self.stateful_rows = self._check_stateful_rows(stateful_rows)
        self.new_rows = None
        self.return_all_states = return_all_states
        self.return_gates = return_gates
        if (return_all_states or return_gates) and not isinstance(cell, GatedCell):
            raise ValueError(
                f"return_all_states and return_gates need a GatedCell; received "
                f"{type(self.cell).__name__}. Write one Recurrent for each cell of a stack."
            )
        self.engine = _one_of("engine", engine, ("auto", *engines.NAMES))
        jit_compile = _one_of("jit_compile", jit_compile, ("auto", True, False, None))
        self.jit_compile = "auto" if jit_compile is None else jit_compile
        self.remat = _one_of("remat", remat, (True, False))
        # Keras has turned this off for its own recurrent layers in some releases.
        self.supports_masking = True
        if engine in ("auto", "vendor") and jit_compile is not True and self._cudnn is not False:
            # As Keras has it: XLA, which does not know cuDNN, would compile the model around it.
            self.supports_jit = not engines.on_vendor(cell)

    def call(self, sequences, initial_state=None, mask=None, training=False, reset=None):
        watching = watch.current()
        if mask is None:
            # Keras hands the inputs' mask along only where there is no other tensor.
            mask = get_keras_mask(sequences)
        if not isinstance(self.cell, GatedCell):
            return self._call_any_cell(sequences, initial_state, mask, training, reset)
        self._check_inputs(sequences)
        mask = masks.check(mask, sequences)
        past = self._past(sequences, initial_state, training)
        if reset is not None:
            past, reset = self._reset(sequences, past, reset, training)
        batch = ops.shape(sequences)[0]
        drawn = noise.SILENCE
        if training:
            drawn = noise.draw(self.cell, batch, ops.shape(sequences)[1], sequences.shape[-1])
        if self.go_backwards:
            sequences = ops.flip(sequences, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)
            reset = None if reset is None else reset._replace(steps=ops.flip(reset.steps, axis=1))

        request = engines.Request.now(
            self.cell,
            sequences,
            masked=mask is not None,
            reset=reset is not None,
            training=bool(training),
            **self._wishes(),
        )
        if watching:
            sequence, state = watching.carry(self, sequences, past, mask, noise=drawn, reset=reset)
        else:
            sequence, state = engines.run(
                request,
                sequences,
                past,
                mask,
                noise=drawn,
                reset=reset,
                sequence=self.return_sequences,
            )
        inside = sequence if isinstance(sequence, engines.Inside) else None
        if inside:
            sequence = inside.states[self.cell.states[0]]

        output = sequence if self.return_sequences else state[0]
        if mask is not None:
            shown = masks.outputs if self.return_sequences else masks.last_output
            output = shown(output, mask, self.zero_output_for_mask)
        output = ops.cast(output, self.compute_dtype)
        if self.stateful:
            self._carry_over(state)
        outputs = (output, *state) if self.return_state else (output,)
        outputs = self._and_inside(outputs, *(inside or ({}, {})))
        outputs = tree.map_structure(lambda value: ops.cast(value, self.compute_dtype), outputs)
        return outputs if len(outputs) > 1 else outputs[0]

    def _and_inside(self, outputs, states, gates) -> tuple:
        """Return the outputs and, behind them, what is asked for of every step."""
        asked = ((states, self.return_all_states), (gates, self.return_gates))
        return *outputs, *(by_letter for by_letter, wanted in asked if wanted)

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        shapes = super().compute_output_shape(sequences_shape, initial_state_shape)
        if not (self.return_all_states or self.return_gates):
            return shapes
        steps = tuple(sequences_shape[:2])
        sizes = zip(self.cell.states, tree.flatten(self.state_size), strict=True)
        return self._and_inside(
            shapes if self.return_state else (shapes,),
            {letter: (*steps, size) for letter, size in sizes},
            {letter: (*steps, self.cell.units) for letter in self.cell.gates},
        )

    def compute_mask(self, inputs, mask):
        shown = super().compute_mask(inputs, mask)
        if not (self.return_all_states or self.return_gates):
            return shown
        of_steps = tree.flatten(mask)[0]
        return list(
            self._and_inside(
                shown if self.return_state else [shown],
                dict.fromkeys(self.cell.states, of_steps),
                dict.fromkeys(self.cell.gates, of_steps),
            )
        )

    def _call_any_cell(self, sequences, initial_state, mask, training, reset):
        if reset is not None:
            raise ValueError(
                f"reset= needs a layer around one GatedCell; this one is around a "
                f"{type(self.cell).__name__}."
            )
        if initial_state is None:
            begin = self._carried if self.stateful else self._new_states
            initial_state = begin(ops.shape(sequences)[0], training)
        if watching := watch.current():
            watching.see_stack(self, sequences, initial_state, mask)
        found = super().call(sequences, initial_state, mask, training)
        if self.new_rows is not None:
            self.new_rows.assign(ops.zeros(self.new_rows.shape, "bool"))
        return found

    def stream(self, sequences, carried=None, mask=None) -> tuple:
        """Return what the layer gives for the next piece of a sequence, and what to carry on.

        Whichever way a sequence is cut, its pieces give what the whole gives, outputs and states,
        masks included; a piece may have one step, or none. Nothing is kept in the layer, not even
        by a stateful one: what the next piece needs is in `carried`. There is no dropout.

        >>> from keras_gated import LSTM
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
                carried = self._new_states(ops.shape(sequences)[0])
            past = self._state(batch, carried)
            shown = ops.cast(past[0], self.compute_dtype)
            shown = shown if mask is None else ops.zeros_like(shown)
        wishes = {**self._wishes(), "inside": False}
        request = engines.Request.now(self.cell, sequences, masked=mask is not None, **wishes)
        output, state = engines.run(request, sequences, past, mask)
        output = ops.cast(output, self.compute_dtype)
        if mask is not None:
            output = masks.outputs(output, mask, self.zero_output_for_mask, before=shown)
        # Of no steps at all, the last is the one before.
        last = ops.concatenate([ops.expand_dims(shown, 1), output], axis=1)[:, -1]
        return output if self.return_sequences else last, Carried(state, last)

    @property
    def _cudnn(self) -> bool | str:
        """What LSTM and GRU are given as `use_cudnn`; other layers do not have it, as in Keras."""
        return getattr(self, "use_cudnn", "auto")

    def _wishes(self):
        return {
            "inside": self.return_all_states or self.return_gates,
            "unroll": self.unroll,
            "engine": "vendor" if self._cudnn is True else self.engine,
            "cudnn": self._cudnn,
            "jit_compile": self.jit_compile,
            "remat": self.remat,
        }

    def explain(self, batch=None, time=None, mask=None, training=False, eager=False, reset=False):
        """Say which path serves a call, and why no other does.

        Args:
            batch: number of rows; None where it is unknown, as it is in `fit`.
            time: number of steps; None where it is unknown.
            mask: a mask, or whether there is one.
            training: whether the call is of training.
            eager: whether it is made eagerly, outside `fit`, `predict` and `tf.function`.
            reset: whether it is given a reset mask by step, `(batch, time)`.

        Returns:
            `engine.Explanation`: `path`, `compiled`, and `against`, a reason for each path that
            is not taken; printed, it reads as lines.

        Raises:
            ValueError: for a path asked for by name that cannot serve the call.

        >>> from keras_gated import LSTM
        >>> print(LSTM(4, engine="loop").explain(64, 200).engine)
        loop
        """
        masked = mask is not None and mask is not False
        request = engines.Request(
            self.cell,
            batch,
            time,
            masked,
            bool(training),
            eager,
            reset=bool(reset),
            **self._wishes(),
        )
        return engines.explain(request)

    def _check_inputs(self, sequences):
        if len(sequences.shape) != 3:
            raise ValueError(
                f"{type(self).__name__} reads sequences of shape (batch, time, features); "
                f"received shape {tuple(sequences.shape)}. For one step, call its `cell`."
            )
        kernel = getattr(self.cell, "kernel", None)
        if self.built and kernel is not None and sequences.shape[-1] != kernel.shape[0]:
            raise ValueError(
                f"{type(self).__name__} was built for {kernel.shape[0]} features; received "
                f"shape {tuple(sequences.shape)}. Pass (batch, time, {kernel.shape[0]}), or make "
                "a new layer."
            )
        if self.unroll and sequences.shape[1] is None:
            raise ValueError(
                f"unroll=True needs a known number of steps; inputs have shape "
                f"{tuple(sequences.shape)}. Give it, as in `keras.Input((20, features))`, or "
                "pass unroll=False."
            )

    def _check_stateful_rows(self, rows):
        if rows is None:
            return None
        rows = positive_integer("stateful_rows", rows)
        if not (self.stateful and isinstance(self.cell, GatedCell)):
            raise ValueError(
                "stateful_rows is for a stateful layer around one GatedCell; pass stateful=True "
                "too, or leave it out."
            )
        return rows

    def build(self, sequences_shape, initial_state_shape=None):
        cell = self.cell
        names = list(cell.states) if isinstance(cell, GatedCell) else None
        if names is None:
            names = [f"state_{k}" for k in range(len(tree.flatten(self.get_initial_state(1))))]
        if not self.start.built:
            self.start.create(lambda: self.get_initial_state(1), names)
        if self.stateful_rows is not None:
            sequences_shape = (self.stateful_rows, *sequences_shape[1:])
        super().build(sequences_shape)

    def _new_states(self, rows, training=False):
        """Return the states with which new sequences start, nested as the cell has them."""
        return self.start.states(self.get_initial_state(rows), bool(training))

    def _past(self, sequences, initial_state, training):
        """Return the cell's `State` before the first step: given, carried, or a new one."""
        batch = sequences.shape[0]
        if self.stateful and batch is not None:
            rows = self.states[0].shape[0]
            if self.stateful_rows is None and batch != rows:
                raise ValueError(
                    f"If an RNN is stateful, the batch size of the input sequences must be the "
                    f"same as the batch size of the states: they have {rows} rows, inputs have "
                    f"{batch}. Drop the last, smaller batch, or pass stateful_rows= with the most "
                    "rows of a batch to a new layer."
                )
            if batch > rows:
                raise ValueError(
                    f"inputs have {batch} rows, but stateful_rows={rows} is the most that this "
                    "layer carries states for; pass more to a new layer."
                )
        if initial_state is None:
            begin = self._carried if self.stateful else self._new_states
            initial_state = begin(ops.shape(sequences)[0], training)
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

    def _reset(self, sequences, past, reset, training):
        """Return the states before the first step, and a `Reset` by step if there is one."""
        reset = starts.check_reset(reset, sequences)
        new = self.cell.State(*self._new_states(ops.shape(sequences)[0], training))
        if len(reset.shape) == 2:
            return past, starts.Reset(reset, new)
        anew = ops.expand_dims(reset, -1)
        return self.cell.State(
            *(ops.where(anew, n, p) for n, p in zip(new, past, strict=True))
        ), None

    def _carried(self, rows, training):
        """Return the states that a stateful layer begins with, nested as the cell has them."""
        # Copied: torch assigns in place, to what the backward pass still needs.
        carried = [ops.copy(variable.value)[:rows] for variable in tree.flatten(self.states)]
        new = self._new_states(rows, training)
        if self.new_rows is not None:
            # Not stored when they were new: the start may be learned, and be another by now.
            anew = ops.expand_dims(self.new_rows.value[:rows], -1)
            carried = [
                ops.where(anew, ops.cast(first, old.dtype), old)
                for first, old in zip(tree.flatten(new), carried, strict=True)
            ]
        return tree.pack_sequence_as(new, carried)

    def _carry_over(self, state):
        """Store the states after a batch; the rows that it did not have are new."""
        rows, count = self.states[0].shape[0], ops.shape(state[0])[0]
        if self.stateful_rows is not None:
            own = self.get_initial_state(rows)
            state = [
                ops.reshape(ops.concatenate([s, first[count:]], axis=0), first.shape)
                for s, first in zip(state, own, strict=True)
            ]
        for variable, value in zip(self.states, state, strict=True):
            variable.assign(value)
        if self.new_rows is not None:
            self.new_rows.assign(ops.arange(rows) >= count)

    def reset_state(self):
        """Let every row of a stateful layer start anew."""
        if self.states is None:
            return
        variables = tree.flatten(self.states)
        own = tree.flatten(self.get_initial_state(variables[0].shape[0]))
        for variable, value in zip(variables, own, strict=True):
            variable.assign(value)
        if self.new_rows is not None:
            self.new_rows.assign(ops.ones(self.new_rows.shape, "bool"))

    @no_automatic_dependency_tracking
    def _create_state_variables(self, batch_size):
        if type(self.start) is not starts.Start:
            self.new_rows = keras.Variable(
                ops.ones((batch_size,), "bool"), trainable=False, dtype="bool", name="new_rows"
            )
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
            "engine": (self.engine, "auto"),
            "jit_compile": (self.jit_compile, "auto"),
            "remat": (self.remat, False),
            "stateful_rows": (self.stateful_rows, None),
            "return_all_states": (self.return_all_states, False),
            "return_gates": (self.return_gates, False),
        }
        if type(self.start) is not starts.Start:
            written["start"] = keras.saving.serialize_keras_object(self.start)
        written |= {name: value for name, (value, default) in own.items() if value != default}
        return {**super().get_config(), **written}


def _one_of(name: str, value, choices):
    if value not in choices:
        raise ValueError(
            f"Argument `{name}` must be one of {', '.join(map(repr, choices))}; received "
            f"{name}={value!r}."
        )
    return value
