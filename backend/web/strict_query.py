"""Refuses unknown query parameters: a misspelt filter would otherwise be ignored, and the answer would be wrong."""

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from backend.errors import BadSettings

FROM_OUTSIDE = "/session/oidc/callback"
"""Providers add parameters of their own to this address."""


async def refuse_unknown_query(request: Request) -> None:
    """Raise `BadSettings` where a GET has a query parameter that its route does not take."""
    route = request.scope.get("route")
    if request.method != "GET" or not request.query_params or not isinstance(route, APIRoute):
        return
    if request.url.path.endswith(FROM_OUTSIDE):
        return
    known = _query_names(route.dependant)
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        choice = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
        raise BadSettings(f"This address has no parameter {unknown[0][:40]!r}; {choice}.")


def _query_names(dependant: Dependant) -> set[str]:
    """The query parameters of a route and of all that it depends on."""
    own = {str(field.alias) for field in dependant.query_params}
    return own.union(*(_query_names(part) for part in dependant.dependencies))
