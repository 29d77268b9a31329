"""The layers, with all arguments: written by `python -m tests.stubs`; do not edit."""

from typing import Any, ClassVar

from keras_gated.cells.coupled_lstm import CoupledLSTMCell
from keras_gated.cells.esn import ESNCell
from keras_gated.cells.fast_grnn import FastGRNNCell
from keras_gated.cells.gru import GRUCell
from keras_gated.cells.ind_rnn import IndRNNCell
from keras_gated.cells.janet import JANETCell
from keras_gated.cells.layer_norm_gru import LayerNormGRUCell
from keras_gated.cells.layer_norm_lstm import LayerNormLSTMCell
from keras_gated.cells.layer_norm_simple_rnn import LayerNormSimpleRNNCell
from keras_gated.cells.lstm import LSTMCell
from keras_gated.cells.mgu import MGUCell
from keras_gated.cells.min_gru import MinGRUCell
from keras_gated.cells.min_lstm import MinLSTMCell
from keras_gated.cells.mogrifier_lstm import MogrifierLSTMCell
from keras_gated.cells.nas import NASCell
from keras_gated.cells.peephole_lstm import PeepholeLSTMCell
from keras_gated.cells.projected_lstm import ProjectedLSTMCell
from keras_gated.cells.rg_lru import RGLRUCell
from keras_gated.cells.s_lstm import SLSTMCell
from keras_gated.cells.simple_rnn import SimpleRNNCell
from keras_gated.layers.cell_layer import CellLayer

