"""JSON Schema of the language (draft 2020-12), for editors: they complete and check a spec while it is written.

In: the registry of ops, the standard blocks, the document's model. Out: one schema, the same on every run.
Holds: every valid spec is valid here. The reverse does not hold: shapes, names and required arguments (`defaults` may
give those) are the compiler's business. So are calls of blocks: a spec may define its own under any name, a standard
block's too. A node with a key that may be a block's parameter (`norm`, `dropout` …) is checked only where all of its
keys are the op's.

A `$…` may stand wherever a value may.
"""

from archspec.editor.schema import editor_schema

__all__ = ["editor_schema"]
