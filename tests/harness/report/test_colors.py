"""Contrast of the page's colours, in light and in dark, as WCAG 2 measures it."""

import re
from importlib import resources

import pytest

TEXT, GRAPHIC = 4.5, 3.0  # level AA


def colors_of(block):
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def schemes():
    style = (resources.files("harness.report") / "page" / "style.css").read_text()
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    return {"light": colors_of(light), "dark": colors_of(light) | colors_of(dark)}


def luminance(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


PAIRS = [
    *[(text, ground, TEXT) for text in ("ink", "ink-soft", "link", "right", "wrong") for ground in ("paper", "wash")],
    *[("ink", ground, TEXT) for ground in ("warn", "more", "less", *(f"shade-{n}" for n in range(6)))],
    *[("on-dark-shade", f"shade-{n}", TEXT) for n in (6, 7, 8)],
    *[(mark, "paper", GRAPHIC) for mark in ("focus", "warn-line", "axis")],
    *[(f"model-{name}", "paper", GRAPHIC) for name in ("numpy", "keras", 1, 2, 3, 4, 5)],
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_contrast(scheme, front, ground, least):
    colors = schemes()[scheme]
    assert contrast(colors[front], colors[ground]) >= least


def test_dark_changes_every_colour_that_light_has():
    light, dark = (colors for colors in schemes().values())
    assert [name for name in light if light[name] == dark[name]] == []


def test_the_two_models_differ_on_gray_paper():
    light = schemes()["light"]
    assert contrast(light["model-numpy"], light["model-keras"]) > 1.5
