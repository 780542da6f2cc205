"""A query parameter that nobody reads is a misspelt filter: refused, or the answer would silently be another one."""

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from backend.errors import BadSettings


async def refuse_unknown_query(request: Request) -> None:
    """Raises `BadSettings` where a read names a parameter that its address does not have."""
    route = request.scope.get("route")
    if request.method != "GET" or not request.query_params or not isinstance(route, APIRoute):
        return
    known = _names(route.dependant)
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        choice = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
        raise BadSettings(f"This address has no parameter {unknown[0][:40]!r}; {choice}.")


def _names(dependant: Dependant) -> set[str]:
    """The query parameters of a route and of all that it depends on."""
    own = {str(field.alias) for field in dependant.query_params}
    return own.union(*(_names(part) for part in dependant.dependencies))
