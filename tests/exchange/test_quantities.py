"""Numbers, diameters, years, days and coordinates as other programs write them."""

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jnw_desktop.exchange.gathering import diameter_unit
from jnw_desktop.exchange.quantities import Kept, coordinate, date, integer, number, size, year


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("1.5", 1.5), ("1,5", 1.5), ("0,300", 0.3), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1,500", 1500.0),
        ("12,345,678", 12_345_678.0), ("1.5m", 1.5), ("DN 300", 300.0), ("φ300", 300.0), ("-2,75", -2.75),
        (-9999, None), ("-9999.0", None), (-1.797e308, None), ("１２", 12.0),
    ],
)  # fmt: skip
def test_numbers(raw, value):
    assert number(raw) == value


@pytest.mark.parametrize("raw", ["abc", "1,2,3", "1.2.3", True, float("inf"), "DN"])
def test_what_is_no_number(raw):
    with pytest.raises(ValueError, match=str(raw)):
        number(raw)


@given(st.floats(0.001, 999.9), st.integers(1, 5))
def test_a_decimal_comma_is_a_decimal_point(value, digits):
    text = f"{value:.{digits}f}"
    if digits == 3 and not text.startswith("0"):
        return  # 1,500 may be either, and is taken for thousands
    assert number(text.replace(".", ",")) == float(text)


@pytest.mark.parametrize(
    ("raw", "mm"),
    [('8"', 203), ("6 in", 152), ("12 inch", 305), ('1 1/2"', 38), ('3/4"', 19), ("300", 300), ("0", None),
     (-9999, None), ("500×300", Kept("500×300"))],
)  # fmt: skip
def test_sizes(raw, mm):
    assert size(raw, 1.0) == mm


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (1998, 1998), ("1998", 1998), ("1998年", 1998), ("1998-05", 1998), (199805, 1998), ("1998.5.1", 1998),
        ("31.12.1998", 1998), ("6/15/1987", 1987), (567_648_000_000, 1987), (-315_619_200_000, 1960),
        ("1998-05-01T00:00:00+00", 1998), (19980501, 1998), (0, None), (9999, None), (1, None),
        ("circa 1960", Kept("circa 1960")), ("1950-1955", Kept("1950-1955")), ("1960s", Kept("1960s")),
        (datetime.date(2001, 2, 3), 2001), ("1899-12-30", None), ("9999-12-31", None), ("0001-01-01", None),
    ],
)  # fmt: skip
def test_years(raw, value):
    assert year(raw) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2020-1-2", "2020-01-02"), ("2020年1月2日", "2020-01-02"), ("20200102", "2020-01-02"),
        (20200102, "2020-01-02"), ("31.12.1998", "1998-12-31"), ("2.1.1998", "1998-01-02"),
        ("25/12/1998", "1998-12-25"), ("12/25/1998", "1998-12-25"), ("5/5/1998", "1998-05-05"),
        ("3/4/1998", Kept("3/4/1998")), (1_577_923_200_000, "2020-01-02"), ("00000000", None), ("1899-12-30", None),
        (datetime.datetime(2020, 1, 2, 3, 4), "2020-01-02"), ("9999-12-31 00:00:00", None),
    ],
)  # fmt: skip
def test_days(raw, value):
    assert date(raw) == value


@pytest.mark.parametrize(("reader", "raw"), [(date, "2020-02-30"), (date, "32.1.2020"), (year, "1620"), (year, "x")])
def test_days_and_years_that_there_are_not(reader, raw):
    with pytest.raises(ValueError, match=raw):
        reader(raw)


def test_whole_numbers():
    assert integer("3,0") == 3
    assert integer(-999) is None
    with pytest.raises(ValueError, match=r"3\.5"):
        integer(3.5)


@pytest.mark.parametrize(
    "raw",
    ["117°00'30.5\"", "117º0′30.5″E", "117:00:30.5", "117 0 30.5", "E117°00′30.5″", "117度0分30.5秒", "117d0m30.5s"],
)
def test_degrees_minutes_and_seconds(raw):
    assert coordinate(raw) == pytest.approx(117 + 30.5 / 3600, abs=1e-12)


def test_other_coordinates():
    assert coordinate("36°30'00\"S") == -36.5
    assert coordinate("510000,123") == 510000.123
    assert coordinate("4,057,000.5") == 4057000.5
    assert coordinate(5) == 5.0
    assert math.isnan(coordinate("here"))
    assert math.isnan(coordinate(None))


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        ([100, 300, 600], ""), ([0.3, 0.6, 1.0], "m"), ([4, 6, 8, 12, 16], "in"), ([0.75, 1, 1.5, 2], "in"),
        (["6", "8", "12"], "in"), ([25, 32, 50, 63], ""), ([300, 400, 8], ""), ([1.0, 0.5, 1.5], "m"), ([None, ""], ""),
        ([8, 300, 600], ""), (["DN100"], ""), ([20, 25, 32, 8.3], ""),
    ],
)  # fmt: skip
def test_the_unit_of_diameters(values, unit):
    assert diameter_unit(values) == unit
