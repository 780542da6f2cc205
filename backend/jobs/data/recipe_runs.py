"""Runs and controls of one fine-tuning recipe: encoders that differ in the seed, or in the labels they were shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from backend.errors import BadSettings
from backend.models import Encoder


@dataclass(frozen=True, slots=True)
class Siblings:
    """The other runs of an encoder's recipe, and its controls."""

    runs: tuple[Encoder, ...] = ()
    controls: tuple[Encoder, ...] = ()

    @property
    def all(self) -> tuple[Encoder, ...]:
        """Runs, then controls."""
        return (*self.runs, *self.controls)

    @property
    def words(self) -> str:
        """`2 more runs and 1 control on shuffled labels`."""
        counts = ((len(self.runs), "more run"), (len(self.controls), "control"))
        named = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts if n]
        return " and ".join(named) + (" on shuffled labels" if self.controls else "")

    def sentences(self, wanted: bool) -> list[str]:
        """Which runs an analysis of the encoder reads beside it, or could read."""
        if not self.all:
            return []
        if wanted:
            return [f"The run is analysed with {self.words} of its recipe."]
        return [f"One run is analysed; its recipe has {self.words} (--runs analyses all)."]


def runs_of(session: Session, encoder: Encoder) -> list[Encoder]:
    """The runs of an encoder's recipe, in order; the encoder alone where it is one run, or a checkpoint."""
    if encoder.recipe_id is None:
        return [encoder]
    return [row for row in _of_recipes(session, [encoder.recipe_id]) if row.control is None]


def controls_of(session: Session, encoder: Encoder) -> list[Encoder]:
    """The controls of an encoder's recipe, in order."""
    if encoder.recipe_id is None:
        return []
    return [row for row in _of_recipes(session, [encoder.recipe_id]) if row.control is not None]


def siblings_of(session: Session, encoder: Encoder) -> Siblings:
    """The other runs of an encoder's recipe and its controls; none for a control, whose recipe taught other labels."""
    if encoder.control is not None:
        return Siblings()
    runs = tuple(row for row in runs_of(session, encoder) if row.id != encoder.id)
    return Siblings(runs, tuple(controls_of(session, encoder)))


def siblings_asked_for(session: Session, encoder: Encoder) -> Siblings:
    """The same where a request wants all runs; raises BadSettings where there is nothing beside the encoder."""
    if encoder.control is not None:
        raise BadSettings("The encoder asked for is a control on shuffled labels; choose a run of its recipe.")
    found = siblings_of(session, encoder)
    if not found.all:
        raise BadSettings(
            "The encoder is the only run of its recipe, and has no control; fine-tune more (--seeds, "
            "--shuffle-labels), or leave out --runs."
        )
    return found


def first_of_recipe() -> ColumnElement[bool]:
    """The condition of a recipe's default encoder: no control, and the first run or the only one."""
    return Encoder.control.is_(None) & or_(Encoder.run_number.is_(None), Encoder.run_number == 0)


def join_recipe(session: Session, encoder_ids: Sequence[str]) -> None:
    """Make encoders, which differ in seed or control only, one recipe; the first is one of its runs.

    Where they belong to recipes already, those become one. Runs are numbered by seed, and so are controls.
    """
    rows = [session.get_one(Encoder, encoder_id) for encoder_id in encoder_ids]
    recipe_id = rows[0].recipe_id or rows[0].id
    of_recipes = _of_recipes(session, sorted({row.recipe_id or "" for row in rows}))
    members = {row.id: row for row in [*of_recipes, *rows]}
    for kind in {row.control for row in members.values()}:
        alike = sorted((row for row in members.values() if row.control == kind), key=lambda row: row.settings["seed"])
        for number, row in enumerate(alike):
            row.recipe_id, row.run_number = recipe_id, number


def _of_recipes(session: Session, recipe_ids: Sequence[str]) -> list[Encoder]:
    rows = session.scalars(select(Encoder).where(Encoder.recipe_id.in_(recipe_ids)))
    return sorted(rows, key=lambda row: (row.control or "", row.run_number or 0))
