"""`pallas`: all timesteps in one kernel of a GPU, on the JAX backend.

What a loop costs on a GPU is hardly its arithmetic but one launch for each op of each timestep.
Here one program computes all of them, with the cell's own `step` between its matrix products; the
kernels are in `pallas_kernels.py`. It serves cells whose step is elementwise in their units, as an
LSTM's is and one with layer normalization is not: a program has some units only.
"""

import math

import keras
from keras import ops

from keras_gated import cell as cells
from keras_gated.engine.layout import Dense
from keras_gated.engine.primitives import weights_as
from keras_gated.engine.projections import NOTHING, ByGate, Reads, Split
from keras_gated.engine.recurrence import Arguments, Recurrence, run_over
from keras_gated.engine.request import Implementation, Request, all_but_loop
from keras_gated.regularization import SILENCE, Noise

# A step of nothing but these computes each unit of each row by itself.
_ELEMENTWISE = """
    abs add add_any and broadcast_in_dim cbrt ceil clamp convert_element_type copy cos cosh
    custom_jvp_call custom_vjp_call div eq erf exp exp2 expm1 floor ge gt integer_pow is_finite
    jit le log log1p logistic lt max min mul ne neg nextafter not or pjit pow round rsqrt
    select_n sign sin sinh sqrt square stop_gradient sub tan tanh xor
"""
ELEMENTWISE = frozenset(_ELEMENTWISE.split())


def run(request: Request, inputs, past, mask=None, *, noise: Noise = SILENCE, sequence=True):
    """Run the request's cell over the timesteps of `inputs`; arguments as in `loop.run`."""
    layout = Dense.of(inputs)
    shown, state = run_over(
        layout,
        request.cell,
        inputs,
        past,
        noise,
        mask,
        sequence,
        request.differentiable,
        recurrence=InOneKernel,
    )
    return layout.sequence(shown) if sequence else None, state


class InOneKernel(Recurrence):
    """The forward and the backward pass of a cell, each as one kernel."""

    def forward(self, arguments: Arguments, keep: bool) -> tuple:
        from keras_gated.engine import pallas_kernels as kernels

        tiles, cell = self._tiles(), self._cell()
        kernel, bias = self._weights(arguments.weights)
        wx, mask = self._by_step(arguments.wx), self._mask(arguments)
        first = [tiles.pad(state, 0) for state in arguments.past]
        states, projected = kernels.forward(cell, tiles, wx, kernel, bias, mask, first, keep)
        rows = self.layout.rows
        outputs = [state[-1, :rows] for state in states]
        if self.sequence:
            outputs.append(ops.reshape(states[0][1:, :rows], (-1, states[0].shape[-1])))
        return outputs, [*states, projected] if keep else None

    def backward(self, arguments: Arguments, kept, cotangents, variables) -> tuple:
        from keras_gated.engine import pallas_kernels as kernels

        tiles, cell, count = self._tiles(), self._cell(), len(arguments.past)
        *states, projected = kept
        kernel, _ = self._weights(arguments.weights)
        of_output = self._by_step(cotangents[-1]) if self.sequence else None
        of_wx, of_uh, of_state = kernels.backward(
            cell,
            tiles,
            None if cell.summed else self._by_step(arguments.wx),
            ops.transpose(kernel),
            self._mask(arguments),
            states,
            projected,
            of_output,
            [tiles.pad(of, 0) for of in cotangents[:count]],
        )
        rows = self.layout.rows
        of_wx, of_uh, h = (
            ops.reshape(values[:, :rows], (-1, values.shape[-1]))
            for values in (of_wx, of_uh, states[0][:-1])
        )
        of_state = [of[:rows] for of in of_state]
        return self.gradients(arguments, of_wx, of_uh, of_state, h, variables)

    def _cell(self):
        from keras_gated.engine import pallas_kernels as kernels

        def step(wx, projected, past):
            past = self.cell.State(*past)
            of_gates = ByGate(dict(zip(self.letters, projected, strict=True)))
            if self.summed:
                return list(self.cell.step(of_gates, NOTHING, past)[0])
            of_inputs = ByGate(dict(zip(self.letters, wx, strict=True)))
            return list(self.cell.step(of_inputs, of_gates, past)[0])

        self.summed = _only_sum(self.cell)
        return kernels.Cell(len(self.letters), len(self.cell.states), self.summed, step)

    def _tiles(self):
        from keras_gated.engine import pallas_kernels as kernels

        return kernels.Tiles.of(self.layout.rows, self.cell.units)

    def _weights(self, weights: list) -> tuple:
        with weights_as(self.cell.weights, weights):
            kernel = ops.cast(self.cell.recurrent_kernel, self.cell.compute_dtype)
            return kernel, self.cell.recurrent_bias

    def _by_step(self, tokens):
        return self._tiles().pad(self.layout.by_step(tokens), 1)

    def _mask(self, arguments: Arguments):
        if arguments.mask is None:
            return None
        return ops.cast(self._by_step(arguments.mask)[..., 0], "float32")


