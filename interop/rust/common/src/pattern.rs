//! The bytes that are sent: byte `i` of a stream is `(31 * i + 7) mod 251`.
//!
//! 251 is prime and so fits no frame or packet size: bytes that were lost,
//! doubled or put in another order don't go unnoticed.

const PERIOD: usize = 251;

/// How much is written at a time.
pub const PIECE_SIZE: usize = 16 * 1024;

/// A piece from every offset, one after the other.
static BYTES: [u8; PERIOD + PIECE_SIZE] = {
    let mut bytes = [0; PERIOD + PIECE_SIZE];
    let mut index = 0;
    while index < bytes.len() {
        bytes[index] = ((31 * index + 7) % PERIOD) as u8;
        index += 1;
    }
    bytes
};

/// The bytes from `offset` on, `PIECE_SIZE` of them if there is no limit.
pub fn piece(offset: u64, limit: u64) -> &'static [u8] {
    let start = (offset % PERIOD as u64) as usize;
    let length = limit.min(PIECE_SIZE as u64) as usize;
    &BYTES[start..start + length]
}

/// The index of the first byte that is not what it should be.
pub fn first_difference(offset: u64, bytes: &[u8]) -> Option<u64> {
    let mut position = offset;
    for part in bytes.chunks(PIECE_SIZE) {
        let expected = piece(position, part.len() as u64);
        if part != expected {
            let equal = part.iter().zip(expected).take_while(|(a, b)| a == b);
            return Some(position + equal.count() as u64);
        }
        position += part.len() as u64;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_with_known_bytes() {
        assert_eq!(piece(0, 10), [7, 38, 69, 100, 131, 162, 193, 224, 4, 35]);
    }

    #[test]
    fn continues_at_any_offset() {
        for offset in [0, 1, 250, 251, 252, 600, 16_383, u64::MAX] {
            let expected = ((u128::from(offset) * 31 + 7) % 251) as u8;
            assert_eq!(piece(offset, u64::MAX)[0], expected);
            assert_eq!(piece(offset, u64::MAX).len(), PIECE_SIZE);
        }
    }

    #[test]
    fn finds_the_first_difference() {
        let mut bytes = [piece(5, 16_384), piece(16_389, 300)].concat();
        assert_eq!(first_difference(5, &bytes), None);
        bytes[16_400] ^= 1;
        assert_eq!(first_difference(5, &bytes), Some(16_405));
    }
}
