"""The words of the contract (modalities, ROIs, tasks, states) and what every answer is built from."""

from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Modality = Annotated[str, Field(max_length=24, pattern=r"^[A-Za-z0-9-]+$")]
"""A kind of image of the cohort's protocol: T2, DWI, ADC of the prostate."""
Roi = Annotated[str, Field(max_length=24, pattern=r"^[A-Za-z0-9_-]+$")]
"""A region of the cohort's protocol that features are measured in: gland, lesion of the prostate."""
MaskKind = Roi
"""Any mask of a case: a region, or the codes of several such as the prostate's zones."""
Stage = Literal["pre", "ft"]
Role = Literal["admin", "researcher", "viewer"]
Scope = Literal["read", "write", "admin"]
"""What a token may do: read alone, also write, or all that its user may."""
JobState = Literal["queued", "running", "cancelling", "done", "failed", "cancelled"]
Priority = Literal["low", "normal", "high"]
Id = Annotated[str, Field(max_length=300)]
"""An id or name in a request. Every text in a request has a limit: with one, pydantic also refuses lone surrogates,
which neither database nor answer can hold."""
Task = Id
"""A target of the cohort's protocol (prostate: `pirads`, `lesion_seg`, `volume`), or a name given with tables."""
Step = Annotated[float, Field(ge=0.1, le=10)]
"""Millimetres between voxels."""
Side = Annotated[int, Field(ge=8, le=1024)]
"""Voxels along one side."""

MODALITIES: tuple[Modality, ...] = ("T2", "DWI", "ADC")
ROIS: tuple[Roi, ...] = ("gland", "lesion")
TASKS: tuple[str, ...] = ("pirads", "lesion_seg", "volume")
"""Names of the prostate's protocol, which a form shows where no cohort is chosen yet."""

T = TypeVar("T")


class Schema(BaseModel):
    """Base of the contract: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")
    FIRST_COLUMNS: ClassVar[tuple[str, ...]] = ()
    """Fields that lead a table of this schema; the others follow in their order."""

    @classmethod
    def csv_columns(cls) -> list[str]:
        """The columns of a table of this schema, one a field."""
        return list(dict.fromkeys((*cls.FIRST_COLUMNS, *cls.model_fields)))

    def wire(self) -> str:
        """The JSON that a client sends."""
        return self.model_dump_json()


class UnreadableRow(Schema):
    """A stored row that cannot be read: its id, and one sentence that says what is wrong and what to do."""

    id: str
    sentence: str


class Page(Schema, Generic[T]):
    """One page of a list; ask again with `cursor=next_cursor` until that is null.

    `unreadable` names the damaged rows of this page, which `items` lacks and `total` counts.
    """

    items: list[T]
    total: int
    next_cursor: str | None = None
    unreadable: list[UnreadableRow] = []


class Problem(Schema):
    """RFC 9457 problem details; `detail` is the sentence for people, `code` is for programs."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, Any]] = []


class Health(Schema):
    """Liveness and readiness."""

    status: Literal["ok"] = "ok"
    version: str
