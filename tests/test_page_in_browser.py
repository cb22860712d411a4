"""The interactive page in a real browser: it folds, finds, links, and nothing on it overlaps.

The browser is Chromium, headless, driven by Playwright; without one of them these tests are skipped.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from written_pages import HOSTILE, broken_page, hostile_spec

from archspec.backends.page import write_page
from archspec.compiler import compile
from archspec.targets import shipped_networks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"there is no browser: none of {', '.join(names)} is on the PATH")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with api.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=found, args=["--disable-gpu", *(["--no-sandbox"] if root else [])]
        )
        yield browser
        browser.close()


Opener = Callable[..., "Page"]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Opens the page of a spec; afterwards nothing may have been requested or complained of."""
    complaints: list[str] = []
    contexts = []

    def open_page(spec: str, width: int = 1200, dark: bool = False, written: str = "") -> Page:
        file = tmp_path / "net.html"
        file.write_bytes(written.encode() or write_page(compile(spec).graph))
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: complaints.append(request.url) if request.url != file.as_uri() else None,
        )
        page.goto(file.as_uri())
        page.wait_for_selector("#rows tr")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def box(page: Page, label: str) -> str:
    """A selector of the diagram's item whose label begins so."""
    return f'#diagram [data-id][aria-label^="{label}"]'


def names(page: Page) -> list[str]:
    """The names in the table, from top to bottom."""
    return page.locator("#rows .name > span:nth-child(2)").all_inner_texts()


def test_it_starts_as_the_spec_folds(opened: Opener) -> None:
    page = opened("resnet18")
    assert page.locator("#diagram .badge").all_inner_texts() == ["× 2"]
    assert "0 … 1" in names(page)
    assert page.locator("#diagram .frame > .head > b").all_inner_texts()[:3] == ["layer1", "0", "layer2"]


def test_a_click_folds_and_unfolds_in_both_views(opened: Opener) -> None:
    page = opened("resnet50")
    before = len(names(page))
    layer = page.locator(box(page, "layer1,"))
    assert layer.get_attribute("aria-expanded") == "true"
    layer.locator(".fold").first.click()
    assert layer.get_attribute("aria-expanded") == "false"
    assert page.locator(box(page, "layer1,") + " [data-id]").count() == 0
    folded = names(page)
    assert len(folded) < before
    page.locator('#rows tr[aria-label^="layer1,"] .fold').click()
    assert layer.get_attribute("aria-expanded") == "true"
    assert len(names(page)) == before


def test_copies_unroll_and_roll_up(opened: Opener) -> None:
    page = opened("resnet50")
    stage = page.locator(box(page, "layer3,"))
    stage.locator(".badge").click()
    assert stage.locator(":scope > .rows > .frame, :scope > .rows > .box").count() == 6
    assert stage.locator(".badge").all_inner_texts() == [f"{copy} of 5" for copy in range(1, 6)]
    stage.locator(".badge").first.click()
    assert stage.locator(".badge").all_inner_texts() == ["× 5"]
    assert "1 … 5" in names(page)


def test_a_folded_row_goes_from_what_its_first_copy_sees_to_what_its_last_sees(opened: Opener) -> None:
    page = opened("resnet50")

    def sees(name: str) -> str:
        row = page.locator("#rows tr", has=page.get_by_text(name, exact=True)).first
        return row.locator("td").last.inner_text()

    assert sees("1 … 2") == "27 … 35"
    assert sees("layer1") == "35"
    page.locator(box(page, "1,")).first.focus()
    page.keyboard.press("c")
    assert (sees("1"), sees("2")) == ("27", "35")


def test_everything_folds_and_unfolds_again(opened: Opener) -> None:
    page = opened("resnet50")
    before = names(page)
    page.click("#fold-all")
    assert page.locator("#diagram .frame").count() == 0
    page.click("#start")
    assert names(page) == before


