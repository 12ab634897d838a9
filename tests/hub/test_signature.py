"""Shows that signatures are those of Standard Webhooks and that nothing forged passes."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.hub.signature import SignatureInvalid, new_secret, sign, verify

# The published example of the specification's reference libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER_SECRET = "whsec_" + base64.b64encode(b"Ada and her listener share it").decode()


def headers(**changes: str) -> dict[str, str]:
    return {
        "Webhook-Id": changes.get("id", MESSAGE_ID),
        "Webhook-Timestamp": changes.get("timestamp", str(TIMESTAMP)),
        "Webhook-Signature": changes.get("signature", SIGNATURE),
    }


def test_published_vector() -> None:
    assert sign([SECRET], MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE
    assert verify([SECRET], headers(), BODY, TIMESTAMP) == MESSAGE_ID


def test_secret_without_prefix_signs_the_same() -> None:
    assert sign([SECRET.removeprefix("whsec_")], MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE


def test_new_secret_is_prefixed_base64_of_injected_bytes() -> None:
    assert new_secret(lambda count: bytes(range(count))) == (
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    )
    assert new_secret() != new_secret()


def test_rotation_signs_with_both_and_either_side_may_lag() -> None:
    both = sign([OTHER_SECRET, SECRET], MESSAGE_ID, TIMESTAMP, BODY)
    assert both.split(" ")[1] == SIGNATURE
    for known in ([SECRET], [OTHER_SECRET], [OTHER_SECRET, SECRET]):
        assert verify(known, headers(signature=both), BODY, TIMESTAMP) == MESSAGE_ID
    assert verify([OTHER_SECRET, SECRET], headers(), BODY, TIMESTAMP) == MESSAGE_ID


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": "msg_other"}, "signatureMismatch"),
        ({"timestamp": str(TIMESTAMP + 1)}, "signatureMismatch"),
        ({"signature": ""}, "signatureMismatch"),
        ({"signature": SIGNATURE.removeprefix("v1,")}, "signatureMismatch"),
        ({"signature": SIGNATURE.replace("v1,", "v2,")}, "signatureMismatch"),
        ({"signature": SIGNATURE.replace("v1,", "v1a,")}, "signatureMismatch"),
        ({"signature": SIGNATURE[:-1]}, "signatureMismatch"),
        ({"signature": "v1,é\udc80"}, "signatureMismatch"),
        ({"id": ""}, "messageIdInvalid"),
        ({"id": "msg.1"}, "messageIdInvalid"),
        ({"id": "m" * 256}, "messageIdInvalid"),
        ({"timestamp": ""}, "timestampInvalid"),
        ({"timestamp": "1614265330.0"}, "timestampInvalid"),
        ({"timestamp": "-1"}, "timestampInvalid"),
        ({"timestamp": "١٦١٤"}, "timestampInvalid"),
        ({"timestamp": "9" * 5000}, "timestampInvalid"),
    ],
)
def test_changed_header_is_refused(changes: dict[str, str], code: str) -> None:
    with pytest.raises(SignatureInvalid) as refused:
        verify([SECRET], headers(**changes), BODY, TIMESTAMP)
    assert refused.value.code == code


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_missing_header_is_refused(name: str) -> None:
    rest = {key: value for key, value in headers().items() if key != name}
    with pytest.raises(SignatureInvalid) as refused:
        verify([SECRET], rest, BODY, TIMESTAMP)
    assert refused.value.code == "headerMissing"


def test_changed_body_or_secret_is_refused() -> None:
    for known, body in (([SECRET], BODY + b" "), ([OTHER_SECRET], BODY)):
        with pytest.raises(SignatureInvalid, match="signatureMismatch"):
            verify(known, headers(), body, TIMESTAMP)


def test_old_and_early_messages_are_refused() -> None:
    for now in (TIMESTAMP - 300, TIMESTAMP + 300):
        assert verify([SECRET], headers(), BODY, now) == MESSAGE_ID
    with pytest.raises(SignatureInvalid, match="timestampTooOld"):
        verify([SECRET], headers(), BODY, TIMESTAMP + 300.5)
    with pytest.raises(SignatureInvalid, match="timestampTooNew"):
        verify([SECRET], headers(), BODY, TIMESTAMP - 301)
    assert verify([SECRET], headers(), BODY, TIMESTAMP + 900, tolerance_s=900) == MESSAGE_ID


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_!!!", "whsec_" + base64.b64encode(b"short").decode(), "whsec_é",
     "whsec_" + base64.b64encode(bytes(65)).decode()],
)  # fmt: skip
def test_weak_or_broken_secret_is_a_mistake(secret: str) -> None:
    with pytest.raises(ValueError, match="webhook secret"):
        sign([secret], MESSAGE_ID, TIMESTAMP, BODY)


def test_no_secret_never_signs_and_never_verifies() -> None:
    with pytest.raises(ValueError, match="needs a secret"):
        sign([], MESSAGE_ID, TIMESTAMP, BODY)
    with pytest.raises(ValueError, match="needs a secret"):
        verify([], headers(signature=""), BODY, TIMESTAMP)


@pytest.mark.parametrize(("message_id", "timestamp"), [("a.1", 2), ("", 2), ("a", -1)])
def test_ambiguous_parts_are_not_signed(message_id: str, timestamp: int) -> None:
    with pytest.raises(ValueError, match="message id|timestamp"):
        sign([SECRET], message_id, timestamp, BODY)


@given(
    st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True),
    st.integers(0, 10**12 - 1),
    st.binary(max_size=200),
)
def test_what_is_signed_verifies(message_id: str, timestamp: int, body: bytes) -> None:
    signed = headers(
        id=message_id,
        timestamp=str(timestamp),
        signature=sign([SECRET], message_id, timestamp, body),
    )
    assert verify([SECRET], signed, body, timestamp) == message_id
