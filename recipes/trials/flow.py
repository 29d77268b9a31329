"""How much of the loss's gradient reaches each step back in time."""

import numpy as np

import keras_gated


def gradient_flow(model, inputs, loss) -> dict[str, np.ndarray]:
    """Return the norms of d loss / d s_t of each state s, at every step, in the mean over rows.

    Those of `keras_gated.gradient_flow`, whose loss is the mean over rows: each row's gradient is
    there by the number of rows too small, and their sum is the mean that is wanted.

    Args:
        model: a model with one recurrent layer of keras_gated.
        inputs: what it reads, `(rows, steps, ...)`.
        loss: from the model's outputs to a number for each row.

    Returns:
        By the letter of the state an array of shape `(steps,)`.
    """
    found = keras_gated.gradient_flow(model, inputs, None, loss=lambda _, given: loss(given))
    (flow,) = found.values()
    return {state: norms.sum(0) for state, norms in flow.norms.items()}
