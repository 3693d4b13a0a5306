"""Liquibase's changeset checksum, version 9.

Liquibase 4.22 and later, 5.x included: the MD5 of a changeset's SQL without blanks, prefixed with the version,
then once more the MD5 over the list of its changes, of which formatted SQL has one
(`AbstractSQLChange.NormalizingStream` and `ChangeSet.generateCheckSum`).
"""

import hashlib
import unicodedata

VERSION = 9
_BLANKS = dict.fromkeys(map(ord, " \n\r\t"))


def checksum_of(sql: str) -> str:
    """The value of `databasechangelog.md5sum` for a changeset with this SQL."""
    change = f"{VERSION}:{_md5(sql.translate(_BLANKS))}"
    return f"{VERSION}:{_md5(unicodedata.normalize('NFC', change + ':'))}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
