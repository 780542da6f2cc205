"""Figures of an analysis as files."""

from typing import Literal

from shared.schemas.base import Schema

FigurePreset = Literal["one-column", "two-columns", "slide"]
FigureFormat = Literal["png", "svg", "pdf"]


class FigureFile(Schema):
    """A figure that an analysis has: `name` is its address, `title` says what it shows."""

    name: str
    title: str
