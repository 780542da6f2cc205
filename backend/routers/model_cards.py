"""The model card of an encoder as a file."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from backend.interchange.licences import MOST
from backend.interchange.model_card import model_card
from backend.web.authorization import VIEWER
from backend.web.dependencies import ReadSessionDep
from backend.web.exports import EXPORT
from backend.web.settled_route import SettledRoute

router = APIRouter(tags=["encoders"], route_class=SettledRoute)


class MarkdownResponse(Response):
    """A page of Markdown."""

    media_type = "text/markdown"


@router.get("/encoders/{encoder_id}/card.md", dependencies=[VIEWER, EXPORT], response_class=MarkdownResponse)
def model_card_file(
    encoder_id: Annotated[str, Path(max_length=64)],
    session: ReadSessionDep,
    licence: Annotated[str | None, Query(max_length=MOST, description="Stands in the card as given.")] = None,
) -> MarkdownResponse:
    """The model card of a fine-tuned encoder, with the YAML head of Hugging Face; no value of a study is in it."""
    headers = {"Content-Disposition": 'attachment; filename="README.md"', "Cache-Control": "private, no-cache"}
    return MarkdownResponse(model_card(session, encoder_id, licence), headers=headers)