def refusal(request: Request) -> str | None:
    """Return why the request cannot be served, or None."""
    if keras.backend.backend() != "jax":
        return "its kernel is written for JAX"
    if reason := all_but_loop(request):
        return reason
    if request.engine == "auto":
        return "it is for a GPU, and is asked for by name"
    return _not_this_cell(request) or _not_this_size(request)


def _not_this_cell(request: Request) -> str | None:
    cell, base = request.cell, cells.GatedCell
    name = type(cell).__name__
    if not cell.factored or type(cell).recur is not base.recur:
        return f"the recurrent projection of {name} is more than U h"
    if type(cell).finish is not base.finish:
        return f"{name} multiplies the result of its step by a matrix"
    if any(cell.zoneout):
        return "the kernel knows no zoneout"
    if request.training and cell.recurrent_dropout:
        return "the kernel knows no recurrent_dropout"
    if request.remat:
        return "remat=True asks to keep less than the kernel keeps"
    if cell.state_dtype != "float32":
        return f"the kernel computes in float32; the states of {name} are {cell.state_dtype}"
    if not _elementwise(cell):
        return f"the step of {name} is not elementwise, or reads weights"
    return None


def _not_this_size(request: Request) -> str | None:
    from keras_gated.engine import pallas_kernels as kernels

    units = request.cell.units
    if units % kernels.FEWEST:
        return f"the kernel takes units in multiples of {kernels.FEWEST}; received {units}"
    if request.batch is None or kernels.Tiles.of(request.batch, units) is None:
        return "the batch has more rows than the kernel's programs can take at once"
    return None


def _only_sum(cell) -> bool:
    """Whether the step reads nothing of the two projections but their sum."""
    reads = Reads()
    block = ops.zeros((1, len(cell.gates) * cell.units), cell.state_dtype)
    past = [ops.zeros((1, cell.units), cell.state_dtype) for _ in cell.states]
    letters = "".join(cell.gates)
    projections = [reads.watch(Split(block, letters)) for _ in range(2)]
    cell.step(*projections, cell.State(*past))
    return reads.only_sum is not None


def _elementwise(cell) -> bool:
    """Whether each unit of a step's states is a function of that unit alone, and of no weight."""
    import jax

    shape = (3 * cell.units + 1, cell.units)  # of two different sizes
    count = len(cell.gates)

    def step(wx, uh, past):
        wx, uh = (ByGate(dict(zip(cell.gates, each, strict=True))) for each in (wx, uh))
        return list(cell.step(wx, uh, cell.State(*past))[0])

    tile = jax.ShapeDtypeStruct(shape, cell.state_dtype)
    try:
        traced = jax.make_jaxpr(step)([tile] * count, [tile] * count, [tile] * len(cell.states))
    except Exception:  # such as for a weight of a cell that is not built, or columns read at once
        return False
    return not traced.consts and _each_elementwise(traced.jaxpr, shape)


def _each_elementwise(jaxpr, shape: tuple) -> bool:
    from jax.extend import core

    for line in jaxpr.eqns:
        sizes = {math.prod(variable.aval.shape) for variable in line.outvars}
        if line.primitive.name not in ELEMENTWISE or not sizes <= {1, math.prod(shape)}:
            return False
        for value in line.params.values():
            if isinstance(value, core.ClosedJaxpr):
                value = value.jaxpr
            if isinstance(value, core.Jaxpr) and not _each_elementwise(value, shape):
                return False
    return True


PALLAS = Implementation("pallas", refusal, run)
