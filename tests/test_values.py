"""Text to values: what people write, and what must not be guessed."""

import re
from datetime import date

from pipeline import language
from pipeline.read.values import clean, day, kronor
from tests.world import cases


def test_days_blanks_and_amounts_beyond_all_kronor() -> None:
    assert (kronor("9" * 12), kronor("9" * 13), kronor("9" * 14)) == (999_999_999_999, None, None)
    assert day("2024-06-03") == day("20240603") == day("2024/06/03") == day("2024-06-03 00:00:00") == date(2024, 6, 3)
    assert [day(text) for text in ("3/6 2024", "2024-13-01", "i juni", "")] == [None] * 4
    in_swedish_time = [day(f"2024-{at}:30:00Z") for at in ("06-03T22", "12-03T23")]  # wherever it is read
    assert in_swedish_time == [date(2024, 6, 4), date(2024, 12, 4)]
    assert [clean(text) for text in (None, "", " \u00a0\t\n")] == [None] * 3
    assert clean("\u00a0Ale\n") == "Ale"


def test_amounts_in_running_text() -> None:
    for written, said in cases("amounts").items():
        # A number keeps to its word.
        told = [language.about(int(written), "sv"), language.about(int(written), "en")]
        assert [re.sub(r"(?<=\d) (?=[a-z])", "\u00a0", each) for each in said] == told


def test_numbers_as_the_state_writes_them() -> None:
    assert language.number(471_968, "sv") == "471\u00a0968"
    assert language.number(-5, "sv") == "\u22125"
    assert language.number(471_968, "en") == "471,968"
    assert language.percent(83, "sv") == "83\u00a0%"
    assert [language.words(value, "sv") for value in (1, 12, 13)] == ["en", "tolv", "13"]
    assert language.listed(["Skåne", "Gotland", "Kalmar"], "sv") == "Skåne, Gotland och Kalmar"
    assert language.listed(["Skåne"], "en") == "Skåne"
    assert language.day(date(2024, 6, 3), "sv") == "3\u00a0juni 2024"
