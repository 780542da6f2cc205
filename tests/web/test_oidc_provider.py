"""The provider of OpenID with answers of the test's own: tokens that prove nothing, keys, metadata, and time."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from backend.errors import NotSignedIn, Unavailable
from backend.settings import Settings
from backend.web.oidc_provider import Challenge, OidcProvider

CHALLENGE = Challenge("state" * 5, "nonce" * 5, "verifier" * 8)
LONG_AGO, LONG_FROM_NOW = 1_000_000_000, 4_102_444_800
"""2001 and 2100: nothing here depends on the clock."""


class Played(OidcProvider):
    """The provider with answers of the test's own, for what a real one does not send."""

    def __init__(self, answers: Mapping[str, Any], **changes: Any) -> None:
        given = {"oidc_issuer": "https://login.example", "oidc_client_id": "lens", "oidc_domains": ["*"]}
        settings = Settings.model_validate(given | {"new_user_role": "viewer"} | changes)
        super().__init__(settings, "https://lens.example/back")
        self.asked: list[str] = []
        known = {"/.well-known/openid-configuration": (200, METADATA), **answers}

        def answer(request: httpx.Request) -> httpx.Response:
            self.asked.append(request.url.path)
            status, content = known[request.url.path]
            return httpx.Response(status, json=content)

        self.transport = httpx.MockTransport(answer)


METADATA = {
    "issuer": "https://login.example",
    "authorization_endpoint": "https://login.example/authorize",
    "token_endpoint": "https://login.example/token",
    "jwks_uri": "https://login.example/keys",
    "userinfo_endpoint": "https://login.example/me",
}
KEY, OTHER_KEY = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})


def token_of(key: Any = KEY, algorithm: str = "RS256", **claims: Any) -> str:
    """An ID token as the provider signs it, with claims of the test's own."""
    own = {"iss": METADATA["issuer"], "aud": "lens", "sub": "anna", "nonce": CHALLENGE.nonce}
    found = own | {"iat": LONG_AGO, "exp": LONG_FROM_NOW} | claims
    kept_claims = {name: value for name, value in found.items() if value is not None}
    header = {"alg": algorithm, "kid": "1"}
    return jwt.encode(header, kept_claims, key, algorithms=[algorithm])


def played(id_token: Any, userinfo: tuple[int, Any] = (200, {"sub": "anna"}), **changes: Any) -> Played:
    answers = {
        "/token": (200, {"id_token": id_token, "access_token": "access", "token_type": "Bearer"}),
        "/keys": (200, KeySet([KEY]).as_dict(private=False)),
        "/me": userinfo,
    }
    return Played(answers, **changes)


def test_a_sound_token_is_believed_and_userinfo_fills_what_it_lacks() -> None:
    found = played(token_of(), (200, {"sub": "anna", "email": "a@b.example", "email_verified": True}))
    person = found.person("code", CHALLENGE)
    assert (person.subject, person.email) == ("anna", "a@b.example")
    whole = played(token_of(preferred_username="Anna", email="a@b.example", groups="it"))
    person = whole.person("code", CHALLENGE)
    assert (person.name, person.email, person.groups) == ("Anna", "", frozenset({"it"}))  # not verified: no address
    assert "/me" not in whole.asked


NONE = ".".join(
    base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
    for part in ({"alg": "none"}, {"iss": METADATA["issuer"], "aud": "lens", "sub": "anna", "nonce": CHALLENGE.nonce})
)


@pytest.mark.parametrize(
    "id_token",
    [
        token_of(iss="https://evil.example"),
        token_of(aud="other"),
        token_of(aud=["other"]),
        token_of(aud=["lens", "other"]),
        token_of(azp="other"),
        token_of(nonce="other"),
        token_of(nonce=None),
        token_of(exp=LONG_AGO),
        token_of(exp=None),
        token_of(iat=LONG_FROM_NOW),
        token_of(nbf=LONG_FROM_NOW),
        token_of(sub=None),
        token_of(sub=""),
        token_of(sub=7),
        token_of(sub="a" * 256),
        token_of(sub="an\nna"),
        token_of(at_hash="wrong"),
        token_of(OTHER_KEY),
        token_of(OctKey.import_key("a secret that both sides know"), "HS256"),
        f"{NONE}.",
        "x.y.z",
        "",
        None,
        7,
    ],
    ids=range(24),
)
def test_a_token_that_proves_nothing_is_refused(id_token: Any) -> None:
    with pytest.raises(NotSignedIn, match="could not be verified"):
        played(id_token).person("code", CHALLENGE)


def test_userinfo_of_somebody_else_is_refused() -> None:
    for told in ({"sub": "ben", "groups": ["it"]}, {"groups": ["it"]}):
        with pytest.raises(NotSignedIn):
            played(token_of(), (200, told)).person("code", CHALLENGE)


@pytest.mark.parametrize(
    "metadata",
    [
        (200, METADATA | {"issuer": "https://evil.example"}),
        (200, METADATA | {"token_endpoint": "http://login.example/token"}),
        (200, METADATA | {"jwks_uri": "file:///etc/passwd"}),
        (200, {"issuer": "https://login.example"}),
        (200, []),
        (302, {}),
        (500, {}),
    ],
    ids=range(7),
)
def test_metadata_of_another_or_without_https_is_not_used(metadata: tuple[int, Any]) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        Played({"/.well-known/openid-configuration": metadata}).address(CHALLENGE)


def test_new_keys_are_asked_for_once_a_minute() -> None:
    new = RSAKey.generate_key(2048, {"kid": "2"})
    ticks = iter(range(0, 100_000, 10))
    found = played(jwt.encode({"alg": "RS256", "kid": "2"}, {"sub": "anna"}, new))
    found._clock = lambda: next(ticks)
    for _ in range(3):
        with pytest.raises(NotSignedIn):
            found.person("code", CHALLENGE)
    assert found.asked.count("/.well-known/openid-configuration") == 1
    assert 2 <= found.asked.count("/keys") <= 3


def test_a_provider_that_hangs_takes_few_threads() -> None:
    found = played(token_of())
    for _ in range(4):
        assert found._room.acquire(blocking=False)
    with pytest.raises(Unavailable, match="Many are signing in"):
        found.address(CHALLENGE)
