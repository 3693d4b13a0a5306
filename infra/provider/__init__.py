"""The Pulumi plugin `aqstream`: the resource types that the registry's providers do not have."""

__version__ = "0.1.0"
