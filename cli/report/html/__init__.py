"""The verification as one HTML file that needs nothing else: no script from elsewhere, no font, no request."""

from cli.report.html.page import render

__all__ = ["render"]
