"""Reports in headless Chromium: `apt-get install chromium chromium-driver`. Pictures of them are left to be looked at.

They lie in the folder that the environment variable `SCREENSHOTS` names, or in pytest's temporary one.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import time
from importlib.resources import files
from pathlib import Path

import pytest

webdriver = pytest.importorskip("selenium.webdriver", reason="pip install -r requirements-dev.txt")
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

BROWSER, DRIVER = (shutil.which(name) for name in ("chromium", "chromedriver"))
if not (BROWSER and DRIVER):
    pytest.skip("Chromium or its driver is not installed", allow_module_level=True)

DESKTOP, PHONE, SMALL_PHONE = 1280, 390, 320
PAPER_WIDTH = 688  # A4 within its margins
PATIENCE = 60  # seconds, on a machine that trains meanwhile
ATTACK = '<img src=x onerror="window.hacked=1">'
PAPER = {"paperWidth": 8.27, "paperHeight": 11.69}  # A4, in inches


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """The folder for pictures."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def browser():
    """A browser without a window, which writes down what it prints and what it loads."""
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    flags = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run"]
    for flag in flags + (["--no-sandbox"] if os.geteuid() == 0 else []):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_page_load_timeout(PATIENCE)
    yield driver
    driver.quit()


@pytest.fixture
def show(browser):
    """A function that opens a file, as a reader with a width and a scheme of colours does, and waits for its charts."""

    def show(path, width=DESKTOP, scheme="light", javascript=True):
        for log in ("browser", "performance"):
            browser.get_log(log)
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not javascript})
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        set_media(browser, scheme)
        browser.get(path.as_uri())
        if javascript:
            wait_for(lambda: browser.execute_script("return 'ready' in document.documentElement.dataset"))
        return browser

    yield show
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    set_media(browser, "light")


def set_media(browser, scheme, media=""):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def wait_for(is_so):
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "the page was not ready in time"
        time.sleep(0.05)


