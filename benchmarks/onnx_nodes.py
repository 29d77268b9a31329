"""Time of single nodes in onnxruntime: `python -m benchmarks.onnx_nodes`.

It needs the extra `interop`. It times files of a single LSTM or GRU node, of the sizes of
`benchmarks.interop`, in turns and on one thread. No export can be faster than these.
"""

import numpy as np
import onnx
import onnxruntime
from onnx import helper

from benchmarks.clock import Patience, interleave
from benchmarks.interop import FEATURES, TIME, UNITS

NODES = {
    "LSTM": ("LSTM", 4, {}),
    "GRU": ("GRU", 3, {"linear_before_reset": 1}),
    "GRU, reset before": ("GRU", 3, {"linear_before_reset": 0}),
}


def main() -> None:
    """Print the fastest of many runs, in milliseconds."""
    sessions = {name: _session(*node) for name, node in NODES.items()}
    for batch in (1, 32):
        x = {"X": np.random.default_rng(1).normal(size=(TIME, batch, FEATURES)).astype("float32")}
        steps = {
            name: (lambda session=session, x=x: session.run(None, x) and None)
            for name, session in sessions.items()
        }
        timings = interleave(steps, Patience(seconds=5.0, fewest=20, most=1000))
        for name in NODES:
            print(f"{name}, batch {batch}: {timings[name].least:.2f} ms", flush=True)


def _session(op: str, gates: int, attributes: dict):
    rng = np.random.default_rng(0)
    weights = {
        "W": rng.normal(0, 0.1, (1, gates * UNITS, FEATURES)),
        "R": rng.normal(0, 0.1, (1, gates * UNITS, UNITS)),
        "B": rng.normal(0, 0.1, (1, 2 * gates * UNITS)),
    }
    real = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node(op, ["X", *weights], ["", "Y"], hidden_size=UNITS, **attributes)],
        "node",
        [helper.make_tensor_value_info("X", real, [TIME, "batch", FEATURES])],
        [helper.make_tensor_value_info("Y", real, [1, "batch", UNITS])],
        [onnx.numpy_helper.from_array(v.astype("float32"), n) for n, v in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


if __name__ == "__main__":
    main()
