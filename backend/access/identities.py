"""People whom an institution or a proxy has signed in: whether they may come in, and which user they are.

A person is known by issuer and subject alone. A name or an e-mail address never leads to a user who is there already:
whoever may choose a name elsewhere would choose the one of somebody here.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.access import audit, projects, tokens, users
from backend.errors import BadSettings, Conflict, NotFound
from backend.models import Identity, User
from backend.settings import Settings
from backend.sign_in_settings import EVERYBODY
from shared.schemas import ProjectRole, Role

PROXY = "proxy"
"""The issuer of people whom a trusted proxy names."""
ROLES: tuple[Role, ...] = ("admin", "researcher", "viewer")
"""The highest first."""
UNFIT = re.compile(r"[^\w.@+\- ]+")
LONGEST_NAME = 60
NOBODY_HERE = "somebody"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the outside describes them.

    Attributes:
        issuer: who says so.
        subject: what they are called there, for ever.
        name: what they like to be called; only the name of a new user begins with it.
        email: a verified address, empty without one.
        groups: that they belong to.
    """

    issuer: str
    subject: str
    name: str = ""
    email: str = ""
    groups: Collection[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Decision:
    """Who may come in: the user, or None and the reason in one sentence."""

    user: User | None
    sentence: str = ""


def admit(session: Session, settings: Settings, person: Person) -> Decision:
    """Finds or adds the user of a person and gives them what their groups have.

    A person who may no longer come in loses every session, token and password: so the caller commits a refusal, too.
    """
    known = session.get(Identity, (person.issuer, person.subject))
    role = _role(settings, person)
    if known is not None and known.user.disabled_at is not None:
        return Decision(None, "This account is disabled; ask an administrator of this server.")
    if role is None:
        if known is not None:
            ended, known.user.password_hash = tokens.end_tokens(session, known.user), None
            audit.record(session, person_words(person), "user.shut_out", known.user.name, tokens=ended)
        return Decision(None, "You are signed in there, but may not use this server; ask its administrator.")
    user = known.user if known is not None else _add(session, person, role)
    if known is not None and settings.group_roles and user.name != tokens.OWNER:
        users.set_role(session, user, role, person_words(person))
    _join_projects(session, settings, person, user, new=known is None)
    return Decision(user)


def is_still(session: Session, user_id: str, subject: str) -> bool:
    """Whether a user may be the one whom a proxy names now; users whom no proxy ever named may be anybody."""
    own = session.scalars(select(Identity.subject).where(Identity.user_id == user_id, Identity.issuer == PROXY)).all()
    return not own or subject in own


def comes_from_outside(session: Session, user: User) -> bool:
    """Whether an institution or a proxy says who this user is."""
    return user.id in from_outside(session, [user])


def from_outside(session: Session, users: Iterable[User]) -> set[str]:
    """The ids of those of whom an institution or a proxy says who they are."""
    ids = [user.id for user in users]
    return set(session.scalars(select(Identity.user_id).where(Identity.user_id.in_(ids))))


def person_words(person: Person) -> str:
    """Who changes a user's role in the audit log: not the person, but the institution or the proxy."""
    return PROXY if person.issuer == PROXY else "institution"


def _role(settings: Settings, person: Person) -> Role | None:
    """The highest role of a person's groups, or that of new people; None where they may not come in."""
    domains = {domain.lower().removeprefix("@") for domain in settings.oidc_domains}
    name, _, domain = person.email.lower().partition("@")
    at_home = person.issuer == PROXY or EVERYBODY in domains or (name != "" and domain in domains)
    if person.issuer != PROXY and domains and not at_home:
        return None
    roles = {settings.group_roles[group] for group in person.groups if group in settings.group_roles}
    highest: list[Role] = [role for role in ROLES if role in roles]
    if highest:
        return highest[0]
    return (settings.new_user_role or None) if at_home else None


def _add(session: Session, person: Person, role: Role) -> User:
    wanted = unicodedata.normalize("NFKC", person.name or person.email or person.subject)
    name = UNFIT.sub(" ", wanted)[:LONGEST_NAME].strip(" .-+@_") or NOBODY_HERE
    for number in count(1):
        try:
            user = users.add(session, name if number == 1 else f"{name} {number}", role, person_words(person))
            break
        except Conflict:
            continue
        except BadSettings:
            name = f"{NOBODY_HERE} {name}"[:LONGEST_NAME].strip() if NOBODY_HERE not in name else NOBODY_HERE
    session.add(Identity(issuer=person.issuer, subject=person.subject, user_id=user.id))
    session.flush()
    return user


def _join_projects(session: Session, settings: Settings, person: Person, user: User, *, new: bool) -> None:
    """Memberships by group; without such settings a new user joins the default project."""
    if not settings.group_projects:
        if new:
            projects.join_default(session, user)
        return
    by = person_words(person)
    wanted: dict[str, ProjectRole | None] = {}  # None: of no group that has a role there
    for group, membership in settings.group_projects.items():
        project, _, named = membership.rpartition(":")
        so_far, role = wanted.get(project), cast(ProjectRole, named)  # the settings are checked
        wanted[project] = so_far
        if group in person.groups and (so_far is None or projects.ROLE_RANK[role] > projects.ROLE_RANK[so_far]):
            wanted[project] = role
    for project, wanted_role in wanted.items():
        try:
            row = projects.named(session, project)
        except NotFound:
            continue  # it ended, or is not there yet: people come in all the same
        held = {member.user_id: member.role for member in projects.members(session, row.id)}.get(user.id)
        if wanted_role is not None and held != wanted_role:
            projects.set_member(session, row.id, user.name, wanted_role, by)
        elif wanted_role is None and held is not None:
            projects.end_member(session, row.id, user.name, by)
