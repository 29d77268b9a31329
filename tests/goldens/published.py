"""Numbers of published PyTorch code for the relatives, kept in `published.npz`, in our layout.

Made with torch 2.13.0, torchrecurrent 0.2.5, edgeml-pytorch 0.3.0, xlstm 2.0.6, recurrentgemma
1.0.1, mogrifier 0.0.5 and minGRU-pytorch 0.2.1, in an environment of their own (recurrentgemma
wants flax, jaxtyping and typeguard below 3 as well):

    python tests/goldens/published.py

All in float64, but for the scan of recurrentgemma, which sums in float32.
"""

import sys
import types
from pathlib import Path

import numpy as np

ROWS, TIME, FEATURES, UNITS = 3, 5, 2, 4


def of_module(make, rename, twice=False):
    """Return the step of a module of one step, whose parameters are ours by another name.

    Args:
        make: makes the module.
        rename: from our weights to its parameters by name.
        twice: whether it takes and gives our one state as two that are the same.
    """
    import torch

    module = make().double()

    def step(x, past, weights):
        parameters = rename(*weights)
        for name, parameter in module.named_parameters():
            # A second bias, which our cells do not have.
            if name == "bias_hh":
                parameters[name] = torch.zeros_like(parameter)
        (h,) = past
        new = torch.func.functional_call(module, parameters, (x, (h, h) if twice else h))
        return [new[0] if twice else new]

    return step


def of_torchrecurrent(name, recurrent_name="weight_hh", twice=False, **arguments):
    import torchrecurrent

    def rename(kernel, recurrent, bias):
        turned = recurrent.T if recurrent.ndim == 2 else recurrent
        return {"weight_ih": kernel.T, recurrent_name: turned, "bias_ih": bias}

    make = getattr(torchrecurrent, name)
    return of_module(lambda: make(FEATURES, UNITS, **arguments), rename, twice)


def fast_grnn():
    # It would need its own CUDA kernels, which this cell does not call.
    sys.modules.setdefault("fastgrnn_cuda", types.ModuleType("fastgrnn_cuda"))
    from edgeml_pytorch.graph.rnn import FastGRNNCell

    def rename(kernel, recurrent, bias, zeta, nu):
        gate, update = bias.reshape(2, 1, UNITS)
        numbers = {"zeta": zeta.reshape(1, 1), "nu": nu.reshape(1, 1)}
        return {
            "W": kernel.T,
            "U": recurrent.T,
            "bias_gate": gate,
            "bias_update": update,
            **numbers,
        }

    return of_module(lambda: FastGRNNCell(FEATURES, UNITS), rename)


def s_lstm():
    import torch
    from xlstm.blocks.slstm.src.vanilla import slstm_forward_step, slstm_pointwise_function_registry

    def step(x, past, weights):
        kernel, recurrent, bias = weights
        states, _ = slstm_forward_step(
            (x @ kernel)[None],
            torch.stack(past),
            recurrent.T[None],
            bias,
            slstm_pointwise_function_registry["slstm"],
        )
        return list(states[:, 0])

    return step


def rg_lru():
    import torch
    from recurrentgemma.torch.layers import RGLRU

    module = RGLRU(UNITS, num_heads=1).double()

    def step(x, past, weights):
        kernel, bias, decay = weights
        (w_r, w_i, _), (b_r, b_i, _) = kernel.split(UNITS, dim=1), bias.split(UNITS)
        parameters = {
            "a_param": -decay,
            "a_gate.w": w_r[None],
            "a_gate.b": b_r[None],
            "input_gate.w": w_i[None],
            "input_gate.b": b_i[None],
        }
        # Position 0 would be the start of a document, where the past is dropped.
        position = torch.ones(len(x), 1, dtype=torch.int32)
        call = (x[:, None], position, past[0].float())
        return [torch.func.functional_call(module, parameters, call)[1]]

    return step


def mogrifier_lstm():
    import torch
    from mogrifier import Mogrifier

    rounds = Mogrifier(FEATURES, iters=5, dim_hidden=UNITS).double()
    lstm = torch.nn.LSTMCell(FEATURES, UNITS).double()

    def step(x, past, weights):
        kernel, recurrent, bias, q, r, *_ = weights
        # Its rounds share Q and R, and have biases, which are zero here.
        parameters = {"Q.0.weight": q.T, "R.0.weight": r.T}
        parameters |= {"Q.0.bias": 0 * q[0], "R.0.bias": 0 * r[0]}
        x, h = torch.func.functional_call(rounds, parameters, (x[:, None], past[0][:, None]))
        parameters = {"weight_ih": kernel.T, "weight_hh": recurrent.T}
        parameters |= {"bias_ih": bias, "bias_hh": torch.zeros_like(bias)}
        return list(torch.func.functional_call(lstm, parameters, (x[:, 0], (h[:, 0], past[1]))))

    return step


