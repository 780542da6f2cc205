"""What a signed-in user can see, as one short key: who has the same key gets the same answers to the same reads."""

import hashlib
import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.access.projects import every_project, visible_to
from backend.models import Cohort
from shared.schemas import Me


def view_key(session: Session, user: Me, *, local: bool) -> str:
    """A hash of the user's role, of the role in each of their projects, and of the cohorts in these.

    Everything else belongs to a cohort, so it follows. A cohort that moves to another project changes both keys.
    `local` is the one user of a server without sign-in.
    """
    roles = every_project(session) if local else visible_to(session, user.name)
    cohorts = select(Cohort.id).where(Cohort.project_id.in_(roles)).order_by(Cohort.id)
    seen = [user.role, sorted(roles.items()), list(session.scalars(cohorts))]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]
