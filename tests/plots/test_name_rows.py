"""Names of events above a chart: none meets another, and what has no room is left out."""

import pytest

from cricksy_lib.name_rows import Name, Place, places

WORDS = ("back foot contact", "front foot contact", "ball release", "follow-through", "landing", "rest")


def extent(name, place):
    left = {"start": name.at, "middle": name.at - name.width / 2, "end": name.at - name.width}[place.anchor]
    return left, left + name.width


@pytest.mark.parametrize("gap", [0.0, 4.0, 30.0, 90.0])
@pytest.mark.parametrize("start", [0.0, 250.0, 640.0])
def test_names_never_meet_nor_leave_the_chart_however_many_there_are(gap, start):
    names = [Name(word, min(640.0, start + i * gap), 10.0 * len(word)) for i, word in enumerate(WORDS)]
    found = places(names, 0.0, 640.0, 3)
    rows = {}
    for name, place in zip(names, found, strict=True):
        if place is None:
            continue
        left, right = extent(name, place)
        assert left >= 0.0
        assert right <= 640.0
        assert all(right <= a or b <= left for a, b in rows.setdefault(place.row, []))
        rows[place.row].append((left, right))
    assert set(rows) <= {0, 1, 2}
    assert found[0] is not None


def test_of_names_at_one_place_as_many_stand_as_there_are_rows_and_the_first_go_first():
    names = [Name(word, 300.0, 100.0) for word in WORDS]
    assert [place and place.row for place in places(names, 0.0, 640.0, 3)] == [0, 1, 2, None, None, None]


def test_a_name_without_room_does_not_keep_others_from_theirs():
    names = [Name("long", 50.0, 80.0), Name("too long", 60.0, 80.0), Name("short", 95.0, 10.0)]
    assert places(names, 0.0, 100.0, 1) == [Place(0, "middle"), None, Place(0, "middle")]


def test_a_name_is_written_once_and_where_it_first_has_room():
    names = [Name("a", 50.0, 40.0), Name("b", 60.0, 40.0), Name("a", 150.0, 40.0), Name("b", 250.0, 40.0)]
    middle = Place(0, "middle")
    assert places(names, 0.0, 300.0, 1) == [middle, None, None, middle]


@pytest.mark.parametrize(("at", "anchor"), [(0.0, "start"), (50.0, "middle"), (100.0, "end")])
def test_a_name_at_an_end_stands_inside(at, anchor):
    assert places([Name("a", at, 40.0)], 0.0, 100.0, 1) == [Place(0, anchor)]


def test_a_name_wider_than_the_chart_is_left_out():
    assert places([Name("a", 50.0, 101.0)], 0.0, 100.0, 3) == [None]
