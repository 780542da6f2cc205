"""Columns of race, ethnicity, colour or season, whose classes are words that are family names elsewhere: `White`."""

import re

from backend.ingest.identifiers.letters import bare, word_set

_COLUMNS = word_set("""
    race races racial ethnicity ethnicities ethnic ethnie ethnies ethnique etnia etnias etnico etnica etnicita
    etnicidad etnicitet ethnizitat ethnisch ethnische rasse raza razas raca razza ancestry ancestries skin phototype
    fitzpatrick complexion colour colours color colors couleur farbe kleur hair eye eyes iris season seasons saison
    jahreszeit
""")
"""Words of their names."""
_CLASSES = word_set("""
    white black brown green blanc blanca blanco weiss schwarz moreno russo greco romano roman german winter
""")
"""Words of such classes that are frequent names."""
_WORD = re.compile(r"[^\W\d_]+")
_NEUTRAL = "kind"


def without_group_words(column: str, cell: str) -> str:
    """A cell as it is judged: in such a column, words of groups give way to one that is nobody's name."""
    split = re.sub(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ])", " ", column)
    if _COLUMNS.isdisjoint(map(bare, _WORD.findall(split))):
        return cell
    return _WORD.sub(lambda found: _NEUTRAL if bare(found[0]) in _CLASSES else found[0], cell)
