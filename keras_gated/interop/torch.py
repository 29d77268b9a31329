"""Weights of `torch.nn.LSTM`, `GRU` and `RNN`: read into layers, and written from layers.

| torch                                | here                                   |
|--------------------------------------|----------------------------------------|
| `LSTM(..., proj_size=0)`             | `LSTM`                                 |
| `LSTM(..., proj_size=p)`             | `ProjectedLSTM(..., projection=p)`     |
| `GRU`                                | `GRU` (`reset_after=True`)             |
| `RNN(..., nonlinearity="tanh")`      | `SimpleRNN(..., activation="tanh")`    |
| `num_layers`                         | as many layers, one after the other    |
| `bidirectional=True`                 | `keras.layers.Bidirectional` of each   |
| `dropout` between layers             | `keras.layers.Dropout` between layers  |

Here sequences are `(batch, time, features)`: torch's with `batch_first=True`. torch's LSTM and RNN
have two biases of which only the sum counts: it is read, and written beside zeros.
"""

import re

import keras
import numpy as np
from keras import ops

from keras_gated import layouts
from keras_gated.cells.gru import GRUCell
from keras_gated.cells.lstm import LSTMCell
from keras_gated.cells.projected_lstm import ProjectedLSTMCell
from keras_gated.cells.simple_rnn import SimpleRNNCell
from keras_gated.initial_state import InitialState, NoisyInitialState
from keras_gated.layers import CellLayer
from keras_gated.layers.catalogue import GRU, LSTM, ProjectedLSTM, SimpleRNN
from keras_gated.layers.recurrent import Recurrent

# By type and not by base: a subclass has equations of its own.
MODULES = {LSTMCell: "LSTM", ProjectedLSTMCell: "LSTM", GRUCell: "GRU", SimpleRNNCell: "RNN"}
_NAME = re.compile(r"(?:weight|bias)_[a-z]+_l(\d+)(?:_reverse)?")
PRECISIONS = ("float32", "float64")


def read(module, prefix: str = "", activation: str = "tanh", **arguments) -> list:
    """Return the layers that compute what a recurrent module of torch does, with its weights.

    ```python
    import keras_gated.interop.torch

    layers = keras_gated.interop.torch.read(module)
    model = keras.Sequential([keras.Input((None, 32)), *layers, keras.layers.Dense(2)])
    ```

    Args:
        module: a `torch.nn.LSTM`, `GRU` or `RNN`; or the `state_dict()` of one, also with NumPy
            arrays as its values. How many gates, layers and directions there are is read from it.
        prefix: what the names of the module's weights begin with in the state of a larger module,
            as in `"encoder.rnn."`.
        activation: "tanh" or "relu", of an `RNN` whose `state_dict()` is passed; a module says it
            itself.
        **arguments: of the last layer, as in `return_state=True`. Like torch's module it returns
            sequences, unless `return_sequences=False`.

    Returns:
        List of built layers, the first one first.

    Raises:
        ValueError: for weights in half precision, a weight that is missing or not expected, or one
            whose shape is not that of an LSTM, a GRU or an RNN.
    """
    state = _arrays(module, prefix)
    activation = getattr(module, "nonlinearity", activation)
    dropout = getattr(module, "dropout", 0.0)
    count = 1 + max(int(_NAME.fullmatch(name)[1]) for name in state)  # type: ignore[index]
    layers: list = []
    for index in range(count):
        last = arguments if index == count - 1 else {}
        layer = _layer(state, index, {"return_sequences": True, "activation": activation, **last})
        if layers and dropout:
            layers.append(keras.layers.Dropout(dropout))
        layers.append(layer)
    if state:
        raise ValueError(
            f"the weights hold {', '.join(state)} besides those of {count} layer(s); pass the "
            "state of one torch.nn.LSTM, GRU or RNN, or the prefix of one."
        )
    return layers


