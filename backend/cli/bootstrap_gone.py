"""The option --bootstrap, which commands had until version 0.2: it is refused with a sentence that says why."""

from typing import Annotated

import typer


def refuse(value: str | None) -> None:
    """Ends with a usage error (exit code 2) where the option is given."""
    if value is not None:
        raise typer.BadParameter(
            "the bootstrap is gone: errors now come from leaving out one patient at a time, and need no number; leave "
            "the option out (--paper-only leaves out the trust block)."
        )


Bootstrap = Annotated[str | None, typer.Option("--bootstrap", hidden=True, callback=refuse)]
