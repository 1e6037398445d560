"""A callback that fails is logged with its traceback and says one sentence."""

import logging

from cricksy_lib.dashboard.guard import guarded
from cricksy_lib.errors import JobStateError


def test_a_typed_error_says_its_cause_and_advice(caplog):
    said = []

    @guarded(said.append)
    def callback():
        raise JobStateError("The job is done.", "Submit it again.")

    with caplog.at_level(logging.WARNING):
        callback()
    assert said == ["The job is done. Submit it again."]
    assert "Traceback" in caplog.text


def test_any_other_error_is_logged_and_its_text_stays_off_the_page(caplog):
    said = []

    @guarded(said.append)
    def callback():
        raise KeyError("inner detail")

    callback()
    assert "inner detail" not in said[0]
    assert "inner detail" in caplog.text
