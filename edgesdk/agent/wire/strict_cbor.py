"""The shape of a CBOR item, looked at before anything is made of it."""

from __future__ import annotations

DEEPEST = 16  # levels, the outermost map included
MOST_ITEMS = 65_536  # of a frame, keys counted too
_LOWEST, _HIGHEST = -(1 << 63), (1 << 64) - 1  # of integers
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _LIST, _MAP, _TAG, _SIMPLE = range(8)  # major types
_ARGUMENT = {24: 1, 25: 2, 26: 4, 27: 8}  # bytes of the argument that follows the first byte
_FALSE, _TRUE, _NULL = 20, 21, 22


class WrongShape(ValueError):
    """Why the bytes are not one map by the rules."""


def check_map(data: bytes) -> None:
    """Raise ``WrongShape`` unless the bytes are one map with text keys, by the wire's rules."""
    if not data or data[0] >> 5 != _MAP:
        raise WrongShape("it is no map")
    walk = _Walk(data)
    walk.item(DEEPEST)
    if walk.at != len(data):
        raise WrongShape(f"{len(data) - walk.at} bytes follow the map")


class _Walk:
    """A place in the bytes, and how many items were seen. Recursion is as deep as ``DEEPEST``."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0
        self._items = 0

    def item(self, levels: int) -> None:
        major, argument = self._head()
        if major in (_BYTES, _TEXT):
            self._skip(argument)
        elif major in (_LIST, _MAP):
            if levels == 0:
                raise WrongShape(f"it has more than {DEEPEST} levels")
            self._members(argument, levels - 1, is_map=major == _MAP)
        elif major == _NEGATIVE and -1 - argument < _LOWEST:
            raise WrongShape("an integer of more than 64 bits")
        elif major == _TAG:
            raise WrongShape("a tag")

    def _members(self, count: int, levels: int, *, is_map: bool) -> None:
        keys: set[bytes] = set()
        for _ in range(self._counted(count)):
            if is_map:
                keys.add(self._key())
            self.item(levels)
        if is_map and len(keys) != count:
            raise WrongShape("a key is given twice")

    def _counted(self, count: int) -> int:
        if count > MOST_ITEMS:  # else a range of as many would be walked until the bytes end
            raise WrongShape(f"it has more than {MOST_ITEMS} items")
        return count

    def _key(self) -> bytes:
        major, length = self._head()
        if major != _TEXT:
            raise WrongShape("a key that is no text")
        return self._take(length)

    def _head(self) -> tuple[int, int]:
        """Major type and argument of the next item; of a simple value, which one it is."""
        self._items += 1
        if self._items > MOST_ITEMS:
            raise WrongShape(f"it has more than {MOST_ITEMS} items")
        first = self._take(1)[0]
        major, kind = first >> 5, first & 31
        if kind > 27:
            raise WrongShape("an indefinite length")
        argument = int.from_bytes(self._take(_ARGUMENT[kind]), "big") if kind > 23 else kind
        if major == _SIMPLE and kind not in (_FALSE, _TRUE, _NULL, 25, 26, 27):
            raise WrongShape("a simple value other than false, true and null")
        return major, argument

    def _take(self, count: int) -> bytes:
        self._skip(count)
        return self._data[self.at - count : self.at]

    def _skip(self, count: int) -> None:
        if count > len(self._data) - self.at:
            raise WrongShape("it ends too soon")
        self.at += count


def fits_wire(number: int) -> bool:
    """Whether an integer is one that the wire carries."""
    return _LOWEST <= number <= _HIGHEST
