"""How two networks differ: which layers, what they cost, which keys of a checkpoint fit.

forms       what is equal, whatever its shapes and names
sequences   two lines of steps side by side
align       two graphs side by side, module by module
dataflow    whether two graphs compute the same with the same keys
facts       numbers of both networks
keys        what of a checkpoint of one the other would miss
changes     what differs between two steps that belong together
rows        the alignment as rows, with equal copies folded
lines       the rows in words, for every way to show them
compare     all of it: a `Difference`
text, markdown, as_json, picture    how a `Difference` is shown
marking     what the alignment says of each step, for the picture
drawing     one of the two networks, as the picture shows it
"""
