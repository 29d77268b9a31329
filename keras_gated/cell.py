"""GatedCell: the base class of recurrent cells. A cell adds its gates, its states and a step."""

import collections
import inspect
from typing import Any, ClassVar

import keras
from keras import ops

from keras_gated import check, config, initializers, regularization, signatures
from keras_gated.gates import Columns, Gates
from keras_gated.keras_private import DropoutRNNCell


class GatedCell(keras.layers.Layer, DropoutRNNCell):
    """Base class of recurrent cells: a subclass declares its gates, its states and one `step`.

    A timestep is two projections and a `step`, which combines them with the past states:

        wx = W x_t + b                    input projection: project
        uh = U h_{t-1}                    recurrent projection: recur
        state_t = step(wx, uh, state_{t-1})

    The base class adds weights, dropout, masks, saving and the loop over time. A cell runs in
    `keras_gated.Recurrent` and in `keras.layers.RNN`; `keras_gated.check_cell` checks it:

    ```python
    class MGUCell(GatedCell):
        gates = Gates(f="forget", n="candidate")

        def step(self, wx, uh, past):
            f = ops.sigmoid(wx.f + uh.f)
            n = ops.tanh(wx.n + f * uh.n)
            h = (1 - f) * past.h + f * n
            return self.State(h), dict(f=f, n=n)
    ```

    Class attributes:
        gates: `Gates`, the letters and words in the order of the kernel's column blocks.
        states: the letters of the states; the first is the output, and the one `recur` projects.
        candidate_dropout: whether `step` calls `wx.drop` on its candidate. The cell then supports
            `recurrent_dropout_form="semeniuta"`.
        noise_seed_first: whether the seed of dropout is drawn before those of the initializers, as
            in Keras's simple RNN, so that `keras.utils.set_random_seed` gives its initial weights.
        lacks: reasons, by name, why the equations do not allow "candidate_dropout" or "kept".

    Under a half-precision policy (`mixed_float16`, `mixed_bfloat16`) matrices are multiplied in
    the compute dtype; projections, gates and states are float32.

    Args:
        units: positive integer, the size of the output and of each state.
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

    Call arguments:
        inputs: tensor of shape `(batch, features)`, one timestep.
        states: list of tensors of shape `(batch, units)`, one for each state.
        training: whether dropout applies.

    Returns:
        `(output, states)`, the output of shape `(batch, units)`.

    Raises:
        ValueError: for `units` that is not a positive integer, a rate outside [0, 1), a state or
            gate letter that the cell does not have, or an unsupported `recurrent_dropout_form`.
    """

    gates: ClassVar[Gates]
    positional: ClassVar[tuple[str, ...]]
    states: ClassVar[tuple[str, ...]] = ("h",)
    candidate_dropout: ClassVar[bool] = False
    noise_seed_first: ClassVar[bool] = False
    lacks: ClassVar[dict[str, str]] = {}
    State: ClassVar[type]

    def __init__(
        self,
        units: int,
        *,
        use_bias: bool = True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        recurrent_dropout_form: str = "gal",
        weight_drop: float = 0.0,
        zoneout: float | dict = 0.0,
        gate_bias_initializer=None,
        seed: int | None = None,
        implementation: int = 2,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if self.noise_seed_first:
            self.seed_generator = keras.random.SeedGenerator(seed)
        self.units = config.positive_integer("units", units)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = keras.regularizers.get(recurrent_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.recurrent_constraint = keras.constraints.get(recurrent_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)
        self.dropout = config.rate("dropout", dropout)
        self.recurrent_dropout = config.rate("recurrent_dropout", recurrent_dropout)
        self.recurrent_dropout_form = config.dropout_form(type(self), recurrent_dropout_form)
        self.weight_drop = config.rate("weight_drop", weight_drop)
        self.zoneout: Any = config.rates_by_state(type(self), "zoneout", zoneout)
        self.gate_bias_initializer = initializers.check_gate_bias(
            gate_bias_initializer, self.gates, use_bias
        )
        self.seed = seed
        if not self.noise_seed_first:
            self.seed_generator = keras.random.SeedGenerator(seed)
        self.implementation = implementation
        by_gate = self.recurrent_dropout > 0 and self.recurrent_dropout_form == "gal"
        self.dropout_mask_count = len(self.gates) if implementation == 1 or by_gate else None

    def __init_subclass__(cls, abstract: bool = False, **kwargs):
        """Check the declaration and register the class, so that loading needs no custom objects.

        `keras.layers.Bidirectional` clones by serialization, so classes are registered here.

        Args:
            abstract: whether this is a base class of cells, without gates of its own.
        """
        super().__init_subclass__(**kwargs)
        if "positional" not in vars(cls):
            cls.positional = config.positions(cls, GatedCell)
        if "build" in vars(cls):
            cls.build = check.checked(cls.build)  # type: ignore[method-assign]
        if abstract:
            return
        check.check_class(cls)
        if cls.step is GatedCell.step and cls.advance is GatedCell.advance:
            raise TypeError(
                f"{cls.__name__} has no step; write a method `step(self, wx, uh, past)` that "
                "returns `self.State(...), dict(...)`."
            )
        # mypy accepts only named tuples with literal field names.
        cls.State = collections.namedtuple("State", cls.states)  # type: ignore[misc]
        # So that pickle finds it: a stream is kept between requests.
        cls.State.__module__, cls.State.__qualname__ = cls.__module__, f"{cls.__qualname__}.State"
        signatures.complete(cls, cls.positional, cls.arguments())
        config.register(cls)

    # Sizes and types

    @property
    def state_size(self):
        """Size of each state: an integer for one state, else a list, as in Keras's cells."""
        return self.units if len(self.states) == 1 else [self.units] * len(self.states)

    @property
    def output_size(self) -> int:
        """Size of the output, that is of the first state."""
        return self.state_size if len(self.states) == 1 else self.state_size[0]

    @property
    def state_dtype(self) -> str:
        """Dtype of states and gates: the compute dtype, or float32 under half precision."""
        half = self.compute_dtype in ("float16", "bfloat16")
        return "float32" if half else self.compute_dtype

    def get_initial_state(self, batch_size=None):
        """Return the initial states: zeros of shape `(batch_size, units)`."""
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [ops.zeros((batch_size, size), dtype=self.state_dtype) for size in sizes]

    # Weights

    @check.checked
    def build(self, input_shape):
        columns = len(self.gates) * self.units
        self.kernel = self._weight("kernel", (input_shape[-1], columns))
        self.recurrent_kernel = self._weight(
            "recurrent_kernel", (self.output_size, columns), kind="recurrent"
        )
        self.bias = self._weight("bias", self.bias_shape) if self.use_bias else None
        super().build(input_shape)

    @property
    def bias_shape(self) -> tuple[int, ...]:
        """Shape of `bias`. A cell with a second bias overrides it."""
        return (len(self.gates) * self.units,)

    @property
    def input_bias(self):
        """The bias of the input projection `W x + b`, or None."""
        return self.bias

    @property
    def recurrent_bias(self):
        """The bias of the recurrent projection `U h`; None in most cells."""
        return None

    def initial_bias(self, shape, dtype=None):
        """Return the initial `bias`. A cell that initializes a gate to be open overrides it."""
        return self.bias_initializer(shape, dtype=dtype)

    def _first_bias(self, shape, dtype=None):
        bias = self.initial_bias(shape, dtype=dtype)
        return initializers.gate_bias(bias, self.gates, self.gate_bias_initializer)

    def _weight(self, name: str, shape: tuple[int, ...], kind: str | None = None):
        """Add a weight with the initializer, regularizer and constraint of its kind."""
        kind = kind or name
        return self.add_weight(
            shape=shape,
            name=name,
            initializer=self._first_bias
            if name == "bias"
            else getattr(self, f"{kind}_initializer"),
            regularizer=getattr(self, f"{kind}_regularizer", None),
            constraint=getattr(self, f"{kind}_constraint", None),
            autocast=False,  # matrices are cast where they are multiplied; biases stay float32
        )

    # One step

    def project(self, inputs, noise: regularization.Noise = regularization.SILENCE) -> Columns:
        """Return the input projection `W x + b` of inputs `(..., batch, features)`."""
        kernel = ops.cast(self.kernel, self.compute_dtype)
        wx = self._columns(inputs, kernel, self.input_bias, noise.inputs)
        return wx if noise.candidate is None else self.gates.read(wx._block, None, noise.candidate)

    def recur(
        self, h, noise: regularization.Noise = regularization.SILENCE, letters: str | None = None
    ) -> Columns:
        """Return the recurrent projection `U h` of a state `(..., batch, units)`.

        Args:
            h: the state.
            noise: the dropout masks.
            letters: the gates to project for; all of them by default.
        """
        kernel = noise.recurrent_blocks
        if kernel is None:
            kernel = self.gates.take(ops.cast(self.recurrent_kernel, self.compute_dtype), letters)
        elif letters:
            kernel = [k for letter, k in zip(self.gates, kernel, strict=True) if letter in letters]
        bias = self.recurrent_bias
        if bias is not None:
            bias = self.gates.take(bias, letters)
        mask = noise.state
        if letters and isinstance(mask, list):
            mask = [m for letter, m in zip(self.gates, mask, strict=True) if letter in letters]
        return self._columns(h, kernel, bias, mask, letters)

    def _columns(self, values, kernel, bias, mask, letters=None) -> Columns:
        """Multiply in the compute dtype, then add the bias in the dtype of the states."""
        values = ops.cast(values, self.compute_dtype)
        block = regularization.project(values, kernel, letters or tuple(self.gates), mask)
        block = ops.cast(block, self.state_dtype)
        if bias is not None:
            block = block + ops.cast(bias, self.state_dtype)
        return self.gates.read(block, letters)

    def step(self, wx: Columns, uh: Columns, past) -> tuple[tuple, dict]:
        """Return `(State, gates by letter)` from the two projections and the past states.

        Elementwise arithmetic, without randomness and without checks of shapes. A matrix product
        works, but it runs at every timestep; `project` and `recur` have those that can be shared.
        """
        raise NotImplementedError(f"{type(self).__name__} computes its states in `advance`.")

    def finish(self, state):
        """Return the final `State`, given the `State` that `step` returned.

        A cell that multiplies the result of `step` by a matrix overrides this.
        """
        return state

    def advance(
        self, wx: Columns, past, noise: regularization.Noise = regularization.SILENCE
    ) -> tuple[tuple, dict]:
        """Return `(State, gates by letter)` from the input projection and the past states.

        A cell whose recurrent projection is more than `U h` overrides this.
        """
        state, gates = self.step(wx.split(), self.recur(past[0], noise).split(), past)
        return self.finish(state), gates

    def kept(self, gates: dict) -> dict:
        """Return, by state letter, the fraction of a state that its gates keep in a timestep.

        It is the factor of the past state in the equation of the next one: f for an LSTM's c.
        States without such a gate are left out; a cell without any gives the reason in `lacks`.
        `Record.half_life` uses it.

        Args:
            gates: each gate by letter, arrays or tensors of shape `(..., units)`.
        """
        return {}

    @property
    def factored(self) -> bool:
        """Whether `advance` is `recur`, then `step`, then `finish`."""
        return type(self).advance is GatedCell.advance

    def call(self, inputs, states, training=False):
        nested = isinstance(states, (list, tuple))
        tensors = states if nested else [states]
        if len(tensors) != len(self.states):
            raise ValueError(
                f"{type(self).__name__} has the states {', '.join(self.states)}; received "
                f"{len(tensors)} tensor(s). Pass a list of {len(self.states)}."
            )
        past = self.State(*(ops.cast(s, self.state_dtype) for s in tensors))
        noise = (
            regularization.draw_step(self, inputs, past[0]) if training else regularization.SILENCE
        )
        with regularization.kernel_dropped(self, noise) as remaining:
            state, _ = self.advance(self.project(inputs, remaining), past, remaining)
        state = regularization.settle(self, state, past, noise.zones)
        # `keras.layers.RNN` expects the states in the dtype in which it passed them.
        new_states = [ops.cast(new, old.dtype) for new, old in zip(state, tensors, strict=True)]
        return ops.cast(state[0], self.compute_dtype), new_states if nested else new_states[0]

    # Noise

    def get_recurrent_dropout_mask(self, step_input):
        if self.recurrent_dropout_form == "semeniuta":
            # One mask of the candidate's size; Keras would sample one per gate, of the size of h.
            step_input = ops.ones((ops.shape(step_input)[0], self.units), self.state_dtype)
            count, self.dropout_mask_count = self.dropout_mask_count, None
            mask = super().get_recurrent_dropout_mask(step_input)
            self.dropout_mask_count = count
        else:
            mask = super().get_recurrent_dropout_mask(step_input)
        # Keras's layers request this mask before the first timestep, and no later mask.
        self.get_kernel_mask()
        return mask

    def get_kernel_mask(self):
        """Return the mask of `weight_drop`, cached until masks are reset; None without it."""
        if self.weight_drop and getattr(self, "_kernel_mask", None) is None:
            ones = ops.ones(self.recurrent_kernel.shape, self.recurrent_kernel.dtype)
            self._kernel_mask = keras.random.dropout(
                ones, self.weight_drop, seed=self.seed_generator
            )
        return getattr(self, "_kernel_mask", None)

    def reset_recurrent_dropout_mask(self):
        super().reset_recurrent_dropout_mask()
        self._kernel_mask = None

    # Configuration

    @classmethod
    def arguments(cls) -> dict[str, inspect.Parameter]:
        """Return the constructor's arguments by name: its own, then those of its bases."""
        return config.own_arguments(cls, GatedCell)

    def get_config(self):
        arguments = config.serialize_arguments(self, GatedCell.arguments())
        return {**super().get_config(), **arguments}
