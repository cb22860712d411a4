"""What a report says of how to mend a finding."""

from __future__ import annotations

from archspec.diagnostics import Diagnostic


def remedies(diagnostic: Diagnostic) -> list[tuple[str, str]]:
    """`help` and `fix`, each with its sentence; one of them where both say the same.

    The fix is the one that `archspec validate --fix` applies; one that it applies with `--unsafe-fixes` alone is called
    so.
    """
    help = diagnostic.help
    if not diagnostic.fixes:
        return [("help", help)] if help else []
    fix = diagnostic.fixes[0]
    word = "fix" if fix.is_safe else "unsafe fix"
    if help.startswith(fix.title):
        return [(word, help)]
    return [("help", help), (word, fix.title)] if help else [(word, fix.title)]
