"""How much of the loss's gradient reaches each step back in time."""

import numpy as np
import tensorflow as tf
from keras import ops


def gradient_flow(model, inputs, loss) -> dict[str, np.ndarray]:
    """Return the norms of d loss / d s_t of each state s, at every step, in the mean over rows.

    A zero that is added to the state after each step has the same derivative as the state, by all
    ways on which it reaches the loss; so the zeros are what is differentiated by. Step by step,
    as the definition has it: for tens of rows, not for training.

    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013,
    https://proceedings.mlr.press/v28/pascanu13.html

    Args:
        model: a `keras.Sequential` with one recurrent layer of keras_gated.
        inputs: what it reads, `(rows, steps, ...)`.
        loss: from the model's outputs to a number for each row.

    Returns:
        By the letter of the state an array of shape `(steps,)`.
    """
    place = next(n for n, layer in enumerate(model.layers) if hasattr(layer, "cell"))
    layer = model.layers[place]
    values = ops.convert_to_tensor(inputs)
    for before in model.layers[:place]:
        values = before(values)
    rows, steps = values.shape[:2]
    still = [[ops.zeros_like(s) for s in layer.cell.get_initial_state(rows)] for _ in range(steps)]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(still)
        past = layer.cell.State(*layer.cell.get_initial_state(rows))
        outputs = []
        for step in range(steps):
            state, _ = layer.cell.advance(layer.cell.project(values[:, step]), past)
            past = layer.cell.State(*(s + z for s, z in zip(state, still[step], strict=True)))
            outputs.append(past[0])
        values = ops.stack(outputs, axis=1) if layer.return_sequences else outputs[-1]
        for after in model.layers[place + 1 :]:
            values = after(values, training=False)
        total = ops.sum(loss(values))
    found = tape.gradient(total, still, unconnected_gradients="zero")
    norms = np.array([[ops.mean(ops.norm(g, axis=-1)) for g in step] for step in found])
    return dict(zip(layer.cell.states, norms.T, strict=True))
