"""Where in the program a resource was made.

The SDK reads the lines of every file on the stack for each resource, an eighth of a preview. The state keeps the
nearest position alone, so that is all that is looked up here, by the SDK's own way of finding it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import FrameSummary
from types import FrameType

from pulumi.runtime import resource as sdk
from pulumi.runtime.proto import source_pb2

_CONSTRUCTORS = 3
"""Resource, CustomResource or ComponentResource, and the resource's own class."""


@contextmanager
def nearest_positions() -> Iterator[None]:
    """While it lasts, the SDK sends one frame of the program for each resource."""
    whole = sdk._get_stack_trace
    sdk._get_stack_trace = _nearest
    try:
        yield
    finally:
        sdk._get_stack_trace = whole


def _nearest() -> source_pb2.StackTrace:
    frame = _maker(sys._getframe(1))
    if frame is None:
        return source_pb2.StackTrace()
    summary = FrameSummary(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name, lookup_line=False)
    return source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=sdk._get_source_position_for_frame(summary))])


def _maker(frame: FrameType | None) -> FrameType | None:
    """Whoever called the outermost constructor of a resource."""
    seen = 0
    while frame is not None and seen < _CONSTRUCTORS:
        seen += frame.f_code.co_name == "__init__"
        frame = frame.f_back
    return frame