class SimpleRNN(CellLayer):
    """The vanilla recurrent network over a sequence; drop-in for `keras.layers.SimpleRNN`.

        h_t = tanh(W x_t + b + U h_{t-1})

    Elman, "Finding structure in time", 1990, https://doi.org/10.1207/s15516709cog1402_1.
    Equal to `keras.layers.SimpleRNNCell` in arguments, weights and numbers.

    Args:
        units: positive integer, the size of h.
        activation: activation function, tanh in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        activity_regularizer: regularizer of the layer's output, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        seed: integer, the random seed of dropout and zoneout.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[SimpleRNNCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'tanh',
        use_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        *,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        implementation: int = 2,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        **kwargs: Any,
    ) -> None: ...

class LSTM(CellLayer):
    """Long short-term memory over a sequence; drop-in for `keras.layers.LSTM`.

        i = sigmoid(W_i x_t + b_i + U_i h_{t-1})      input gate: what enters c
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate: what stays in c
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate: what of c is shown
        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(c_t)

    Hochreiter and Schmidhuber, "Long short-term memory", 1997,
    https://doi.org/10.1162/neco.1997.9.8.1735, with the forget gate of Gers, Schmidhuber and
    Cummins, "Learning to forget", 2000, https://doi.org/10.1162/089976600300015015.
    Equal to `keras.layers.LSTMCell` in arguments, weights and numbers.

    Args:
        units: positive integer, the size of the states.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        unit_forget_bias: whether b_f starts at 1, so that a new cell remembers (Jozefowicz,
            Zaremba and Sutskever, 2015, https://proceedings.mlr.press/v37/jozefowicz15.html).
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        activity_regularizer: regularizer of the layer's output, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        seed: integer, the random seed of dropout and zoneout.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        use_cudnn: "auto" takes the engine "vendor" where it serves; True requires it on a GPU, and
            raises with the reason where it does not serve; False forbids it. As in Keras, it is
            not in the config.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[LSTMCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'tanh',
        recurrent_activation: Any = 'sigmoid',
        use_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = 'auto',
        *,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        implementation: int = 2,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        **kwargs: Any,
    ) -> None: ...

class GRU(CellLayer):
    """The gated recurrent unit over a sequence; drop-in for `keras.layers.GRU`.

        z = sigmoid(W_z x_t + b_z + U_z h_{t-1})      update gate: what stays of h
        r = sigmoid(W_r x_t + b_r + U_r h_{t-1})      reset gate: what of h the candidate sees
        n = tanh(W_n x_t + b_n + r * (U_n h_{t-1} + d_n))                         candidate
        h_t = z * h_{t-1} + (1 - z) * n

    This is `reset_after=True`, what cuDNN and torch compute; z and r have a recurrent bias d too,
    and `bias` holds b and d as its two rows. With `reset_after=False`, as the paper has it,

        n = tanh(W_n x_t + b_n + U_n (r * h_{t-1}))

    and `bias` is b alone. Cho et al., "Learning phrase representations using RNN encoder-decoder",
    2014, https://arxiv.org/abs/1406.1078 (there z and 1 - z change places).
    Equal to `keras.layers.GRUCell` in arguments, weights and numbers.

    Args:
        units: positive integer, the size of h.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        activity_regularizer: regularizer of the layer's output, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        seed: integer, the random seed of dropout and zoneout.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        reset_after: whether the reset gate acts after the matrix product, or before.
        use_cudnn: "auto" takes the engine "vendor" where it serves; True requires it on a GPU, and
            raises with the reason where it does not serve; False forbids it. As in Keras, it is
            not in the config.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[GRUCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'tanh',
        recurrent_activation: Any = 'sigmoid',
        use_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Any = 'auto',
        *,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        implementation: int = 2,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        **kwargs: Any,
    ) -> None: ...

class PeepholeLSTM(CellLayer):
    """The LSTM with peepholes over a sequence: each gate sees its own unit of the cell state c.

        i = sigmoid(W_i x_t + b_i + U_i h_{t-1} + p_i * c_{t-1})      input gate
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1} + p_f * c_{t-1})      forget gate
        g = tanh(W_g x_t + b_g + U_g h_{t-1})                         candidate
        c_t = f * c_{t-1} + i * g
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1} + p_o * c_t)          output gate: sees the new c
        h_t = o * tanh(c_t)

    Gers and Schmidhuber, "Recurrent nets that time and count", 2000,
    https://doi.org/10.1109/IJCNN.2000.861302. Equal in weights and numbers to TensorFlow Addons'
    `PeepholeLSTMCell`, whose names for p_i, p_f and p_o these are:
    `input_gate_peephole_weights`, `forget_gate_...` and `output_gate_...`, of shape `(units,)`.

    Args:
        units: positive integer, the size of h and of c.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        peephole_initializer: initializer of the peepholes.
        unit_forget_bias: whether b_f starts at 1, so that a new cell remembers (Jozefowicz,
            Zaremba and Sutskever, 2015, https://proceedings.mlr.press/v37/jozefowicz15.html).
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[PeepholeLSTMCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'tanh',
        recurrent_activation: Any = 'sigmoid',
        use_bias: bool = True,
        *,
        peephole_initializer: Any = 'glorot_uniform',
        unit_forget_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class CoupledLSTM(CellLayer):
    """The LSTM with coupled gates (CIFG) over a sequence: what is not kept of c is taken in.

        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate: what stays in c
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate: what of c is shown
        c_t = f * c_{t-1} + (1 - f) * g
        h_t = o * tanh(c_t)

    That is an LSTM with i = 1 - f, a quarter smaller, whose c stays between -1 and 1. Greff et
    al., "LSTM: a search space odyssey", 2017, https://arxiv.org/abs/1503.04069, where it is the
    variant CIFG, with peepholes; they write f = 1 - i and learn i, the same with W_f, U_f and b_f
    negated.

    Args:
        units: positive integer, the size of the states.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        unit_forget_bias: whether b_f starts at 1, so that a new cell remembers (Jozefowicz,
            Zaremba and Sutskever, 2015, https://proceedings.mlr.press/v37/jozefowicz15.html).
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[CoupledLSTMCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'tanh',
        recurrent_activation: Any = 'sigmoid',
        use_bias: bool = True,
        *,
        unit_forget_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class ProjectedLSTM(CellLayer):
    """The LSTM with a projected output (LSTMP) over a sequence: much memory behind a narrow h.

        i = sigmoid(W_i x_t + b_i + U_i h_{t-1})      input gate
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate
        c_t = f * c_{t-1} + i * g
        h_t = P (o * tanh(c_t))

    The product with P, `projection_kernel` of shape `(units, projection)`, follows `step`, in
    `finish`. Sak, Senior and Beaufays, "Long short-term memory based recurrent neural network
    architectures for large vocabulary speech recognition", 2014, https://arxiv.org/abs/1402.1128,
    there with peepholes. Equal in numbers to `torch.nn.LSTM(proj_size=projection)`.

    Args:
        units: positive integer, the size of c.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        projection: positive integer, the size of h; by default half of `units`, rounded up.
        projection_initializer: initializer of `projection_kernel`.
        projection_regularizer, projection_constraint: its regularizer and constraint, or None.
        unit_forget_bias: whether b_f starts at 1, so that a new cell remembers (Jozefowicz,
            Zaremba and Sutskever, 2015, https://proceedings.mlr.press/v37/jozefowicz15.html).
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[ProjectedLSTMCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'tanh',
        recurrent_activation: Any = 'sigmoid',
        use_bias: bool = True,
        *,
        projection: Any = None,
        projection_initializer: Any = 'glorot_uniform',
        projection_regularizer: Any = None,
        projection_constraint: Any = None,
        unit_forget_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class LayerNormLSTM(CellLayer):
    """The LSTM with layer normalization over a sequence: no projection can saturate all gates.

        a = norm(W x_t) + norm(U h_{t-1}) + b         each over the columns of all four gates
        i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)
        g = tanh(a_g)
        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(norm(c_t))

        norm(a) = gamma * (a - mean(a)) / sqrt(variance(a) + epsilon) + beta

    with gains gamma and shifts beta of each norm's own: `kernel_gamma`, `kernel_beta`,
    `recurrent_gamma`, `recurrent_beta`, `state_gamma`, `state_beta`. Ba, Kiros and Hinton, "Layer
    normalization", 2016, https://arxiv.org/abs/1607.06450, equations 20 to 22.

    There c is carried as it is, and normalized only on its way to h; so it is here. TensorFlow
    Addons' `LayerNormLSTMCell` carries norm(c_t) instead: `carry_normalized=True` does that, with
    the same weights in the same order.

    Args:
        units: positive integer, the size of h and of c.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        carry_normalized: whether the c that is carried to the next step is norm(c_t).
        gamma_initializer, beta_initializer: initializers of the gains and of the shifts.
        epsilon: small positive number that keeps the division finite.
        unit_forget_bias: whether b_f starts at 1, so that a new cell remembers (Jozefowicz,
            Zaremba and Sutskever, 2015, https://proceedings.mlr.press/v37/jozefowicz15.html).
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[LayerNormLSTMCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'tanh',
        recurrent_activation: Any = 'sigmoid',
        use_bias: bool = True,
        *,
        carry_normalized: bool = False,
        gamma_initializer: Any = 'ones',
        beta_initializer: Any = 'zeros',
        epsilon: Any = 0.001,
        unit_forget_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class LayerNormGRU(CellLayer):
    """The GRU with layer normalization over a sequence.

        wx = norm(W x_t) + b
        uh = norm(U h_{t-1})
        z = sigmoid(wx_z + uh_z)                      update gate: what stays of h
        r = sigmoid(wx_r + uh_r)                      reset gate: what of h the candidate sees
        n = tanh(wx_n + r * uh_n)                     candidate
        h_t = z * h_{t-1} + (1 - z) * n

        norm(a) = gamma * (a - mean(a)) / sqrt(variance(a) + epsilon) + beta

    where the columns of z and r share a mean and a variance, and those of n have their own. The
    gains and shifts are `kernel_gamma`, `kernel_beta`, `recurrent_gamma` and `recurrent_beta`. Ba,
    Kiros and Hinton, "Layer normalization", 2016, https://arxiv.org/abs/1607.06450, equations 27
    to 29 (there z and 1 - z change places, and b is part of the betas).

    Args:
        units: positive integer, the size of h.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        gamma_initializer, beta_initializer: initializers of the gains and of the shifts.
        epsilon: small positive number that keeps the division finite.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[LayerNormGRUCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'tanh',
        recurrent_activation: Any = 'sigmoid',
        use_bias: bool = True,
        *,
        gamma_initializer: Any = 'ones',
        beta_initializer: Any = 'zeros',
        epsilon: Any = 0.001,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class LayerNormSimpleRNN(CellLayer):
    """The vanilla recurrent network with layer normalization over a sequence.

        a = W x_t + U h_{t-1}
        h_t = tanh(gamma * (a - mean(a)) / sqrt(variance(a) + epsilon) + b)

    so that the past neither grows nor fades with the size of U. Ba, Kiros and Hinton, "Layer
    normalization", 2016, https://arxiv.org/abs/1607.06450, equation 4. Equal in weights and
    numbers to TensorFlow Addons' `LayerNormSimpleRNNCell` (whose epsilon is 1e-5 by default; here
    it is that of `keras.layers.LayerNormalization`).

    Args:
        units: positive integer, the size of h.
        activation: activation function, tanh in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        gamma_initializer: initializer of the gain `gamma`, of shape `(units,)`.
        epsilon: small positive number that keeps the division finite.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[LayerNormSimpleRNNCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'tanh',
        use_bias: bool = True,
        *,
        gamma_initializer: Any = 'ones',
        epsilon: Any = 0.001,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class MinGRU(CellLayer):
    """The minGRU over a sequence: a GRU whose gates do not see the past.

        z = sigmoid(W_z x_t + b_z)                       update gate: what is new in h
        n = activation(W_n x_t + b_n)                    candidate
        h_t = (1 - z) * h_{t-1} + z * n

    Feng et al., "Were RNNs all we needed?", 2024, https://arxiv.org/abs/2410.01201. With
    `activation="linear"` this is the paper's section 3.1, with the default that of its
    appendix B, whose candidate is positive. There it is computed as a scan of logarithms; here
    the scan multiplies numbers from 0 to 1 and divides by none, which needs no logarithm.

    Note that z is the share of what is new, as in the paper; in `GRUCell` it is that of the past.

    Args:
        units: positive integer, the size of h.
        activation: activation function of the candidate; None is the identity.
        use_bias: whether the projections have a bias.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[MinGRUCell]]
    def __init__(
        self,
        units: int,
        activation: Any = ...,
        use_bias: bool = True,
        *,
        kernel_initializer: Any = 'glorot_uniform',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class MinLSTM(CellLayer):
    """The minLSTM over a sequence: an LSTM whose gates do not see the past, and share out one.

        i = sigmoid(W_i x_t + b_i)                       input gate
        f = sigmoid(W_f x_t + b_f)                       forget gate
        n = activation(W_n x_t + b_n)                    candidate
        h_t = f / (f + i) * h_{t-1} + i / (f + i) * n

    Feng et al., "Were RNNs all we needed?", 2024, https://arxiv.org/abs/2410.01201: with
    `activation="linear"` section 3.2, with the default appendix B. The two shares are computed
    from the gates' logarithms, so that they are right where both gates are shut.

    Args:
        units: positive integer, the size of h.
        activation: activation function of the candidate; None is the identity.
        use_bias: whether the projections have a bias.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[MinLSTMCell]]
    def __init__(
        self,
        units: int,
        activation: Any = ...,
        use_bias: bool = True,
        *,
        kernel_initializer: Any = 'glorot_uniform',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class MGU(CellLayer):
    """The MGU over a sequence: a GRU whose one gate resets and updates.

        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate: what is new in h
        n = tanh(W_n x_t + b_n + f * (U_n h_{t-1}))   candidate
        h_t = (1 - f) * h_{t-1} + f * n

    This is `reset_after=True`, the default as in `GRUCell`: the recurrent side is one matrix
    product. With `reset_after=False`, as the paper has it, the gate acts before the product:

        n = tanh(W_n x_t + b_n + U_n (f * h_{t-1}))

    Zhou et al., "Minimal gated unit for recurrent neural networks", 2016,
    https://arxiv.org/abs/1603.09420. Note that f is the share of what is new, as there.

    Args:
        units: positive integer, the size of h.
        reset_after: whether the gate acts after the matrix product, or before.
        use_bias: whether the projections have a bias.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[MGUCell]]
    def __init__(
        self,
        units: int,
        *,
        reset_after: bool = True,
        use_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class JANET(CellLayer):
    """JANET ("just another network") over a sequence: the forget gate alone says what stays and enters.

        s = W_f x_t + b_f + U_f h_{t-1}
        f = sigmoid(s)                                forget gate: what stays of h
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        h_t = f * h_{t-1} + (1 - sigmoid(s - beta)) * g

    van der Westhuizen and Lasenby, "The unreasonable effectiveness of the forget gate", 2018,
    https://arxiv.org/abs/1804.04849; there h is called c, too. With beta above 0 a little more
    enters than leaves. The paper starts b_f by the chrono rule, log(uniform(1, T - 1)) for
    memories of up to T steps (Tallec and Ollivier, 2018, https://arxiv.org/abs/1804.11188):
    b_f is the first `units` numbers of `bias`.

    Args:
        units: positive integer, the size of h.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        beta: by how much less the gate is when it says what enters; 1 in the paper.
        unit_forget_bias: whether b_f starts at 1, so that a new cell remembers (Jozefowicz,
            Zaremba and Sutskever, 2015, https://proceedings.mlr.press/v37/jozefowicz15.html).
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[JANETCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'tanh',
        recurrent_activation: Any = 'sigmoid',
        use_bias: bool = True,
        *,
        beta: Any = 1.0,
        unit_forget_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class IndRNN(CellLayer):
    """The IndRNN over a sequence: each unit remembers by a weight of its own, and sees no other's past.

        h_t = relu(W x_t + b + u * h_{t-1})

    `recurrent_kernel` is u, of shape `(units,)`, and is multiplied element by element: a layer of
    it takes as many products for its past as there are units, and another layer mixes the units.
    Over T steps a gradient is multiplied by u ** T, so u is kept where it neither explodes nor
    vanishes: it starts uniformly within [0, limit] and is clipped to [-limit, limit] after each
    update, with limit = 2 ** (1 / T).

    Li et al., "Independently recurrent neural network", 2018, https://arxiv.org/abs/1803.04831,
    where 2 is gamma. In a last layer, which shall remember the whole sequence, the paper starts u
    near the limit; a `recurrent_initializer` such as `RandomUniform(0.9, 1.0)` does so here.

    Args:
        units: positive integer, the size of h.
        activation: activation function, relu in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        steps: T, the number of steps over which to remember. None stands for very many: the
            limit is then 1.
        recurrent_initializer: of u; None for the range above.
        recurrent_constraint: of u; "limit" for the clip above, None for none.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[IndRNNCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'relu',
        use_bias: bool = True,
        *,
        steps: int | None = None,
        recurrent_initializer: Any = None,
        recurrent_constraint: Any = 'limit',
        kernel_initializer: Any = 'glorot_uniform',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class FastGRNN(CellLayer):
    """The FastGRNN over a sequence: gate and candidate share their matrices, and differ in the bias.

        z = sigmoid(W x_t + U h_{t-1} + b_z)          update gate: what stays of h
        n = tanh(W x_t + U h_{t-1} + b_n)             candidate
        h_t = z * h_{t-1} + (sigmoid(zeta) * (1 - z) + sigmoid(nu)) * n

    zeta and nu are two numbers that are learnt: how much of the candidate enters where the gate
    lets the past go, and how much in any case. So a cell has about a third of a GRU's weights.

    Kusupati et al., "FastGRNN: a fast, accurate, stable and tiny kilobyte sized gated recurrent
    neural network", 2018, https://arxiv.org/abs/1901.02358. zeta starts at 1 and nu at -4, as in
    the authors' EdgeML. Their low-rank, sparse and quantised matrices are not part of this cell.

    `kernel` has shape `(features, units)`, `recurrent_kernel` `(units, units)`, `bias`
    `(2 * units,)`, b_z before b_n; `zeta` and `nu` are scalars.

    Args:
        units: positive integer, the size of h.
        use_bias: whether the projections have a bias.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[FastGRNNCell]]
    def __init__(
        self,
        units: int,
        *,
        use_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class SLSTM(CellLayer):
    """The sLSTM over a sequence: an LSTM with an exponential input gate, which can revise its memory.

        i = exp(W_i x_t + b_i + U_i h_{t-1})          input gate
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate; or exp
        z = tanh(W_z x_t + b_z + U_z h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate
        c_t = f * c_{t-1} + i * z
        n_t = f * n_{t-1} + i                         normaliser: the weights that c has summed
        h_t = o * c_t / n_t

    Exponentials overflow, so c and n are kept divided by exp(m), which h does not notice:

        m_t = max(log f + m_{t-1}, log i)             stabiliser
        i = exp(log i - m_t),  f = exp(log f + m_{t-1} - m_t)

    These two, from 0 to 1 and one of them 1, are what the gates i and f are read as. Where n is 0
    nothing is remembered, as before the first step: m_{t-1} has then no say.

    Beck et al., "xLSTM: extended long short-term memory", 2024, https://arxiv.org/abs/2405.04517,
    with one head: `recurrent_kernel` is dense. The block around it (convolution, norms,
    projections) is not part of the cell.

    Args:
        units: positive integer, the size of each of the states h, c, n and m.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        forget_gate: "sigmoid" or "exp".
        unit_forget_bias: whether b_f starts at 1, so that a new cell remembers (Jozefowicz,
            Zaremba and Sutskever, 2015, https://proceedings.mlr.press/v37/jozefowicz15.html).
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[SLSTMCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'tanh',
        recurrent_activation: Any = 'sigmoid',
        use_bias: bool = True,
        *,
        forget_gate: Any = 'sigmoid',
        unit_forget_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class RGLRU(CellLayer):
    """The RG-LRU over a sequence: a leaky memory whose leak the input gates, and nothing the past.

        r = sigmoid(W_r x_t + b_r)                    recurrence gate: whether to let go
        i = sigmoid(W_i x_t + b_i)                    input gate
        v = W_v x_t + b_v                             value
        a = sigmoid(Lambda) ** (8 r)
        h_t = a * h_{t-1} + sqrt(1 - a ** 2) * (i * v)

    De et al., "Griffin: mixing gated linear recurrences with local attention for efficient
    language models", 2024, https://arxiv.org/abs/2402.19427, section 2.4. The x of the paper has
    the size of the state, and comes from a linear projection of the block around it; here that
    projection is v, part of the cell, and the gates read the inputs where the paper's read v. With
    W_v the identity and b_v = 0 this is the paper's unit, with dense gate matrices (the authors'
    code has block-diagonal ones, and does not scale the first step). The convolution before it and
    the branch beside it are not part of the cell.

    log a = 8 r log sigmoid(Lambda) and 1 - a ** 2 = -expm1(2 log a) are exact however near a is
    to 1, and are computed in float32 under a half-precision policy. `decay` is Lambda, of shape
    `(units,)`.

    Args:
        units: positive integer, the size of h.
        decay_initializer: of Lambda; by default `a` of an open gate is uniform in [0.9, 0.999].
        use_bias: whether the projections have a bias.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[RGLRUCell]]
    def __init__(
        self,
        units: int,
        *,
        decay_initializer: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class NAS(CellLayer):
    """The NAS cell over a sequence: eight projections joined in a tree that a search has drawn.

    With k(x, h) for the projection W_k x_t + U_k h_{t-1} + b_k of branch k:

        a = sigmoid(a(x, h))      b = relu(b(x, h))
        d = sigmoid(d(x, h))      e = relu(W_e x_t * (U_e h_{t-1} + b_e))
        p = tanh(p(x, h))         q = sigmoid(q(x, h))
        r = tanh(r(x, h))         s = sigmoid(s(x, h))
        c_t = tanh(c_{t-1} + tanh(a * b)) * tanh(d + e)
        h_t = tanh(c_t * tanh(tanh(p * q) + sigmoid(r + s)))

    Zoph and Le, "Neural architecture search with reinforcement learning", 2017,
    https://arxiv.org/abs/1611.01578, figure 8, as TensorFlow Addons' `NASCell` has it: the same
    weights in the same order, the bias on the side of U h, which e can tell, and by default none.
    The states are (h, c) here and (c, h) there. Its `projection` is not part of this cell.

    Args:
        units: positive integer, the size of h and of c.
        use_bias: whether the projections have a bias.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[NASCell]]
    def __init__(
        self,
        units: int,
        *,
        use_bias: bool = False,
        recurrent_initializer: Any = 'glorot_uniform',
        kernel_initializer: Any = 'glorot_uniform',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class MogrifierLSTM(CellLayer):
    """The Mogrifier LSTM over a sequence: the input and the past gate each other before the LSTM does.

    For k = 1, 2, ... `rounds`, with x and h at first x_t and h_{t-1}:

        x = 2 sigmoid(Q_k h) * x                      in odd rounds
        h = 2 sigmoid(R_k x) * h                      in even rounds

    and then a step of the LSTM, with these x and h in the place of x_t and h_{t-1}:

        i = sigmoid(W_i x + b_i + U_i h)              input gate
        f = sigmoid(W_f x + b_f + U_f h)              forget gate
        g = tanh(W_g x + b_g + U_g h)                 candidate
        o = sigmoid(W_o x + b_o + U_o h)              output gate
        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(c_t)

    Melis, Kočiský and Blunsom, "Mogrifier LSTM", 2020, https://arxiv.org/abs/1909.01792, with
    full matrices: their product of two low-rank ones is not part of this cell.

    No part of it is free of the past, so `project` only hands x on, and each step multiplies all
    matrices. `mogrifier_1`, `mogrifier_2` ... are Q_1 `(units, features)`, R_2
    `(features, units)` and so on, with the initializer, regularizer and constraint of `kernel`.

    Args:
        units: positive integer, the size of h and of c.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        rounds: how often the two gate each other; about 5 in the paper; 0 is the LSTM.
        unit_forget_bias: whether b_f starts at 1, so that a new cell remembers (Jozefowicz,
            Zaremba and Sutskever, 2015, https://proceedings.mlr.press/v37/jozefowicz15.html).
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[MogrifierLSTMCell]]
    def __init__(
        self,
        units: int,
        activation: Any = 'tanh',
        recurrent_activation: Any = 'sigmoid',
        use_bias: bool = True,
        *,
        rounds: Any = 5,
        unit_forget_bias: bool = True,
        kernel_initializer: Any = 'glorot_uniform',
        recurrent_initializer: Any = 'orthogonal',
        bias_initializer: Any = 'zeros',
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...

class ESN(CellLayer):
    """An echo state network over a sequence: a fixed random reservoir, of which only a reader learns.

        h_t = (1 - leaky) * h_{t-1} + leaky * tanh(W x_t + b + U h_{t-1})

    No weight is trained. U starts as `recurrent_initializer` draws it; each of its numbers stays
    with probability `connectivity` and is else 0; then all are scaled so that the spectral radius
    is as asked: below 1, what the input has left behind fades, as an echo does.

    Jaeger, "The echo state approach to analysing and training recurrent neural networks", 2001,
    GMD report 148, https://www.ai.rug.nl/minds/uploads/EchoStatesTechRep.pdf, and with `leaky`
    Jaeger et al., "Optimization and applications of echo state networks with leaky-integrator
    neurons", 2007, https://doi.org/10.1016/j.neunet.2007.04.016. As TensorFlow Addons' `ESNCell`
    has it, in arguments, weights and numbers.

    Args:
        units: positive integer, the size of h: the reservoir.
        connectivity: share of the numbers of U that are not 0, in (0, 1].
        leaky: share of what is new in h, in (0, 1].
        spectral_radius: largest magnitude of an eigenvalue of U, from 0 on.
        use_norm2: divide by the norm of U (Frobenius) instead of by its spectral radius, of which
            it is a bound: quicker to compute for a large reservoir, and an echo that fades sooner.
        use_bias: whether the projections have a bias.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        bias_initializer: initializer of `bias`.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras. "semeniuta" drops units of the
            candidate only, so that no stored memory is lost. The papers, also of the next two
            arguments: `keras_gated/regularization.py`.
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch.
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`.
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 draws a mask of `dropout` for each gate, 2 one for all gates; as in Keras.
        return_sequences: return the output of every timestep instead of the last one's.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the batch before it, row by row; the
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        zero_output_for_mask: return zeros at masked timesteps.
        engine: which implementation runs the cell over time. "auto" takes the fastest that
            serves the call, and `explain` says which and why. The name of one requires it, and
            raises an error with the reason where it cannot serve: "scan", "vendor", "packed",
            "fused", "loop". All give the same numbers.
        jit_compile: whether XLA compiles the recurrence, on TensorFlow (JAX always compiles).
            True: in every call. "auto" and False: never on its own; a model that is compiled as
            a whole compiles it too. None is "auto".
        remat: whether to recompute in the backward pass what is not stored in the forward pass
            (gradient checkpointing): slower, in much less memory.
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the batch before; a row
            that that batch did not have starts as a new sequence.
        return_all_states: return every state at every timestep too, `{"h": ..., "c": ...}` by
            letter, tensors of shape `(batch, time, units)` in the order of the outputs. In
            `Bidirectional` together with `return_state`.
        return_gates: return every gate at every timestep too, by letter as `return_all_states`
            does, and behind it. At masked timesteps gates are zeros.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: `name`, `dtype` and `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[ESNCell]]
    def __init__(
        self,
        units: int,
        connectivity: Any = 0.1,
        leaky: Any = 1.0,
        spectral_radius: Any = 0.9,
        use_norm2: bool = False,
        use_bias: bool = True,
        activation: Any = 'tanh',
        *,
        recurrent_initializer: Any = 'glorot_uniform',
        kernel_initializer: Any = 'glorot_uniform',
        bias_initializer: Any = 'zeros',
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = 'gal',
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer: Any = None,
        seed: int | None = None,
        implementation: int = 2,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        engine: Any = 'auto',
        jit_compile: Any = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None: ...
