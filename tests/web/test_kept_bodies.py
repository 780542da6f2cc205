from backend.web.kept_bodies import ANY_STATE, LONGEST_BYTES, KeptBodies, KeptBody, Views


def body(size: int, fill: bytes = b"x") -> KeptBody:
    return KeptBody(fill * size, {"content-type": "application/json"}, "tag")


def test_the_oldest_leave_where_there_are_too_many_bytes() -> None:
    kept = KeptBodies(most_bytes=100)
    for name in ("a", "b", "c"):
        kept.put((ANY_STATE, name), body(40))
        kept.get((ANY_STATE, "a"))  # used again and again, so it stays
    assert [kept.get((ANY_STATE, name)) is not None for name in "abc"] == [True, False, True]
    assert kept.bytes == 80


def test_a_second_answer_takes_the_place_of_the_first() -> None:
    kept = KeptBodies(most_bytes=100)
    kept.put((ANY_STATE, "a"), body(60))
    kept.put((ANY_STATE, "a"), body(50, b"y"))
    found = kept.get((ANY_STATE, "a"))
    assert found is not None
    assert (found.body, kept.bytes) == (b"y" * 50, 50)


def test_a_change_of_the_database_frees_what_only_held_before() -> None:
    kept = KeptBodies()
    kept.enter("1")
    kept.put(("1", "list"), body(10))
    kept.put((ANY_STATE, "ranking"), body(20))
    kept.enter("2")
    assert kept.get(("1", "list")) is None
    assert kept.get((ANY_STATE, "ranking")) is not None
    assert kept.bytes == 20


def test_an_answer_that_was_begun_before_a_change_is_not_kept() -> None:
    kept = KeptBodies()
    kept.enter("1")
    kept.enter("2")
    kept.put(("1", "list"), body(10))
    assert (kept.get(("1", "list")), kept.bytes) == (None, 0)


def test_a_very_long_answer_is_not_kept() -> None:
    kept = KeptBodies()
    kept.put((ANY_STATE, "long"), body(LONGEST_BYTES + 1))
    assert kept.bytes == 0


def test_a_view_is_worked_out_once_a_user_and_state() -> None:
    views, asked = Views(), []

    def work_out() -> str:
        asked.append(1)
        return f"view {len(asked)}"

    first = [views.of(("ann", "viewer"), "1", work_out) for _ in range(3)]
    other = views.of(("bob", "viewer"), "1", work_out)
    later = views.of(("ann", "viewer"), "2", work_out)
    assert (first, other, later) == (["view 1"] * 3, "view 2", "view 3")


def test_whoever_has_the_answer_gets_no_body() -> None:
    for named, status, length in (('"tag"', 304, 0), ('"other"', 200, 5), (None, 200, 5)):
        answer = body(5).response(named)
        assert (answer.status_code, len(bytes(answer.body)), answer.headers["etag"]) == (status, length, '"tag"')
