"""CellLayer: the base class that makes a layer from a cell."""

import inspect
import operator
import re
from typing import ClassVar

import keras

from keras_gated import config, signatures
from keras_gated.cell import GatedCell
from keras_gated.layers.recurrent import Recurrent

# Keras's recurrent layers name this argument of `Layer` in their signature.
_OF_KERAS = {
    "activity_regularizer": inspect.Parameter(
        "activity_regularizer", inspect.Parameter.KEYWORD_ONLY, default=None
    )
}


class CellLayer(Recurrent):
    """A layer that creates its own cell and takes the arguments of both.

    The layer of a cell is two lines:

    ```python
    class MGU(CellLayer):
        Cell = MGUCell
    ```

    Its signature and docstring are assembled from those of the cell and of `Recurrent`.

    Class attributes:
        Cell: the `GatedCell` class of the layer.
        positional: the names of the arguments that may be passed by position after `units`; by
            default those of the cell.

    Args:
        units: positive integer, the size of the output and of each state.
        *args: the arguments in `positional`.
        activity_regularizer: regularizer of the layer's output, or None.
        **kwargs: the arguments of the cell and of `Recurrent`, by name; and `name`, `dtype` and
            `trainable`, as in every Keras layer.
    """

    Cell: ClassVar[type[GatedCell]]
    positional: ClassVar[tuple[str, ...]] = ()

    def __init__(self, units, *args, **kwargs):
        kwargs = config.by_name(type(self), args, kwargs)
        # The cell raises the error for an argument of cells that it does not support.
        known = {**GatedCell.arguments(), **self.Cell.arguments()}
        of_cell = {name: kwargs.pop(name) for name in known if name in kwargs}
        cell = self.Cell(
            units,
            **of_cell,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name=_snake_case(self.Cell.__name__),
        )
        super().__init__(cell, **kwargs)
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def __init_subclass__(cls, **kwargs):
        """Register the layer, add the cell's arguments as properties, assemble the docstring."""
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "Cell"):
            return
        if "Cell" in vars(cls):
            for name in cls.Cell.arguments():
                setattr(cls, name, property(operator.attrgetter(f"cell.{name}")))
            if "positional" not in vars(cls):
                cls.positional = config.positions(cls.Cell, GatedCell)
        cls.__signature__ = signatures.OfAClass(_signature(cls))
        cls.__doc__ = _documentation(cls)
        config.register(cls)

    def get_config(self):
        config = {**self.cell.get_config(), **super().get_config()}
        del config["cell"]
        return config

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        if config.pop("time_major", False):  # of Keras 2
            raise ValueError(
                f"{cls.__name__} {config.get('name')!r} was saved by Keras 2 with time_major=True; "
                "here inputs are (batch, time, features). Make the model anew with "
                "keras.ops.swapaxes(x, 0, 1) around the layer, and set its weights."
            )
        return cls(**config)


def _signature(cls: type[CellLayer]) -> inspect.Signature:
    """Return the signature of a layer: the arguments of its cell, and those of `Recurrent`."""
    of_keras = config.own_arguments(keras.layers.RNN, keras.layers.RNN)
    of_layer = {**of_keras, **config.own_arguments(cls, keras.layers.RNN)}
    known = {**cls.Cell.arguments(), **of_layer, **_OF_KERAS}
    del known["units"], known["cell"]
    positional = [known.pop(name) for name in config.positions(cls, CellLayer) if name in known]
    return signatures.signature(positional, list(known.values()))


def _documentation(cls: type[CellLayer]) -> str:
    """Return the docstring of a layer: its own summary and example or the cell's, all `Args:`."""
    docstring = vars(cls).get("__doc__")
    cell = inspect.cleandoc(cls.Cell.__doc__ or "")
    summary, _, sections = (
        inspect.cleandoc(docstring).partition("\n") if docstring else _from_cell(cls)
    )
    _, _, equations = signatures.sections(cell)[0][1].partition("\n\n") if cell else ("", "", "")
    docs = [docstring, *(base.__doc__ for base in (*cls.Cell.__mro__, *cls.__mro__[1:]))]
    args = signatures.args_section(list(cls.__signature__.parameters), docs)
    call = [
        f"{heading}:\n{text}"
        for heading, text in signatures.sections(Recurrent.__doc__)
        if heading in ("Call arguments", "Returns", "Raises")
    ]
    sections = "\n\n".join(
        text for heading, text in signatures.sections(sections) if heading != "Args"
    )
    parts = (summary, equations.partition("\n\n>>>")[0], args, *call, sections)
    return "\n\n".join(part for part in parts if part)


def _from_cell(cls: type[CellLayer]) -> tuple[str, str, str]:
    summary = inspect.cleandoc(cls.Cell.__doc__ or "").partition("\n")[0]
    summary = re.sub(r"^One step of (the |an |a )?([^:.]+)", _over_a_sequence, summary)
    example = (
        f">>> layer = {cls.__name__}(4, return_sequences=True)\n"
        ">>> tuple(layer(np.ones((2, 5, 3))).shape)\n(2, 5, 4)"
    )
    return summary, "", example


def _over_a_sequence(match: re.Match) -> str:
    article, noun = match.groups()
    return f"{(article or '').capitalize()}{noun} over a sequence"


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
