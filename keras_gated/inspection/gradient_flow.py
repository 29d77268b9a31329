"""Gradient flow: the gradient of the loss with respect to each state, at every timestep."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops, tree

from keras_gated.inspection.display import as_html
from keras_gated.inspection.trace import as_arrays, in_order, names
from keras_gated.inspection.watch import Watch


def gradient_flow(model, inputs, targets, *, loss=None) -> "dict[str, Flow]":
    """Return the norm of d loss / d state at every timestep, for each recurrent layer of a model.

    This is the total derivative, through all paths from the state to the loss. If the loss depends
    only on the last output, the norm shows how fast the gradient vanishes on its way back: Pascanu,
    Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013,
    https://proceedings.mlr.press/v28/pascanu13.html.

    Args:
        model: a model with layers of this package, or such a layer.
        inputs: its inputs.
        targets: the targets of the loss; None if it needs none. As in `fit`, targets `(batch,)`
            are taken as `(batch, 1)` if the outputs have that shape.
        loss: a name, a `keras.losses.Loss`, or a function of `(targets, outputs)`, whose result is
            averaged. By default the loss that the model was compiled with. As in `fit`, all but a
            function that is passed here leave out the timesteps that the outputs' mask leaves out.

    Returns:
        A `Flow` for each call of a recurrent layer, by the same names as in `trace`.

    Raises:
        ValueError: for a model without such a layer or without a loss, for one with several
            outputs and no function of them, and for a backend that has no gradients.

    >>> from keras_gated import GRU
    >>> x, y = np.ones((2, 9, 3), "float32"), np.zeros((2, 4), "float32")
    >>> flow = gradient_flow(GRU(4, name="reader"), x, y, loss="mse")["reader"]
    >>> flow.norms["h"].shape
    (2, 9)
    """
    loss, inputs = _loss(model, loss), as_arrays(inputs)
    if not model.built:
        model.build(tree.map_structure(lambda value: tuple(value.shape), inputs))
    with Watch().on() as watch:
        model(inputs, training=False)
    calls = watch.calls
    if not calls:
        raise ValueError(
            f"{model.name!r} called no layer of keras_gated; write keras_gated.LSTM for "
            "keras.layers.LSTM, and keras_gated.Recurrent for keras.layers.RNN."
        )
    if targets is not None:
        targets = tree.map_structure(_as_in_fit, as_arrays(targets))

    def total(nudges):
        with Watch(nudges).on():
            outputs = model(inputs, training=False)
        if tree.is_nested(outputs) and isinstance(loss, keras.losses.Loss):
            raise ValueError(
                f"{model.name!r} has {len(tree.flatten(outputs))} outputs; pass loss=, a function "
                "of (targets, outputs) that adds up the losses of all of them."
            )
        return ops.mean(loss(_as_rows(targets, outputs), outputs))

    zeros = [[ops.zeros_like(state) for state in call.inside.states.values()] for call in calls]
    grads = tree.pack_sequence_as(zeros, gradients(total, zeros))
    flows = {}
    for name, call, state_grads in zip(names(calls), calls, grads, strict=True):
        norms = {
            letter: np.linalg.norm(in_order(call, grad), axis=-1)
            for letter, grad in zip(call.cell.states, state_grads, strict=True)
        }
        mask = None if call.mask is None else in_order(call, call.mask)
        flows[name] = Flow(name, norms, mask, call.backwards)
    return flows


@dataclass(frozen=True, eq=False, repr=False)
class Flow:
    """The norm of d loss / d state at every timestep of one call of a layer.

    Attributes:
        name: the layer's name.
        norms: by state letter, the Euclidean norm over the units, `(batch, time)`, in the order
            of the inputs. Zero at masked timesteps.
        mask: booleans of shape `(batch, time)`, False at masked timesteps; None without a mask.
        backwards: whether the layer ran from the last timestep to the first.
    """

    name: str
    norms: dict[str, np.ndarray]
    mask: np.ndarray | None
    backwards: bool

    def back(self, state: str = "h") -> np.ndarray:
        """Return the norm k timesteps before the last, as a fraction of the norm at the last.

        Masked timesteps are skipped. Over several rows it is the sum of their norms, divided by
        the sum of the same rows' norms at the last timestep: rows are weighted by their gradient.

        Returns:
            Array with one entry for each timestep of the longest row; it is 1 at k = 0.
        """
        if state not in self.norms:
            raise ValueError(f"{self.name} has no state {state!r}; it has {', '.join(self.norms)}.")
        norms = self.norms[state].astype("float64")
        mask = np.ones(norms.shape, bool) if self.mask is None else self.mask
        rows = [norm[unmasked] for norm, unmasked in zip(norms, mask, strict=True)]
        rows = [row if self.backwards else row[::-1] for row in rows if row.size]
        longest = max(map(len, rows), default=0)
        reach = [[row for row in rows if len(row) > k] for k in range(longest)]
        sums = [(sum(r[k] for r in long), sum(r[0] for r in long)) for k, long in enumerate(reach)]
        return np.array([a / b if b else np.nan for a, b in sums])

    def horizon(self, state: str = "h", share: float = 0.01) -> int | None:
        """Return the memory horizon: the smallest k at which `back(state)` is below `share`.

        None if it is nowhere below; the sequences are then too short to determine it.
        """
        below = np.flatnonzero(self.back(state) < share)
        return int(below[0]) if below.size else None

    def __str__(self):
        def reach(state):
            steps = self.horizon(state)
            if steps is None:
                return f"stays above 1% over all {len(self.back(state))} timesteps"
            return f"falls below 1% after {steps} timesteps"

        lines = (f"the gradient of {state} {reach(state)}" for state in self.norms)
        return f"{self.name}: {'; '.join(lines)}"

    __repr__ = __str__

    def _repr_html_(self):
        """Return a plot of the gradient of the first state, for notebooks."""
        state = next(iter(self.norms))
        return as_html(str(self), lambda plots: plots.flow({self.name: self}, state))


def gradients(total: Callable, tensors) -> list:
    """Return d total(tensors) / d tensor for each of a nest of tensors, on the Keras backend."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        flat = tree.flatten(tensors)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(flat)
            value = total(tensors)
        return tape.gradient(value, flat, unconnected_gradients="zero")
    if backend == "jax":
        import jax

        return tree.flatten(jax.grad(total)(tensors))
    if backend == "torch":
        import torch

        flat = [t.detach().clone().requires_grad_(True) for t in tree.flatten(tensors)]
        grads = torch.autograd.grad(
            total(tree.pack_sequence_as(tensors, flat)), flat, allow_unused=True
        )
        return [torch.zeros_like(t) if g is None else g for g, t in zip(grads, flat, strict=True)]
    raise ValueError(
        f"gradients need the backend tensorflow, jax or torch; the backend is {backend!r}. Set "
        "KERAS_BACKEND to one of them."
    )


