"""Serves the plugin to the Pulumi CLI."""

import sys

from pulumi.provider.experimental.server import main

from infra.provider import __version__
from infra.provider.plugin import AqstreamProvider

main(sys.argv[1:], __version__, AqstreamProvider())
