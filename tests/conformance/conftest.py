"""Every property is tried on the whole family."""

import pytest

from tests.family import FAMILY, TWINS, Case

# Two states, a recurrent projection of its own, and none at all.
FEW = {name: FAMILY[name] for name in ("lstm", "gru_reset_before", "min_gru")}


def pytest_generate_tests(metafunc):
    """Give `member` every cell.

    A test marked `twins` is given those that Keras has too, one marked `few` (about layers, to
    which cells are much the same) some that differ in kind.
    """
    if "member" in metafunc.fixturenames:
        members = FAMILY
        for mark, some in (("few", FEW), ("twins", TWINS)):
            members = some if metafunc.definition.get_closest_marker(mark) else members
        metafunc.parametrize("member", list(members.values()), ids=list(members))


@pytest.fixture
def case(member):
    return Case.draw(member)
