"""Make the screenshots of pages: `python -m docs.make_screenshots`, with chromium and selenium."""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from selenium import webdriver

from tests.browser.test_graph_page import traced_page

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SIZE = (1400, 900)  # pixels
COLOURS = 128


def graph_page(folder: Path) -> Path:
    """Write the page of a net for MNIST, with short paths of files in it; return its path."""
    path = folder / "graph.html"
    traced_page(path)
    text = path.read_text(encoding="utf-8").replace(f"{ROOT}/tests/browser/", "")
    path.write_text(text, encoding="utf-8")
    return path


def screenshot(page: Path, script: str) -> bytes:
    """Return a picture, a PNG file, of a page after a script has run in it."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for switch in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(switch)
    browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        browser.set_window_size(*SIZE)
        browser.get(page.as_uri())
        browser.execute_script(script)
        return browser.get_screenshot_as_png()
    finally:
        browser.quit()


def click(name: str, part: str) -> str:
    """Return a script that clicks on a part of an item."""
    return (
        f"document.querySelector('[data-name=\"{name}\"] {part}').dispatchEvent("
        "new MouseEvent('click', {bubbles: true, detail: 1}));"
    )


def main(folder: Path = IMAGES) -> None:
    """Write the screenshots."""
    with tempfile.TemporaryDirectory() as scratch:
        script = (
            click("convolution2", ".handle")
            + click("loss", ".title")
            + "document.getElementById('fit').click()"
        )
        picture = screenshot(graph_page(Path(scratch)), script)
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").quantize(COLOURS).save(folder / "interactive_graph.png", optimize=True)


if __name__ == "__main__":
    main()
