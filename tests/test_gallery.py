"""The gallery shows every shipped network as it is now."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec import gallery
from archspec.gallery import Exhibit, exhibits, main, page, renew, stale
from archspec.targets import Shipped

PAGE = Path(__file__).parents[1] / "docs" / "gallery.md"


def test_the_gallery_is_current() -> None:
    """`python -m archspec.gallery docs/gallery.md` renews it."""
    assert not list(stale(PAGE, exhibits()))


def test_every_shipped_network_has_a_picture_and_its_numbers() -> None:
    shown = exhibits()
    text = page(shown[:3])
    for one in shown[:3]:
        assert f"](gallery/{one.shipped.name}.svg)" in text
        assert f"| {one.network.params:,} |" in text
    assert len({one.picture for one in shown}) == len(shown)


def test_what_is_stale_is_named_and_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "gallery.md"
    one = Exhibit(Shipped("lenet5", "lenet5.yaml", "", "LeCun"))
    picture = tmp_path / "gallery" / "lenet5.svg"
    assert list(renew(path, [one])) == [path, picture]
    assert not list(stale(path, [one]))
    picture.write_bytes(picture.read_bytes().replace(b'data-archspec="', b'data-archspec="0'))
    (tmp_path / "gallery" / "gone.svg").write_text("<svg/>", "utf-8")
    assert [file.name for file in stale(path, [one])] == ["lenet5.svg", "gone.svg"]
    monkeypatch.setattr(gallery, "exhibits", lambda: (one,))
    assert main([str(path), "--check"]) == 1
    assert main([str(path)]) == 0
    assert main([str(path), "--check"]) == 0
