"""The dashboard serves all runs on loopback; a real browser shows exactly them, with the values of metrics.csv."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webelement import WebElement

from resnet_lab.cli import main
from resnet_lab.runs import Run, find_runs

CHECKOUT = Path(__file__).parents[2]
SCREENSHOTS = CHECKOUT / "build" / "screenshots"
TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0"
ARMS = ("plain34", "resnet34")
# What stands on the page, within the shadow trees of its elements too; and the elements of a name.
VISIBLE_TEXT = """
const out = [];
const walk = node => {
  if (node.nodeType === 3 && node.textContent.trim()) out.push(node.textContent.trim());
  if (['STYLE', 'SCRIPT', 'TEMPLATE', 'NOSCRIPT'].includes(node.tagName)) return;
  if (node.shadowRoot) node.shadowRoot.childNodes.forEach(walk);
  node.childNodes.forEach(walk);
};
walk(document.body);
return out;
"""
ELEMENTS = """
const out = [];
const walk = node => {
  if (node.tagName === arguments[0]) out.push(node);
  if (node.shadowRoot) node.shadowRoot.childNodes.forEach(walk);
  node.childNodes.forEach(walk);
};
walk(document.body);
return out;
"""


@contextmanager
def serving(logs: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start the command over ``logs`` and give its address."""
    process = subprocess.Popen(
        [Path(sys.executable).with_name("resnet-lab"), "dashboard", "--logs", str(logs), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        # A job in the background of a shell inherits a Ctrl-C that is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stdout is not None
        shown = re.search(r"at (http://127\.0\.0\.1:\d+/) \(Ctrl-C to stop\)", process.stdout.readline())
        assert shown is not None
        yield shown[1], process
    finally:
        process.kill()
        process.communicate(timeout=60)


@pytest.mark.slow
def test_it_serves_both_arms_on_loopback_until_ctrl_c(runs):
    with serving(runs["plain34"].path.parents[1]) as (address, process):
        served: list[str] = []
        deadline = time.monotonic() + 60
        while len(served) < len(runs) and time.monotonic() < deadline:  # it reads the events while it serves
            time.sleep(0.2)
            with urllib.request.urlopen(address + "data/runs", timeout=30) as answer:
                served = json.load(answer)
        assert sorted(served) == ["plain34/version_0", "resnet34/version_0"]
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=30) == 0


class Page:
    """One browser on one dashboard."""

    def __init__(self, browser: webdriver.Chrome, address: str) -> None:
        self.browser = browser
        self.address = address

    def open(self, place: str) -> None:
        self.browser.get("about:blank")  # else only the part behind the # would change
        self.browser.get(self.address + place)

    def text_once(self, ready: Callable[[str], bool], name: str) -> str:
        """Wait until the text of the page is as it should be, keep a picture of it, and return the text."""
        deadline = time.monotonic() + 60
        text = ""
        while time.monotonic() < deadline and not ready(text):
            time.sleep(0.3)
            text = " | ".join(self.browser.execute_script(VISIBLE_TEXT))
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.browser.save_screenshot(str(SCREENSHOTS / f"{name}.png"))
        assert ready(text), text
        return text

    def element(self, tag: str, index: int, holding: str = "") -> WebElement:
        """Return an element of a kind, once it is there."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = [e for e in self.browser.execute_script(ELEMENTS, tag) if holding in e.get_attribute("textContent")]
            if len(found) > index:
                return found[index]
            time.sleep(0.3)
        raise AssertionError(f"there is no {tag} {index}")

    def point_at(self, element: WebElement) -> None:
        """Move the mouse to the middle of an element."""
        ActionChains(self.browser).move_to_element(element).perform()


@pytest.fixture(scope="module")
def runs(cell_folder, tmp_path_factory) -> dict[str, Run]:
    """Both arms, three epochs each, tested."""
    root = tmp_path_factory.mktemp("dashboard")
    for arm in ARMS:
        options = f"--config {arm}.yaml --name {arm} --data.root {cell_folder} {TINY} --trainer.default_root_dir {root}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RESNET_LAB_FIGURES", "true")
            assert main(f"fit {options} --trainer.max_epochs 3".split()) == 0
        assert main(f"test {options}".split()) == 0
    return {arm: find_runs(root / "lightning_logs", arm)[0] for arm in ARMS}


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    assert chromium, "the browser test needs chromium: apt-get install chromium chromium-driver"
    assert driver, "the browser test needs chromedriver: apt-get install chromium chromium-driver"
    options = ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1500,1300"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=Service(driver))
    browser.set_script_timeout(120)  # a page with fifty runs, on a busy machine
    try:
        yield browser
    finally:
        browser.quit()


@pytest.fixture(scope="module")
def page(browser, runs) -> Iterator[Page]:
    with serving(runs["plain34"].path.parents[1]) as (address, _):
        yield Page(browser, address)


def fresh_clone(folder: Path) -> Path:
    """Return the logs of a clone of this repository."""
    for name in subprocess.check_output(["git", "ls-files", "lightning_logs"], cwd=CHECKOUT, text=True).splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, folder / name)
    return folder / "lightning_logs"


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 50])
def test_a_fresh_clone_shows_exactly_the_users_own_runs_selected(browser, runs, tmp_path, number):
    logs = fresh_clone(tmp_path)
    own = {f"{ARMS[k % 2]}/version_{k // 2}" for k in range(number)}
    for name in own:
        (logs / name).mkdir(parents=True)
        for events in runs[Path(name).parts[0]].path.glob("events.out.tfevents.*[0-9]"):
            shutil.copy(events, logs / name)  # without the figures, which make fifty runs slow
    with serving(logs) as (address, _):
        page = Page(browser, address)
        page.open("")  # the address that the command prints
        page.text_once(lambda text: text.count(f"Matches ({2 * number})") == 2, f"own-{number}-first")
        boxes = page.element("TF-MULTI-CHECKBOX", 0)
        assert set(browser.execute_script("return arguments[0].names", boxes)) == own
        assert set(browser.execute_script("return arguments[0].outSelected", boxes)) == own
        assert browser.execute_script("return location.hash").startswith("#custom_scalars")
        charts = browser.execute_script(ELEMENTS, "TF-CUSTOM-SCALAR-MULTI-LINE-CHART-CARD")
        curves = [set(browser.execute_script("return Object.keys(arguments[0]._nameToDataSeries)", c)) for c in charts]
        assert curves == [
            {f"{split}/{figure} ({name})" for split in ("train", "val") for name in own}
            for figure in ("accuracy", "loss")
        ]
        page.open("#timeseries")
        first = ("Pinned", "val | /accuracy", "train | /accuracy", "val | /loss", "train | /loss", "diagnostics")
        text = page.text_once(lambda text: all(title in text for title in first), f"own-{number}-time-series")
        assert sorted(first, key=text.index) == list(first)
        checked = "return [...document.querySelectorAll('runs-data-table input[type=checkbox]')].map(b => b.checked)"
        assert browser.execute_script(checked) == [True] * (number + 1)  # the first is that of all


@pytest.mark.slow
def test_train_and_validation_are_told_apart_by_color_name_and_marker(page, runs):
    page.open("")
    page.text_once(lambda text: text.count("Matches (4)") == 2, "colors")
    shown = {}
    for entry in page.browser.execute_script(ELEMENTS, "DIV"):
        if "match-list-entry" in (entry.get_attribute("class") or ""):
            marker, curve = entry.get_attribute("textContent").split(maxsplit=1)
            shown[curve.strip()] = (entry.value_of_css_property("color"), marker)
    assert set(shown) == {
        f"{split}/{figure} ({arm}/version_0)"
        for split in ("train", "val")
        for figure in ("accuracy", "loss")
        for arm in ARMS
    }
    for figure in ("accuracy", "loss"):
        curves = {curve: look for curve, look in shown.items() if figure in curve}
        assert len({color for color, _ in curves.values()}) == 4
        for split in ("train", "val"):
            assert len({marker for curve, (_, marker) in curves.items() if curve.startswith(split)}) == 1
        assert len({marker for _, marker in curves.values()}) == 2


@pytest.mark.slow
def test_nothing_is_smoothed_and_no_outlier_is_hidden_at_first(page):
    for place in ("#custom_scalars", "#scalars"):
        page.open(place)
        page.text_once(lambda text: "Ignore outliers" in text, f"settings-{place[1:]}")
        smoothing = page.element("TF-SMOOTHING-INPUT", 0)
        assert float(page.browser.execute_script("return arguments[0].weight", smoothing)) == 0
        box = page.element("PAPER-CHECKBOX", 0, holding="Ignore outliers")
        assert not page.browser.execute_script("return arguments[0].checked", box)


@pytest.mark.slow
def test_time_series_show_the_last_values_of_both_arms(page, runs):
    page.open("?tagFilter=val&smoothing=0#timeseries")
    rows = [
        f"{arm}/version_0 | {run.metrics()[-1][tag]:.4g} | 3"
        for tag in ("val/accuracy", "val/loss")
        for arm, run in runs.items()
    ]
    page.text_once(lambda text: all(row in text for row in rows), "time-series")


@pytest.mark.slow
@pytest.mark.parametrize(("chart", "figure"), [(0, "accuracy"), (1, "loss")])
def test_custom_scalars_show_train_and_val_of_both_arms_in_one_chart(page, runs, chart, figure):
    page.open("#custom_scalars&_smoothingWeight=0")
    page.point_at(page.element("VZ-LINE-CHART2", chart))  # its middle is epoch 2 of 3
    rows = []
    for arm, run in runs.items():
        for split in ("train", "val"):
            value = f"{run.metrics()[1][f'{split}/{figure}']:.4g}"
            rows.append(f"{split}/{figure} ({arm}/version_0) | {value} | {value} | 2")  # smoothed, value, step
    page.text_once(lambda text: all(row in text for row in rows), f"custom-scalars-{figure}")


@pytest.mark.slow
def test_hparams_have_a_row_a_run_with_its_recipe_and_final_metrics(page, runs):
    page.open("#hparams")
    rows = []
    for arm, run in runs.items():
        last, test = run.metrics()[-1], run.test_metrics()["best"]
        figures = (
            test["accuracy"],
            *(last[tag] for tag in ("val/accuracy", "val/loss", "train/accuracy", "train/loss")),
        )
        shown = " | ".join(f"{value:#.5g}" for value in figures)
        network = {"plain34": "Plain-20", "resnet34": "ResNet-20"}[arm]
        rows.append(f"{arm}/version_0 | {network} | standard | 8.0000 | none | 32.000 | {shown}")
    text = page.text_once(lambda text: all(row in text for row in rows), "hparams")
    assert "Number of matching session groups: 2" in text


@pytest.mark.slow
def test_images_show_samples_and_confusion_matrix_of_both_arms(page, runs):
    page.open("?tagFilter=val/(samples|confusion)#timeseries")
    cards = [
        f"/{picture} | {arm}/version_0 | Step {run.status().best_epoch}"
        for picture in ("samples", "confusion_matrix")
        for arm, run in runs.items()
    ]
    page.text_once(lambda text: all(card in text for card in cards), "images")


def test_a_missing_folder_is_named(capsys):
    assert main(["dashboard", "--logs", "nowhere"]) == 2
    assert (
        "There is no folder nowhere; run resnet-lab fit first, or name another with --logs." in capsys.readouterr().err
    )
