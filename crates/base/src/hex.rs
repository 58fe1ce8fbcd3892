//! Lower-case hexadecimal, the one text form of hashes, keys and actors.
//!
//! Strict: an odd length or any character outside `[0-9a-fA-F]` is refused.

/// Returns the lower-case hexadecimal form of `bytes`, two characters a byte.
pub fn encode(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
    }
    text
}

/// Returns the bytes that `text` spells, or `None` if it is not exactly `N` bytes of hexadecimal.
pub fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut bytes = [0_u8; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_refusals() {
        assert_eq!(encode(&[0, 255, 16]), "00ff10");
        assert_eq!(decode::<3>("00fF10"), Some([0, 255, 16]));
        for bad in ["00ff1", "00ff1g", "", "00ff1000", "é0ff1"] {
            assert_eq!(decode::<3>(bad), None, "{bad}");
        }
    }
}
