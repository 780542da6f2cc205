"""One part of the engine's bar: its rows of the goals table and its own tables."""

from dataclasses import dataclass, field

from benchmarks.page import table


@dataclass
class Part:
    """`goals`: [work, measured, goal]; `tables`: markdown."""

    goals: list[list[str]] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)

    def table(self, head: list[str], rows: list[list[str]]) -> None:
        """Add a table."""
        self.tables.append(table(head, rows))

    def listed(self, what: str, lines: list[str]) -> None:
        """Add a list of lines under a sentence, where there are any."""
        if lines:
            self.tables.append("\n".join([what, "", *(f"* {line}" for line in lines)]))


def ratio(seconds: tuple[float, float]) -> list[str]:
    """Cells: CPU seconds of PyRadiomics, of ours, and how many times faster."""
    ours, stock = seconds
    return [f"{stock:.3g} s", f"{ours:.3f} s", f"{stock / ours:.0f} x"]


def shown(name: str, seconds: tuple[float, float]) -> None:
    """Say at once what was measured: some parts take minutes."""
    print(name, *ratio(seconds), sep=" | ", flush=True)