def state_dict(layers) -> dict:
    """Return the weights of layers as a recurrent module of torch has them.

    ```python
    arrays = keras_gated.interop.torch.state_dict(model.layers[1:3])
    module.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    ```

    Args:
        layers: a layer or a list of them, from the first to the last: `LSTM`, `ProjectedLSTM`,
            `GRU` or `SimpleRNN`, each alone or in `keras.layers.Bidirectional`, all of one kind
            and one size. `keras.layers.Dropout` between them is passed over.

    Returns:
        NumPy arrays by name.

    Raises:
        ValueError: for a layer that is not built, or that torch cannot compute.
    """
    rows = _stack(layers)
    named = {}
    for index, directions in enumerate(rows):
        for layer, suffix in zip(directions, ("", "_reverse"), strict=False):
            for name, array in _weights_of(layer.cell).items():
                named[f"{name}_l{index}{suffix}"] = array
    return named


def write(layers):
    """Return the `torch.nn.LSTM`, `GRU` or `RNN` that computes what layers do; needs torch.

    Arguments and errors are those of `state_dict`. The module has `batch_first=True`.
    """
    try:
        import torch
    except ImportError as missing:
        raise ImportError(
            "keras_gated.interop.torch.write returns a torch module, and torch is not installed; "
            "write: pip install torch. `state_dict` gives the same weights as arrays without it."
        ) from missing
    arrays = state_dict(layers)
    rows = _stack(layers)
    cell = rows[0][0].cell
    rates = {layer.rate for layer in _as_list(layers) if isinstance(layer, keras.layers.Dropout)}
    extra = {}
    if type(cell) is ProjectedLSTMCell:
        extra["proj_size"] = cell.projection
    if type(cell) is SimpleRNNCell:
        extra["nonlinearity"] = keras.activations.serialize(cell.activation)
    module = getattr(torch.nn, MODULES[type(cell)])(
        cell.kernel.shape[0],
        cell.units,
        num_layers=len(rows),
        bias=cell.use_bias,
        batch_first=True,
        dropout=max(rates, default=0.0),
        bidirectional=len(rows[0]) == 2,
        dtype=getattr(torch, keras.backend.standardize_dtype(cell.kernel.dtype)),
        **extra,
    )
    module.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    return module


# Reading


def _arrays(module, prefix: str) -> dict:
    """Return the arrays of a module or of its state by name, without the prefix."""
    state = module.state_dict() if hasattr(module, "state_dict") else module
    if not hasattr(state, "items"):
        raise ValueError(
            "read() takes a torch.nn.LSTM, GRU or RNN, or its state_dict(); received "
            f"{type(module).__name__}."
        )
    arrays = {}
    for name, value in state.items():
        if not name.startswith(prefix):
            continue
        precision = str(value.dtype).removeprefix("torch.")
        if precision not in PRECISIONS:
            raise ValueError(
                f"{name} is {precision}; weights are read in float32 or float64. Pass "
                "module.float(), and set the dtype policy of the layers for half precision."
            )
        value = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
        arrays[name.removeprefix(prefix)] = value
    if "weight_ih_l0" not in arrays:
        names = ", ".join(list(state)[:4])
        raise ValueError(
            f"there is no weight {prefix}weight_ih_l0, with which torch.nn.LSTM, GRU and RNN "
            f"begin; the names are {names or 'none'}. For a part of a larger module pass its "
            'prefix, as in prefix="encoder.rnn.".'
        )
    strange = [name for name in arrays if not _NAME.fullmatch(name)]
    if strange:
        raise ValueError(
            f"the weights hold {', '.join(strange)}, which torch.nn.LSTM, GRU and RNN do not have; "
            "pass the state of one of them, or its prefix."
        )
    return arrays