def test_pointing_at_a_box_shows_its_facts_its_row_and_its_lines(opened: Opener) -> None:
    page = opened("resnet50")
    page.hover(box(page, "conv1, conv 7×7"))
    facts = page.inner_text("#facts")
    assert "3 × 224 × 224 → 64 × 112 × 112" in facts
    assert "9,408" in facts
    assert "118,013,952" in facts
    assert "7 of the input, every 2" in facts
    assert page.get_attribute("#rows .active", "aria-label").startswith("conv1,")
    assert page.inner_text(".line.own") == "  conv1: {conv: 64, kernel: 7, stride: 2, padding: 3}"
    inner = page.locator(box(page, "conv2, conv 3×3, 64")).first
    inner.hover()
    assert "layer1: {use: $block" in page.inner_text(".line.caller")
    assert "conv2: {conv: $width" in page.inner_text(".line.own")


def test_a_line_of_the_spec_leads_to_its_layers_one_after_the_other(opened: Opener) -> None:
    page = opened("resnet50")
    line = page.locator("button.line", has_text="conv2: {conv: $width")
    seen = []
    for _ in range(3):
        line.click()
        page.mouse.move(1, 1)
        seen.append(page.inner_text("#facts h2").split()[0])
    assert seen == ["layer1.0.conv2", "layer1.1.conv2", "layer1.2.conv2"]
    assert page.locator("#diagram .pinned").is_visible()
    assert (
        "1 of 2" in page.locator("#diagram .badge").all_inner_texts()
    )  # the third block is a copy: shown now


def test_a_row_leads_to_its_box(opened: Opener) -> None:
    page = opened("resnet50")
    page.locator('#rows tr[aria-label^="fc,"]').click()
    pinned = page.locator("#diagram .pinned")
    assert pinned.inner_text() == "fc, 1000"
    pane = page.locator("#diagram-pane").bounding_box()
    at = pinned.bounding_box()
    assert pane
    assert at
    assert pane["y"] <= at["y"] <= pane["y"] + pane["height"]


@pytest.mark.parametrize(
    ("words", "first", "count"),
    [
        ("layer3.2.conv2", "layer3.2.conv2", 1),
        ("downsample", "layer1.0.downsample", 12),
        ("fc", "fc", 1),
        ("maxpool", "maxpool", 1),
        ("512x28x28 conv", "layer2.0.conv3", 5),
        ("512 × 28 × 28 conv3", "layer2.0.conv3", 4),
    ],
)
def test_search_finds_names_ops_and_shapes(opened: Opener, words: str, first: str, count: int) -> None:
    page = opened("resnet50")
    page.fill("#query", words)
    assert page.inner_text("#hits .count") == f"{count} found"
    page.press("#query", "Enter")
    assert page.inner_text("#facts h2").split()[0] == first
    assert page.locator("#diagram .pinned").count() == 1


def test_search_that_finds_nothing_says_so(opened: Opener) -> None:
    page = opened("lenet5")
    page.fill("#query", "transformer")
    assert page.inner_text("#hits") == "nothing found"
    page.press("#query", "Escape")
    assert page.locator("#hits").is_hidden()


def test_by_keyboard_alone(opened: Opener) -> None:
    page = opened("resnet50")

    def focused() -> str:
        return page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.id")

    page.keyboard.press("/")
    assert focused() == "Search by name, layer or shape"
    page.keyboard.type("layer1")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#query", "aria-activedescendant") == "hit-0"
    page.keyboard.press("Enter")
    assert focused().startswith("layer1, 3 × bottleneck")
    assert page.evaluate("document.activeElement.matches(':focus-visible')")
    page.keyboard.press("Enter")
    assert page.get_attribute(box(page, "layer1,"), "aria-expanded") == "false"
    page.keyboard.press("ArrowDown")
    assert focused().startswith("layer2,")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute(box(page, "layer1,"), "aria-expanded") == "true"
    page.keyboard.press("ArrowRight")
    assert focused().startswith("0, bottleneck")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert focused().startswith("layer1,")
    page.keyboard.press("End")
    assert focused().startswith("fc,")
    page.keyboard.press(" ")
    assert page.locator("#diagram .pinned[aria-selected=true]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#diagram .pinned").count() == 0
    page.keyboard.press("Home")
    assert focused().startswith("conv1,")
    page.focus("#theme")
    page.keyboard.press("Tab")
    assert focused().startswith("conv1,")  # one stop for the whole diagram
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#rows') !== null"):
            break
    else:
        pytest.fail("the table is not in the tab order")
    page.keyboard.press("ArrowDown")
    assert focused().startswith("bn1,")


