"""How two networks differ: which layers, what they cost, which keys of a checkpoint fit.

forms       what is equal, whatever its shapes and names
sequences   two lines of steps side by side
align       two graphs side by side, module by module
dataflow    whether two graphs compute the same with the same keys
facts       numbers of both networks
keys        what of a checkpoint of one the other would miss
rows        the alignment as lines, with equal copies folded
compare     all of it: a `Difference`
text, markdown, as_json, picture    how a `Difference` is shown
"""
