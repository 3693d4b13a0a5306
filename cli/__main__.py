"""`python -m cli`: the command line. Ctrl-C while it is loaded ends it as it ends any program, without a traceback."""

import signal


def _start() -> None:
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # else whoever started it wants it to be ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from cli.main import main  # noqa: PLC0415 takes the time that is meant

    signal.signal(signal.SIGINT, handler)
    main()


if __name__ == "__main__":
    _start()
