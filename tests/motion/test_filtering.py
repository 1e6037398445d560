"""Filtering: no lag, gaps stay gaps, uneven times are allowed for."""

import numpy as np
import pytest

from cricksy_lib.motion.filtering import derivative, lowpass, runs


def test_a_slow_wave_keeps_its_phase_and_size():
    time = np.arange(120) / 60
    wave = np.sin(2 * np.pi * 1.5 * time)
    np.testing.assert_allclose(lowpass(time, wave, 8.0)[15:-15], wave[15:-15], atol=0.01)


def test_fast_noise_is_taken_out():
    time = np.arange(240) / 120
    noise = np.sin(2 * np.pi * 40 * time)
    assert np.abs(lowpass(time, noise, 8.0)[20:-20]).max() < 0.02


def test_a_gap_stays_a_gap_and_does_not_spread():
    time = np.arange(60) / 60
    wave = np.cos(time)
    wave[20:26] = np.nan
    out = lowpass(time, wave, 8.0)
    np.testing.assert_array_equal(np.isnan(out), np.isnan(wave))


def test_uneven_times_give_the_same_curve_as_even_ones():
    rng = np.random.default_rng(1)
    even = np.arange(180) / 60
    uneven = np.sort(even + rng.uniform(-0.006, 0.006, even.size))
    for time in (even, uneven):
        wave = np.sin(2 * np.pi * 1.0 * time)
        np.testing.assert_allclose(lowpass(time, wave, 8.0)[20:-20], wave[20:-20], atol=0.02)


def test_a_cutoff_above_what_the_clip_can_show_is_lowered():
    time = np.arange(60) / 15
    assert np.isfinite(lowpass(time, np.sin(time), 14.0)).all()


@pytest.mark.parametrize("count", [0, 1, 3, 5])
def test_runs_too_short_to_filter_come_back_unchanged(count):
    values = np.arange(count, dtype=float)
    np.testing.assert_array_equal(lowpass(np.arange(count) / 60, values, 8.0), values)


def test_runs_are_the_contiguous_stretches():
    present = np.array([True, True, False, True])
    assert list(runs(present)) == [slice(0, 2), slice(3, 4)]


def test_derivative_uses_the_true_times():
    time = np.array([0.0, 0.1, 0.3, 0.4])
    np.testing.assert_allclose(derivative(time, 3 * time), 3.0)
