"""The pages of a program, as the tests of the web know them."""

from tests.web.conftest import admin, origin, pages, signed_in  # noqa: F401 - fixtures
