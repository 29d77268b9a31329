"""Every public cell is in the family that the other tests run over."""

import keras_gated as kg
from tests.family import FAMILY


def public(kind):
    values = [getattr(kg, name) for name in kg.__all__]
    return {v for v in values if isinstance(v, type) and issubclass(v, kind)}


def public_cells():
    # A form for cells to come declares no gates.
    return {cell for cell in public(kg.GatedCell) if hasattr(cell, "gates")}


def test_every_cell_is_on_the_list():
    missing = public_cells() - {member.cell for member in FAMILY.values()}
    assert not missing, f"add a line to tests/family.py for {missing}"


def test_every_layer_is_on_the_list():
    layers = {layer for layer in public(kg.CellLayer) if hasattr(layer, "Cell")}
    missing = layers - {member.layer for member in FAMILY.values()}
    assert len(layers) >= 3
    assert not missing, f"add a line to tests/family.py for {missing}"


def test_every_cell_has_a_layer_of_its_name():
    for cell in public_cells():
        assert getattr(kg, cell.__name__.removesuffix("Cell")).Cell is cell
