"""What several commands share: their options, compiling what is named, delivering what was made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from archspec.console import SPEC_ERRORS, put, say, show_diagnostics
from archspec.files import CannotRun
from archspec.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archspec.compiler import Checked, Network
    from archspec.diagnostics import Diagnostic
    from archspec.ir import Constant

LIMITS: Final = Limits()

File = Annotated[str, typer.Argument(metavar="FILE", help="a path, PATH:VARIANT, a shipped network, or -")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Set a parameter of the network; may be repeated."),
]
MaxOps = Annotated[int, typer.Option(min=1, metavar="NUMBER", help="The most ops a network may have.")]
MaxParameters = Annotated[
    int, typer.Option(min=1, metavar="NUMBER", help="The most parameters a network may have.")
]
MaxDepth = Annotated[
    int, typer.Option(min=1, max=100, metavar="NUMBER", help="The most modules inside modules.")
]
MAX_SEED: Final = 2**64 - 1
"""The largest that `torch.manual_seed` takes."""

Force = Annotated[bool, typer.Option("--force", help="Overwrite the output.")]


def settings_of(texts: Sequence[str] | None) -> dict[str, Constant]:
    if not texts:
        return {}
    from archspec.settings import read_settings

    return read_settings(texts)


def compiled(
    file: str,
    settings: Mapping[str, Constant],
    limits: Limits,
    on_errors: Callable[[Checked], None] | None = None,
    show: Callable[[Sequence[Diagnostic]], None] = show_diagnostics,
) -> Network:
    """The network of `file`, its warnings shown; ends the command where it has errors, after `on_errors`."""
    from archspec.compiler import Network, check
    from archspec.targets import locate

    checked = check(locate(file), settings=settings, limits=limits)
    show(checked.diagnostics)
    if checked.graph is None or checked.costs is None:
        if on_errors is not None:
            on_errors(checked)
        raise typer.Exit(SPEC_ERRORS)
    if checked.chosen:
        from archspec.backends.wording import open_sizes_text

        names = " ".join(f"--set {name}=…" for name in checked.chosen)
        say(f"note: compiled for {open_sizes_text(checked.graph)}; choose with {names}")
    return Network(checked.graph, checked.costs, checked.diagnostics)


def drawn_format(output: str, formats: Sequence[str], *, force: bool) -> str:
    """The format that the name of an output asks for. Raises `CannotRun` where it is none of `formats`, or the file
    cannot be written: before the work, so that none is done in vain.
    """
    from archspec.output import check_free

    format = Path(output).suffix.removeprefix(".").lower()
    if format not in formats:
        endings = " or ".join(f".{known}" for known in formats)
        raise CannotRun(f"cannot write `{output}`: a picture is a file that ends in {endings}")
    check_free(Path(output), force=force)
    return format


def deliver(data: bytes, output: str, *, force: bool) -> None:
    """Write to a file and say so, or to stdout."""
    if output == "-":
        put(data)
        return
    from archspec.output import write

    write(Path(output), data, force=force)
    say(f"wrote {output}")
