"""The `$filter` language over image metadata: `key eq 'value'`, ne, and, or, parentheses.

    condition  = all { "or" all }
    all        = one { "and" one }
    one        = "(" condition ")" | key ("eq" | "ne") 'value'
    key        = a word, or text in single quotes

`and` binds stronger than `or`; a quote inside quoted text is doubled; words count in any case, keys and values do not.
"""

import re
from dataclasses import dataclass

from django.db.models import Q

from labeling.models import MetadataPair
from portal.errors import Refusal
from portal.models import Project

FILTER_CHARACTERS = 4096
DEEPEST = 20
SHOWN_CHARACTERS = 40
_TOKEN = re.compile(r"(?P<text>'(?:[^']|'')*')|(?P<open>\()|(?P<close>\))|(?P<word>[^\s()']+)|(?P<unclosed>'.*)", re.S)
_OPERATORS = ("eq", "ne")


@dataclass(frozen=True)
class _Token:
    """A piece of the filter; `position` is that of its first character, from 1."""

    kind: str
    text: str
    position: int

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.lower() in words


def parse_filter(text: str, project: Project) -> Q:
    """A condition on the project's images.

    Raises Refusal `BadRequest`, naming the position that was not understood and what may stand there.
    """
    if len(text) > FILTER_CHARACTERS:
        raise Refusal("BadRequest", f"$filter: a filter has at most {FILTER_CHARACTERS} characters.")
    if "\0" in text:
        raise _refusal(text.index("\0") + 1, "no text holds this character")
    parser = _Parser(_tokens(text), project)
    condition = parser.either()
    if parser.token.kind != "end":
        raise _unexpected(parser.token, "and, or, or the end")
    return condition


def _tokens(text: str) -> list[_Token]:
    tokens = [_Token(match.lastgroup or "", match[0], match.start() + 1) for match in _TOKEN.finditer(text)]
    for token in tokens:
        if token.kind == "unclosed":
            raise _refusal(token.position, "this quote is not closed; inside a value a quote is doubled")
    return [*tokens, _Token("end", "", len(text.rstrip()) + 1)]


class _Parser:
    """Recursive descent: one method a rule of the grammar."""

    def __init__(self, tokens: list[_Token], project: Project) -> None:
        self._tokens = tokens
        self._project = project
        self._next = 0
        self._depth = 0

    @property
    def token(self) -> _Token:
        return self._tokens[self._next]

    def either(self) -> Q:
        condition = self._all()
        while self.token.is_word("or"):
            self._take()
            condition |= self._all()
        return condition

    def _all(self) -> Q:
        condition = self._one()
        while self.token.is_word("and"):
            self._take()
            condition &= self._one()
        return condition

    def _one(self) -> Q:
        return self._group() if self.token.kind == "open" else self._comparison()

    def _group(self) -> Q:
        opening = self._take()
        self._depth += 1
        if self._depth > DEEPEST:
            raise _refusal(opening.position, f"parentheses go {DEEPEST} deep at most")
        condition = self.either()
        if self.token.kind != "close":
            raise _unexpected(self.token, f"the ) of the ( at position {opening.position}")
        self._take()
        self._depth -= 1
        return condition

    def _comparison(self) -> Q:
        key = self._take_kind(("word", "text"), "a key or (")
        if not self.token.is_word(*_OPERATORS):
            raise _unexpected(self.token, f"eq or ne after {_shown(key.text)}")
        operator = self._take()
        value = self._take_kind(("text",), "a value in single quotes")
        pairs = MetadataPair.objects.filter(project=self._project, key=_plain(key), value=_plain(value))
        # An image without the key has another value than any: `ne` finds it.
        has_value = Q(pk__in=pairs.values("image_id"))
        return has_value if operator.is_word("eq") else ~has_value

    def _take_kind(self, kinds: tuple[str, ...], wanted: str) -> _Token:
        if self.token.kind not in kinds:
            raise _unexpected(self.token, wanted)
        return self._take()

    def _take(self) -> _Token:
        token = self.token
        self._next += 1
        return token


def _plain(token: _Token) -> str:
    return token.text[1:-1].replace("''", "'") if token.kind == "text" else token.text


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


def _unexpected(token: _Token, wanted: str) -> Refusal:
    found = _shown(token.text) if token.kind != "end" else "the end"
    return _refusal(token.position, f"expected {wanted}, found {found}")


def _refusal(position: int, what: str) -> Refusal:
    grammar = "It is key eq 'value' or key ne 'value', joined by and, or and parentheses."
    return Refusal("BadRequest", f"$filter, position {position}: {what}. {grammar}")
