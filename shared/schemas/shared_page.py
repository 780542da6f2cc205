"""The page behind a share link, as it was frozen: one verdict, one chart, one pair of cases, and the words for them."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Schema

VerdictKind = Literal["change", "label_borne", "likely", "null", "stopped"]
"""A change, one that goes with the label, one that is only likely, none that is shown, or nothing to be read."""
BarTone = Literal["stronger", "weaker", "label_borne", "unchanged", "unknown"]


class SharedWord(Schema):
    """A word of the page that a reader may not know; it opens on touch."""

    word: str
    text: str


class SharedVerdict(Schema):
    """What the stored flags say, in plain words and never more than they say."""

    kind: VerdictKind
    headline: str
    sentences: list[str] = Field(description="In how many people, how sure, and what it follows from.")


class SharedBar(Schema):
    """A kind of feature in the chart: how clearly it is read before and after, as a share of full clarity."""

    name: str
    term: str = Field(description="The technical name, shown on touch.")
    before: float = Field(ge=0, le=1)
    after: float = Field(ge=0, le=1)
    tone: BarTone
    change: str = Field(description="`clearer`, `less clearly`, `as before` ...")


class SharedBars(Schema):
    """The one chart of the page."""

    heading: str
    full: float = Field(gt=0, le=1, description="The share of full clarity that a whole bar stands for.")
    bars: list[SharedBar]
    left_out: str = Field(default="", description="What is not drawn and why; empty where all is drawn.")


class SharedStack(Schema):
    """Slices of a case as sheets of tiles, line by line; `columns` a line. Names are those of pictures of the link."""

    slices: int = Field(ge=1, le=24)
    first: int = Field(ge=0, description="The slice shown first, from 0.")
    columns: int
    image: str
    outlines: str | None
    map: str | None


class SharedCase(Schema):
    """One case of the pair, under the pseudonym that it has in this link alone."""

    place: Literal["low", "high"]
    name: str
    caption: str
    alt: str
    stack: SharedStack


class SharedPair(Schema):
    """Two cases, low against high of one feature."""

    heading: str
    feature: SharedWord
    cases: list[SharedCase]
    outlines: str = Field(description="Which outline has which colour.")
    map_low: str = Field(description="What the dark end of the map means; empty without a map.")
    map_high: str


class SharedPage(Schema):
    """Everything that the page shows, beside the days that the link itself has."""

    sender: str
    title: str = Field(description="The sender's own; the verdict stands below it.")
    message: str
    verdict: SharedVerdict
    bars: SharedBars | None = None
    pair: SharedPair | None = None
    no_pictures: str = Field(default="", description="Why there are none; empty where there are.")
    looked_for: list[str] = Field(default=[], description="What was looked for, and what size could have been seen.")
    cannot_say: list[str]
    words: list[SharedWord]
    made_of: dict[str, str]
