"""The operations of Custom Vision's two clients, as `operations.txt` has them."""

import re
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("operations.txt")


@dataclass(frozen=True)
class Operation:
    """One operation as the clients know it; `required` are those of the query's names that must be there."""

    name: str
    client: str
    method: str
    path: str
    statuses: frozenset[int]
    answer: str
    body: str
    query: frozenset[str]
    required: frozenset[str]


def _read() -> dict[str, Operation]:
    operations: dict[str, Operation] = {}
    client = base = ""
    for line in TABLE.read_text().splitlines():
        columns = re.split(r"  +", line.strip())
        if len(columns) == 1:
            if line and not line.startswith("#"):
                client, base = line.split()
            continue
        name, method, path, statuses, answer, body, query = ("" if part == "-" else part for part in columns)
        words = query.split()
        operations[name] = Operation(
            name=name,
            client=client,
            method=method,
            path=base + path.replace("~", "/projects/{projectId}"),
            statuses=frozenset(int(status) for status in statuses.split()),
            answer=answer,
            body=body,
            query=frozenset(word.rstrip("*") for word in words),
            required=frozenset(word.rstrip("*") for word in words if word.endswith("*")),
        )
    return operations


OPERATIONS = _read()
