"""Draws docs/pictures/rooms.svg, the rooms of the code and their imports; `--check` fails where it is out of date.

Three panels: the server, the rooms of `backend/science`, the dashboard. An arrow says that a room imports another.
Arrows that follow from others are left out (transitive reduction): A -> C is not drawn where A -> B -> C is.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/pictures/rooms.svg"
BOX_WIDTH, BOX_HEIGHT, GAP, ROW, MARGIN = 120, 30, 18, 74, 24
FLOOR = {"cluster_settings", "settings", "sign_in_settings", "errors", "version", "__init__"}
"""Files at the root of `backend/` that stand below every room; the others there, `app` and `asgi`, stand above."""

Graph = dict[str, set[str]]


def place(path: Path) -> tuple[str, str]:
    """Panel and room of a source file, its path relative to the repository."""
    parts = path.with_suffix("").parts
    if parts[:2] == ("backend", "science"):
        return "science", parts[2] if len(parts) > 3 else "types, alert"
    if parts[0] == "frontend":
        return "dashboard", parts[1] if len(parts) > 2 else "app (dashboard)"
    if parts[0] in ("shared", "radiomiclens"):
        return "server", parts[0]
    if len(parts) > 2:
        return "server", parts[1]
    return "server", "settings, errors" if parts[1] in FLOOR else "app, asgi"


def imported(path: Path) -> Iterator[Path]:
    """Source files that a source file imports, relative to the repository."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [str(node.module)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            module = Path(*name.split("."))
            found = (module.with_name(f"{module.name}.py"), module / "__init__.py")
            yield from (file for file in found if (ROOT / file).is_file())


def panels() -> dict[str, Graph]:
    """For each panel, every room and the rooms it imports; a room of another panel counts as that panel's box."""
    outer = {"science": "science", "dashboard": "frontend"}
    graphs: dict[str, Graph] = {"server": {}, "science": {}, "dashboard": {}}
    for folder in ("backend", "frontend", "shared", "radiomiclens"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            path = path.relative_to(ROOT)
            panel, room = place(path)
            for file in (path, *imported(path)):
                other_panel, other = place(file)
                if other_panel == panel:
                    graphs[panel].setdefault(room, set()).add(other)
                graphs["server"].setdefault(outer.get(panel, room), set()).add(outer.get(other_panel, other))
    return {name: {room: found - {room} for room, found in graph.items()} for name, graph in graphs.items()}


def reachable(graph: Graph, room: str) -> set[str]:
    """All rooms that a room imports, directly or through others. Raises RecursionError for a circle."""
    return graph[room].union(*(reachable(graph, other) for other in graph[room]))


def reduced(graph: Graph) -> Graph:
    """The arrows that do not follow from others."""
    return {
        room: {other for other in found if not any(other in reachable(graph, via) for via in found - {other})}
        for room, found in graph.items()
    }


def heights(graph: Graph) -> dict[str, int]:
    """The row of each room: 0 imports nothing, every other stands one above the highest that it imports."""
    rows: dict[str, int] = {}
    for room in sorted(graph, key=lambda room: (len(reachable(graph, room)), room)):
        rows[room] = max((rows[other] + 1 for other in graph[room]), default=0)
    return rows


def centres(graph: Graph, width: int) -> dict[str, tuple[float, float]]:
    """Centre of each box: rows from bottom to top, in a row ordered by the mean position of what is imported."""
    rows = heights(graph)
    at: dict[str, tuple[float, float]] = {}
    for row in range(max(rows.values()) + 1):
        here = [room for room in sorted(rows) if rows[room] == row]
        here.sort(key=lambda room: sum(at[each][0] for each in graph[room]) / max(1, len(graph[room])))
        start = width / 2 - (len(here) - 1) * (BOX_WIDTH + GAP) / 2
        y = (max(rows.values()) - row) * ROW + BOX_HEIGHT / 2
        at |= {room: (start + number * (BOX_WIDTH + GAP), y) for number, room in enumerate(here)}
    return at


def arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """A curve from the lower edge of one box to the upper edge of another."""
    (x1, y1), (x2, y2) = (start[0], start[1] + BOX_HEIGHT / 2), (end[0], end[1] - BOX_HEIGHT / 2 - 5)
    bend = (y2 - y1) / 2
    return f'<path d="M{x1:.0f} {y1:.0f} C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"/>'


def box(room: str, at: tuple[float, float]) -> str:
    """A room's box and its name."""
    x, y = at
    corner = f'x="{x - BOX_WIDTH / 2:.0f}" y="{y - BOX_HEIGHT / 2:.0f}"'
    return (
        f'<rect {corner} width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="5"/>'
        f'<text x="{x:.0f}" y="{y + 4:.0f}">{room}</text>'
    )


def picture() -> str:
    """The whole SVG, panels one below the other."""
    graphs = {name: reduced(graph) for name, graph in panels().items()}
    widest = max(
        list(heights(graph).values()).count(row) for graph in graphs.values() for row in heights(graph).values()
    )
    width = widest * (BOX_WIDTH + GAP) + 2 * MARGIN
    lines, top = [], MARGIN
    titles = {
        "server": "backend, shared, frontend, radiomiclens",
        "science": "backend/science",
        "dashboard": "frontend",
    }
    for name, graph in graphs.items():
        at = centres(graph, width)
        lines.append(
            f'<g transform="translate(0 {top + 30})"><text class="title" x="{MARGIN}" y="-14">{titles[name]}</text>'
        )
        lines += [arrow(at[room], at[other]) for room in sorted(graph) for other in sorted(graph[room])]
        lines += [box(room, at[room]) for room in sorted(graph)]
        lines.append("</g>")
        top += 30 + (max(heights(graph).values())) * ROW + BOX_HEIGHT + MARGIN
    style = (
        "rect{fill:#eef3fa;stroke:#3b5b8c}path{fill:none;stroke:#6b7f9e;marker-end:url(#head)}"
        "text{font:11px sans-serif;text-anchor:middle;fill:#16233a}.title{font:bold 14px sans-serif;text-anchor:start}"
    )
    head = '<marker id="head" markerWidth="6" markerHeight="6" refX="2" refY="3" orient="auto">'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{top}" viewBox="0 0 {width} {top}">'
    background = '<rect width="100%" height="100%" style="fill:#ffffff;stroke:none"/>'
    defs = f'<defs>{head}<path d="M0 0 6 3 0 6Z" style="fill:#6b7f9e;stroke:none;marker-end:none"/></marker></defs>'
    return "\n".join([opening, f"<style>{style}</style>", defs, background, *lines, "</svg>"]) + "\n"


def main() -> int:
    """Writes or compares the picture."""
    if "--check" not in sys.argv:
        PICTURE.write_text(picture())
        return 0
    if PICTURE.read_text() == picture():
        return 0
    sys.stderr.write("Out of date: docs/pictures/rooms.svg; run `make docs`, or this file alone.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