def test_items_of_the_trees_say_what_they_are(opened: Opener) -> None:
    page = opened("googlenet")
    for selector in ("#diagram [role=treeitem]", "#rows [role=row]"):
        assert page.locator(selector).count() > 20
        assert page.locator(f"{selector}:not([aria-level])").count() == 0
        assert page.locator(f"{selector}:not([aria-label])").count() == 0
        assert page.locator(f"{selector}[tabindex='0']").count() == 1


def test_light_and_dark(opened: Opener) -> None:
    def paper(page: Page) -> str:
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    light, dark = opened("lenet5"), opened("lenet5", dark=True)
    assert (paper(light), paper(dark)) == ("rgb(255, 255, 255)", "rgb(13, 17, 23)")
    light.click("#theme")
    dark.click("#theme")
    assert (paper(light), paper(dark)) == ("rgb(13, 17, 23)", "rgb(255, 255, 255)")


def test_zoom(opened: Opener) -> None:
    page = opened("resnet50")

    def size() -> tuple[float, float]:
        at = page.locator("#diagram > .rows").bounding_box()
        assert at
        return at["width"], at["height"]

    before = size()
    page.click("#larger")
    assert size() > before
    page.click("#fit")
    pane = page.locator("#diagram-pane").bounding_box()
    assert pane
    assert size()[0] <= pane["width"]
    assert size()[1] <= pane["height"]


@pytest.mark.parametrize("name", ["resnet50", "googlenet", "unet"])
def test_usable_at_400_pixels(opened: Opener, name: str) -> None:
    page = opened(name, width=400)
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    for pane in ("#diagram-pane", "#facts", "#table-pane", "#listing", "#find", "#tools"):
        at = page.locator(pane).bounding_box()
        assert at
        assert at["x"] >= 0
        assert at["x"] + at["width"] <= 400
    page.fill("#query", "conv")
    assert page.evaluate("document.documentElement.scrollWidth") == 400


def test_hostile_text_stays_text(opened: Opener) -> None:
    page = opened(hostile_spec())
    assert page.inner_text("#title") == HOSTILE
    assert HOSTILE in page.inner_text("#facts")
    assert HOSTILE in page.inner_text("#listing")
    assert page.locator("img").count() == 0


