"""Recurrent: the layer that runs a cell over a sequence."""

import re

import keras
from keras import ops, tree

from keras_gated import engine as engines
from keras_gated import initial_state as initial_states
from keras_gated import masks, regularization
from keras_gated.config import register
from keras_gated.engine.request import Request
from keras_gated.keras_private import get_keras_mask
from keras_gated.layers import streaming
from keras_gated.layers.checks import (
    check_inputs,
    check_is_cell,
    one_of,
    refuse_arguments_of_cell,
    state_of,
)
from keras_gated.layers.stateful import Stateful


@register
class Recurrent(Stateful, keras.layers.RNN):
    """A `keras.layers.RNN` around any `GatedCell`.

    Masks may have any pattern: padding at either end, gaps, fully masked rows. Masked timesteps
    are skipped: the state is carried through unchanged, and the output of the previous timestep
    is repeated (zeros if there is none). Inputs at masked timesteps, NaN included, affect neither
    outputs nor gradients.

    Args:
        cell: a `GatedCell`.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: the implementation of the loop over time: "scan", "vendor", "packed", "fused" or
            "loop". All give the same results; on JAX only "loop" has forward-mode derivatives
            (`jax.jvp`), the others have reverse mode (`jax.grad`). "auto" uses the fastest one that
            supports the call; `explain` returns which and why. A name requires that implementation,
            and raises an error with the reason if it does not support the call.
        jit_compile: whether XLA compiles the recurrence on TensorFlow (JAX always compiles).
            True: in every call but those that return all states or gates. "auto", None and False:
            not by itself, but as part of a model that is compiled as a whole.
        remat: gradient checkpointing: recompute intermediate values in the backward pass instead
            of storing them. Slower, with much less memory. Applies where the engine is "packed" or
            "fused", as in `fit` on TensorFlow and JAX; on torch and in "scan" it changes nothing.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
        **kwargs: `name`, `dtype`, `trainable`, `activity_regularizer`.

    Call arguments:
        sequences: tensor of shape `(batch, time, features)`.
        initial_state: a tensor or list of tensors of shape `(batch, units)`, one for each of the
            cell's states, or a dict of them by letter. By default those of the previous batch if
            the layer is stateful, else those of the constructor's `initial_state`.
        mask: tensor of shape `(batch, time)`, True (or nonzero) where a timestep counts.
        training: whether dropout applies.
        reset: booleans of shape `(batch,)`, True where a row starts a new sequence, or
            `(batch, time)`, True where it does so before that timestep, masked or not. Only the
            engines `loop` and `scan` support the latter.

    Returns:
        Tensor of shape `(batch, units)`, with `return_sequences` of shape `(batch, time, units)`;
        with `return_state` a tuple of it and the states. The dicts of `return_all_states` and of
        `return_gates` follow.

    Raises:
        ValueError: for a cell that is not a `GatedCell`, for inputs, masks, resets or states whose
            shapes do not fit, and for `unroll` without a known number of timesteps.

    >>> from keras_gated import LSTMCell
    >>> layer = Recurrent(LSTMCell(4), return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    def __init__(
        self,
        cell,
        *args,
        engine: str = "auto",
        jit_compile: bool | str | None = "auto",
        remat: bool = False,
        initial_state="zeros",
        stateful_rows=None,
        return_all_states=False,
        return_gates=False,
        **kwargs,
    ):
        engine = kwargs.pop("path", engine)  # its name before the first release
        check_is_cell(cell)
        if type(self) is Recurrent:
            refuse_arguments_of_cell(cell, kwargs)
            if kwargs.get("name") is None:
                kwargs["name"] = _name_of(cell)
        super().__init__(cell, *args, **kwargs)
        self.initial_state = initial_states.get(initial_state)
        self.stateful_rows = self._check_stateful_rows(stateful_rows)
        self.return_all_states = return_all_states
        self.return_gates = return_gates
        self.engine = one_of("engine", engine, ("auto", *engines.NAMES))
        jit_compile = one_of("jit_compile", jit_compile, ("auto", True, False, None))
        self.jit_compile = "auto" if jit_compile is None else jit_compile
        self.remat = one_of("remat", remat, (False, True))
        # Some releases of Keras turn this off for their recurrent layers.
        self.supports_masking = True
        if engine in ("auto", "vendor") and jit_compile is not True and self._cudnn is not False:
            # As in Keras: XLA does not support cuDNN, so it must not compile the whole model.
            self.supports_jit = not engines.on_vendor(cell)

    _built_time: int | None = 0  # number of timesteps that `build` was told; None is any

    def build(self, sequences_shape, initial_state_shape=None):
        if not self.initial_state.built:
            self.initial_state.create(lambda: self.cell.get_initial_state(1), self.cell.states)
            self.initial_state.built = True
        self._built_time = sequences_shape[1]
        if self.stateful_rows is not None:
            sequences_shape = (self.stateful_rows, *sequences_shape[1:])
        super().build(sequences_shape)

    def call(self, sequences, initial_state=None, mask=None, training=False, reset=None):
        if mask is None:
            # Keras passes the mask of the inputs only if they are the only tensor.
            mask = get_keras_mask(sequences)
        check_inputs(self, sequences)
        mask = masks.check(mask, sequences)
        rows, steps = ops.shape(sequences)[:2]
        if sequences.shape[-1] is None:  # as those of a tf.py_function
            sequences = ops.reshape(sequences, (rows, steps, self.cell.kernel.shape[0]))
        if self.stateful:
            self._check_rows(sequences.shape[0])
        if initial_state is None:
            begin = self._carried if self.stateful else self._new_states
            initial_state = begin(rows, training)
        past = state_of(self, sequences.shape[0], initial_state)
        if reset is not None:
            past, reset = self._reset(sequences, past, reset, training)
        noise = regularization.SILENCE
        if training:
            noise = regularization.draw(self.cell, rows, steps, sequences.shape[-1])
        if self.go_backwards:
            sequences = ops.flip(sequences, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)
            reset = None if reset is None else reset._replace(steps=ops.flip(reset.steps, axis=1))

        request = self._request(sequences, mask, training=bool(training), reset=reset is not None)
        sequence, state = engines.run(
            request,
            sequences,
            past,
            mask,
            noise=noise,
            reset=reset,
            sequence=self.return_sequences,
        )
        if self.stateful:
            self._carry_over(state)
        return self._outputs(sequence, state, mask)

    def _request(self, sequences, mask, **rest) -> Request:
        """Return the `Request` to the engine for a call with these inputs."""
        options = {**self._options(), "name": self.name, "go_backwards": self.go_backwards}
        request = Request.now(self.cell, sequences, masked=mask is not None, **{**options, **rest})
        # Keras lets torch trace one timestep where their number is unknown.
        if request.exported and self._built_time is None and request.time == 1:
            return request._replace(time=None)
        return request

    def _options(self) -> dict:
        return {
            "inside": self.return_all_states or self.return_gates,
            "unroll": self.unroll,
            "engine": "vendor" if self._cudnn is True else self.engine,
            "cudnn": self._cudnn,
            "jit_compile": self.jit_compile,
            "remat": self.remat,
        }

    @property
    def _cudnn(self) -> bool | str:
        """The `use_cudnn` of LSTM and GRU; as in Keras, other layers do not have it."""
        return getattr(self, "use_cudnn", "auto")

    def _outputs(self, sequence, state, mask):
        """Return the outputs of a call, from the first state at every timestep and final states."""
        inside = sequence if isinstance(sequence, engines.Inside) else None
        if inside:
            sequence = inside.states[self.cell.states[0]]
        output = sequence if self.return_sequences else state[0]
        if mask is not None:
            masked = masks.outputs if self.return_sequences else masks.last_output
            output = masked(output, mask, self.zero_output_for_mask)
        outputs = (output, *state) if self.return_state else (output,)
        outputs = self._and_inside(outputs, *(inside or ({}, {})))
        outputs = tree.map_structure(lambda value: ops.cast(value, self.compute_dtype), outputs)
        return outputs if len(outputs) > 1 else outputs[0]

    def _and_inside(self, outputs, states, gates) -> tuple:
        """Return the outputs, followed by the states and gates of every timestep if requested."""
        dicts = ((states, self.return_all_states), (gates, self.return_gates))
        return *outputs, *(by_letter for by_letter, requested in dicts if requested)

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
        output_mask = super().compute_mask(inputs, mask)
        if not (self.return_all_states or self.return_gates):
            return output_mask
        time_mask = tree.flatten(mask)[0]
        return list(
            self._and_inside(
                output_mask if self.return_state else [output_mask],
                dict.fromkeys(self.cell.states, time_mask),
                dict.fromkeys(self.cell.gates, time_mask),
            )
        )

    def get_initial_state(self, batch_size):
        """Return the initial states of a new sequence, each of shape `(batch_size, units)`.

        They are those of the constructor's `initial_state`, without noise.
        """
        default = self.cell.get_initial_state(batch_size)
        return self.initial_state.states(default) if self.initial_state.built else default

    def _new_states(self, rows, training=False) -> list:
        """Return the initial states of new sequences in a call."""
        return self.initial_state.states(self.cell.get_initial_state(rows), bool(training))

    def _reset(self, sequences, past, reset, training):
        """Return the states before the first timestep, and a `Reset` per timestep or None."""
        reset = initial_states.check_reset(reset, sequences)
        new = self.cell.State(*self._new_states(ops.shape(sequences)[0], training))
        if len(reset.shape) == 2:
            return past, initial_states.Reset(reset, new)
        is_new = ops.expand_dims(reset, -1)
        return self.cell.State(
            *(ops.where(is_new, n, p) for n, p in zip(new, past, strict=True))
        ), None

    def stream(self, sequences, carried=None, mask=None) -> tuple:
        """Return the outputs for the next chunk of a sequence, and the state to pass with the next.

        Streaming is exact: any split of a sequence yields the same outputs and final state. A
        chunk may have one timestep, or none. The layer stores nothing, even if it is stateful.
        Dropout is not applied.

        >>> from keras_gated import LSTM
        >>> layer = LSTM(4, return_sequences=True)
        >>> x = np.ones((2, 5, 3))
        >>> first, carried = layer.stream(x[:, :2])
        >>> second, carried = layer.stream(x[:, 2:], carried)
        >>> bool(np.allclose(second, layer(x)[:, 2:], atol=1e-6)), carried.state._fields
        (True, ('h', 'c'))

        Args:
            sequences: tensor of shape `(batch, time, features)`.
            carried: the `Carried` of the previous chunk, or initial states as in a call. By
                default the sequence starts with the layer's initial state.
            mask: tensor of shape `(batch, time)`. If any chunk has a mask, the first must have one.

        Returns:
            `(output, carried)`: the outputs of the chunk, `(batch, time, units)`, or without
            `return_sequences` the last output so far.

        Raises:
            ValueError: with `go_backwards`, and as in a call.
        """
        return streaming.stream_layer(self, sequences, carried, mask)

    def explain(self, batch=None, time=None, mask=None, training=False, eager=False, reset=False):
        """Return which implementation runs a call, and why the others do not.

        Args:
            batch: batch size; None if unknown, as in `fit`.
            time: number of timesteps; None if unknown.
            mask: a mask, or whether there is one.
            training: whether the call is in training mode.
            eager: whether it runs eagerly, outside `fit`, `predict` and `tf.function`.
            reset: whether it has a reset mask per timestep, `(batch, time)`.

        Returns:
            `Explanation` with `engine`, `compiled`, and `against`: a reason for each
            implementation that is not used. It prints as one line each.

        Raises:
            ValueError: if the layer requires an engine that does not support the call.

        >>> from keras_gated import LSTM
        >>> print(LSTM(4, engine="loop").explain(64, 200).engine)
        loop
        """
        masked = mask is not None and mask is not False
        call = {"training": bool(training), "eager": eager, "reset": bool(reset)}
        return engines.explain(Request(self.cell, batch, time, masked, **call, **self._options()))

    def __repr__(self):
        if type(self) is not Recurrent:
            return super().__repr__()
        return f"<Recurrent of {type(self.cell).__name__}, name={self.name}>"

    def get_config(self):
        config = {"activity_regularizer": keras.regularizers.serialize(self.activity_regularizer)}
        # Omitted if default, so that Keras's layers can load the config.
        arguments = {
            "engine": (self.engine, "auto"),
            "jit_compile": (self.jit_compile, "auto"),
            "remat": (self.remat, False),
            "stateful_rows": (self.stateful_rows, None),
            "return_all_states": (self.return_all_states, False),
            "return_gates": (self.return_gates, False),
        }
        if not self._starts_as_cell:
            config["initial_state"] = keras.saving.serialize_keras_object(self.initial_state)
        config |= {name: value for name, (value, default) in arguments.items() if value != default}
        return {**super().get_config(), **config}


def _name_of(cell) -> str:
    """Return a layer name from its cell's class: `leak`, `leak_1` ... for a `LeakCell`."""
    name = type(cell).__name__.removesuffix("Cell") or type(cell).__name__
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    number = keras.backend.get_uid(name)
    return name if number == 1 else f"{name}_{number - 1}"
