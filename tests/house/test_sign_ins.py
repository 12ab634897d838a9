"""The test kit keeps tests of a module from signing in with each other's rights."""

from __future__ import annotations

import pytest

from tests.support.program import Site
from trunkline.kernel.actor import Grant


def test_a_sign_in_stands_for_the_same_rights_in_all_tests_of_a_module(site: Site) -> None:
    """Asked for again it is the same client; with another role, reach or right it is refused by
    name, instead of being given what another test has set up."""
    role = site.role("reads", {"*:read": Grant()})
    ada = site.user("ada", roles=[role], scopes=("*:read",))
    assert site.user("ada", roles=[role]) is ada is site.user("ada", roles=[])
    for more in ({"party": "0"}, {"scopes": ("*:create",)}, {"roles": ["writes"]}):
        with pytest.raises(AssertionError, match="sign-in ada with other rights"):
            site.user("ada", **{"roles": [role], **more})  # type: ignore[arg-type]
    site.role("reads", {"*:*": Grant()})
    with pytest.raises(AssertionError, match="choose a name of your own"):
        site.user("ada", roles=[role])