def min_gru():
    import torch
    from minGRU_pytorch.minGRU import minGRU

    module = minGRU(FEATURES, expansion_factor=UNITS / FEATURES, proj_out=False).double()

    def step(x, past, weights):
        (kernel,) = weights
        update, candidate = kernel.split(UNITS, dim=1)
        parameters = {"to_hidden_and_gate.weight": torch.cat([candidate, update], dim=1).T}
        call = (x[:, None], past[0][:, None])
        return [torch.func.functional_call(module, parameters, call)[:, 0]]

    return step


# By cell: its step, the shapes of its weights in our layout, the number of its states.
GATES = {n: [(FEATURES, n * UNITS), (UNITS, n * UNITS), (n * UNITS,)] for n in (1, 2, 4)}
CELLS = {
    "mgu": (lambda: of_torchrecurrent("MGUCell"), GATES[2], 1),
    "janet": (lambda: of_torchrecurrent("JANETCell", twice=True), GATES[2], 1),
    "ind_rnn": (
        lambda: of_torchrecurrent("IndRNNCell", "vector_u", nonlinearity="relu"),
        [(FEATURES, UNITS), (UNITS,), (UNITS,)],
        1,
    ),
    "fast_grnn": (fast_grnn, [(FEATURES, UNITS), (UNITS, UNITS), (2 * UNITS,), (), ()], 1),
    "s_lstm": (s_lstm, GATES[4], 4),
    "rg_lru": (rg_lru, [(UNITS, 3 * UNITS), (3 * UNITS,), (UNITS,)], 1),
    "mogrifier_lstm": (
        mogrifier_lstm,
        [*GATES[4], *([(UNITS, FEATURES), (FEATURES, UNITS)] * 3)[:5]],
        2,
    ),
    "min_gru": (min_gru, [(FEATURES, 2 * UNITS)], 1),
}


def run(name):
    """Return the arrays of a cell: its inputs, weights, states, outputs and gradients."""
    import torch

    make, shapes, count = CELLS[name]
    rng = np.random.default_rng(0)
    features = shapes[0][0]
    x = rng.normal(size=(ROWS, TIME, features))
    weights = [np.asarray(rng.normal(size=shape)) for shape in shapes]
    past = [rng.normal(size=(ROWS, UNITS)) for _ in range(count)]
    if name == "rg_lru":
        # The unit reads its input itself.
        weights[0][:, 2 * UNITS :], weights[1][2 * UNITS :] = np.eye(UNITS), 0
    if name == "mogrifier_lstm":
        weights[5:] = [weights[3], weights[4], weights[3]]
    if name == "s_lstm":
        past[2] = np.abs(past[2])
    if name == "min_gru":
        # Its states are logarithms internally.
        past[0] = np.abs(past[0])
    kept = {"x": [x], "weights": weights, "states": past}

    step = make()
    x, *weights = (torch.from_numpy(a).requires_grad_() for a in (x, *weights))
    state, sequence = [torch.from_numpy(s) for s in past], []
    for now in x.unbind(dim=1):
        state = step(now, state, weights)
        sequence.append(state[0])
    outputs = [torch.stack(sequence, dim=1), *state]
    # What `tests.numbers.score` gives.
    directions = [np.random.default_rng(k).normal(size=o.shape) for k, o in enumerate(outputs)]
    sum(
        (output * torch.from_numpy(direction.astype("float32"))).sum()
        for output, direction in zip(outputs, directions, strict=True)
    ).backward()
    # Our weights that are a part of one of theirs have no separate gradient there.
    alone = () if name in ("rg_lru", "mogrifier_lstm") else weights
    kept["outputs"] = [output.detach().numpy() for output in outputs]
    kept["gradients"] = [tensor.grad.numpy() for tensor in (x, *alone)]
    return {
        f"{name}/{group}/{k}": a for group, arrays in kept.items() for k, a in enumerate(arrays)
    }


def main():
    kept = {}
    for name in CELLS:
        kept |= run(name)
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **kept)


if __name__ == "__main__":
    main()
