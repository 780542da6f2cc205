"""The case whose images a request asks for: its row and its protocol, the database let go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request
from sqlalchemy.orm import Session

from backend.access.signed_urls import Signer
from backend.errors import NotFound
from backend.models import Case
from backend.rendering import viewer_data
from backend.routers.cases import get_case
from backend.storage.cohort_protocol import (
    UnknownName,
    check_mask,
    check_modality,
    check_region,
    protocol_of_case,
)
from backend.web.authorization import check_sign_in
from backend.web.dependencies import ReadSessionDep, SignerDep
from backend.web.project_access import limit_to_holder
from backend.web.settled_route import settled
from shared.schemas.protocol import Protocol


@dataclass(frozen=True)
class Asked:
    """Names that a request gives, to be checked against the case's protocol; a kind is an image or a mask."""

    modality: str | None = None
    region: str | None = None
    masks: Sequence[str] = ()
    kind: str | None = None

    def check(self, protocol: Protocol) -> None:
        """Raises UnknownName for a name that the protocol does not have; says what there is."""
        if self.modality is not None:
            check_modality(protocol, self.modality)
        if self.region is not None:
            check_region(protocol, self.region)
        for mask in self.masks:
            check_mask(protocol, mask)
        kinds = (*protocol.modality_names, *protocol.region_names)
        if self.kind is not None and self.kind not in kinds:
            raise UnknownName(
                f"The protocol {protocol.name} has no image or mask {self.kind[:40]!r}; there is {', '.join(kinds)}."
            )


@dataclass(frozen=True)
class ImageCase:
    """A case with its volumes loaded, and what its protocol says of them."""

    row: Case
    protocol: Protocol

    @property
    def view_key(self) -> str:
        """Names what the viewer shows of it."""
        return viewer_data.view_key(self.row, self.protocol)


def image_case(session: Session, case_id: str, asked: Asked = Asked()) -> ImageCase:
    """The case; the session is closed: preparing images takes seconds, and a reader holds up every writer.

    Raises NotFound, or UnknownName for names of other protocols.
    """
    row = get_case(session, case_id)
    protocol = protocol_of_case(session, row)
    asked.check(protocol)
    assert row.volumes is not None  # loaded now, for the row has no session afterwards
    session.close()
    return ImageCase(row, protocol)


Signed = Annotated[str, Path(max_length=500)]


@settled
def _holder_session(request: Request, signed: Signed, session: ReadSessionDep, signer: SignerDep) -> Session:
    """A session that sees what the holder of a signed claim may see now. Raises NotSignedIn where the sign-in ended."""
    _, _, token_id = signer.read(signed)
    check_sign_in(request, session, token_id)
    limit_to_holder(session, token_id)
    return session


HolderSessionDep = Annotated[Session, Depends(_holder_session)]


def claimed_case(session: Session, signer: Signer, signed: str, asked: Asked) -> ImageCase:
    """The case of a signed claim, while it is unchanged; raises as `image_case` too. `session` is its holder's."""
    case_id, view_key, _ = signer.read(signed)
    found = image_case(session, case_id, asked)
    if found.view_key != view_key:
        raise NotFound("There is no image at this address.")
    return found
