"""What is said about options that cannot be used: named as typed, in plain words, with what to give."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from cricksy_lib.cli.app import app
from cricksy_lib.errors import UsageError
from cricksy_lib.options import AnalysisOptions, AthletePoint


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"mode": "golf"}, "--mode cannot be 'golf'. Give one of 'batting', 'bowling'"),
        ({"passes": "slow"}, "--pass cannot be 'slow'. Give one of 'quick', 'deep' or 'both'."),
        ({"height_cm": 9000.0}, "--height-cm cannot be 9000. Give a number from 50 to 250."),
        ({"slow_motion": 0.5}, "--slow-motion cannot be 0.5. Give a number from 1 to 64."),
        ({"slow_motion": float("nan")}, "--slow-motion cannot be nan. Give a plain number."),
        ({"player": " "}, "--player cannot be empty. Give some text, or leave the option out."),
        ({"title": "x" * 121}, "Give at most 120 characters."),
    ],
)
def test_an_option_that_cannot_be_used_is_named_as_typed_with_what_may_be_given(fields, words):
    with pytest.raises(UsageError) as caught:
        AnalysisOptions.checked(**({"mode": "batting"} | fields))
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["a\tb", "red\x1b[31m", "two\nlines", "c1\x9b31m", "half\udce9", "a\u2028b"])
@pytest.mark.parametrize("field", ["player", "title"])
def test_a_name_that_a_terminal_would_obey_is_refused(field, text):
    with pytest.raises(UsageError, match=f"--{field} cannot be a text with control characters") as caught:
        AnalysisOptions.checked(mode="batting", **{field: text})
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ("640,10", "640 pixels wide and 360 high"),
        ("10,360", "640 pixels wide and 360 high"),
        ("10,10@2", "the clip is 2.00 s long"),
    ],
)
def test_a_point_outside_the_clip_is_refused_with_the_clip_s_own_size(point, words):
    options = AnalysisOptions(mode="batting", athlete=AthletePoint.parse(point))
    with pytest.raises(UsageError, match=words):
        options.check_fits(640, 360, 2.0)


def test_a_point_within_the_clip_fits():
    AnalysisOptions(mode="batting", athlete=AthletePoint.parse("639,359@1.9")).check_fits(640, 360, 2.0)


@pytest.mark.parametrize(
    ("command", "option", "wrong", "advice"),
    [
        ("analyse x.mp4 --mode batting --out out", "--height-cm", "tall", "Give a number from 50 to 250."),
        ("submit x.mp4 --mode batting", "--height-cm", "9000", "Give a number from 50 to 250."),
        ("submit x.mp4 --mode batting", "--slow-motion", "nan", "Give a number from 1 to 64."),
        ("submit x.mp4 --mode batting", "--bytes", "1.5", "Give a whole number of at least 1."),
        ("validate --out out", "--limit", "0", "Give a whole number of at least 1."),
        ("jobs list", "--limit", "many", "Give a whole number of at least 1."),
        ("jobs retain", "--days", "-1", "Give a number of at least 0."),
        ("worker", "--poll", "often", "Give a number of at least 0.05."),
        ("batch", "--workers", "257", "Give a whole number from 1 to 256."),
        ("dashboard", "--port", "red\x1b[31m", "Give a whole number from 0 to 65535."),
    ],
)
def test_what_is_no_number_in_range_is_refused_in_two_sentences(command, option, wrong, advice):
    with pytest.raises(UsageError) as caught:
        CliRunner().invoke(app, [*command.split(), option, wrong], catch_exceptions=False)
    assert str(caught.value) == f"{option} cannot be {wrong!r}. {advice}"


def test_a_number_without_a_value_is_called_empty():
    with pytest.raises(UsageError, match="--height-cm cannot be empty"):
        CliRunner().invoke(app, ["submit", "x.mp4", "--height-cm", " "], catch_exceptions=False)
