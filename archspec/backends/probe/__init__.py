"""Probes of networks at initialisation: their facts, as tables and as a plot. The measuring is `torch/probe.py`."""