def _layer(state: dict, index: int, arguments: dict):
    """Return layer `index` with its weights, which are taken out of the state."""
    both = f"weight_ih_l{index}_reverse" in state
    suffixes = [f"_l{index}", f"_l{index}_reverse"] if both else [f"_l{index}"]
    directions = []
    for suffix in suffixes:
        weights = {
            name: state.pop(name + suffix)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
            if name + suffix in state
        }
        reverse = {"go_backwards": True} if suffix.endswith("reverse") else {}
        directions.append(_direction(weights, suffix, {**arguments, **reverse}))
    if not both:
        return directions[0]
    forward, backward = directions
    layer = keras.layers.Bidirectional(forward, backward_layer=backward, dtype=forward.dtype_policy)
    layer.build((None, None, forward.cell.kernel.shape[0]))
    # Keras makes the forward layer anew from its config.
    layer.set_weights([*forward.get_weights(), *backward.get_weights()])
    return layer


def _direction(weights: dict, suffix: str, arguments: dict):
    """Return a layer with the weights of one direction of one of torch's layers."""
    for name in ("weight_ih", "weight_hh"):
        if name not in weights or weights[name].ndim != 2:
            raise ValueError(f"the matrix {name}{suffix} is missing; pass a whole module's state.")
    (columns, features), shape = weights["weight_ih"].shape, weights["weight_hh"].shape
    projection = weights["weight_hr"].shape[0] if "weight_hr" in weights else None
    units = weights["weight_hr"].shape[1] if projection else shape[1]
    gates = columns / units
    kinds: dict[float, type[CellLayer]] = {4: LSTM, 3: GRU, 1: SimpleRNN}
    if gates not in kinds or (projection and gates != 4):
        raise ValueError(
            f"weight_ih{suffix} has {columns} rows for a state of {units} units, {gates:g} for "
            "each unit; an LSTM has 4, a GRU 3 and an RNN 1."
        )
    expected = {
        "weight_ih": (columns, features),
        "weight_hh": (columns, projection or units),
        "bias_ih": (columns,),
        "bias_hh": (columns,),
        "weight_hr": (projection, units),
    }
    for name, array in weights.items():
        if array.shape != expected[name]:
            raise ValueError(
                f"{name}{suffix} has shape {array.shape}; beside weight_ih{suffix} of shape "
                f"{(columns, features)} it has shape {expected[name]}."
            )
    biases = [weights[name] for name in ("bias_ih", "bias_hh") if name in weights]
    if len(biases) == 1:
        raise ValueError(f"one of the two biases bias_ih{suffix}, bias_hh{suffix} is missing.")
    kind = ProjectedLSTM if projection else kinds[gates]
    if kind is not SimpleRNN:
        arguments = {name: value for name, value in arguments.items() if name != "activation"}
    if projection:
        arguments = {"projection": projection, **arguments}
    dtype = {"dtype": str(weights["weight_ih"].dtype), **arguments}
    layer = kind(units, use_bias=bool(biases), **dtype)
    layer.build((None, None, features))
    arrays = layouts.from_torch(kind.Cell.gates, layouts.TORCH[MODULES[kind.Cell]], weights)
    if biases and kind is not GRU:
        arrays[2] = arrays[2].sum(axis=0)
    layer.set_weights(arrays)
    return layer


# Writing


def _as_list(layers) -> list:
    return list(layers) if isinstance(layers, (list, tuple)) else [layers]


def _stack(layers) -> list[list]:
    """Return the recurrent layers as one list of directions for each layer of torch's."""
    rows = [
        _directions(layer)
        for layer in _as_list(layers)
        if not isinstance(layer, keras.layers.Dropout)
    ]
    if not rows:
        raise ValueError("no recurrent layer was passed; pass an LSTM, a GRU or a SimpleRNN.")
    first, shapes = rows[0][0], [_shape(row[0]) for row in rows]
    for row, shape in zip(rows, shapes, strict=True):
        if (len(row), shape) != (len(rows[0]), shapes[0]):
            raise ValueError(
                f"a module of torch has layers of one kind and size: {row[0].name!r} is another "
                f"than {first.name!r}. Write one module for each."
            )
    width = shapes[0][-1] * len(rows[0])
    for row in rows[1:]:
        if row[0].cell.kernel.shape[0] != width:
            raise ValueError(
                f"{row[0].name!r} reads {row[0].cell.kernel.shape[0]} features, but the layer "
                f"before it gives {width}; pass the layers in their order."
            )
    return rows


