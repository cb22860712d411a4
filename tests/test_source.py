"""Offsets and lines: every message stands or falls with them."""

from hypothesis import given
from hypothesis import strategies as st

from archspec.source import Source, Span


def test_positions_count_from_one():
    source = Source("net.yaml", "a: 1\nbc: 2\n")
    assert source.position(0) == (1, 1)
    assert source.position(4) == (1, 5)  # the line end belongs to its line
    assert source.position(5) == (2, 1)
    assert source.position(len(source.text)) == (3, 1)


def test_lines_come_without_their_ends():
    source = Source("net.yaml", "a\r\nb\n\nc")
    assert [source.line(number) for number in range(6)] == ["", "a", "b", "", "c", ""]


def test_a_span_prints_as_a_place():
    span = Span(Source("net.yaml", "a: 1\nbc: 2\n"), 5, 7)
    assert (str(span), span.text) == ("net.yaml:2:1", "bc")
    assert (span.line, span.column, span.end_line, span.end_column) == (2, 1, 2, 3)


@given(st.text(alphabet="ab\n\r漢", max_size=60))
def test_position_and_line_start_are_inverse(text):
    source = Source("net.yaml", text)
    for offset in range(len(text) + 1):
        line, column = source.position(offset)
        assert source.line_start(line) + column - 1 == offset
        assert text[:offset].count("\n") == line - 1
