"""What a person asked for where a file holds several sets of weights."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """`key`: the container, dots between levels. `prefix`: what is taken off the names. `ema`: the averaged weights."""

    key: str = ""
    prefix: str = ""
    ema: bool = False

    @property
    def made(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.key or self.prefix or self.ema)


AS_FOUND = Choice()
"""Nothing was asked for: what fits is found."""
