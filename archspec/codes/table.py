"""What a diagnostic code is."""

from __future__ import annotations

from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of mistake.

    `title` is the fact in one clause, `explanation` why it is a mistake and what to do. `wrong` and `right`
    are complete small specs, the second being the first after mending; where no spec can show the mistake
    they are command lines or descriptions of files.
    """

    code: str
    title: str
    explanation: str
    wrong: str
    right: str

    @property
    def has_specs(self) -> bool:
        """Whether `wrong` and `right` are specs that can be compiled."""
        return self.wrong.startswith(_HEAD)

    @property
    def text(self) -> str:
        """What the code means and an example, for a terminal."""
        from textwrap import fill, indent

        wrong, right = (indent(example.rstrip("\n"), "    ") for example in (self.wrong, self.right))
        return f"{fill(self.explanation, 96)}\n\nwrong:\n\n{wrong}\n\nright:\n\n{right}\n"

    @property
    def markdown(self) -> str:
        """The same for a page."""
        from textwrap import fill

        language = "yaml" if self.has_specs else "text"
        wrong, right = (f"```{language}\n{example.rstrip()}\n```" for example in (self.wrong, self.right))
        return f"{fill(self.explanation, 120)}\n\nWrong:\n\n{wrong}\n\nRight:\n\n{right}\n"


_HEAD = "archspec: 1\nname: Example\n"


def spec(text: str) -> str:
    """A complete spec: `text` below the two lines with which every spec begins. Its first line says how far it is
    indented.
    """
    text = text.lstrip("\n")
    margin = len(text) - len(text.lstrip(" "))
    return _HEAD + text[margin:].replace("\n" + " " * margin, "\n")
