"""The interactive page of a network, of one whose text is hostile, and of a spec with errors."""

from __future__ import annotations

import json
import re
from typing import Any

from archspec.backends.dot.broken import render_broken
from archspec.backends.page import write_page
from archspec.compiler import check, compile, target_of

HOSTILE = "</script><img src=x onerror=alert(1)><!--"


def page_of(spec: str) -> str:
    return write_page(compile(spec).graph).decode()


def data_of(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="network">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def hostile_spec() -> str:
    return f"""archspec: 1
name: '{HOSTILE}'
about: '{HOSTILE}'
input: [3, 8, 8]   # {HOSTILE}
body:
  conv1: {{conv: 4, kernel: 3, note: '{HOSTILE}'}}
"""


BROKEN = """archspec: 1
name: Broken
input: [3, 16, 16]
outputs: [nowhere]
body:
  a: {conv: 8, kernel: 3, padding: 1}
  b:
    repeat: 2
    residual:
      c: {conv: 8, kernel: 3, padding: 1}
  d:
    residual:
      e: {conv: 16, kernel: 3, padding: 1}
    shortcut: identity
    after: relu
  f: {conv: 4, kernal: 3}
"""


def broken_page(spec: str = BROKEN) -> str:
    checked = check(target_of(spec))
    assert checked.partial is not None
    page = render_broken(checked.partial, checked.diagnostics, "html", "blocks")
    assert isinstance(page, bytes)
    return page.decode()
