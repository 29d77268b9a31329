"""A lower bound on the time of a step: its matrix products at the speed of one large product.

The rest is due to the recurrence: products too small to run at full speed, the arithmetic of the
gates, and memory traffic.
"""

import numpy as np
import tensorflow as tf

from benchmarks.layer_call import LayerCall
from benchmarks.sides import Side, wait

MATMUL, MATMUL_XLA = "matmul", "matmul xla"
SIZE = 1536
GATES = {"lstm": 4, "gru": 3, "simple_rnn": 1, "normalised_lstm": 4, "min_gru": 2}


def flops(call: LayerCall) -> float:
    """Return the operations of a call's matrix products; a multiply-add counts as two.

    Forward: `W x` and `U h` at each timestep. Backward: the gradients of x, W, h and U, twice as
    many.
    """
    # A cell that is linear in its state, such as the minGRU, has no `U h`.
    into = call.features + (0 if call.layer == "min_gru" else call.units)
    forward = 2.0 * call.batch * call.time * into * GATES[call.layer] * call.units
    return forward * (3 if call.training else 1)


def sides() -> list[Side]:
    """Return one large product, computed by TensorFlow and by XLA."""
    rng = np.random.default_rng(5)
    a, b = (tf.constant(rng.normal(size=(SIZE, SIZE)).astype("float32")) for _ in range(2))

    def side(name, jit_compile):
        product = tf.function(tf.matmul, jit_compile=jit_compile, autograph=False)
        return Side(
            name,
            lambda: wait([product(a, b)]),
            lambda: {"product": np.asarray(product(a, b))},
            None if name == MATMUL else MATMUL,
        )

    return [side(MATMUL, False), side(MATMUL_XLA, True)]


def milliseconds(operations: float, fastest_ms: float) -> float:
    """Return the time of so many operations at the speed of the large product."""
    return operations / (2.0 * SIZE**3) * fastest_ms
