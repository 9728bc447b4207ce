"""The tables of `docs/errors.md`, and the codes that the source sends."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs" / "errors.md"
APPS = ("portal", "labeling", "training", "inference")
CODE = re.compile(r"(BadRequest|Unauthorized|Forbidden|NotFound|Conflict|UnsupportedMediaType|Error)[A-Za-z]*")
# Starts of codes by which the HTTP status is chosen, not codes.
STATUS_TABLE = Path("portal/errors.py")


@dataclass(frozen=True)
class Row:
    """A row of a table: its first cell, its second, and the heading that it stands under."""

    name: str
    second: str
    heading: str


def rows() -> list[Row]:
    """Every row whose first cell is one word in backticks."""
    found, heading = [], ""
    for line in DOCUMENT.read_text().splitlines():
        if line.startswith("## "):
            heading = line[3:]
        if match := re.match(r"\| `(\w+)` \| ([^|]+) \|", line):
            found.append(Row(match[1], match[2].strip(), heading))
    return found


def sent_by_the_source() -> set[str]:
    """Codes that are raised or answered, and statuses of images: every such word but in lists that declare them."""
    found = set()
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if path.relative_to(ROOT) != STATUS_TABLE and "migrations" not in path.parts:
                found |= set(_sent(ast.parse(path.read_text())))
    return found


def _sent(tree: ast.AST) -> Iterator[str]:
    for parent in ast.walk(tree):
        if isinstance(parent, ast.List | ast.Set | ast.Compare):
            continue
        for child in ast.iter_child_nodes(parent):
            if _is_code(child) and not (isinstance(parent, ast.Tuple) and not _is_code_with_words(parent)):
                yield child.value  # type: ignore[attr-defined]


def _is_code_with_words(pair: ast.Tuple) -> bool:
    """A code beside its message: the arguments of a refusal."""
    return len(pair.elts) == 2 and _is_code(pair.elts[0]) and not _is_code(pair.elts[1])


def _is_code(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(CODE.fullmatch(node.value))


OF_THE_API = {row.name: row for row in rows() if row.heading == "Codes"}
OF_PAGES = {row.name: row for row in rows() if row.heading == "Said to people alone"}
OF_IMAGES = {row.name: row for row in rows() if row.heading == "Images of a batch"}
# What a message has to have beside the cause: what to do, or what would have been right.
MEND = re.compile(
    r"\b(add|ask|check|choose|copy|correct|crop|delete|draw|export|leave|lists?|make|name|pass|prints?|publish|put"
    r"|says?|send|shorten|sign|signed in|tag more|take|train|try|type|unpublish|use|wait|load)\b|, not |nothing to",
    re.IGNORECASE,
)