def requests(browser):
    """Return the addresses that a page asked for."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [message["params"] for message in messages if message["method"] == "Network.requestWillBeSent"]
    return {params["request"]["url"].split(",")[0] for params in sent}


def take_picture(browser, path):
    """Write a picture of the whole page."""
    width, height = browser.execute_script(
        "const page = document.documentElement; return [page.clientWidth, page.scrollHeight]"
    )
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    answer = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
    path.write_bytes(base64.b64decode(answer["data"]))


def marks(browser, chart):
    """Return how many points a chart has."""
    return browser.execute_script(
        "return document.querySelectorAll(`#${arguments[0]} .live .mark-symbol path[d]`).length", chart
    )


def cells(browser):
    """Return the texts of all matrices."""
    return browser.execute_script("return [...document.querySelectorAll('.matrix tbody td')].map((c) => c.textContent)")


def click(browser, name, value):
    browser.execute_script("document.querySelector(arguments[0]).click()", f'input[name="{name}"][value="{value}"]')


def backgrounds(browser):
    return browser.execute_script(
        "const style = getComputedStyle(document.body); return [style.backgroundColor, style.color]"
    )


@pytest.mark.parametrize(
    ("width", "scheme"), [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (SMALL_PHONE, "dark")]
)
def test_it_is_drawn_without_a_word_or_a_request_and_fits(show, whole, whole_folder, pictures, width, scheme):
    path = whole_folder / "report.html"
    browser = show(path, width, scheme)
    assert browser.get_log("browser") == []
    assert requests(browser) == {path.as_uri(), "data:image/png;base64"}
    n_charts, n_drawn, n_stills = browser.execute_script(
        "return ['.chart', '.drawn svg', '.still'].map((which) => document.querySelectorAll(which).length)"
    )
    assert n_charts == n_drawn == 8 and n_stills == 0
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    background, color = backgrounds(browser)
    expected = (
        ("rgb(255, 255, 255)", "rgb(26, 30, 35)") if scheme == "light" else ("rgb(20, 23, 26)", "rgb(231, 234, 237)")
    )
    assert (background, color) == expected
    take_picture(browser, pictures / f"report-{width}-{scheme}.png")


def test_charts_are_as_wide_as_their_place(show, whole, whole_folder):
    for width in (DESKTOP, PHONE):
        browser = show(whole_folder / "report.html", width)
        places = browser.execute_script(
            "return [...document.querySelectorAll('.drawn')].map((live) =>"
            " [live.clientWidth, live.querySelector('svg').getBoundingClientRect().width])"
        )
        assert all(place - 3 <= drawn <= place + 1 for place, drawn in places), places


def test_a_model_that_is_switched_off_vanishes_from_charts_and_matrices(show, whole, whole_folder):
    browser = show(whole_folder / "report.html")
    before = {chart: marks(browser, f"c1-{chart}") for chart in ("loss", "seeds", "times", "f1", "macro-f1")}
    click(browser, "model", "keras")
    wait_for(lambda: marks(browser, "c1-loss") < before["loss"])
    wait_for(lambda: marks(browser, "c1-times") < before["times"])
    shown = browser.execute_script(
        "return [...document.querySelectorAll('.matrix')].map((figure) => figure.checkVisibility())"
    )
    assert shown == [True, False, False]
    assert "show what is switched on" in browser.find_element(By.CSS_SELECTOR, ".off").text
    click(browser, "model", "keras")
    wait_for(lambda: {chart: marks(browser, f"c1-{chart}") for chart in before} == before)
    assert browser.find_element(By.CSS_SELECTOR, ".off").text == ""
    assert browser.get_log("browser") == []


def test_seeds_that_are_switched_off_are_in_no_mean_and_no_matrix(show, whole, whole_folder):
    browser = show(whole_folder / "report.html")
    before, n_points = cells(browser), marks(browser, "c1-accuracy")
    # The browser adds the counts up as Python did: nothing moves when the page has loaded.
    assert before == re.findall(r'<td class="(?:s\d|more|less|)">([^<]*)</td>', whole.html)
    for seed in range(1, 12):
        click(browser, "seed", seed)
    wait_for(lambda: marks(browser, "c1-accuracy") < n_points)
    after = cells(browser)
    assert after != before and len(after) == len(before)
    click(browser, "seed", 0)
    wait_for(lambda: marks(browser, "c1-accuracy") == 1)  # the published value
    assert set(cells(browser)) == {"·"}
    click(browser, "seed", 0)
    for seed in range(1, 12):
        click(browser, "seed", seed)
    wait_for(lambda: marks(browser, "c1-accuracy") == n_points)
    assert cells(browser) == before
    assert browser.get_log("browser") == []


def test_pointing_at_a_point_tells_its_value(show, whole, whole_folder):
    browser = show(whole_folder / "report.html")
    # Those of means lie above the line; one of them is pointed at.
    point = browser.find_element(By.CSS_SELECTOR, "#c1-macro-f1 .live .mark-symbol path")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", point)
    ActionChains(browser).move_to_element(point).perform()
    wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, "#vg-tooltip-element.visible"))
    told = browser.find_element(By.ID, "vg-tooltip-element").text
    assert "model" in told and "epoch" in told and ("numpy" in told or "keras" in told)
    style = browser.execute_script("return getComputedStyle(document.getElementById('vg-tooltip-element')).position")
    assert style == "fixed"


def test_pointing_at_a_cell_tells_its_counts(show, whole, whole_folder):
    browser = show(whole_folder / "report.html")
    cell = browser.find_element(By.CSS_SELECTOR, ".matrix tbody tr:nth-child(1) td:nth-child(3)")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", cell)
    ActionChains(browser).move_to_element(cell).perform()
    readout = browser.find_element(By.CSS_SELECTOR, ".readout")
    wait_for(lambda: readout.text.startswith("Coat taken for Bag: numpy "))
    assert "of 600; keras " in readout.text  # 50 images of the class, twelve seeds


def test_names_of_others_run_nowhere(show, tmp_path, write_run, report_of, own_dataset):
    names = [ATTACK, "</script><script>window.hacked=2</script>"]
    folder = write_run(tmp_path / "run", models=names, class_names=[ATTACK, *names, "b"], dataset=ATTACK, seeds=(0, 1))
    report_of(tmp_path / "report.html", folder, dataset=own_dataset)
    browser = show(tmp_path / "report.html")
    point = browser.find_element(By.CSS_SELECTOR, "#c1-loss .live .mark-symbol path")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", point)
    ActionChains(browser).move_to_element(point).perform()
    wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, "#vg-tooltip-element.visible"))
    assert "<" in browser.find_element(By.ID, "vg-tooltip-element").text
    assert browser.execute_script("return window.hacked") is None
    assert browser.get_log("browser") == []


def test_the_policy_stops_a_script_that_slipped_in(show, whole, whole_folder):
    browser = show(whole_folder / "report.html")
    browser.execute_script(
        "const script = document.createElement('script'); script.textContent = 'window.hacked = 3';"
        "document.body.append(script); document.body.insertAdjacentHTML('beforeend', arguments[0])",
        ATTACK.replace("src=x", "src='file:///x.png'"),
    )
    time.sleep(0.2)
    assert browser.execute_script("return window.hacked") is None
    assert all("Content Security Policy" in entry["message"] for entry in browser.get_log("browser"))


def test_without_javascript_the_pictures_and_tables_are_there(show, whole, whole_folder, pictures):
    browser = show(whole_folder / "report.html", javascript=False)
    document = browser.execute_cdp_cmd("DOM.getDocument", {})["root"]["nodeId"]

    def box(selector):
        node = browser.execute_cdp_cmd("DOM.querySelector", {"nodeId": document, "selector": selector})["nodeId"]
        return browser.execute_cdp_cmd("DOM.getBoxModel", {"nodeId": node})["model"]

    assert box("#c1-loss .still svg")["width"] > 250 and box(".matrix table")["height"] > 100
    with pytest.raises(Exception, match="box model"):
        box(".switches")
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    take_picture(browser, pictures / "report-without-javascript.png")


def test_on_paper_nothing_is_cut_and_nothing_is_dark(show, whole, whole_folder):
    browser = show(whole_folder / "report.html", PAPER_WIDTH, scheme="dark")
    set_media(browser, "dark", media="print")
    assert backgrounds(browser) == ["rgb(255, 255, 255)", "rgb(26, 30, 35)"]
    edges, switches = browser.execute_script(
        "return [[...document.querySelectorAll('svg, img, table')].filter((e) => e.checkVisibility())"
        ".map((e) => e.getBoundingClientRect().right), document.querySelector('.switches').checkVisibility()]"
    )
    assert max(edges) <= PAPER_WIDTH + 1 and not switches
    set_media(browser, "light")


def test_the_printed_report_is_two_pages_with_its_charts(show, tmp_path, write_run, report_of, own_dataset, pictures):
    report_of(tmp_path / "report.html", write_run(tmp_path / "run", seeds=(0,), n_epochs=3), dataset=own_dataset)
    browser = show(tmp_path / "report.html")
    printed = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", PAPER)["data"])
    path = pictures / "report.pdf"
    path.write_bytes(printed)
    assert printed.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
        for words in ("cross-entropy, lower is better", "seconds of training for an epoch", "On a screen this report"):
            assert words in text
        assert "The numbers of every epoch" not in text and "sha256" not in text


def test_the_first_screen_has_question_answer_numbers_and_learning_curves(show, whole, whole_folder):
    tops = "return ['h1', '.verdict', '.figures', '#c1-loss svg'].map((which) => document.querySelector(which))"
    for width, height in ((DESKTOP, 800), (PHONE, 844)):
        browser = show(whole_folder / "report.html", width)
        boxes = browser.execute_script(
            f"{tops}.map((e) => [e.getBoundingClientRect().top, e.getBoundingClientRect().bottom])"
        )
        assert boxes == sorted(boxes) and boxes[-1][0] < height - 40
        assert width == PHONE or boxes[-1][1] <= height


@pytest.mark.parametrize(("width", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_axe_finds_nothing_that_keeps_anybody_out(show, whole, whole_folder, width, scheme):
    axe = pytest.importorskip("axe_core_python", reason="pip install -r requirements-dev.txt")
    browser = show(whole_folder / "report.html", width, scheme)
    browser.execute_script((files(axe) / "axe.min.js").read_text())
    found = browser.execute_async_script(
        "const done = arguments[0]; axe.run().then(({violations}) => done(violations));"
    )
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []


def test_it_can_be_used_with_the_keyboard(show, whole, whole_folder):
    browser = show(whole_folder / "report.html")

    def press(key):
        ActionChains(browser).send_keys(key).perform()
        return browser.switch_to.active_element

    assert press(Keys.TAB).text == "Skip to the report"
    focused = press(Keys.TAB)
    assert (focused.get_attribute("name"), focused.get_attribute("value")) == ("model", "numpy")
    press(Keys.SPACE)
    wait_for(lambda: "show what is switched on" in browser.find_element(By.CSS_SELECTOR, ".off").text)
    outline = browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    links = [press(Keys.TAB) for _ in range(20)]
    (learning,) = [link for link in links if link.text == "Learning"]
    assert learning.get_attribute("href").endswith("#c1-learning")


def test_motion_is_reduced_for_those_who_ask(show, whole, whole_folder):
    browser = show(whole_folder / "report.html")
    for value, expected in (("no-preference", "smooth"), ("reduce", "auto")):
        features = [{"name": "prefers-reduced-motion", "value": value}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        behavior = browser.execute_script("return getComputedStyle(document.documentElement).scrollBehavior")
        assert behavior == expected
