"""The institution's OpenID provider: its metadata and keys, the swap of a code for an ID token, and its verification.

Nothing is asked of it before somebody signs in there. Requests follow no redirect, take ten seconds at most, and only
few run at once: a provider that hangs must not take the threads of everybody else.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from backend.access.identities import Person
from backend.errors import NotSignedIn, Unavailable
from backend.settings import Settings
from backend.sign_in_settings import LOOPBACK
from backend.web.server_address import local_url

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("radiomiclens")
CALLBACK = "/api/v1/session/oidc/callback"
METADATA = "/.well-known/openid-configuration"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
KEPT_SECONDS = 3600.0
NEW_KEYS_SECONDS = 60.0
"""How often keys are asked for again because a token names an unknown one."""
REQUEST_SECONDS = 10.0
MOST_AT_ONCE = 4
MOST_BYTES = 1_000_000
LEEWAY_SECONDS = 60
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key that only the provider has; `none` and those by a shared secret are refused."""
LONGEST = 255
UNREACHABLE = "The sign-in service of your institution does not answer; try again, or ask an administrator."
NOT_PROVED = "Your institution's answer could not be verified; start again from the sign-in page."
CROWDED = "Many are signing in at this moment; try again in a minute."


@dataclass(frozen=True, slots=True)
class Challenge:
    """What one sign-in is bound to: `state` the browser, `nonce` the ID token, `verifier` the code."""

    state: str
    nonce: str
    verifier: str


