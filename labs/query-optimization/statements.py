"""The SQL that runs is the SQL that readers see: one statement per file in sql/."""

from functools import cache
from pathlib import Path

SQL = Path(__file__).with_name("sql")


@cache
def statement(name):
    """Text of sql/<name>, its first line the comment that names the file."""
    return (SQL / name).read_text("utf-8").rstrip()