def _shape(layer) -> tuple:
    cell = layer.cell
    return (
        type(cell),
        cell.use_bias,
        getattr(cell, "activation", None),
        cell.units,
        cell.output_size,
    )


def _directions(layer) -> list:
    """Return the layer of one direction, or those of both."""
    if isinstance(layer, keras.layers.Bidirectional):
        if layer.merge_mode != "concat":
            raise ValueError(
                f"{layer.name!r} has merge_mode={layer.merge_mode!r}; torch concatenates: only "
                'merge_mode="concat" can be written.'
            )
        layers = [layer.forward_layer, layer.backward_layer]
    else:
        layers = [layer]
    for direction in layers:
        _check(direction)
    backwards = [direction.go_backwards for direction in layers]
    if backwards != [False, True][: len(layers)]:
        raise ValueError(
            f"{layer.name!r} reads backwards, which torch has within a bidirectional module "
            "alone; pass keras.layers.Bidirectional with a forward layer too."
        )
    if _shape(layers[0]) != _shape(layers[-1]):
        raise ValueError(f"the directions of {layer.name!r} differ; torch has one kind and size.")
    return layers


def _check(layer):
    """Refuse a layer that torch's modules do not compute."""
    name = f"{type(layer).__name__} {getattr(layer, 'name', '')!r}"
    if not isinstance(layer, Recurrent):
        raise ValueError(
            f"torch's weights are written from LSTM, ProjectedLSTM, GRU and SimpleRNN; received "
            f"{name}. Convert a layer of Keras's first: keras_gated.convert(layer)."
        )
    cell = layer.cell
    if type(cell) not in MODULES:
        raise ValueError(
            f"torch.nn has nothing like {name}; it has LSTM (ProjectedLSTM is one with "
            "proj_size), GRU and RNN (SimpleRNN)."
        )
    if not layer.built:
        raise ValueError(f"{name} has no weights yet; call it, or build it, before.")
    precision = keras.backend.standardize_dtype(cell.kernel.dtype)
    if precision not in PRECISIONS:
        raise ValueError(f"{name} has weights in {precision}; make it in float32.")
    if not getattr(cell, "reset_after", True):
        raise ValueError(f"{name} has reset_after=False; torch.nn.GRU resets after the product.")
    if any(cell.zoneout):
        raise ValueError(f"{name} has zoneout, which torch.nn does not; make it without.")
    start = layer.initial_state
    start = start.mean if type(start) is NoisyInitialState else start
    if type(start) is not InitialState:
        raise ValueError(
            f"{name} has initial_state={layer.initial_state!r}; torch's module starts with zeros "
            'or with states that are passed to its call. Make the layer with initial_state="zeros".'
        )
    allowed = {"activation": ("tanh",), "recurrent_activation": ("sigmoid",)}
    if type(cell) is SimpleRNNCell:
        allowed = {"activation": ("tanh", "relu")}
    for argument, names in allowed.items():
        serialized = keras.activations.serialize(getattr(cell, argument))
        if serialized not in names:
            raise ValueError(
                f"{name} has {argument}={serialized!r}; torch's module computes "
                f"{' or '.join(names)}."
            )


def _weights_of(cell) -> dict:
    """Return a cell's weights by the names of torch's, as NumPy arrays."""
    names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
    arrays = layouts.torch_weights(cell, layouts.TORCH[MODULES[type(cell)]])
    if type(cell) is ProjectedLSTMCell:
        names = [*names[: len(arrays)], "weight_hr"]
        arrays = [*arrays, ops.transpose(ops.convert_to_tensor(cell.projection_kernel))]
    pairs = zip(names, arrays, strict=False)
    return {name: np.array(ops.convert_to_numpy(array)) for name, array in pairs}