def test_the_browser_enforces_the_policy(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "net.html"
    file.write_bytes(write_page(compile("lenet5").graph))
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.evaluate("fetch('https://example.org').then(() => 'sent', () => 'refused')") == "refused"
    assert (
        page.evaluate(
            "(() => { try { document.body.innerHTML = '<i>'; return 'read'; } catch { return 'refused'; } })()"
        )
        == "refused"
    )
    page.close()


def test_many_layers_are_shown_a_part_at_a_time(opened: Opener) -> None:
    page = opened(
        "archspec: 1\nname: Many\ninput: [4, 8, 8]\nbody:\n  loop:\n    for: i\n    in: $(range(3000))\n"
        "    do:\n      a$i: {conv: $(4 + i % 7), kernel: 1}\n"
    )
    assert page.locator("*").count() < 5000
    assert page.locator("#diagram .more").inner_text() == "2,900 more"
    page.fill("#query", "a2345 ")
    page.press("#query", "Enter")
    assert page.inner_text("#facts h2").split()[0] == "a2345"
    assert page.locator("#diagram .pinned").is_visible()
    assert page.locator("#rows .pinned").is_visible()


# What a program can see of its looks

_DEFECTS = """() => {
  const found = new Set();
  const at = (element) => element.getBoundingClientRect();
  for (const grid of document.querySelectorAll(".rows, .branch, .side")) {
    const parts = [...grid.querySelectorAll(
      ":scope > .box, :scope > .frame, :scope > .fan, :scope > .terminal, :scope > .sides > *")];
    parts.forEach((one, index) => parts.slice(index + 1).forEach((other) => {
      const [a, b] = [at(one), at(other)];
      if (a.left < b.right - 2 && b.left < a.right - 2 && a.top < b.bottom - 2 && b.top < a.bottom - 2) {
        found.add(`${one.innerText.slice(0, 30)} overlaps ${other.innerText.slice(0, 30)}`);
      }
    }));
  }
  for (const canvas of document.querySelectorAll("svg.arcs")) {
    const origin = at(canvas);
    const boxes = [...canvas.parentElement.querySelectorAll(".box, .terminal, .head > b")];
    for (const line of canvas.querySelectorAll("path")) {
      const length = line.getTotalLength();
      const steps = Math.max(8, Math.min(200, length / 6));
      for (let step = 0; step <= steps; step++) {
        const point = line.getPointAtLength((length * step) / steps);
        const [x, y] = [point.x + origin.left, point.y + origin.top];
        const hit = boxes.find((box) => {
          const { left, right, top, bottom } = at(box);
          return x > left + 3 && x < right - 3 && y > top + 3 && y < bottom - 3;
        });
        if (hit) found.add(`a line runs through ${hit.innerText.slice(0, 30)}`);
      }
    }
  }
  return [...found];
}"""


@pytest.mark.parametrize("name", ["resnet50", "googlenet", "unet", "densenet121", "dpn68"])
def test_nothing_overlaps_and_no_line_runs_through_a_box(opened: Opener, name: str) -> None:
    page = opened(name)
    page.wait_for_function("[...document.querySelectorAll('svg.arcs')].every((svg) => svg.firstChild)")
    assert page.evaluate(_DEFECTS) == []


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v3_small", "lenet5"])
def test_the_spine_is_straight(opened: Opener, name: str) -> None:
    page = opened(name)
    middles = page.evaluate("""[...document.querySelectorAll('#diagram .link')]
      .filter((link) => !link.closest('.branch, .side'))
      .map((link) => Math.round(link.getBoundingClientRect().left))""")
    assert len(middles) > 5
    assert max(middles) - min(middles) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", {network.file: network.name for network in shipped_networks()}.values())
def test_a_network_of_every_shipped_spec(opened: Opener, name: str) -> None:
    page = opened(name)
    page.wait_for_function("[...document.querySelectorAll('svg.arcs')].every((svg) => svg.firstChild)")
    assert page.evaluate(_DEFECTS) == []
    page.click("#fold-all")
    page.click("#start")


# A spec with errors


def test_a_problem_leads_to_its_layer_and_its_line(opened: Opener) -> None:
    page = opened("", written=broken_page())
    assert page.locator("#problems h2").inner_text() == "3 errors"
    page.locator("#problems button", has_text="E0301").click()
    assert page.locator("#rows tr.pinned .name").inner_text().strip() == "add"
    assert page.locator("#diagram .box.fault .faulty").first.inner_text() == "16 × 16 × 16 and 8 × 16 × 16"
    assert page.locator("#diagram .arcs .line.fault").count() == 1
    assert page.locator("#diagram .link.fault").count() == 2  # into the sum with its ReLU, and into `f`
    assert "the two sides" in page.locator("#facts").inner_text()
    page.locator("#problems button", has_text="E0405").click()
    assert page.locator("#rows tr.pinned").count() == 0
    assert page.locator("#listing .own").first.get_attribute("data-line") == "4"


def test_what_runs_into_a_faulty_join_or_branch_is_red(opened: Opener) -> None:
    spec = """\
archspec: 1
name: two faults
input: [3, 32, 32]
body:
  c: {conv: 64, kernel: 3, padding: 1}
  m:
    concat:
      a: {conv: 16, kernel: 1}
      b: {conv: 16, kernel: 3, stride: 2, padding: 1}
      d: {conv: 16, kernel: 99}
  p: gap
"""
    page = opened("", written=broken_page(spec))
    red = "(elements) => elements.map((element) => element.classList.contains('fault'))"
    assert page.eval_on_selector_all("#diagram .branch > .tail", red) == [True, True, True]
    assert page.eval_on_selector_all("#diagram .branch > .link", red) == [False, False, True]
    assert page.locator("#diagram .link.fault").count() == 1


def test_the_problems_fit_a_narrow_window(opened: Opener) -> None:
    page = opened("", width=400, dark=True, written=broken_page())
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.locator("#problems li").count() == 3


def test_a_sound_page_shows_no_problems(opened: Opener) -> None:
    assert not opened("lenet5").locator("#problems").is_visible()
