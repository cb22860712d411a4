"""What a spec may call a thing.

A child's name becomes an attribute of an `nn.Module` and a part of `state_dict` keys, so it must be an
identifier, and must not be something every module already has: `setattr(module, "forward", layer)` succeeds
in silence.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from typing import Final

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_DIGITS = re.compile(r"(0|[1-9][0-9]*)\Z")
_HYPHENATED = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")

MODIFIERS = ("repeat", "first", "last", "as", "from", "if", "share", "init", "expect", "note")
STRUCTURES = ("seq", "residual", "concat", "add", "multiply", "for", "use")
FACTS = ("params", "trainable_params", "buffers", "macs", "output")
"""What `expect` may state."""
RESERVED = frozenset((*MODIFIERS, "use", "input"))

_MODULE_ATTRIBUTES = """
T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches
eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict
modules mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook
register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu zero_grad
"""
MODULE_ATTRIBUTES = frozenset(_MODULE_ATTRIBUTES.split())
"""The public attributes of `torch.nn.Module` (a test compares them with PyTorch's own)."""

MAX_NAME: Final = 128
"""The characters of a name. It is written out for every copy, and in the path of everything below it."""


def objection(name: str, *, hyphens: bool = False) -> str | None:
    """Why `name` cannot name a child, or None. `hyphens`: an `nn.Sequential` holds it, where a hyphen is
    harmless.
    """
    if len(name) > MAX_NAME:
        return f"it is longer than {MAX_NAME} characters"
    if _DIGITS.match(name):
        return None
    if not (_HYPHENATED if hyphens else _IDENTIFIER).match(name):
        if "." in name:
            return "a dot separates the parts of a path"
        if "-" in name and _HYPHENATED.match(name):
            return "a hyphen may stand only where an `nn.Sequential` holds the child"
        return "a name is a letter followed by letters, digits and underscores"
    if keyword.iskeyword(name):
        return "it is a Python keyword"
    if name in MODULE_ATTRIBUTES:
        return f"every `nn.Module` already has `{name}`"
    if name in RESERVED:
        return f"`{name}` is a word of the language"
    return None


_LOOKALIKES = str.maketrans("АВЕКМНОРСТХаеорсухіѕј", "ABEKMHOPCTXaeopcyxisj")
"""Cyrillic letters that look as Latin ones do."""


def in_latin(name: str) -> str:
    """A name with the letters that its own look like: full-width and Cyrillic ones as Latin ones. Empty where that is
    no name, or nothing is different.
    """
    if name.isascii() or len(name) > MAX_NAME:
        return ""
    latin = unicodedata.normalize("NFKC", name).translate(_LOOKALIKES)
    return latin if latin != name and objection(latin) is None else ""


def suggestion(name: str) -> str:
    """A name close to `name` to which there is no objection; empty where none comes to mind."""
    if not name.isascii() or len(name) > MAX_NAME:
        return ""
    near = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
    return next((other for other in (near, f"{near}_") if other != name and objection(other) is None), "")


def renaming(name: str) -> str:
    """What to do about a name to which there is an objection."""
    if len(name) > MAX_NAME:
        return "choose a shorter name"
    if latin := in_latin(name):
        odd = next(letter for letter in name if not letter.isascii())
        return (
            f"write `{latin}`: the `{odd}` is a {unicodedata.name(odd, 'letter of another script').lower()}"
        )
    other = suggestion(name)
    return f"choose another name, such as `{other}`" if other else "choose another name"


def folded(name: str) -> str:
    """Names that fold to the same text are too alike to stand side by side."""
    return unicodedata.normalize("NFKC", name).casefold()
