"""Each property is tested on the whole family."""

import gc

import keras
import pytest

from tests.family import FAMILY, TWINS, Case

# Two states, an `advance` of its own, and no recurrent projection.
FEW = {name: FAMILY[name] for name in ("lstm", "gru_reset_before", "min_gru")}


def pytest_generate_tests(metafunc):
    """Give `member` every cell, or fewer to a test that is marked.

    `twins`: those that Keras has too. `few`: some that differ in kind, for tests of layers, to
    which cells are much the same. `one`: the LSTM every time, the rest of the few with the slow
    tests. `sampled`: the few every time, the rest of the family with the slow tests. `costly`: the
    core every time, the rest with the slow tests; on JAX, which compiles each cell anew in each
    test, that is every test.
    """
    if "member" not in metafunc.fixturenames:
        return
    marked = metafunc.definition.get_closest_marker
    costly = marked("costly") or keras.backend.backend() == "jax"
    one, sampled = marked("one"), marked("sampled")
    members = TWINS if marked("twins") else FEW if marked("few") or one else FAMILY
    metafunc.parametrize(
        "member",
        [
            pytest.param(
                member,
                id=name,
                marks=pytest.mark.slow
                if (costly and not member.core)
                or (one and name != "lstm")
                or (sampled and name not in FEW)
                else (),
            )
            for name, member in members.items()
        ],
    )


@pytest.fixture
def case(member):
    return Case.draw(member)


@pytest.fixture(autouse=True, scope="module")
def _forget_programs():
    """Clear JAX's compilation caches after each file of tests.

    Each of its programs maps memory regions, of which a process may have 65,530; beyond that LLVM
    aborts the process.
    """
    yield
    if keras.backend.backend() == "jax":
        import jax

        gc.collect()
        jax.clear_caches()
