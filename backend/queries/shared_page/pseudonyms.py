"""Names for the cases of one link; another link draws others, so two links cannot be joined."""

import secrets
from dataclasses import dataclass, field

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass
class Pseudonyms:
    """Draws a name for each case that is asked for."""

    names: dict[str, str] = field(default_factory=dict)

    def of(self, case_id: str) -> str:
        """`Case K7Q`, the same for the same case within this link."""
        while case_id not in self.names:
            name = "Case " + "".join(secrets.choice(LETTERS) for _ in range(3))
            if name not in self.names.values():
                self.names[case_id] = name
        return self.names[case_id]
