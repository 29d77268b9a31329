"""Weights and outputs of whole modules of `torch.nn`, kept in `torch_modules.npz`.

Made with torch 2.13.0:

    python tests/goldens/torch_modules.py

For each module: its `state_dict`, an input, its output, and the final states of its last layer,
the forward direction's before the backward direction's.
"""

from pathlib import Path

import numpy as np

ROWS, TIME, FEATURES, UNITS = 3, 5, 2, 4
MODULES = {
    "lstm": ("LSTM", {}),
    "lstm_stack": ("LSTM", {"num_layers": 3, "bidirectional": True}),
    "lstm_no_bias": ("LSTM", {"num_layers": 2, "bias": False}),
    "lstm_projected": ("LSTM", {"num_layers": 2, "bidirectional": True, "proj_size": 3}),
    "gru": ("GRU", {}),
    "gru_stack": ("GRU", {"num_layers": 2, "bidirectional": True}),
    "gru_no_bias": ("GRU", {"bias": False, "bidirectional": True}),
    "rnn_tanh": ("RNN", {"num_layers": 2, "bidirectional": True}),
    "rnn_relu": ("RNN", {"num_layers": 2, "nonlinearity": "relu"}),
}


def main():
    import torch

    rng = np.random.default_rng(0)
    kept = {}
    for name, (module, arguments) in MODULES.items():
        module = getattr(torch.nn, module)(
            FEATURES, UNITS, batch_first=True, dtype=torch.float64, **arguments
        )
        with torch.no_grad():
            for weight in module.parameters():
                weight.copy_(torch.from_numpy(rng.normal(0, 0.5, weight.shape)))
        x = torch.from_numpy(rng.normal(size=(ROWS, TIME, FEATURES)))
        output, states = module(x)
        states = states if isinstance(states, tuple) else (states,)
        directions = 2 if arguments.get("bidirectional") else 1
        last = [state[k - directions] for k in range(directions) for state in states]
        arrays = {"x": x, "output": output, **{f"state_{k}": s for k, s in enumerate(last)}}
        arrays |= {f"weights/{key}": value for key, value in module.state_dict().items()}
        kept |= {f"{name}/{key}": value.detach().numpy() for key, value in arrays.items()}
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **kept)


if __name__ == "__main__":
    main()
