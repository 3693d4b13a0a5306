"""Which data a Redis server has: that of the folder on its volume.

The folder is told by its inode and the time of its birth, which outlive restarts and new containers and go with the
volume. Redis's replication id is a new one after every restart, and Docker before 23.0 dates a volume by its last
change (https://github.com/moby/moby/pull/44719).
"""

ASK = ("stat", "--format=%i %.9W", "/data")
"""What prints it, in the server's container."""


def identity(printed: str) -> str:
    """`884754 1795918369.547695848`; empty where the file system keeps no time of birth."""
    inode, _, born = printed.strip().partition(" ")
    return f"{inode} {born}" if born.strip("-0.") else ""
