"""Generated specs, with PyTorch and an interpreter of the language as judges; single faults; arbitrary input."""
