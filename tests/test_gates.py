"""Gates and Columns: the order is written once, and read by letter."""

import copy
import pickle

import numpy as np
import pytest
from keras import ops

from keras_gated import Columns, Gates

GATES = Gates(z="update", r="reset", n="candidate")
BLOCK = np.arange(2 * 12, dtype="float32").reshape(2, 12)


def test_read_by_letter():
    columns = GATES.read(ops.convert_to_tensor(BLOCK))
    for index, letter in enumerate("zrn"):
        expected = BLOCK[:, 4 * index : 4 * index + 4]
        assert np.array_equal(ops.convert_to_numpy(getattr(columns, letter)), expected)


def test_take_side_by_side():
    assert np.array_equal(GATES.take(BLOCK, "rn"), BLOCK[:, 4:])
    assert np.array_equal(GATES.take(BLOCK, "n"), BLOCK[:, 8:])
    assert GATES.take(BLOCK) is BLOCK
    with pytest.raises(ValueError, match="adjacent gates of 'zrn'; got 'zn'"):
        GATES.take(BLOCK, "zn")


def test_addition_adds_and_does_not_join():
    one, two = (GATES.read(ops.convert_to_tensor(factor * BLOCK)) for factor in (1, 10))
    total = one + two
    assert isinstance(total, Columns)
    assert np.array_equal(ops.convert_to_numpy(total.r), 11 * BLOCK[:, 4:8])
    with pytest.raises(ValueError, match="cannot add"):
        one + GATES.read(ops.convert_to_tensor(BLOCK[:, 4:]), "rn")


def test_columns_can_be_copied():
    columns = GATES.read(BLOCK)
    for same in (copy.copy(columns), copy.deepcopy(columns), pickle.loads(pickle.dumps(columns))):
        assert np.array_equal(same.r, columns.r)


def test_unknown_letters_are_named():
    columns = GATES.read(ops.convert_to_tensor(BLOCK))
    for wrong in ("f", "zr", "shape"):
        with pytest.raises(AttributeError, match=f"no gate '{wrong}' here; the gates are z, r, n"):
            getattr(columns, wrong)


def test_declarations():
    assert (list(GATES), len(GATES), GATES.word("n")) == (["z", "r", "n"], 3, "candidate")
    assert repr(GATES) == "Gates(z='update', r='reset', n='candidate')"
    with pytest.raises(ValueError, match="names no gate"):
        Gates()
    for wrong in ("forget", "_"):
        with pytest.raises(ValueError, match="one letter"):
            Gates(**{wrong: "forget"})
