"""Serves the plugin to the Pulumi CLI."""

import sys

from pulumi.provider.experimental.server import main

from infra.provider import __version__
from infra.provider.served import ServedProvider

main(sys.argv[1:], __version__, ServedProvider())