class OidcProvider:
    """The provider that the settings name.

    Args:
        settings: with `oidc_issuer`.
        redirect_uri: where people come back to; it is registered at the provider.
        clock: seconds; for tests.
    """

    def __init__(self, settings: Settings, redirect_uri: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings, self.redirect_uri = settings, redirect_uri
        self._clock, self._lock, self._room = clock, Lock(), BoundedSemaphore(MOST_AT_ONCE)
        self.transport: httpx.BaseTransport | None = None
        self._kept: dict[str, tuple[float, Any]] = {}

    def address(self, challenge: Challenge) -> str:
        """Where a browser is sent to sign in (code flow, PKCE with S256); raises `Unavailable`."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        with self._asking() as http:
            endpoint = self._metadata(http)["authorization_endpoint"]
        return str(
            prepare_grant_uri(
                endpoint,
                self.settings.oidc_client_id,
                "code",
                self.redirect_uri,
                self.settings.oidc_scopes,
                challenge.state,
                nonce=challenge.nonce,
                code_challenge=create_s256_code_challenge(challenge.verifier),
                code_challenge_method="S256",
            )
        )

    def person(self, code: str, challenge: Challenge) -> Person:
        """Who came back with this code; raises `NotSignedIn` where that is not proved, `Unavailable`."""
        with self._asking() as http:
            tokens = self._swap(http, code, challenge)
            claims = self._verified(http, tokens, challenge.nonce)
            more = self._more(http, tokens, claims)
        return _person(self.settings, claims | more)

    def _swap(self, http: "httpx.Client", code: str, challenge: Challenge) -> Mapping[str, Any]:
        from authlib.oauth2.auth import ClientAuth
        from authlib.oauth2.rfc6749.parameters import prepare_token_request

        metadata = self._metadata(http)
        body = prepare_token_request(
            "authorization_code", "", self.redirect_uri, code=code, code_verifier=challenge.verifier
        )
        client = ClientAuth(self.settings.oidc_client_id, self.settings.oidc_client_secret, self._method(metadata))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        url, headers, body = client.prepare("POST", metadata["token_endpoint"], headers, body)
        answer = http.post(url, content=body, headers=headers)
        if answer.status_code in (400, 401):
            log.warning("the OpenID provider refused a code: %s", answer.status_code)
            raise NotSignedIn(NOT_PROVED)
        found = _content(answer)
        if not isinstance(found.get("id_token"), str):
            raise NotSignedIn(NOT_PROVED)
        return found

    def _method(self, metadata: Mapping[str, Any]) -> str:
        if not self.settings.oidc_client_secret:
            return "none"
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"

    def _verified(self, http: "httpx.Client", tokens: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of the ID token: signature, issuer, audience, times, nonce and hash of the access token."""
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        client_id = self.settings.oidc_client_id
        options = {
            "iss": {"essential": True, "value": self.settings.oidc_issuer},
            "aud": {"essential": True, "value": client_id},
            "sub": {"essential": True},
        }
        known = {"nonce": nonce, "client_id": client_id, "access_token": tokens.get("access_token")}
        try:
            token = self._decoded(http, tokens["id_token"])
            claims = CodeIDToken(token.claims, token.header, options, known)
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("an ID token was refused: %s", type(error).__name__)
            raise NotSignedIn(NOT_PROVED) from None
        return dict(token.claims)

    def _decoded(self, http: "httpx.Client", id_token: str) -> Any:
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError
        from joserfc.jwk import KeySet

        keys = KeySet.import_key_set(self._keys(http, KEPT_SECONDS))
        try:
            return jwt.decode(id_token, keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:  # the provider may have new keys
            keys = KeySet.import_key_set(self._keys(http, NEW_KEYS_SECONDS))
            return jwt.decode(id_token, keys, algorithms=ALGORITHMS)

    def _more(self, http: "httpx.Client", tokens: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
        """Claims that the provider tells only at its userinfo endpoint, where the ID token lacks what is needed."""
        wanted = ["preferred_username", *(["email"] if self.settings.oidc_domains else [])]
        wanted += [self.settings.oidc_groups_claim] if self.settings.group_roles or self.settings.group_projects else []
        endpoint, access = self._metadata(http).get("userinfo_endpoint"), tokens.get("access_token")
        if all(name in claims for name in wanted) or not isinstance(access, str) or not _is_safe(endpoint):
            return {}
        found = _content(http.get(str(endpoint), headers={"Authorization": f"Bearer {access}"}))
        if found.get("sub") != claims["sub"]:  # of somebody else (OpenID Connect Core 5.3.2)
            raise NotSignedIn(NOT_PROVED)
        return {name: value for name, value in found.items() if name not in claims}

    def _metadata(self, http: "httpx.Client") -> dict[str, Any]:
        def read() -> dict[str, Any]:
            found = _content(http.get(self.settings.oidc_issuer.rstrip("/") + METADATA))
            if found.get("issuer") != self.settings.oidc_issuer or not all(_is_safe(found.get(e)) for e in ENDPOINTS):
                log.error("the OpenID provider's metadata is of another issuer, or names an address without https")
                raise Unavailable(UNREACHABLE)
            return found

        kept: dict[str, Any] = self._fresh("metadata", KEPT_SECONDS, read)
        return kept

    def _keys(self, http: "httpx.Client", seconds: float) -> Any:
        return self._fresh("keys", seconds, lambda: _content(http.get(self._metadata(http)["jwks_uri"])))

    def _fresh(self, name: str, seconds: float, read: Callable[[], Any]) -> Any:
        with self._lock:
            at, found = self._kept.get(name, (0.0, None))
        if found is None or self._clock() - at >= seconds:
            found = read()
            with self._lock:
                self._kept[name] = (self._clock(), found)
        return found

    @contextmanager
    def _asking(self) -> Iterator["httpx.Client"]:
        import httpx  # ten MiB that a server without an institution does not need

        if not self._room.acquire(blocking=False):
            raise Unavailable(CROWDED)
        try:
            with httpx.Client(timeout=REQUEST_SECONDS, follow_redirects=False, transport=self.transport) as http:
                yield http
        except httpx.HTTPError as error:
            log.warning("the OpenID provider does not answer: %s", type(error).__name__)
            raise Unavailable(UNREACHABLE) from None
        finally:
            self._room.release()


def oidc_provider_of(settings: Settings) -> OidcProvider | None:
    """The provider that the settings name; None where they name none."""
    if not settings.oidc_issuer:
        return None
    return OidcProvider(settings, (settings.public_url or local_url(settings)).rstrip("/") + CALLBACK)


def _content(answer: "httpx.Response") -> dict[str, Any]:
    """The JSON object of an answer; raises `Unavailable` for everything else."""
    try:
        found = answer.json() if answer.status_code == 200 and len(answer.content) <= MOST_BYTES else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        log.warning("the OpenID provider answered %s without a JSON object", answer.status_code)
        raise Unavailable(UNREACHABLE)
    return found


def _is_safe(address: object) -> bool:
    """Whether an address is https, or on this machine."""
    parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _person(settings: Settings, claims: Mapping[str, Any]) -> Person:
    """The part of the claims that is used; only an address that the provider has verified counts."""
    given = claims.get(settings.oidc_groups_claim)
    groups = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST or not subject.isprintable():
        raise NotSignedIn(NOT_PROVED)
    named = (claims.get(name) for name in ("preferred_username", "name"))
    return Person(
        issuer=settings.oidc_issuer,
        subject=subject,
        name=next((each[:LONGEST] for each in named if isinstance(each, str) and each.strip()), ""),
        email=str(claims.get("email") or "")[:LONGEST] if claims.get("email_verified") is True else "",
        groups=frozenset(str(group) for group in groups),
    )
