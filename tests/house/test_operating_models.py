"""Every area says for which ways of working it is, so that what is new is hidden where it must."""

from __future__ import annotations

from trunkline.governance.operating_models import known_models, models_of_right, said_of_models
from trunkline.governance.shipped_profiles import shipped_codes
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import registry
from trunkline.web.navigation import WORKLISTS


def test_every_module_says_in_which_ways_of_working_it_is_needed() -> None:
    load_modules()
    said = said_of_models()
    silent = {one.module for one in registry if one.published} - set(said)
    assert not silent, f"call works_in in module.py of: {', '.join(sorted(silent))}"
    kinds = {(one.module, one.name) for one in registry}
    unknown = {(name, kind) for name, one in said.items() for kind in one.kinds} - kinds
    assert not unknown, f"no such kinds: {unknown}"
    assert known_models() <= set(shipped_codes())


def test_every_page_of_the_menu_goes_by_a_kind_or_a_module() -> None:
    load_modules()
    said = said_of_models()
    others = {"identity", "operations", "hub", "attributes"}
    for one in WORKLISTS:
        name = (one.about or one.permissions[0]).partition(":")[0]
        assert name in registry.resources or name in said or name in others, one.address
    for_all = {one.address for one in WORKLISTS if not one.models}
    assert not for_all & {"/care/figures", "/dunning", "/save-offers", "/requests", "/qualify"}
    assert models_of_right("billing:run") == ()
