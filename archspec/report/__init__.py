"""Diagnostics → what people and programs read: `text`, `as_json`, `sarif`, `github`.

`snippet` draws the lines of the file with what is said of them, `visible` escapes what a terminal would act on,
`remedies` says how to mend it, in `help` and `fix`.
"""
