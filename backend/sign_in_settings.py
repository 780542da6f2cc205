"""Settings of who signs in by an institution or by a proxy, and what they may do here."""

import json
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

EVERYBODY = "*"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MemberRole = Literal["viewer", "researcher", "owner"]
ServerRole = Literal["viewer", "researcher", "admin"]


def names(given: Any) -> Any:
    """Parse a JSON list or names separated by commas; other values are returned unchanged."""
    if not isinstance(given, str):
        return given
    text = given.strip()
    return json.loads(text) if text.startswith("[") else [part.strip() for part in text.split(",") if part.strip()]


def pairs(given: Any) -> Any:
    """Parse a JSON object or `name=value` separated by commas; other values are returned unchanged."""
    if not isinstance(given, str):
        return given
    if given.strip().startswith("{"):
        return json.loads(given)
    parts = [part.rpartition("=") for part in names(given)]
    if not all(name and value for name, _, value in parts):
        raise ValueError("write name=value, separated by commas")
    return {name.strip(): value.strip() for name, _, value in parts}


Names = Annotated[list[str], NoDecode, BeforeValidator(names)]
Pairs = Annotated[dict[str, str], NoDecode, BeforeValidator(pairs)]


class SignInSettings(BaseSettings):
    """OpenID Connect, a trusted proxy, and the roles and projects that groups of people get."""

    oidc_issuer: str = Field(
        default="",
        description="Address of the institution's OpenID provider, as in https://login.example/realms/clinic; nothing "
        "is asked of it unless it is set.",
    )
    oidc_client_id: str = Field(default="", description="What this server is registered as there.")
    oidc_client_secret: str = Field(default="", repr=False, description="Its secret; none for a public client.")
    oidc_name: str = Field(default="your institution", max_length=60, description="The provider's name on the button.")
    oidc_scopes: Names = Field(
        default_factory=lambda: ["openid", "profile", "email"], description="What is asked for, separated by commas."
    )
    oidc_groups_claim: str = Field(default="groups", description="The claim that lists a person's groups.")
    oidc_domains: Names = Field(
        default_factory=list,
        description="Domains of verified e-mail addresses that may sign in, separated by commas; `*` is everybody whom "
        "the provider knows.",
    )
    proxy_user_header: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9-]*$",
        description="Header in which a trusted proxy names the person it has signed in, as in X-Remote-User. It counts "
        "from RADIOMICLENS_TRUSTED_PROXIES alone, and is taken away from all other requests.",
    )
    proxy_groups_header: str = Field(
        default="", pattern=r"^[A-Za-z0-9-]*$", description="Header in which it lists the groups, separated by commas."
    )
    group_roles: Pairs = Field(
        default_factory=dict,
        description="Role by group (viewer, researcher or admin): `radiology=researcher,it=admin`. The highest counts, "
        "at every sign-in.",
    )
    group_projects: Pairs = Field(
        default_factory=dict,
        description="Membership by group, as project:role (viewer, researcher or owner): `study=Prostate:researcher`.",
    )
    new_user_role: Literal["", "viewer", "researcher"] = Field(
        default="", description="Role of a new person without any of these groups; empty: they are not let in."
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _is_an_issuer(cls, given: str) -> str:
        address = urlsplit(given)
        plain = address.scheme == "http" and address.hostname in LOOPBACK
        if given and (not address.hostname or not (plain or address.scheme == "https") or address.query):
            raise ValueError("give an address such as https://login.example; http is for providers on this machine")
        return given

    @model_validator(mode="after")
    def _roles_are_known(self) -> Self:
        for group, role in self.group_roles.items():
            if role not in get_args(ServerRole):
                raise ValueError(f"group_roles: {group} has the role {role!r}; use viewer, researcher or admin")
        for group, membership in self.group_projects.items():
            project, _, role = membership.rpartition(":")
            if not project or role not in get_args(MemberRole):
                raise ValueError(f"group_projects: write {group}=project:role, with viewer, researcher or owner")
        return self

    @model_validator(mode="after")
    def _somebody_can_sign_in(self) -> Self:
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError("oidc_client_id: set RADIOMICLENS_OIDC_CLIENT_ID to what this server is registered as")
        if self.oidc_issuer and "openid" not in self.oidc_scopes:
            raise ValueError("oidc_scopes: openid must be one of them")
        if self.oidc_issuer and not self.oidc_domains and not self.group_roles:
            raise ValueError("oidc_domains: say which e-mail domains may sign in (* is everybody), or set group_roles")
        if (self.oidc_issuer or self.proxy_user_header) and not self.group_roles and not self.new_user_role:
            raise ValueError("new_user_role: say what new people may do, or set group_roles; else nobody can sign in")
        return self
