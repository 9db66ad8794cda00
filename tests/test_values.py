"""Text to values: what people write, and what must not be guessed."""

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from pipeline import language
from pipeline.read.values import clean, day, kronor

SPACES = ["", " ", "\u00a0", "\u2009", "\u202f"]


@given(st.integers(0, 10**11), st.sampled_from(SPACES), st.sampled_from(["", " kr", ",00", " kronor"]))
def test_every_whole_amount_is_read_however_it_is_grouped(value: int, space: str, ending: str) -> None:
    assert kronor(f"{value:,}".replace(",", space) + ending) == value


def test_days_blanks_and_amounts_beyond_all_kronor() -> None:
    assert (kronor("9" * 12), kronor("9" * 13), kronor("9" * 14)) == (999_999_999_999, None, None)
    assert day("2024-06-03") == day("20240603") == day("2024/06/03") == day("2024-06-03 00:00:00") == date(2024, 6, 3)
    assert [day(text) for text in ("3/6 2024", "2024-13-01", "i juni", "")] == [None] * 4
    assert [clean(text) for text in (None, "", " \u00a0\t\n")] == [None] * 3
    assert clean("\u00a0Ale\n") == "Ale"


@given(st.text())
def test_any_text_is_an_amount_or_nothing(text: str) -> None:
    value = kronor(text)
    assert value is None or value >= 0


ABOUT = {
    85_906_462: ("cirka 86 miljoner kronor", "about 86 million kronor"),
    10_026_518: ("cirka 10 miljoner kronor", "about 10 million kronor"),
    9_093_538: ("cirka 9,1 miljoner kronor", "about 9.1 million kronor"),
    95_000_000: ("95 miljoner kronor", "95 million kronor"),
    143_500_000: ("143,5 miljoner kronor", "143.5 million kronor"),
    1_000_000: ("1 miljon kronor", "1 million kronor"),
    9_999_999: ("cirka 10 miljoner kronor", "about 10 million kronor"),
    999_999: ("999\u00a0999 kronor", "999,999 kronor"),
    0: ("0 kronor", "0 kronor"),
}


def test_amounts_in_running_text() -> None:
    for value_kr, said in ABOUT.items():
        # A number keeps to its word.
        told = [language.about(value_kr, "sv"), language.about(value_kr, "en")]
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
