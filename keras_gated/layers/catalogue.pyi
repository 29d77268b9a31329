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
    """The simple RNN over a sequence; drop-in for `keras.layers.SimpleRNN`.

        h_t = tanh(W x_t + b + U h_{t-1})

    Elman, "Finding structure in time", 1990, https://doi.org/10.1207/s15516709cog1402_1.
    Same arguments, weights and results as `keras.layers.SimpleRNNCell`.

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
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        seed: integer, the random seed of dropout and zoneout.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class LSTM(CellLayer):
    """Long short-term memory over a sequence; drop-in for `keras.layers.LSTM`.

        i = sigmoid(W_i x_t + b_i + U_i h_{t-1})      input gate: how much to write to c
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate: how much of c to keep
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate: how much of c to output
        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(c_t)

    Hochreiter and Schmidhuber, "Long short-term memory", 1997,
    https://doi.org/10.1162/neco.1997.9.8.1735, with the forget gate of Gers, Schmidhuber and
    Cummins, "Learning to forget", 2000, https://doi.org/10.1162/089976600300015015.
    Same arguments, weights and results as `keras.layers.LSTMCell`.

    Args:
        units: positive integer, the size of the states.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        unit_forget_bias: whether to initialize b_f to 1, so that a new cell remembers (Jozefowicz,
            Zaremba and Sutskever, 2015, https://proceedings.mlr.press/v37/jozefowicz15.html).
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        activity_regularizer: regularizer of the layer's output, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        seed: integer, the random seed of dropout and zoneout.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        use_cudnn: "auto" uses the engine "vendor" where it supports the call. True requires it on
            a GPU, and raises an error with the reason otherwise. False forbids it. As in Keras,
            it is not in the config.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class GRU(CellLayer):
    """The gated recurrent unit over a sequence; drop-in for `keras.layers.GRU`.

        z = sigmoid(W_z x_t + b_z + U_z h_{t-1})      update gate: how much of h to keep
        r = sigmoid(W_r x_t + b_r + U_r h_{t-1})      reset gate: how much of h the candidate reads
        n = tanh(W_n x_t + b_n + r * (U_n h_{t-1} + d_n))                         candidate
        h_t = z * h_{t-1} + (1 - z) * n

    This is `reset_after=True`, as in cuDNN and PyTorch. z and r have a recurrent bias d too, and
    the two rows of `bias` are b and d. With `reset_after=False`, as in the paper,

        n = tanh(W_n x_t + b_n + U_n (r * h_{t-1}))

    and `bias` is b only. Cho et al., "Learning phrase representations using RNN encoder-decoder",
    2014, https://arxiv.org/abs/1406.1078 (there z and 1 - z are swapped).
    Same arguments, weights and results as `keras.layers.GRUCell`.

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
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
        unroll: unroll the loop over time. The number of timesteps must be known.
        reset_after: whether to apply the reset gate after the matrix product or before it.
        use_cudnn: "auto" uses the engine "vendor" where it supports the call. True requires it on
            a GPU, and raises an error with the reason otherwise. False forbids it. As in Keras,
            it is not in the config.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class PeepholeLSTM(CellLayer):
    """The LSTM with peepholes over a sequence: each gate also reads its own unit of the cell state c.

        i = sigmoid(W_i x_t + b_i + U_i h_{t-1} + p_i * c_{t-1})      input gate
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1} + p_f * c_{t-1})      forget gate
        g = tanh(W_g x_t + b_g + U_g h_{t-1})                         candidate
        c_t = f * c_{t-1} + i * g
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1} + p_o * c_t)          output gate: reads the new c
        h_t = o * tanh(c_t)

    Gers and Schmidhuber, "Recurrent nets that time and count", 2000,
    https://doi.org/10.1109/IJCNN.2000.861302. Same weights and results as TensorFlow Addons'
    `PeepholeLSTMCell`, which also names p_i, p_f and p_o `input_gate_peephole_weights`,
    `forget_gate_...` and `output_gate_...`, of shape `(units,)`.

    Args:
        units: positive integer, the size of h and of c.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        peephole_initializer: initializer of the peepholes.
        unit_forget_bias: whether to initialize b_f to 1, so that a new cell remembers (Jozefowicz,
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
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class CoupledLSTM(CellLayer):
    """The coupled LSTM (CIFG) over a sequence: one gate both keeps and writes the cell state c.

        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate: how much of c to keep
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate: how much of c to output
        c_t = f * c_{t-1} + (1 - f) * g
        h_t = o * tanh(c_t)

    This is an LSTM with i = 1 - f. It has a quarter fewer weights, and c stays between -1 and 1.
    Greff et al., "LSTM: a search space odyssey", 2017, https://arxiv.org/abs/1503.04069, variant
    CIFG, there with peepholes. The paper writes f = 1 - i and learns i, which is the same with
    W_f, U_f and b_f negated.

    Args:
        units: positive integer, the size of the states.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        unit_forget_bias: whether to initialize b_f to 1, so that a new cell remembers (Jozefowicz,
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
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class ProjectedLSTM(CellLayer):
    """The LSTM with a projected output (LSTMP) over a sequence: a large c and a small output h.

        i = sigmoid(W_i x_t + b_i + U_i h_{t-1})      input gate
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate
        c_t = f * c_{t-1} + i * g
        h_t = P (o * tanh(c_t))

    P is `projection_kernel`, of shape `(units, projection)`; `finish` multiplies by it.
    Sak, Senior and Beaufays, "Long short-term memory based recurrent neural network architectures
    for large vocabulary speech recognition", 2014, https://arxiv.org/abs/1402.1128,
    there with peepholes. Same results as `torch.nn.LSTM(proj_size=projection)`.

    Args:
        units: positive integer, the size of c.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        projection: positive integer, the size of h; by default half of `units`, rounded up.
        projection_initializer: initializer of `projection_kernel`.
        projection_regularizer, projection_constraint: its regularizer and constraint, or None.
        unit_forget_bias: whether to initialize b_f to 1, so that a new cell remembers (Jozefowicz,
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
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class LayerNormLSTM(CellLayer):
    """The LSTM with layer normalization over a sequence: projections and cell state are normalized.

        a = norm(W x_t) + norm(U h_{t-1}) + b         each over the columns of all four gates
        i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)
        g = tanh(a_g)
        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(norm(c_t))

        norm(a) = gamma * (a - mean(a)) / sqrt(variance(a) + epsilon) + beta

    Each norm has its own gain gamma and shift beta: `kernel_gamma`, `kernel_beta`,
    `recurrent_gamma`, `recurrent_beta`, `state_gamma`, `state_beta`. Ba, Kiros and Hinton, "Layer
    normalization", 2016, https://arxiv.org/abs/1607.06450, equations 20 to 22.

    As in the paper, c itself is carried and normalized only to compute h. TensorFlow Addons'
    `LayerNormLSTMCell` carries norm(c_t) instead; `carry_normalized=True` does the same, with the
    same weights in the same order.

    Args:
        units: positive integer, the size of h and of c.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        carry_normalized: whether to carry norm(c_t) to the next timestep instead of c_t.
        gamma_initializer, beta_initializer: initializers of the gains and of the shifts.
        epsilon: small positive number, added to the variance to avoid division by zero.
        unit_forget_bias: whether to initialize b_f to 1, so that a new cell remembers (Jozefowicz,
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
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class LayerNormGRU(CellLayer):
    """The GRU with layer normalization over a sequence: both projections are normalized.

        wx = norm(W x_t) + b
        uh = norm(U h_{t-1})
        z = sigmoid(wx_z + uh_z)                      update gate: how much of h to keep
        r = sigmoid(wx_r + uh_r)                      reset gate: how much of h the candidate reads
        n = tanh(wx_n + r * uh_n)                     candidate
        h_t = z * h_{t-1} + (1 - z) * n

        norm(a) = gamma * (a - mean(a)) / sqrt(variance(a) + epsilon) + beta

    The columns of z and r share a mean and a variance; those of n have their own. The gains and
    shifts are `kernel_gamma`, `kernel_beta`, `recurrent_gamma` and `recurrent_beta`. Ba, Kiros and
    Hinton, "Layer normalization", 2016, https://arxiv.org/abs/1607.06450, equations 27 to 29
    (there z and 1 - z are swapped, and b is part of the betas).

    Args:
        units: positive integer, the size of h.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        gamma_initializer, beta_initializer: initializers of the gains and of the shifts.
        epsilon: small positive number, added to the variance to avoid division by zero.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class LayerNormSimpleRNN(CellLayer):
    """The simple RNN with layer normalization over a sequence: the sum of projections is normalized.

        a = W x_t + U h_{t-1}
        h_t = tanh(gamma * (a - mean(a)) / sqrt(variance(a) + epsilon) + b)

    The size of h then does not depend on the scale of U. Ba, Kiros and Hinton, "Layer
    normalization", 2016, https://arxiv.org/abs/1607.06450, equation 4. Same weights and results as
    TensorFlow Addons' `LayerNormSimpleRNNCell` (whose epsilon is 1e-5 by default; here it is that
    of `keras.layers.LayerNormalization`).

    Args:
        units: positive integer, the size of h.
        activation: activation function, tanh in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        gamma_initializer: initializer of the gain `gamma`, of shape `(units,)`.
        epsilon: small positive number, added to the variance to avoid division by zero.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, recurrent_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class MinGRU(CellLayer):
    """The minGRU over a sequence: a GRU whose gate and candidate read only the input.

        z = sigmoid(W_z x_t + b_z)                       update gate: how much of h to replace
        n = activation(W_n x_t + b_n)                    candidate
        h_t = (1 - z) * h_{t-1} + z * n

    Feng et al., "Were RNNs all we needed?", 2024, https://arxiv.org/abs/2410.01201. With
    `activation="linear"` this is the paper's section 3.1; with the default it is appendix B, whose
    candidate is positive. The paper scans logarithms. Here the scan multiplies numbers between 0
    and 1 and does not divide, so it needs no logarithms.

    As in the paper, z is the fraction of h that is replaced; in `GRUCell` it is the fraction kept.

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
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class MinLSTM(CellLayer):
    """The minLSTM over a sequence: an LSTM whose gates read only the input and are scaled to sum to 1.

        i = sigmoid(W_i x_t + b_i)                       input gate
        f = sigmoid(W_f x_t + b_f)                       forget gate
        n = activation(W_n x_t + b_n)                    candidate
        h_t = f / (f + i) * h_{t-1} + i / (f + i) * n

    Feng et al., "Were RNNs all we needed?", 2024, https://arxiv.org/abs/2410.01201: section 3.2
    with `activation="linear"`, appendix B with the default. The two fractions are computed from
    the logarithms of the gates, which is accurate even if both gates are near 0.

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
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class MGU(CellLayer):
    """The MGU over a sequence: a GRU with a single gate, which both resets and updates h.

        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate: how much of h to replace
        n = tanh(W_n x_t + b_n + f * (U_n h_{t-1}))   candidate
        h_t = (1 - f) * h_{t-1} + f * n

    This is `reset_after=True`, the default as in `GRUCell`: the recurrent projection is one matrix
    product. With `reset_after=False`, as in the paper, the gate is applied before the product:

        n = tanh(W_n x_t + b_n + U_n (f * h_{t-1}))

    Zhou et al., "Minimal gated unit for recurrent neural networks", 2016,
    https://arxiv.org/abs/1603.09420. As there, f is the fraction of h that is replaced.

    Args:
        units: positive integer, the size of h.
        reset_after: whether to apply the gate after the matrix product or before it.
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
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class JANET(CellLayer):
    """JANET ("just another network") over a sequence: an LSTM with only a forget gate.

        s = W_f x_t + b_f + U_f h_{t-1}
        f = sigmoid(s)                                forget gate: how much of h to keep
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        h_t = f * h_{t-1} + (1 - sigmoid(s - beta)) * g

    van der Westhuizen and Lasenby, "The unreasonable effectiveness of the forget gate", 2018,
    https://arxiv.org/abs/1804.04849; there h is also called c. With beta above 0 slightly
    more is written than forgotten. The paper initializes b_f by the chrono rule,
    log(uniform(1, T - 1)) for dependencies of up to T timesteps (Tallec and Ollivier, 2018,
    https://arxiv.org/abs/1804.11188). b_f is the first `units` entries of `bias`.

    Args:
        units: positive integer, the size of h.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        beta: shift of the forget gate where it scales the candidate; 1 in the paper.
        unit_forget_bias: whether to initialize b_f to 1, so that a new cell remembers (Jozefowicz,
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
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class IndRNN(CellLayer):
    """The IndRNN over a sequence: each unit reads only its own past, through one recurrent weight.

        h_t = relu(W x_t + b + u * h_{t-1})

    `recurrent_kernel` is u, of shape `(units,)`, and is multiplied elementwise. The next layer
    mixes the units. Over T timesteps a gradient is multiplied by u ** T. To keep it from exploding
    or vanishing, u is initialized uniformly in [0, limit] and clipped to [-limit, limit] after
    each update, with limit = 2 ** (1 / T).

    Li et al., "Independently recurrent neural network", 2018, https://arxiv.org/abs/1803.04831,
    which calls the 2 gamma. In the last recurrent layer, which must remember the whole sequence,
    the paper initializes u near the limit: use a `recurrent_initializer` such as
    `RandomUniform(0.9, 1.0)`.

    Args:
        units: positive integer, the size of h.
        activation: activation function, relu in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        steps: T, the number of timesteps to remember. None sets the limit to 1, its value for
            very long sequences.
        recurrent_initializer: initializer of u; None for uniform in [0, limit].
        recurrent_constraint: constraint of u; "limit" clips to [-limit, limit], None does not.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class FastGRNN(CellLayer):
    """The FastGRNN over a sequence: a gated cell whose gate and candidate share their matrices.

        z = sigmoid(W x_t + U h_{t-1} + b_z)          update gate: how much of h to keep
        n = tanh(W x_t + U h_{t-1} + b_n)             candidate
        h_t = z * h_{t-1} + (sigmoid(zeta) * (1 - z) + sigmoid(nu)) * n

    zeta and nu are learned scalars: the candidate is weighted by sigmoid(zeta) where the gate
    forgets h, and by sigmoid(nu) everywhere. A cell has about a third of a GRU's weights.

    Kusupati et al., "FastGRNN: a fast, accurate, stable and tiny kilobyte sized gated recurrent
    neural network", 2018, https://arxiv.org/abs/1901.02358. zeta is initialized to 1 and nu to
    -4, as in the authors' EdgeML. Their low-rank, sparse and quantized matrices are not
    implemented.

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
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class SLSTM(CellLayer):
    """The sLSTM over a sequence: an LSTM with an exponential input gate and a normalized cell state.

        i = exp(W_i x_t + b_i + U_i h_{t-1})          input gate
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate; or exp
        z = tanh(W_z x_t + b_z + U_z h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate
        c_t = f * c_{t-1} + i * z
        n_t = f * n_{t-1} + i                         normalizer: sum of the weights in c
        h_t = o * c_t / n_t

    Exponentials overflow, so c and n are stored divided by exp(m), which cancels in h:

        m_t = max(log f + m_{t-1}, log i)             stabilizer
        i = exp(log i - m_t),  f = exp(log f + m_{t-1} - m_t)

    The gates i and f are returned in this form: both between 0 and 1, one of them equal to 1.
    Where n is 0, as before the first timestep, nothing is stored, and m_{t-1} is ignored.

    Beck et al., "xLSTM: extended long short-term memory", 2024, https://arxiv.org/abs/2405.04517,
    with one head: `recurrent_kernel` is dense. The block around it (convolution, norms,
    projections) is not part of the cell.

    The states c, n and m have a meaning only together. Pass `zoneout={"h": 0.1}`, not a number, and
    initial states other than zeros only as a cell has computed them: of a learned one only h is
    trained, and noise in n or m changes the scale of h.

    Args:
        units: positive integer, the size of each of the states h, c, n and m.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        forget_gate: "sigmoid" or "exp".
        unit_forget_bias: whether to initialize b_f to 1, so that a new cell remembers (Jozefowicz,
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
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class RGLRU(CellLayer):
    """The RG-LRU over a sequence: a linear recurrence whose decay is gated by the input alone.

        r = sigmoid(W_r x_t + b_r)                    recurrence gate: how much to forget
        i = sigmoid(W_i x_t + b_i)                    input gate
        v = W_v x_t + b_v                             value
        a = sigmoid(Lambda) ** (8 r)
        h_t = a * h_{t-1} + sqrt(1 - a ** 2) * (i * v)

    De et al., "Griffin: mixing gated linear recurrences with local attention for efficient
    language models", 2024, https://arxiv.org/abs/2402.19427, section 2.4. In the paper, x has the
    size of the state and comes from a linear projection in the surrounding block. Here that
    projection is v, part of the cell, and the gates read the inputs where the paper's read v. With
    W_v the identity and b_v = 0 this is the paper's unit with dense gate matrices (the authors'
    code has block-diagonal ones, and does not scale the first step). The convolution before it and
    the branch beside it are not part of the cell.

    log a = 8 r log sigmoid(Lambda) and 1 - a ** 2 = -expm1(2 log a) are accurate also for a near
    1, and are computed in float32 under a half-precision policy. `decay` is Lambda, of shape
    `(units,)`.

    Args:
        units: positive integer, the size of h.
        decay_initializer: initializer of Lambda; by default a at r = 1 is uniform in [0.9, 0.999].
        use_bias: whether the projections have a bias.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        bias_initializer: initializer of `bias`.
        kernel_regularizer, bias_regularizer: regularizers, or None.
        kernel_constraint, bias_constraint: constraints, or None.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class NAS(CellLayer):
    """The NAS cell over a sequence: eight projections, combined as found by architecture search.

    With k(x, h) for the projection W_k x_t + U_k h_{t-1} + b_k of branch k:

        a = sigmoid(a(x, h))      b = relu(b(x, h))
        d = sigmoid(d(x, h))      e = relu(W_e x_t * (U_e h_{t-1} + b_e))
        p = tanh(p(x, h))         q = sigmoid(q(x, h))
        r = tanh(r(x, h))         s = sigmoid(s(x, h))
        c_t = tanh(c_{t-1} + tanh(a * b)) * tanh(d + e)
        h_t = tanh(c_t * tanh(tanh(p * q) + sigmoid(r + s)))

    Zoph and Le, "Neural architecture search with reinforcement learning", 2017,
    https://arxiv.org/abs/1611.01578, figure 8. Same weights as TensorFlow Addons' `NASCell`, where
    the recurrent kernel comes first: the bias is added to U h, which matters for e, and there is
    none by default. The states are (h, c) here and (c, h) there. Its `projection` is not
    implemented.

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
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class MogrifierLSTM(CellLayer):
    """The Mogrifier LSTM over a sequence: input and hidden state gate each other before an LSTM step.

    For k = 1, 2, ... `rounds`, starting with x_t and h_{t-1} as x and h:

        x = 2 sigmoid(Q_k h) * x                      in odd rounds
        h = 2 sigmoid(R_k x) * h                      in even rounds

    followed by an LSTM step with these x and h:

        i = sigmoid(W_i x + b_i + U_i h)              input gate
        f = sigmoid(W_f x + b_f + U_f h)              forget gate
        g = tanh(W_g x + b_g + U_g h)                 candidate
        o = sigmoid(W_o x + b_o + U_o h)              output gate
        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(c_t)

    Melis, Kočiský and Blunsom, "Mogrifier LSTM", 2020, https://arxiv.org/abs/1909.01792, with
    full matrices; the paper's low-rank factorization is not implemented.

    Every projection depends on h_{t-1}, so `project` returns x itself, and all matrix products are
    made in each step. The weights `mogrifier_1`, `mogrifier_2` ... are Q_1 `(units, features)`,
    R_2 `(features, units)` and so on, with the initializer, regularizer and constraint of
    `kernel`.

    Args:
        units: positive integer, the size of h and of c.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        use_bias: whether the projections have a bias.
        rounds: number of gating rounds, about 5 in the paper. 0 gives the LSTM.
        unit_forget_bias: whether to initialize b_f to 1, so that a new cell remembers (Jozefowicz,
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
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...

class ESN(CellLayer):
    """An echo state network over a sequence: a fixed, random recurrent layer (the reservoir).

        h_t = (1 - leaky) * h_{t-1} + leaky * tanh(W x_t + b + U h_{t-1})

    No weight is trained; only the layers that read h are. U is sampled from
    `recurrent_initializer`. Each entry is kept with probability `connectivity` and is 0 otherwise.
    U is then scaled to the given spectral radius. Below 1, the effect of past inputs fades, like
    an echo.

    Jaeger, "The echo state approach to analysing and training recurrent neural networks", 2001,
    GMD report 148, https://www.ai.rug.nl/minds/uploads/EchoStatesTechRep.pdf, and with `leaky`
    Jaeger et al., "Optimization and applications of echo state networks with leaky-integrator
    neurons", 2007, https://doi.org/10.1016/j.neunet.2007.04.016. Same arguments, weights and
    results as TensorFlow Addons' `ESNCell`.

    Args:
        units: positive integer, the size of h: the reservoir.
        connectivity: fraction of the entries of U that are not 0, in (0, 1].
        leaky: leak rate, the fraction of h that is replaced per timestep, in (0, 1].
        spectral_radius: largest magnitude of an eigenvalue of U, 0 or more.
        use_norm2: scale by the Frobenius norm of U instead of its spectral radius. The norm is an
            upper bound: faster to compute for a large reservoir, and the echo fades sooner.
        use_bias: whether the projections have a bias.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_initializer: initializer of `recurrent_kernel`, `(units, gates * units)`.
        kernel_initializer: initializer of `kernel`, `(features, gates * units)`.
        bias_initializer: initializer of `bias`.
        dropout: fraction of the inputs to drop in training, in [0, 1). One mask per sequence.
        recurrent_dropout: fraction of the units to drop in training, in [0, 1), of the hidden
            state or of the candidate (`recurrent_dropout_form`). One mask per sequence.
        recurrent_dropout_form: "gal" drops units of h before the recurrent projection, with one
            mask per gate (then also for `dropout`), as in Keras (Gal and Ghahramani, 2016,
            https://arxiv.org/abs/1512.05287). "semeniuta" drops units of the candidate only, so
            that no stored memory is lost (Semeniuta et al., 2016,
            https://arxiv.org/abs/1603.05118).
        weight_drop: fraction of the entries of `recurrent_kernel` to drop in training, in [0, 1).
            One mask per batch (Merity et al., 2018, https://arxiv.org/abs/1708.02182).
        zoneout: probability, in [0, 1), that a unit of a state keeps its past value at a timestep
            in training: a number for all states, or by letter, as in `{"h": 0.05, "c": 0.5}`
            (Krueger et al., 2017, https://arxiv.org/abs/1606.01305).
        gate_bias_initializer: initial values of `bias` by gate letter, as in `{"f": 1.0}`
            (numbers or initializers), or a `Chrono`. For these gates it replaces
            `bias_initializer` and, in the LSTM, `unit_forget_bias`.
        seed: integer, the random seed of dropout and zoneout.
        implementation: 1 samples a `dropout` mask for each gate, 2 one for all gates, as in Keras.
        return_sequences: return the output of every timestep instead of only the last one.
        return_state: return the final states too, as further outputs.
        go_backwards: process the sequence from the last timestep to the first, and return the
            outputs in that order.
        stateful: start each batch with the final states of the previous batch, row by row. The
            batch size must be known. `reset_state()` resets all rows.
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
        initial_state: initial states of a new sequence: "zeros" (the cell's own), "learned",
            "noisy", or an `InitialState` such as `NoisyInitialState(scale=0.1, mean="learned")`.
        stateful_rows: positive integer, the largest batch size of a stateful layer; None for
            batches of one size, as in Keras. Row k continues row k of the previous batch. Rows
            absent from that batch start a new sequence.
        return_all_states: also return every state at every timestep, as a dict
            `{"h": ..., "c": ...}` of tensors of shape `(batch, time, units)`, in the order of the
            outputs. In `Bidirectional` it needs `return_state`.
        return_gates: also return every gate at every timestep, as a dict by letter, after that of
            `return_all_states`. Gates are zeros at masked timesteps. In `Bidirectional` it needs
            `return_state`.
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
        engine: str = 'auto',
        jit_compile: bool | str | None = 'auto',
        remat: bool = False,
        initial_state: Any = 'zeros',
        stateful_rows: Any = None,
        return_all_states: bool = False,
        return_gates: bool = False,
        activity_regularizer: Any = None,
        name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, input_shape: tuple[int | None, ...] | None = None,
    ) -> None: ...
