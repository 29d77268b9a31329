"""Every property is tried on the whole family."""

import pytest

from tests.family import FAMILY, TWINS, Case


def pytest_generate_tests(metafunc):
    """Give `member` every cell, or those that Keras has too to a test marked `twins`.

    A test marked `costly` goes through the core every time, and through the rest with the slow
    tests.
    """
    if "member" not in metafunc.fixturenames:
        return
    marked = metafunc.definition.get_closest_marker
    metafunc.parametrize(
        "member",
        [
            pytest.param(
                member,
                id=name,
                marks=pytest.mark.slow if marked("costly") and not member.core else (),
            )
            for name, member in (TWINS if marked("twins") else FAMILY).items()
        ],
    )


@pytest.fixture
def case(member):
    return Case.draw(member)
