"""Every property is tried on the whole family."""

import pytest

from tests.family import FAMILY, Case


@pytest.fixture(params=list(FAMILY))
def member(request):
    return FAMILY[request.param]


@pytest.fixture
def case(member):
    return Case.draw(member)
