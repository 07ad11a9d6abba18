//! The bytes that are sent: byte `i` of a stream is `(31 * i + 7) mod 251`.
//!
//! 251 is prime and so fits no frame or packet size: bytes that were lost,
//! doubled or put in another order don't go unnoticed.

const PERIOD: u64 = 251;

fn byte(index: u64) -> u8 {
    ((index % PERIOD * 31 + 7) % PERIOD) as u8
}

/// Fills `buffer` with the bytes from `offset` on.
pub fn fill(offset: u64, buffer: &mut [u8]) {
    for (index, value) in (offset..).zip(buffer) {
        *value = byte(index);
    }
}

/// The index of the first byte that is not what it should be.
pub fn first_difference(offset: u64, bytes: &[u8]) -> Option<u64> {
    (offset..)
        .zip(bytes)
        .find(|(index, value)| **value != byte(*index))
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_with_known_bytes() {
        let mut bytes = [0; 10];
        fill(0, &mut bytes);
        assert_eq!(bytes, [7, 38, 69, 100, 131, 162, 193, 224, 4, 35]);
    }

    #[test]
    fn continues_at_any_offset() {
        let mut whole = [0; 1_000];
        fill(0, &mut whole);
        let mut part = [0; 300];
        fill(600, &mut part);
        assert_eq!(part, whole[600..900]);
        assert_eq!(first_difference(600, &whole[600..]), None);
    }

    #[test]
    fn finds_the_first_difference() {
        let mut bytes = [0; 300];
        fill(5, &mut bytes);
        bytes[251] ^= 1;
        assert_eq!(first_difference(5, &bytes), Some(256));
    }
}
