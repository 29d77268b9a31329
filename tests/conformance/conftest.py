"""Every property is tried on the whole family."""

import pytest

from tests.family import FAMILY, TWINS, Case

# Two states, a recurrent projection of its own, and none at all.
FEW = {name: FAMILY[name] for name in ("lstm", "gru_reset_before", "min_gru")}


def pytest_generate_tests(metafunc):
    """Give `member` every cell, or fewer to a test that is marked.

    `twins`: those that Keras has too. `few`: some that differ in kind, for tests of layers, to
    which cells are much the same. `costly`: the core every time, the rest with the slow tests.
    """
    if "member" not in metafunc.fixturenames:
        return
    marked = metafunc.definition.get_closest_marker
    members = TWINS if marked("twins") else FEW if marked("few") else FAMILY
    metafunc.parametrize(
        "member",
        [
            pytest.param(
                member,
                id=name,
                marks=pytest.mark.slow if marked("costly") and not member.core else (),
            )
            for name, member in members.items()
        ],
    )


@pytest.fixture
def case(member):
    return Case.draw(member)
