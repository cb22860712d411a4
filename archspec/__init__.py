"""archspec: a network as YAML, checked and compiled to PyTorch.

What a program uses:

    import archspec
    model = archspec.build("resnet50", classes=10)   # an nn.Module
    net = archspec.compile("net.yaml")               # shapes and costs, without torch
    archspec.validate("net.yaml")                    # a list of diagnostics
"""

from archspec.backends.weights import WeightsError
from archspec.compiler import Network, SpecError, build, compile, validate
from archspec.diagnostics import Diagnostic
from archspec.files import CannotRun

__all__ = ["CannotRun", "Diagnostic", "Network", "SpecError", "WeightsError", "build", "compile", "validate"]
__version__ = "0.1.0"
