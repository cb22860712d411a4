"""What archspec costs, measured beside its peers: `python -m benchmarks`.

__main__   the command
rows/      the rows of the table, one file per subject; each measures and says what it found
measure    one sample of a cost; interleaved rounds of samples
findings   what was found: samples, ratios, their intervals, the verdict
processes  the CPU time and the memory of a process; `launch` is the program that starts it
synthetic  specs of any size
flat       ResNet-152 as a flat list, with a bare loop over it, and as NNEF text
networks/  the networks by hand
peers      other tools, where they are installed
machine    what it ran on
table      findings → text, JSON and the README's tables
plots      findings → pictures
"""
