"""Models of `keras.layers`: their recurrent layers replaced by this package's, and back."""

import inspect

import keras

from keras_gated.config import is_ours
from keras_gated.keras_private import all_layers, trained_by
from keras_gated.layers.checks import one_of
from keras_gated.layers.recurrent import Recurrent

# Layers and cells that both have, with the same arguments, weights and numbers.
TWINS = ("LSTM", "GRU", "SimpleRNN", "LSTMCell", "GRUCell", "SimpleRNNCell")
# Arguments that Keras does not have and need not have: how fast a layer runs, and the first values
# of weights that are copied anyway.
NOT_NEEDED = ("engine", "jit_compile", "remat", "gate_bias_initializer")
OURS = __name__.split(".")[0]


def convert(model, to: str = "keras_gated"):
    """Return a model with Keras's recurrent layers replaced by this package's, or back.

    `LSTM`, `GRU` and `SimpleRNN` are replaced, and their cells in `RNN` and `StackedRNNCells`;
    also within `Bidirectional`, `TimeDistributed` and nested models. `RNN(cell)` becomes
    `Recurrent(cell)`. Everything else is made anew from its config, and all weights are copied:
    the result shares nothing with the model. A compiled model is compiled again, with the state
    of its optimizer; states of stateful layers start anew. Numbers stay the same but where the
    changelog says that this package differs from Keras on purpose: the mask of a call with an
    `initial_state` is used here, and lost there.

    >>> import keras
    >>> layers = [keras.Input((5, 3)), keras.layers.Bidirectional(keras.layers.LSTM(4))]
    >>> model = keras.Sequential(layers)
    >>> faster, x = convert(model), np.ones((2, 5, 3))
    >>> type(faster.layers[0].forward_layer).__module__
    'keras_gated.layers.catalogue'
    >>> bool(np.allclose(faster(x), model(x), atol=1e-6))
    True

    Args:
        model: a model or a layer that Keras can make from its config: `keras.Sequential`, a
            functional model, or a subclass with a `get_config`.
        to: "keras_gated", or "keras" for a model that is loaded without this package.

    Returns:
        The converted model.

    Raises:
        ValueError: for a recurrent layer that is not in the model's config, so that it cannot be
            replaced; with `to="keras"` also for a layer or an argument that Keras does not have.
    """
    one_of("to", to, ("keras_gated", "keras"))
    if not isinstance(model, keras.layers.Layer):
        raise ValueError(
            f"convert() takes a Keras model or layer; received {type(model).__name__}. Load a file "
            "first, as in convert(keras.saving.load_model(path))."
        )
    replace = _to_ours if to == "keras_gated" else _to_keras
    # Classes that nobody registered are known from the model itself.
    classes = {type(layer) for layer in all_layers(model)}
    known = {cls.__name__: cls for cls in classes if not (is_ours(cls) or _is_kerass(cls))}
    config = keras.saving.serialize_keras_object(model)
    converted = keras.saving.deserialize_keras_object(
        _replaced(config, replace), custom_objects=known, safe_mode=False
    )
    _refuse_left(converted, to)
    if model.built:
        if not converted.built:
            raise ValueError(
                f"{type(model).__name__} {model.name!r} cannot be built from its config alone. "
                "Give its first layer an Input, as in keras.Sequential([keras.Input((20, 8)), ...])"
            )
        converted.set_weights(model.get_weights())
    if getattr(model, "optimizer", None) is not None and model.optimizer.built:
        _copy_optimizer(model, converted)
    return converted


def _copy_optimizer(model, converted):
    """Copy the state of a model's optimizer, which has one for each variable that it trains."""
    copies = dict(zip(map(id, model.weights), converted.weights, strict=True))
    trained = [copies[id(weight)] for weight in trained_by(model.optimizer)]
    if list(map(id, trained)) != list(map(id, trained_by(converted.optimizer))):
        # Layers were frozen, or no longer frozen, after the model was compiled.
        same = type(model.optimizer)
        converted.optimizer = same.from_config(model.optimizer.get_config())
        converted.optimizer.build(trained)
    for new, old in zip(converted.optimizer.variables, model.optimizer.variables, strict=True):
        new.assign(old)


def _is_kerass(cls: type) -> bool:
    return cls.__module__.split(".")[0] == "keras"


def _replaced(config, replace):
    """Return a serialized object with `replace` applied to each serialized class in it."""
    if isinstance(config, (list, tuple)):
        return type(config)(_replaced(each, replace) for each in config)
    if not isinstance(config, dict):
        return config
    config = {key: _replaced(value, replace) for key, value in config.items()}
    return replace(config) if "class_name" in config and "config" in config else config


def _to_ours(config: dict) -> dict:
    name, arguments = config["class_name"], config["config"]
    if config.get("module") != "keras.layers":
        return config
    if name == "RNN" and str(arguments["cell"].get("registered_name")).startswith(f"{OURS}>"):
        name = "Recurrent"
    elif name not in TWINS:
        return config
    return {**config, "module": OURS, "class_name": name, "registered_name": f"{OURS}>{name}"}


def _to_keras(config: dict) -> dict:
    if not str(config.get("registered_name")).startswith(f"{OURS}>"):
        return config
    name, arguments = config["class_name"], config["config"]
    if name.endswith(("Orthogonal", "Chrono")):
        return config  # an initializer: dropped with the argument
    twin = "RNN" if name == "Recurrent" else name
    called = f"{name} {arguments.get('name')!r}"
    if name not in (*TWINS, "Recurrent"):
        raise ValueError(
            f"keras.layers has nothing like {called}; only {', '.join(TWINS)} and Recurrent around "
            "their cells can be converted. Save the model as it is, or export it."
        )
    taken = _arguments_of(getattr(keras.layers, twin))
    kept = {}
    for key, value in arguments.items():
        ours = isinstance(value, dict) and str(value.get("registered_name")).startswith(f"{OURS}>")
        if key in NOT_NEEDED or (ours and key.endswith("_initializer")):
            continue
        if key not in taken:
            raise ValueError(
                f"{called} has {key}={value!r}, which keras.layers.{twin} does not know. Make the "
                "layer without it, or save the model as it is."
            )
        kept[key] = value
    return {
        **config,
        "module": "keras.layers",
        "class_name": twin,
        "registered_name": None,
        "config": kept,
    }


def _arguments_of(cls: type) -> set:
    """Return the names of the arguments of a layer of Keras's, and of every layer."""
    bases = (cls, keras.layers.RNN) if issubclass(cls, keras.layers.RNN) else (cls,)
    names = {name for base in bases for name in inspect.signature(base).parameters}
    return names | {"name", "trainable", "dtype", "activity_regularizer"}


def _refuse_left(model, to: str):
    """Refuse a model that still holds what was to be replaced."""
    theirs = tuple(getattr(keras.layers, name) for name in TWINS)
    for layer in all_layers(model):
        if to == "keras_gated":
            left = type(layer) in theirs
        else:
            left = is_ours(type(layer)) or isinstance(layer, Recurrent)
        if left:
            raise ValueError(
                f"{type(layer).__name__} {layer.name!r} was made by the layer that holds it, and "
                "is not in its config, so it cannot be replaced. Write the layer that holds it "
                f"with {'keras_gated' if to == 'keras_gated' else 'keras.layers'} and copy the "
                "weights: new.set_weights(old.get_weights())."
            )
