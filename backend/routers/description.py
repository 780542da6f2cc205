"""The description of this API: the committed OpenAPI document, and a page to read it."""

from pathlib import Path

from fastapi import APIRouter, Response
from starlette.responses import FileResponse, HTMLResponse

from backend.web.api_page import CONTENT_POLICY, api_page
from backend.web.authorization import VIEWER

COMMITTED = Path(__file__).parents[1] / "openapi.json"

router = APIRouter(tags=["description"], include_in_schema=False)


@router.get("/openapi.json", dependencies=[VIEWER])
def openapi_document() -> Response:
    """The OpenAPI 3.1 document, byte for byte as it is committed."""
    return FileResponse(COMMITTED, media_type="application/json")


@router.get("/docs", dependencies=[VIEWER])
def openapi_page() -> Response:
    """The same as a page: every operation and every schema."""
    return HTMLResponse(api_page(COMMITTED), headers={"Content-Security-Policy": CONTENT_POLICY})
