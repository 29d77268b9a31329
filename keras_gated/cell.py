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
    """A recurrent cell, declared by its gates, its states and one `step`.

    A timestep is two projections and the arithmetic that joins them:

        wx = W x_t + b                    (`project`: needs no past)
        uh = U h_{t-1}                    (`recur`: of the last h)
        state_t = step(wx, uh, state_{t-1})

    A new cell writes its equations; weights, dropout, masks, saving and running over time follow
    from the declaration. A cell runs in `keras_gated.Recurrent` and in `keras.layers.RNN`, and
    `keras_gated.check_cell` checks it:

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
        states: the letters of the states; the first is the output and what `recur` projects.
        candidate_dropout: whether `step` calls `wx.drop` on its candidate, so that the cell takes
            `recurrent_dropout_form="semeniuta"`.
        lacks: the reason why the equations have no room for "candidate_dropout" or "kept".

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

    Call arguments:
        inputs: tensor of shape `(batch, features)`, one step.
        states: list of tensors of shape `(batch, units)`, one for each of `states`.
        training: whether dropout applies.

    Returns:
        `(output, states)`, the output of shape `(batch, units)`.

    Raises:
        ValueError: for `units` that is not a positive integer, a rate outside [0, 1), a state or
            gate letter that the cell does not have, or a form that it cannot take.
    """

    gates: ClassVar[Gates]
    positional: ClassVar[tuple[str, ...]]
    states: ClassVar[tuple[str, ...]] = ("h",)
    candidate_dropout: ClassVar[bool] = False
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
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.implementation = implementation
        by_gate = self.recurrent_dropout > 0 and self.recurrent_dropout_form == "gal"
        self.dropout_mask_count = len(self.gates) if implementation == 1 or by_gate else None

    def __init_subclass__(cls, abstract: bool = False, **kwargs):
        """Check the declaration and register the class, so that loading needs no custom objects.

        Registered when the class is made: `keras.layers.Bidirectional` clones by serialization.

        Args:
            abstract: whether this is a base class for cells, which declares no gates itself.
        """
        super().__init_subclass__(**kwargs)
        if "positional" not in vars(cls):
            cls.positional = config.positions(cls, GatedCell)
        if "build" in vars(cls):
            cls.build = check.checked(cls.build)  # type: ignore[method-assign]
        if abstract:
            return
        check.check_class(cls)
        # mypy knows records of fixed names only.
        cls.State = collections.namedtuple("State", cls.states)  # type: ignore[misc]
        signatures.complete(cls, cls.positional, cls.arguments())
        config.register(cls)

    # Sizes and types

    @property
    def state_size(self):
        """Size of each state: an integer for one state, else a list, as Keras's cells have it."""
        return self.units if len(self.states) == 1 else [self.units] * len(self.states)

    @property
    def output_size(self) -> int:
        """Size of the output, which is the first state."""
        return self.state_size if len(self.states) == 1 else self.state_size[0]

    @property
    def state_dtype(self) -> str:
        """Dtype of states and gates: the compute dtype, but float32 for a half-precision one."""
        half = self.compute_dtype in ("float16", "bfloat16")
        return "float32" if half else self.compute_dtype

    def get_initial_state(self, batch_size=None):
        """Return the states before the first step: zeros of shape `(batch_size, units)`."""
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
        """Shape of `bias`: one number per column. A cell with a second bias says otherwise."""
        return (len(self.gates) * self.units,)

    @property
    def input_bias(self):
        """The b of `W x + b`, or None."""
        return self.bias

    @property
    def recurrent_bias(self):
        """The bias of `U h`, or None: most cells have only the one on the input's side."""
        return None

    def initial_bias(self, shape, dtype=None):
        """Return the first values of `bias`; a cell that starts a gate open says so here."""
        return self.bias_initializer(shape, dtype=dtype)

    def _first_bias(self, shape, dtype=None):
        bias = self.initial_bias(shape, dtype=dtype)
        return initializers.gate_bias(bias, self.gates, self.gate_bias_initializer)

    def _weight(self, name: str, shape: tuple[int, ...], kind: str | None = None):
        """Add a weight that starts, is regularized and constrained as its kind is."""
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
        """Return `W x + b` of inputs `(..., batch, features)`, readable by gate letter."""
        kernel = noise.kernel_blocks or ops.cast(self.kernel, self.compute_dtype)
        wx = self._columns(inputs, kernel, self.input_bias, noise.inputs)
        return wx if noise.candidate is None else self.gates.read(wx._block, None, noise.candidate)

    def recur(
        self, h, noise: regularization.Noise = regularization.SILENCE, letters: str | None = None
    ) -> Columns:
        """Return `U h` of a state `(..., batch, units)`, of the gates named or of all."""
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
        """Multiply in the compute dtype; add the bias and go on in the states' dtype."""
        values = ops.cast(values, self.compute_dtype)
        block = regularization.project(values, kernel, letters or tuple(self.gates), mask)
        block = ops.cast(block, self.state_dtype)
        if bias is not None:
            block = block + ops.cast(bias, self.state_dtype)
        return self.gates.read(block, letters)

    def step(self, wx: Columns, uh: Columns, past) -> tuple[tuple, dict]:
        """Return `(State, gates by letter)` from the projections and the past states: the cell.

        Pure arithmetic: no matrix product, no randomness, no test of shapes.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no step; write `def step(self, wx, uh, past)` that "
            "returns `self.State(...), dict(...)`."
        )

    def finish(self, state):
        """Return the `State` from what `step` gave as one.

        A cell that multiplies what it has computed with a matrix does it here.
        """
        return state

    def advance(
        self, wx: Columns, past, noise: regularization.Noise = regularization.SILENCE
    ) -> tuple[tuple, dict]:
        """Return `(State, gates by letter)` from the input's projection and the past states.

        A cell whose recurrent projection is more than `U h` overrides this instead of `step`.
        """
        state, gates = self.step(wx, self.recur(past[0], noise), past)
        return self.finish(state), gates

    def kept(self, gates: dict) -> dict:
        """Return, by state letter, the share of a state that its gates let through a step.

        It is what multiplies the past state in the equation of the next: f of an LSTM's c. A
        state without such a gate is left out; a cell without any says why in `lacks`. Half-lives
        of memory are computed from it.

        Args:
            gates: each gate by letter, arrays or tensors of shape `(..., units)`.
        """
        return {}

    @property
    def factored(self) -> bool:
        """Whether `advance` is `recur`, `step` and `finish`, as `packed` and `fused` use it."""
        return type(self).advance is GatedCell.advance

    def call(self, inputs, states, training=False):
        nested = isinstance(states, (list, tuple))
        given = states if nested else [states]
        if len(given) != len(self.states):
            raise ValueError(
                f"{type(self).__name__} has the states {', '.join(self.states)}; received "
                f"{len(given)} tensor(s). Pass a list of {len(self.states)}."
            )
        past = self.State(*(ops.cast(s, self.state_dtype) for s in given))
        drawn = (
            regularization.draw_step(self, inputs, past[0]) if training else regularization.SILENCE
        )
        with regularization.kernel_dropped(self, drawn) as rest:
            state, _ = self.advance(self.project(inputs, rest), past, rest)
        state = regularization.settle(self, state, past, drawn.zones)
        # `keras.layers.RNN` carries the states in the dtype in which it gave them.
        carried = [ops.cast(new, old.dtype) for new, old in zip(state, given, strict=True)]
        return ops.cast(state[0], self.compute_dtype), carried if nested else carried[0]

    # Noise

    def get_recurrent_dropout_mask(self, step_input):
        if self.recurrent_dropout_form == "semeniuta":
            # One mask of the candidate's size; Keras would draw one per gate, of the size of h.
            step_input = ops.ones((ops.shape(step_input)[0], self.units), self.state_dtype)
            drawn, self.dropout_mask_count = self.dropout_mask_count, None
            mask = super().get_recurrent_dropout_mask(step_input)
            self.dropout_mask_count = drawn
        else:
            mask = super().get_recurrent_dropout_mask(step_input)
        # Keras's layers ask for masks here, before the first step, and for no other.
        self.get_kernel_mask()
        return mask

    def get_kernel_mask(self):
        """Return the mask of the recurrent kernel, kept until masks are reset; None without any."""
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
        """Return the constructor's own arguments by name, those of the bases behind them."""
        return config.own_arguments(cls, GatedCell)

    def get_config(self):
        written = config.written(self, GatedCell.arguments())
        return {**super().get_config(), **written}
