"""Shows that a refused callback that may be opened is refused with the way to open it."""

import pytest

from trunkline.hub.guard import AllowList, TargetRefused, check_url


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9001/cb",
        "http://localhost:9001/cb",
        "https://localhost/cb",
        "http://[::1]:9001/cb",
        "http://erp.example/cb",
        "https://erp.example:9444/cb",
        "https://10.1.2.3/cb",
    ],
)
def test_what_the_operator_can_open_is_refused_with_the_way_to_open_it(url: str) -> None:
    """The refusal names the setting and the entry; with that entry the same address is called."""
    with pytest.raises(TargetRefused) as refused:
        check_url(url, allow=AllowList())
    _, _, named = str(refused.value).partition("unless the operator names ")
    entry, _, setting = named.rstrip(".").partition(" in ")
    assert setting == "TRUNKLINE_CALLBACK_ALLOW"
    assert check_url(url, allow=AllowList.parse(entry)).path == "/cb"
