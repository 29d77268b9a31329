"""The two kernels of `pallas`: all timesteps of a cell in one program of a GPU.

A program computes a tile, some units of some rows, at every timestep. Of its own units it has
the states in registers; the other units of h it reads from memory, where other programs have
written them. So after each timestep the programs of the same rows wait for each other. Forward, at
timestep t:

    uh = U h + d        h of all units, read from `h[t]`; this tile's columns of U
    state = step(wx, uh, past)
    `h[t + 1]` = state.h, then wait

and backward, from the last timestep to the first:

    of_wx, of_uh, of_past = vjp(step)
    `of_uh[t]` = of_uh, then wait
    of_past.h += U^T of_uh        of_uh of all units, read from memory

Without a GPU the kernels are interpreted, with one program for all units.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jax import lax
from jax import numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton

FEWEST = 16  # rows and columns of the smallest matrix product of a tensor core
DEEPEST = 128  # of the units that a product sums over, as many are read at once


class Tiles(NamedTuple):
    """How a batch and its units are divided among programs."""

    rows: int
    """Rows of a tile."""
    units: int
    """Units of a tile."""
    depth: int
    """Units that a product reads at once."""
    grid: tuple[int, int]
    """Number of programs, by rows and by units."""
    interpret: bool

    @classmethod
    def of(cls, rows: int, units: int) -> "Tiles | None":
        """Return the tiles of a batch, or None if its programs could not run all at once.

        Programs that wait for each other must be running all, and a multiprocessor is sure to run
        only one of them.
        """
        device = jax.devices()[0]
        interpret = device.platform != "gpu"
        width = units if interpret else FEWEST
        columns = units // width
        most = columns if interpret else max(1, device.core_count // columns)
        for height in (16, 32, 64):
            if (count := -(-rows // height)) * columns <= most * columns or interpret:
                depth = math.gcd(units, DEEPEST)
                return cls(height, width, depth, (count, columns), interpret)
        return None

    def pad(self, values, axis: int):
        """Return values with rows of zeros behind the last, so that tiles are full."""
        missing = self.grid[0] * self.rows - values.shape[axis]
        if not missing:
            return values
        return jnp.pad(values, [(0, missing if a == axis else 0) for a in range(values.ndim)])


class Cell(NamedTuple):
    """What the kernels know of a cell."""

    gates: int
    """Number of gates."""
    states: int
    """Number of states."""
    summed: bool
    """Whether the step reads nothing but a = wx + uh."""
    step: Callable
    """Function of `(wx, uh, past)`, three lists of tiles, that returns the list of new states."""


def forward(cell: Cell, tiles: Tiles, wx, kernel, bias, mask, first: list, keep: bool):
    """Run a cell over all timesteps.

    Args:
        wx: the input projections, `(time, rows, gates * units)`.
        kernel: the recurrent kernel, `(units, gates * units)`.
        bias: the recurrent bias, `(gates * units,)`, or None.
        mask: float32 `(time, rows)`, 1 where a timestep counts, or None.
        first: the states before the first timestep, `(rows, units)` each.
        keep: whether states and projections are kept for the backward pass.

    Returns:
        `(states, projected)`: each state before the first timestep and after each, `(time + 1,
        rows, units)`, or `(1, rows, units)`, after the last, if neither kept nor read; and uh, or
        a, of each timestep, or None.
    """
    time, rows, columns = wx.shape
    units = columns // cell.gates
    sizes = [time + 1 if keep or index == 0 else 1 for index in range(cell.states)]
    outputs = [jax.ShapeDtypeStruct((size, rows, units), first[0].dtype) for size in sizes]
    if keep:
        outputs.append(jax.ShapeDtypeStruct(wx.shape, wx.dtype))
    given: dict[str, Any] = {"wx": wx, "kernel": kernel, "bias": bias, "mask": mask}
    found = _call(
        functools.partial(_forward, cell, tiles, keep), tiles, given, {"first": first}, outputs
    )
    return found[: cell.states], found[cell.states] if keep else None


def _forward(cell: Cell, tiles: Tiles, keep: bool, given: dict, outputs: list, wait):
    states, first, kernel = outputs[: cell.states], given["first"], given["kernel"]
    rows, units, columns = _tile(tiles, cell.gates)
    time, width = given["wx"].shape[0], kernel.shape[0]
    past = [value[rows, units] for value in first]
    for index, value in enumerate(past):
        if keep or index == 0:
            states[index][0, rows, units] = value
    wait(0)
    bias = given["bias"]
    bias = None if bias is None else [bias[column][None] for column in columns]

    def timestep(t, past):

        def terms(block):
            inner = pl.ds(block * tiles.depth, tiles.depth)
            h = _fresh(states[0], tiles, t, rows, inner).astype(kernel.dtype)
            return [(h, kernel[inner, column]) for column in columns]

        uh = _product(terms, width // tiles.depth, cell.gates, tiles)
        if bias is not None:
            uh = [u + b for u, b in zip(uh, bias, strict=True)]
        wx = [given["wx"][t, rows, column] for column in columns]
        projected = [w + u for w, u in zip(wx, uh, strict=True)] if cell.summed else uh
        new = _masked(cell.step(wx, projected, past), past, given["mask"], t, rows)
        for index, value in enumerate(new):
            if keep or index == 0:
                states[index][t + 1, rows, units] = value
        if keep:
            for column, value in zip(columns, projected, strict=True):
                outputs[cell.states][t, rows, column] = value
        wait(t + 1)
        return new

    past = lax.fori_loop(0, time, timestep, past)
    if not keep:
        for index in range(1, cell.states):
            states[index][0, rows, units] = past[index]


def backward(cell: Cell, tiles: Tiles, wx, turned, mask, states, projected, of_output, of_last):
    """Return the gradients of `(wx, projected, first states)`.

    Args:
        wx: as in `forward`, or None if the step reads nothing but the sum.
        turned: the recurrent kernel transposed, `(gates * units, units)`.
        states, projected: as from `forward`.
        of_output: the gradient of the first state at every timestep, `(time, rows, units)`, or
            None.
        of_last: the gradients of the states after the last timestep.
    """
    like = jax.ShapeDtypeStruct(projected.shape, projected.dtype)
    outputs = [like] + ([] if cell.summed else [like])
    outputs += [jax.ShapeDtypeStruct(value.shape, value.dtype) for value in of_last]
    given = {
        "wx": wx,
        "turned": turned,
        "mask": mask,
        "projected": projected,
        "of_output": of_output,
    }
    nested = {"states": list(states), "of_last": list(of_last)}
    of_uh, *found = _call(functools.partial(_backward, cell, tiles), tiles, given, nested, outputs)
    of_wx = of_uh if cell.summed else found.pop(0)
    return of_wx, of_uh, found


def _backward(cell: Cell, tiles: Tiles, given: dict, outputs: list, wait):
    of_uh_ref, of_first = outputs[0], outputs[-cell.states :]
    rows, units, columns = _tile(tiles, cell.gates)
    time, width = of_uh_ref.shape[0], of_first[0].shape[-1]
    turned = given["turned"]

    def timestep(s, of_state):
        t = time - 1 - s
        of_state = list(of_state)
        if given["of_output"] is not None:
            of_state[0] = of_state[0] + given["of_output"][t, rows, units]
        past = [value[t, rows, units] for value in given["states"]]
        projected = [given["projected"][t, rows, column] for column in columns]
        wx = None if cell.summed else [given["wx"][t, rows, column] for column in columns]

        def step(wx, projected, past):
            return _masked(cell.step(wx, projected, past), past, given["mask"], t, rows)

        _, pull = jax.vjp(step, wx, projected, past)
        of_wx, of_uh, of_past = pull(of_state)
        for gate, column in enumerate(columns):
            of_uh_ref[t, rows, column] = of_uh[gate]
            if not cell.summed:
                outputs[1][t, rows, column] = of_wx[gate]
        wait(s)

        def terms(block):
            starts = [gate * width + block * tiles.depth for gate in range(cell.gates)]
            inner = [pl.ds(start, tiles.depth) for start in starts]
            of_uh = [_fresh(of_uh_ref, tiles, t, rows, i).astype(turned.dtype) for i in inner]
            return [(of, turned[i, units]) for of, i in zip(of_uh, inner, strict=True)]

        parts = _product(terms, width // tiles.depth, cell.gates, tiles)
        return [sum(parts, start=of_past[0]), *of_past[1:]]

    of_last = [value[rows, units] for value in given["of_last"]]
    of_state = lax.fori_loop(0, time, timestep, of_last)
    for ref, value in zip(of_first, of_state, strict=True):
        ref[rows, units] = value


def _tile(tiles: Tiles, gates: int) -> tuple:
    """Return the rows and the units of this program, and its columns of each gate."""
    row, unit = pl.program_id(0), pl.program_id(1)
    width = tiles.units * tiles.grid[1]
    start = unit * tiles.units
    columns = [pl.ds(gate * width + start, tiles.units) for gate in range(gates)]
    return pl.ds(row * tiles.rows, tiles.rows), pl.ds(start, tiles.units), columns


def _product(terms: Callable, blocks: int, count: int, tiles: Tiles) -> list:
    """Return `count` products `(rows, units)`, each summed over blocks of the inner axis.

    Args:
        terms: function of the number of a block that returns each product's two factors.
    """

    def add(block, totals):
        return [
            total + jnp.dot(*factors, preferred_element_type=total.dtype)
            for total, factors in zip(totals, terms(block), strict=True)
        ]

    zeros = [jnp.zeros((tiles.rows, tiles.units), jnp.float32) for _ in range(count)]
    return lax.fori_loop(0, blocks, add, zeros)


def _fresh(values, tiles: Tiles, *index):
    """Return values that other programs may have written since this one began."""
    # A multiprocessor's own cache may hold older ones; what all of them share does not.
    return triton.load(values.at[index], volatile=not tiles.interpret)


def _masked(new: list, past: list, mask, t, rows) -> list:
    """Return the new states, where a timestep is masked the past ones."""
    if mask is None:
        return list(new)
    seen = mask[t, rows][:, None] > 0
    return [jnp.where(seen, n, p) for n, p in zip(new, past, strict=True)]


def _call(kernel, tiles: Tiles, given: dict, nested: dict, outputs: list) -> list:
    """Call a kernel with some arrays by name, of which None are left out, and lists of arrays."""
    names = [name for name, array in given.items() if array is not None]
    arrays = [given[name] for name in names] + [a for list_ in nested.values() for a in list_]
    count = jnp.zeros(tiles.grid[0], jnp.int32)

    def run(*refs):
        refs = list(refs)
        inputs, results = refs[: len(arrays)], refs[len(arrays) + 1 :]
        counter = results.pop()
        by_name = dict.fromkeys(given) | dict(zip(names, inputs[: len(names)], strict=True))
        rest = iter(inputs[len(names) :])
        by_name |= {name: [next(rest) for _ in list_] for name, list_ in nested.items()}
        kernel(by_name, results, functools.partial(_wait, counter, tiles))

    outputs = [*outputs, jax.ShapeDtypeStruct(count.shape, count.dtype)]
    found = pl.pallas_call(
        run,
        out_shape=outputs,
        grid=tiles.grid,
        input_output_aliases={len(arrays): len(outputs) - 1},
        interpret=tiles.interpret,
        compiler_params=None
        if tiles.interpret
        else triton.CompilerParams(num_warps=4, num_stages=2),
    )(*arrays, count)
    return list(found[:-1])


def _wait(counter, tiles: Tiles, turn):
    """Wait until all programs of the same rows have come here; for the `turn`-th time."""
    if tiles.grid[1] == 1:
        if not tiles.interpret:
            triton.debug_barrier()
        return
    row, programs = pl.program_id(0), tiles.grid[1]
    triton.debug_barrier()
    triton.atomic_add(counter, (row,), 1)
    lax.while_loop(
        lambda arrived: arrived < (turn + 1) * programs,
        lambda _: triton.atomic_add(counter, (row,), 0),
        jnp.int32(0),
    )
    triton.debug_barrier()
