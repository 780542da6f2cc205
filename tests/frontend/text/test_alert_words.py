from typing import get_args

from frontend.text import alert_words
from shared import schemas as s


def test_every_rank_has_a_word_a_mark_and_a_colour_of_its_own() -> None:
    levels = get_args(s.Alert.model_fields["rank"].annotation)
    assert tuple(alert_words.RANKS) == levels
    for part in ("word", "icon", "colour"):
        assert len({getattr(rank, part) for rank in alert_words.RANKS.values()}) == len(levels)
    assert not {rank.colour for rank in alert_words.RANKS.values()} & {"blue", "orange"}


def test_alerts_stand_by_rank() -> None:
    found = [
        s.Alert(code=rank, level="warning", rank=rank, sentence="", why="") for rank in ("info", "warning", "stop")
    ]
    assert [alert.rank for alert in alert_words.ranked(found)] == ["stop", "warning", "info"]
    assert alert_words.badge(found[0]) == ":gray-badge[:material/info: note]"