def _as_in_fit(target):
    """Return a target as a tensor; floats have Keras's `floatx`."""
    target = ops.convert_to_tensor(target)
    is_float = "float" in keras.backend.standardize_dtype(target.dtype)
    return ops.cast(target, keras.config.floatx()) if is_float else target


def _as_rows(targets, outputs):
    """Return targets `(batch,)` as `(batch, 1)` if the outputs have that shape, as in `fit`."""
    if tree.is_nested(targets) or tree.is_nested(outputs) or targets is None:
        return targets
    needs_axis = len(outputs.shape) == len(targets.shape) + 1 and outputs.shape[-1] == 1
    return ops.expand_dims(targets, -1) if needs_axis else targets


class _OfFunction(keras.losses.Loss):
    """The loss of a function: targets and outputs are cast as in `fit`."""

    def __init__(self, function: Callable):
        super().__init__()
        self.call = function


def _loss(model, loss) -> Callable:
    if loss is None:
        loss = getattr(model, "loss", None)
        if isinstance(loss, (list, tuple)) and len(loss) == 1:
            (loss,) = loss
        if callable(loss) and not isinstance(loss, keras.losses.Loss):
            loss = _OfFunction(loss)
    if isinstance(loss, str):
        loss = keras.losses.get(loss)
        return loss if isinstance(loss, keras.losses.Loss) else _OfFunction(loss)
    if isinstance(loss, keras.losses.Loss) or callable(loss):
        return loss
    raise ValueError(
        f"{model.name!r} has no single loss of its own: {loss!r}; pass one, as in "
        'gradient_flow(model, inputs, targets, loss="mse"), or a function of (targets, outputs).'
    )
