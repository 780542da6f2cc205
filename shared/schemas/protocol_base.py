"""What all parts of a protocol share: they are never changed, and their ranges have a lower and an upper end."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from shared.schemas.base import Schema


def pair(ends: tuple[float, float]) -> tuple[float, float]:
    """Two ends of a range. Raises ValueError where the lower one does not stand first."""
    if not ends[0] < ends[1]:
        raise ValueError(f"is {list(ends)}; write the lower number first")
    return ends


Finite = Annotated[float, Field(allow_inf_nan=False)]
Range = Annotated[tuple[Finite, Finite], AfterValidator(pair)]


class Part(Schema):
    """A part of a protocol, which nobody changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
