"""What stands in the HTML of a report."""

import base64
import hashlib
import json
import re
from itertools import pairwise

from harness.datasets.verify import array_sha256

NASTY = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}${1}</style>]]><!--",
    "a\u2028b & <b>'bold'</b>",
]
MOST_BYTES = 3_000_000


def test_it_has_one_title_and_parts_in_order(whole):
    assert ("html", {"lang": "en"}) in whole.tags
    assert [tag for tag, _ in whole.tags].count("h1") == 1
    levels = [int(tag[1]) for tag, _ in whole.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and all(below - above <= 1 for above, below in pairwise(levels))
    assert "Do numpy and keras differ once they are trained? own, identical" in whole.texts


def test_names_are_unique_and_every_link_leads_somewhere(whole):
    ids = [attributes["id"] for _, attributes in whole.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for attributes in whole.all("a")]
    assert links and all(link[0] == "#" and link[1:] in ids for link in links)
    labelled = [attributes["aria-labelledby"] for _, attributes in whole.tags if "aria-labelledby" in attributes]
    assert set(labelled) <= set(ids)


def test_tables_have_captions_and_headings_and_pictures_are_described(whole):
    n_tables = len(whole.all("table"))
    assert n_tables > 8 and len(whole.all("caption")) == n_tables
    assert all(attributes.get("scope") in ("row", "col") for attributes in whole.all("th"))
    assert all("alt" in attributes for attributes in whole.all("img"))
    charts = [attributes for attributes in whole.all("div") if attributes.get("role") == "img"]
    assert len(charts) == 8 and all(len(attributes["aria-label"]) > 60 for attributes in charts)


def test_nothing_is_loaded(whole):
    for tag, attributes in whole.tags:
        for name in ("src", "href", "xlink:href", "data", "action", "poster", "srcset", "style", "background"):
            value = attributes.get(name) or ""
            assert value.startswith(("#", "data:image/png;base64,")) or not value, (tag, name, value)
        assert not any(name.startswith("on") for name in attributes)
    assert not any(tag in ("link", "iframe", "object", "embed", "base") for tag, _ in whole.tags)
    assert "url(" not in "".join(whole.styles) and "@import" not in "".join(whole.styles)


def test_the_policy_allows_the_scripts_and_styles_that_are_there_and_no_others(whole):
    (policy,) = [
        attributes["content"]
        for attributes in whole.all("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'" and rules["img-src"] == "data:" and "unsafe" not in policy
    code = [text for text, attributes in zip(whole.scripts, whole.all("script"), strict=True) if not attributes]
    for texts, rule in ((code, "script-src"), (whole.styles, "style-src")):
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        assert rules[rule].split() == [f"'sha256-{digest}'" for digest in digests]


def test_it_fits_into_a_mail(whole):
    assert len(whole.html.encode()) < MOST_BYTES


def test_without_javascript_every_chart_is_a_picture_with_its_numbers_in_tables(whole):
    assert "noscript" not in whole.html
    stills = re.findall(r'<div class="still"><svg[^>]*viewBox="0 0 \d+ \d+">', whole.html)
    assert len(stills) == whole.html.count('<figure class="chart"') == 8
    assert '<form class="switches" hidden' in whole.html and '<p class="readout small" hidden>' in whole.html
    for name in ("The numbers of every epoch", "F1 in numbers"):
        assert name in whole.texts
    assert "0.8180" in whole.texts  # the accuracy of a seed of numpy or keras, in the table of epochs


def test_what_a_browser_reads_is_json_without_addresses(whole):
    data = [
        json.loads(text)
        for text, attributes in zip(whole.scripts, whole.all("script"), strict=True)
        if attributes.get("type") == "application/json"
    ]
    assert len(data) == 9
    assert "http" not in json.dumps(data)


def test_everything_is_shown_of_a_whole_run(whole):
    for text in (
        "Only numpy is right: ",
        "Both models began with equal kernels",
        "Equal within",
        "same: after 10 steps no parameter differs by more than 1e-16",
        "Every setting on record was the same for all.",
        "Not in the time",
        "python -m harness.run --dataset fashion",
        "What was published",
    ):
        assert text in whole.text
    assert "cannot be shown" not in whole.text and "There is nothing to show" not in whole.text
    assert whole.html.count('alt="Test image') > 8 and whole.html.count('alt="kernel"') == 8


def test_texts_of_others_are_escaped_everywhere(tmp_path, write_run, report_of, own_dataset):
    folder = write_run(
        tmp_path / "run", models=NASTY, class_names=NASTY, dataset=NASTY[0], experiment=NASTY[1],
        published=[{"model": NASTY[0], "epoch": 2, "column": "test_accuracy", "value": 0.8}],
    )  # fmt: skip
    failures = [{"model": name, "seed": 0, "error": name} for name in NASTY]
    (folder / "failures.json").write_text(json.dumps(failures))
    (folder / "environment.json").write_text(json.dumps({"command": NASTY[0], NASTY[1]: {NASTY[2]: NASTY[3]}}))
    page = report_of(tmp_path / "report.html", folder, dataset=own_dataset, made_with=NASTY[0])
    plain = [text for text, attributes in zip(page.scripts, page.all("script"), strict=True) if not attributes]
    assert len(plain) == 2  # the library and our script
    assert not any("onerror" in attributes for _, attributes in page.tags)
    assert "49" not in page.text.split("{{ 7")[0][-20:] and "{{ 7 * 7 }}" in page.text
    assert "\u2028" not in page.html
    for attributes, text in zip(page.all("script"), page.scripts, strict=True):
        if attributes:
            assert "<" not in text and json.loads(text)
    styles = page.all("style")
    assert len(styles) == 1


def test_the_same_words_are_names_of_models_and_plain_text(tmp_path, write_run, report_of, quick):
    names = ["__proto__", "constructor", "model", "class", "007", "null"]
    page = report_of(tmp_path / "report.html", write_run(tmp_path / "run", models=names, class_names=names))
    for name in names:
        assert name in page.texts


def test_it_fits_with_large_pictures_many_classes_and_seeds(tmp_path, write_run, report_of, quick):
    folder = write_run(tmp_path / "run", seeds=range(30), n_epochs=40, class_names=[f"class {n}" for n in range(100)])
    page = report_of(tmp_path / "report.html", folder)
    assert len(page.html.encode()) < MOST_BYTES - 900_000  # which the library takes
    assert "With more than 20 classes there is no room for a matrix of them." in page.text
    assert "There are too many seeds to draw; the lines are their means." in page.text


def test_images_of_another_set_are_not_shown(tmp_path, write_run, report_of, own_dataset, quick):
    other = array_sha256(own_dataset.x_test[:5])
    folder = write_run(tmp_path / "run", sha256={"x_test": other})
    page = report_of(tmp_path / "report.html", folder, dataset=own_dataset)
    assert "holds other images than the run was scored on" in page.text and 'alt="Test image' not in page.html


def test_without_the_images_it_says_how_to_name_them(tmp_path, write_run, report_of, quick):
    page = report_of(tmp_path / "report.html", write_run(tmp_path / "run"))
    assert "The images cannot be shown. The images of own are not at hand" in page.text
    assert "neither is." in page.text


def test_the_mark_of_a_model_has_the_colour_of_its_curves(whole):
    marks = {mark["class"] for mark in whole.all("svg") if "swatch" in mark.get("class", "")}
    assert marks == {"swatch model-numpy", "swatch model-keras"}
    (style,) = whole.styles
    assert ".model-numpy { color: var(--model-numpy); }" in style and ".model-keras { color:" in style
