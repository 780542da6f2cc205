"""The sample: rooms by the square root of their places, then places, then one of the changes possible there."""

import random
from collections import Counter, defaultdict
from math import sqrt
from pathlib import Path

from benchmarks.mutants.places import Mutant, changed, mutants_of

ROOMS = ("science", "access", "storage", "jobs", "ingest")


def every_mutant(tree: Path, left_out: Counter[str]) -> dict[str, list[Mutant]]:
    """The changes of each room, files in the order of their names."""
    found: dict[str, list[Mutant]] = {}
    for room in ROOMS:
        paths = sorted((tree / "backend" / room).rglob("*.py"))
        names = [path.relative_to(tree).as_posix() for path in paths]
        found[room] = [one for name in names for one in mutants_of(name, (tree / name).read_text("utf-8"), left_out)]
    return found


def shares(places: dict[str, int], count: int) -> dict[str, int]:
    """How many of each room: small rooms get more than their size, and the sum is `count`."""
    weight = {room: sqrt(number) for room, number in places.items()}
    exact = {room: count * one / sum(weight.values()) for room, one in weight.items()}
    whole = {room: int(one) for room, one in exact.items()}
    for room in sorted(exact, key=lambda each: whole[each] - exact[each])[: count - sum(whole.values())]:
        whole[room] += 1
    return whole


def drawn(tree: Path, mutants: dict[str, list[Mutant]], seed: int, count: int) -> list[Mutant]:
    """The sample of a seed, in the order in which it is tried: every part of it is a sample too."""
    by_place = {room: _by_place(found) for room, found in mutants.items()}
    wanted = shares({room: len(found) for room, found in by_place.items()}, count)
    sample = []
    for room, number in wanted.items():
        draw = random.Random(f"{seed} {room}")
        places = sorted(by_place[room])
        draw.shuffle(places)
        of_room: list[Mutant] = []
        for place in places:
            if len(of_room) == number:
                break
            one = draw.choice(by_place[room][place])
            if changed(one, (tree / one.path).read_text("utf-8")) is not None:
                of_room.append(one)
        sample += of_room
    random.Random(seed).shuffle(sample)
    return sample


def _by_place(mutants: list[Mutant]) -> dict[tuple[str, int, int], list[Mutant]]:
    places = defaultdict(list)
    for one in mutants:
        places[one.place].append(one)
    return dict(places)
