"""CellLayer: what makes a layer of a cell in two lines."""

import operator
import re
from typing import ClassVar

import keras

from keras_gated.cell import GatedCell, register
from keras_gated.recurrent import Recurrent


class CellLayer(Recurrent):
    """A layer that makes its own cell, and takes the cell's arguments and its own together.

    A cell's layer is two lines:

    ```python
    class MGU(CellLayer):
        Cell = MGUCell
    ```

    Args:
        units: positive integer, the size of the output and of each state.
        *args: the cell's arguments that may be given by position.
        **kwargs: the arguments of the cell and of `Recurrent`, by name.
    """

    Cell: ClassVar[type[GatedCell]]

    def __init__(self, units, *args, **kwargs):
        # A cell that has no use for an argument of cells says so itself.
        known = {**GatedCell.arguments(), **self.Cell.arguments()}
        of_cell = {name: kwargs.pop(name) for name in known if name in kwargs}
        cell = self.Cell(
            units,
            *args,
            **of_cell,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name=_snake_case(self.Cell.__name__),
        )
        super().__init__(cell, **kwargs)
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def __init_subclass__(cls, **kwargs):
        """Register the layer, and let each argument of its cell be read from the layer too."""
        super().__init_subclass__(**kwargs)
        for name in cls.Cell.arguments() if "Cell" in vars(cls) else ():
            setattr(cls, name, property(operator.attrgetter(f"cell.{name}")))
        if hasattr(cls, "Cell"):
            register(cls)

    def get_config(self):
        config = {**self.cell.get_config(), **super().get_config()}
        del config["cell"]
        return config

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
