"""Numbers of `torch.nn.LSTM(proj_size=...)`, kept in `torch_lstm.npz`, in this package's layout.

Made with torch 2.13.0:

    python tests/goldens/torch_lstm.py
"""

from pathlib import Path

import numpy as np

ROWS, TIME, FEATURES, UNITS, PROJECTION = 3, 5, 2, 4, 3


def main():
    import torch

    rng = np.random.default_rng(0)
    layer = torch.nn.LSTM(
        FEATURES, UNITS, proj_size=PROJECTION, batch_first=True, dtype=torch.float64
    )
    with torch.no_grad():
        for weight in layer.parameters():
            weight.copy_(torch.from_numpy(rng.normal(size=weight.shape)))
    x = torch.from_numpy(rng.normal(size=(ROWS, TIME, FEATURES))).requires_grad_()
    states = [torch.from_numpy(rng.normal(size=(ROWS, n))) for n in (PROJECTION, UNITS)]
    sequence, (h, c) = layer(x, tuple(state[None] for state in states))
    outputs = [sequence, h[0], c[0]]
    # What `tests.numbers.score` gives.
    directions = [np.random.default_rng(k).normal(size=o.shape) for k, o in enumerate(outputs)]
    score = sum(
        (output * torch.from_numpy(direction.astype("float32"))).sum()
        for output, direction in zip(outputs, directions, strict=True)
    )
    score.backward()
    kernel, recurrent, bias, recurrent_bias, projection = (
        getattr(layer, f"{name}_l0")
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
    )
    kept = {
        "x": [x],
        "weights": [kernel.T, recurrent.T, bias + recurrent_bias, projection.T],
        "states": states,
        "outputs": outputs,
        "gradients": [x.grad, kernel.grad.T, recurrent.grad.T, bias.grad, projection.grad.T],
    }
    arrays = {
        f"projected_lstm/{group}/{k}": value.detach().numpy()
        for group, values in kept.items()
        for k, value in enumerate(values)
    }
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    main()
