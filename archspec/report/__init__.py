"""Diagnostics → what people and programs read: `text`, `as_json`, `sarif`, `github`."""
