import numpy as np
import pytest

from studio.plots.plot import log_ticks, plain


def numbers(low, high, room):
    return [plain(10**tick) for tick in log_ticks(np.log10(low), np.log10(high), room)]


@pytest.mark.parametrize(("low", "high", "room", "said"), [
    (0.01, 3, 0.3, ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"]),
    (0.01, 3, 0.4, ["0.01", "0.03", "0.1", "0.3", "1", "3"]),
    (0.01, 3, 0.04, ["0.01", "0.02", "0.03"]),
    (0.28, 2.4, 0.15, ["0.5", "1", "2"]),
    (0.01, 3, 0.9, ["0.01", "0.1", "1"]),
    (1e-6, 1e4, 2.5, ["0.000001", "0.001", "1", "1 k"]),
    (26, 98, 0.103, ["50", "75"]),
    (71, 98.5, 0.02, ["75", "80", "85", "90", "95"]),
    (0.211, 0.26, 0.015, ["0.22", "0.23", "0.24", "0.25", "0.26"]),
])
def test_that_a_logarithmic_axis_has_as_many_plain_numbers_as_have_room(low, high, room, said):
    assert numbers(low, high, room)[: len(said)] == said


@pytest.mark.parametrize("low", [1e-5, 0.02, 1.0, 26.0, 73.0, 900.0])
@pytest.mark.parametrize("span", [0.05, 0.4, 0.57, 0.99, 1.3, 2.6, 7.0])
@pytest.mark.parametrize("pixels", [60, 128, 180, 700])
def test_that_numbers_have_room_and_there_are_two_where_they_fit(low, span, pixels):
    begin = float(np.log10(low))
    ticks = log_ticks(begin, begin + span, room := 24 * span / pixels)
    assert all(begin <= tick <= begin + span for tick in ticks)
    assert all(np.diff(ticks) > room - 1e-9)
    assert len(ticks) > 1 or pixels == 60


@pytest.mark.parametrize(("number", "said"), [
    (1e-7, "1e-07"), (0.00002, "0.00002"), (0.30000000000000004, "0.3"), (90.0, "90"),
    (999.6, "1 k"), (20_000.0, "20 k"),
])
def test_that_a_number_is_plain(number, said):
    assert plain(number) == said
