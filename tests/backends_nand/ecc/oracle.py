"""The codes of docs/nand-errors.md again, as plainly as Python has it: bits are lists of 0 and 1.

Written from the specification, to be compared bit for bit with the C.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


def to_bits(number: int, count: int) -> list[int]:
    """Of a number, least bit first."""
    return [number >> i & 1 for i in range(count)]


def to_number(bits: list[int]) -> int:
    return sum(bit << i for i, bit in enumerate(bits))


def bits_of(content: bytes) -> list[int]:
    return [bit for byte in content for bit in to_bits(byte, 8)]


def bytes_of(bits: list[int]) -> bytes:
    filled = bits + [0] * (-len(bits) % 8)
    return bytes(to_number(filled[i : i + 8]) for i in range(0, len(filled), 8))


def is_power(position: int) -> bool:
    return position & (position - 1) == 0


@lru_cache
def data_positions(count: int) -> tuple[int, ...]:
    """Where the data bits of a Hamming code stand."""
    found = [position for position in range(3, 3 * count + 3) if not is_power(position)]
    return tuple(found[:count])


@lru_cache
def check_positions(count: int) -> tuple[int, ...]:
    return tuple(1 << i for i in range(64) if 1 << i <= data_positions(count)[-1])


def checks(data: list[int]) -> list[int]:
    """The check bits, each the parity of the positions that have its bit; the whole's last."""
    together = 0
    for position, bit in zip(data_positions(len(data)), data, strict=True):
        together ^= position * bit
    found = [int(together & power > 0) for power in check_positions(len(data))]
    return [*found, (sum(data) + sum(found)) % 2]


def repaired(data: list[int], stored: list[int], extended: bool) -> list[int] | None:
    """The data after correction; None where it cannot be."""
    powers = check_positions(len(data))
    word = dict(zip(data_positions(len(data)), data, strict=True))
    word |= dict(zip(powers, stored, strict=False))
    wrong = 0
    for position, bit in word.items():
        wrong ^= position * bit
    odd = (sum(word.values()) + sum(stored[len(powers) :])) % 2
    if extended and not odd and wrong:
        return None
    if wrong and not (extended and not odd):
        if wrong not in word:
            return None
        word[wrong] ^= 1
    return [word[position] for position in data_positions(len(data))]


@dataclass(frozen=True)
class Outliers:
    """The outlier code; values are signed numbers."""

    mode: str
    bits: int  # of a value
    values: int  # of a page
    copies: int
    signed: bool

    @property
    def records(self) -> int:
        return self.values // 100

    @property
    def address_bits(self) -> int:
        return (self.values - 1).bit_length()

    @property
    def check_bits(self) -> int:
        return len(check_positions(self.address_bits)) + (self.mode == "secded")

    def unpack(self, page: bytes) -> list[int]:
        bits = bits_of(page)
        numbers = [to_number(bits[i : i + self.bits]) for i in range(0, len(bits), self.bits)]
        return [self.signed_number(number) for number in numbers]

    def pack(self, values: list[int]) -> bytes:
        return bytes_of([bit for value in values for bit in to_bits(value, self.bits)])

    def signed_number(self, number: int) -> int:
        return number - (1 << self.bits) if number >> (self.bits - 1) else number

    def rank(self, value: int) -> int:
        return value if self.signed else abs(value)

    def encode(self, page: bytes) -> bytes:
        values = self.unpack(page)
        order = sorted(
            range(self.values), key=lambda address: (-self.rank(values[address]), address)
        )
        chosen = order[: self.records]
        code = to_bits(self.rank(values[chosen[-1]]), self.bits) * 9
        for address in sorted(chosen):
            field = to_bits(address, self.address_bits)
            code += field + checks(field)[: self.check_bits]
            code += to_bits(values[address], self.bits) * self.copies
        return bytes_of(code)

    def correct(self, page: bytes, code: bytes, written: bytes) -> tuple[bytes, dict[str, int]]:
        values, bits, true = self.unpack(page), bits_of(code), bits_of(written)
        counts = dict.fromkeys(("fixed", "dropped", "miscorrected", "voted", "zeroed"), 0)
        threshold = self.threshold(bits)
        protected: dict[int, int] = {}
        field = self.address_bits + self.check_bits
        for i in range(self.records):
            start = 9 * self.bits + i * (field + self.copies * self.bits)
            address = self.address(bits[start:][:field], true[start:][:field], counts)
            if address is None:
                continue
            ballots = [to_bits(values[address], self.bits)]
            for j in range(self.copies):
                ballots.append(bits[start + field + j * self.bits :][: self.bits])
            value = self.signed_number(to_number(vote(ballots)))
            counts["voted"] += value != values[address]
            protected.setdefault(address, value)
        for address, value in enumerate(values):
            if address in protected:
                values[address] = protected[address]
            elif self.rank(value) > threshold:
                values[address] = 0
                counts["zeroed"] += 1
        return self.pack(values), counts

    def threshold(self, bits: list[int]) -> int:
        copies = [bits[i * self.bits : (i + 1) * self.bits] for i in range(9)]
        number = to_number(vote(copies))
        return self.signed_number(number) if self.signed else number

    def address(self, field: list[int], true: list[int], counts: dict[str, int]) -> int | None:
        count = self.address_bits
        wrong = sum(a != b for a, b in zip(field, true, strict=True))
        if self.mode == "paper":
            data = true[:count] if wrong < 2 else None
        else:
            data = repaired(field[:count], field[count:], self.mode == "secded")
        spoiled = checks(field[:count])[: self.check_bits] != field[count:]
        if data is None or to_number(data) >= self.values:
            counts["dropped"] += 1
            return None
        counts["miscorrected"] += data != true[:count]
        counts["fixed"] += spoiled and data == true[:count]
        return to_number(data)


def vote(ballots: list[list[int]]) -> list[int]:
    """Bit by bit what most say, a tie as the first has it."""
    columns = [list(column) for column in zip(*ballots, strict=True)]
    return [c[0] if 2 * sum(c) == len(c) else int(2 * sum(c) > len(c)) for c in columns]


def encode_words(page: bytes) -> bytes:
    code: list[int] = []
    for i in range(0, len(page), 16):
        code += checks(bits_of(page[i : i + 16]))
    return bytes_of(code)


def correct_words(page: bytes, code: bytes, original: bytes) -> tuple[bytes, dict[str, int]]:
    stored, result = bits_of(code), b""
    counts = dict.fromkeys(("words_fixed", "words_lost", "words_miscorrected"), 0)
    for i in range(0, len(page), 16):
        word, check = bits_of(page[i : i + 16]), stored[i // 16 * 9 :][:9]
        data = repaired(word, check, True)
        if data is None:
            counts["words_lost"] += 1
        elif checks(word) != check:
            right = data == bits_of(original[i : i + 16])
            counts["words_fixed" if right else "words_miscorrected"] += 1
        result += bytes_of(word if data is None else data)
    return result, counts
