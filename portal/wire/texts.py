"""Characters that no text here may hold."""

from typing import Any

from portal.errors import Refusal


def check_text(text: str) -> None:
    """Raises Refusal `BadRequest` for NUL, which PostgreSQL keeps in no text, and for halves of characters."""
    if "\0" in text:
        raise Refusal("BadRequest", "A text holds the character NUL: leave it out.")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Refusal("BadRequest", "A text holds half of a character: send whole ones.") from None


def check_texts(value: Any) -> None:
    """The same for every text in a JSON value, names of fields among them."""
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, list):
        for each in value:
            check_texts(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            check_text(name)
            check_texts(each)
