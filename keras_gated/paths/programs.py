"""XLA programs of cells, kept: what was compiled once serves every cell of the same kind."""

import functools
import weakref

from keras import ops

from keras_gated import noise as noises
from keras_gated.paths import xla
from keras_gated.paths.tokens import Tokens

# Of this package's cells, by what their equations depend on; a program of another lives as long
# as the very cell, since nothing says what else its step may read.
_OF_KINDS: dict = {}
_OF_CELLS: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
_CALLS: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

# Arguments that change the weights' values or the masks that are drawn, but no equation.
_NOT_IN_EQUATIONS = (
    "initializer",
    "regularizer",
    "constraint",
    "dropout",
    "weight_drop",
    "bias_start",
    "seed",
)


def of(
    cell,
    *,
    packed: bool,
    sequence: bool,
    low: bool,
    noise: noises.Noise,
    alone: bool,
    widths: int = 1,
):
    """Return the function that carries a cell over tokens, with its gradient.

    Args:
        packed, sequence, low, noise, widths: as `Tokens` has them.
        alone: whether XLA is to compile it by itself; else it is part of what is compiled now.

    Returns:
        Function of the inputs, past states, weights, masks and lengths, as tensors, that gives
        a list of the states after the last step and, if wanted, the first state at every token.
    """
    of_cell = _OF_KINDS.setdefault(_kind(cell), {}) if _is_ours(cell) else None
    if of_cell is None:
        of_cell = _OF_CELLS.setdefault(cell, {})
    masks = noises.each(noise, lambda mask: True)
    key = (packed, sequence, low, repr(masks), alone, widths)
    if key not in of_cell:
        of_cell[key] = _Program(Tokens(packed, sequence, low, noise, widths), alone)
    program = of_cell[key]

    def run(*tensors):
        with program.traced_for(cell):
            return program.function(*tensors)

    return run


class _Program:
    def __init__(self, tokens: Tokens, alone: bool):
        parts = [tokens.primal, tokens.forward, tokens.backward]
        if alone:
            parts = [xla.compiled(part) for part in parts]
        self.tokens = tokens
        parts.append(tokens.plain)
        self.function = xla.differentiable(*[self._with_cell(part) for part in parts])
        self._cell = None

    def traced_for(self, cell):
        self._cell = weakref.ref(cell)
        return _Turn(self.tokens, cell)

    def _with_cell(self, part):
        def called(*arguments):
            # The backward pass is traced later, when the turn of the forward pass is over.
            with _Turn(self.tokens, self.tokens.cell or self._cell()):
                return part(*arguments)

        return called


class _Turn:
    """Whose cell the programs are traced for; nobody's afterwards, so that the cell can go."""

    def __init__(self, tokens, cell):
        self.tokens, self.cell = tokens, cell

    def __enter__(self):
        self.before, self.tokens.cell = self.tokens.cell, self.cell

    def __exit__(self, *raised):
        self.tokens.cell = self.before


def _is_ours(cell) -> bool:
    return type(cell).__module__.split(".")[0] == __name__.split(".")[0]


def _kind(cell) -> tuple:
    values = {
        name: getattr(cell, name)
        for name in cell.arguments()
        if not name.endswith(_NOT_IN_EQUATIONS)
    }
    # A program reads the shapes of its cell's weights, and its backward pass is traced when some
    # later cell had its turn: that one must have the same.
    shapes = tuple(tuple(weight.shape) for weight in cell.weights)
    return type(cell), cell.compute_dtype, cell.state_dtype, shapes, *sorted(values.items())


def of_calls(cell, carry, *, noise: noises.Noise, make, **rest):
    """Return `carry` for this very cell as a function that TensorFlow traces once for each shape.

    Args:
        carry: a path, called with the cell, the inputs, the past `State`, the mask and `rest`.
        noise: the `Noise` whose kind of masks will be given.
        make: `xla.compiled`, or `xla.graph` for a path that compiles its own programs.

    Returns:
        Function of the inputs, the past `State`, the mask (or None), the dropout masks as a flat
        list and the `Reset` (or None), that gives what `carry` gives.
    """
    kept = _CALLS.setdefault(cell, {})
    masks = noises.each(noise, lambda mask: True)
    key = (carry, repr(masks), *sorted(rest.items()))
    if key not in kept:
        reference = weakref.ref(cell)

        def run(weights, inputs, past, mask, drawn, reset):
            drawn = iter(drawn)
            noise = noises.each(masks, lambda _: next(drawn))
            more = rest if reset is None else {**rest, "reset": reset}
            with xla.weights_as(reference().weights, weights):
                return carry(reference(), inputs, past, mask, noise=noise, **more)

        kept[key] = make(run)
    # Weights are arguments, too: read while tracing they could be what a caller has put in their
    # place just then, and would stay it. Keras does so while it builds a model.
    weights = [ops.convert_to_tensor(weight.value) for weight in cell.weights]
    return functools.partial(kept[key], weights)
