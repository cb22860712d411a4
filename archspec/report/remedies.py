"""What a report says of how to mend a finding."""

from __future__ import annotations

from archspec.diagnostics import Diagnostic


def remedies(diagnostic: Diagnostic) -> list[tuple[str, str]]:
    """`help` and `fix`, each with its sentence; one of them where both say the same.

    The fix is the one that `archspec validate --fix` applies.
    """
    help = diagnostic.help
    if not diagnostic.fixes:
        return [("help", help)] if help else []
    title = diagnostic.fixes[0].title
    if help.startswith(title):
        return [("fix", help)]
    return [("help", help), ("fix", title)] if help else [("fix", title)]
