"""Every property is tried on the whole family."""

import pytest

from tests.family import FAMILY, TWINS, Case


def pytest_generate_tests(metafunc):
    """Give `member` every cell, or those that Keras has too to a test marked `twins`."""
    if "member" in metafunc.fixturenames:
        twins = metafunc.definition.get_closest_marker("twins")
        members = TWINS if twins else FAMILY
        metafunc.parametrize("member", list(members.values()), ids=list(members))


@pytest.fixture
def case(member):
    return Case.draw(member)
