"""Write the stubs of the layers, for editors and type checkers, which do not run code.

`python -m tests.stubs` writes `keras_gated/layers/catalogue.pyi`; `test_signatures.py` fails if the
file differs from what this writes.
"""

import inspect
from pathlib import Path

import keras_gated as kg
from keras_gated import signatures
from keras_gated.layers import catalogue

PATH = Path(catalogue.__file__).with_suffix(".pyi")
HEAD = '''"""The layers, with all arguments: written by `python -m tests.stubs`; do not edit."""

from typing import Any, ClassVar

'''


def layers() -> list[type]:
    """Return the public layers of the catalogue, in its order."""
    return [
        value
        for name, value in vars(catalogue).items()
        if inspect.isclass(value) and value.__module__ == catalogue.__name__ and name[0] != "_"
    ]


# What `**kwargs` is, the arguments of `keras.layers.Layer`: type checkers then find misspelt names.
OF_KERAS = (
    "name: str | None = None, dtype: Any = None, trainable: bool = True, autocast: bool = True, "
    "input_shape: tuple[int | None, ...] | None = None"
)


def parameter(p: inspect.Parameter) -> str:
    if p.kind is p.VAR_KEYWORD:
        return OF_KERAS
    if p.annotation is not p.empty:
        kind = inspect.formatannotation(p.annotation)
    else:
        kind = "int" if p.name == "units" else "bool" if isinstance(p.default, bool) else "Any"
    if p.default is p.empty:
        return f"{p.name}: {kind}"
    default = repr(p.default) if isinstance(p.default, (str, int, float, type(None))) else "..."
    return f"{p.name}: {kind} = {default}"


def explained(layer: type) -> str:
    """Return a layer's summary, equations and arguments."""
    (_, equations), (_, args), *_ = signatures.sections(layer.__doc__)
    return f"{equations}\n\nArgs:\n{args}"


def stub(layer: type) -> str:
    parameters = []
    for p in inspect.signature(layer).parameters.values():
        if p.kind is p.KEYWORD_ONLY and "*" not in parameters:
            parameters.append("*")
        parameters.append(parameter(p))
    lines = [
        f"class {layer.__name__}(CellLayer):",
        *(f'    """{explained(layer)}\n"""'.replace("\n", "\n    ").splitlines()),
        "",
        f"    Cell: ClassVar[type[{layer.Cell.__name__}]]",
        "    def __init__(",
        "        self,",
        *(f"        {p}," for p in parameters),
        "    ) -> None: ...",
    ]
    return "\n".join(line.rstrip() for line in lines)


def text() -> str:
    cells = sorted((layer.Cell for layer in layers()), key=lambda cell: cell.__module__)
    imports = [f"from {cell.__module__} import {cell.__name__}" for cell in cells]
    imports.append(f"from {kg.CellLayer.__module__} import CellLayer")
    return HEAD + "\n".join(imports) + "\n\n" + "\n\n".join(map(stub, layers())) + "\n"


if __name__ == "__main__":
    PATH.write_text(text())
