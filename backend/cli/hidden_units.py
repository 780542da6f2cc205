"""The option --hidden: how wide the paper's shared projection is."""

from typing import Annotated

import typer

Hidden = Annotated[
    str,
    typer.Option(
        metavar="auto|N",
        help="Hidden units of the shared projection: 128 as in the paper; auto: a quarter of training patients.",
    ),
]


def hidden_units(value: str) -> int:
    """The number of hidden units; 0 for `auto`."""
    if value == "auto":
        return 0
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise typer.BadParameter(f"{value!r} is neither auto nor a number of 1 or more.", param_hint="--hidden")
    return int(value)
