"""Documents hold moments in Python's own UTC: nothing of pydantic is left in them at the end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cricksy_lib.jobs.documents import Asked


@pytest.mark.parametrize(
    "written", ["2026-01-02T03:04:05.500000Z", "2026-01-02T03:04:05.5+00:00", "2026-01-02T05:04:05.5+02:00"]
)
def test_a_moment_is_read_in_utc_and_written_as_such(written: str) -> None:
    asked = Asked.model_validate_json(f'{{"asked_at": "{written}"}}')
    assert asked.asked_at == datetime(2026, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)
    assert asked.asked_at.tzinfo is UTC
    assert b"2026-01-02T03:04:05.500000Z" in asked.as_bytes()
