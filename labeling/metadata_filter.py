"""The `$filter` language over image metadata: `key eq 'value'`, ne, and, or, parentheses."""

import re

from django.db.models import Q, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from portal.errors import Refusal

FILTER_CHARACTERS = 4096
_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<mark>[()])|(?P<word>[^\s()']+))")
_Token = tuple[str, str]


def parse_filter(text: str) -> Q:
    """A condition on images. `and` binds stronger than `or`; a quote inside a value is doubled.

    Raises Refusal `BadRequest`, naming what was not understood.
    """
    if len(text) > FILTER_CHARACTERS:
        raise Refusal("BadRequest", f"A filter has at most {FILTER_CHARACTERS} characters.")
    parser = _Parser(_tokens(text))
    condition = parser.either()
    if parser.token is not None:
        raise _not_understood(parser.token[1])
    return condition


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _not_understood(text[position:])
        tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    @property
    def token(self) -> _Token | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def either(self) -> Q:
        condition = self._both()
        while self._take_word("or"):
            condition |= self._both()
        return condition

    def _both(self) -> Q:
        condition = self._one()
        while self._take_word("and"):
            condition &= self._one()
        return condition

    def _one(self) -> Q:
        if self.token == ("mark", "("):
            self._depth += 1
            if self._depth > 20:
                raise Refusal("BadRequest", "The filter has too many parentheses.")
            self._next()
            condition = self.either()
            if self.token != ("mark", ")"):
                raise _not_understood("a missing closing parenthesis")
            self._next()
            self._depth -= 1
            return condition
        key, operator, value = self._next(), self._next(), self._next()
        if key[0] == "mark" or operator[1].lower() not in ("eq", "ne") or value[0] != "text":
            raise _not_understood(f"{key[1]} {operator[1]} {value[1]}")
        return _comparison(_plain(key), operator[1].lower() == "eq", _plain(value))

    def _next(self) -> _Token:
        token = self.token
        if token is None:
            raise _not_understood("its end")
        self._position += 1
        return token

    def _take_word(self, word: str) -> bool:
        if self.token is None or self.token[0] != "word" or self.token[1].lower() != word:
            return False
        self._position += 1
        return True


def _plain(token: _Token) -> str:
    return token[1][1:-1].replace("''", "'") if token[0] == "text" else token[1]


def _comparison(key: str, is_equal: bool, value: str) -> Q:
    # An image without the key counts as having no value: `ne` finds it.
    stored = Coalesce(KeyTextTransform(key, "metadata"), Value(""), output_field=TextField())
    has_value = Q(Exact(stored, Value(value)))
    return has_value if is_equal else ~has_value


def _not_understood(what: str) -> Refusal:
    return Refusal("BadRequest", f"$filter: not understood: {what[:100]}. It is key eq 'value', ne, and, or.")
