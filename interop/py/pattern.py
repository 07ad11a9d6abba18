"""The bytes that are sent: byte `i` is `(31 * i + 7) mod 251`."""

# 251 is a prime, so the pattern begins anew there
_PERIOD = 251

# The longest piece, in bytes
MAX_PIECE = 64 * 1024

_BYTES = bytes((31 * i + 7) % _PERIOD for i in range(_PERIOD)) * (MAX_PIECE // _PERIOD + 2)


def pattern_piece(offset: int, length: int) -> bytes:
    """The pattern from an offset on, of at most `MAX_PIECE` bytes."""
    start = offset % _PERIOD

    return _BYTES[start : start + min(length, MAX_PIECE)]


def is_pattern(data: bytes, offset: int) -> bool:
    """Whether data is what the pattern holds from an offset on."""
    return all(
        data[done : done + MAX_PIECE] == pattern_piece(offset + done, len(data) - done)
        for done in range(0, len(data), MAX_PIECE)
    )
