"""A real browser for the tests of pages: Debian's Chromium, without a window."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A running browser, driven by selenium."""
    webdriver = pytest.importorskip("selenium.webdriver")
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.fail("needs Debian's packages chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for switch in (*_SWITCHES, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield browser
    browser.quit()


class Window:
    """The browser's window, with what tests of pages need."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser

    def open(self, page: Path, width: int = 1400, height: int = 900) -> None:
        """Open a file in a window of a size in pixels."""
        self.browser.set_window_size(width, height)
        self.browser.get(page.resolve().as_uri())

    def find(self, selector: str) -> Any:
        """Return the element that a CSS selector finds first."""
        return self.browser.find_element("css selector", selector)

    def all(self, selector: str) -> list[Any]:
        """Return all elements that a CSS selector finds."""
        return list(self.browser.find_elements("css selector", selector))

    def actions(self) -> Any:
        """Return a new chain of movements of the mouse and presses of keys."""
        return pytest.importorskip("selenium.webdriver").ActionChains(self.browser)

    def script(self, text: str, *arguments: Any) -> Any:
        """Run JavaScript in the page."""
        return self.browser.execute_script(text, *arguments)

    def console(self) -> list[str]:
        """Return what the page has written to the console, errors of scripts above all."""
        return [entry["message"] for entry in self.browser.get_log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses, other than files and data within pages, that were asked for."""
        messages = [
            json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")
        ]
        addresses = [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]
        return [one for one in addresses if not one.startswith(("file:", "data:", "blob:"))]


@pytest.fixture
def window(chromium: Any) -> Iterator[Window]:
    """A window; the test fails if a page has complained or asked for anything on the network."""
    chromium.get("about:blank")
    chromium.get_log("browser")
    chromium.get_log("performance")
    window = Window(chromium)
    yield window
    assert window.console() == []
    assert window.requests() == []
