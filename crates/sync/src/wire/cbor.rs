//! As much of CBOR as automerge-repo's encoders write, over a slice, with limits before every allocation.
//!
//! No values are built: a reader is asked for what should come next, or skips it. The one rule: depth is bounded, so a
//! hostile frame costs its own length and nothing more.
//!
//! Source: RFC 8949.

use super::WireError;

/// How deep maps, lists and tags may be nested.
pub(super) const DEPTH: usize = 16;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const OTHER: u8 = 7;

/// Reads values one after another.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// Where a list or map ends: after a stated number of entries, or at a break.
pub(super) struct Entries {
    left: Option<u64>,
    /// How many more there may be when no number is stated.
    room: u64,
    limit: u64,
    what: &'static str,
}

struct Head {
    major: u8,
    /// `None` for an indefinite length or a break.
    value: Option<u64>,
    initial: u8,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Tells how many bytes have not been read.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(WireError::Truncated { what })?;
        self.rest = rest;
        Ok(taken)
    }

    fn head(&mut self, what: &'static str) -> Result<Head, WireError> {
        let initial = self.take(1, what)?.first().copied().unwrap_or(0);
        let major = initial >> 5;
        let value = match initial & 0x1f {
            small @ 0..=23 => Some(u64::from(small)),
            wide @ 24..=27 => {
                let count = 1_usize << (wide & 3);
                let bytes = self.take(count, what)?;
                Some(
                    bytes
                        .iter()
                        .fold(0, |value, byte| value << 8 | u64::from(*byte)),
                )
            }
            31 => None,
            _ => {
                return Err(WireError::Unexpected {
                    what,
                    found: initial,
                });
            }
        };
        Ok(Head {
            major,
            value,
            initial,
        })
    }

    /// Reads a head and skips the tags before it: a tag here never changes what a value means to us.
    fn untagged(&mut self, what: &'static str) -> Result<Head, WireError> {
        for _ in 0..DEPTH {
            let head = self.head(what)?;
            if head.major != TAG {
                return Ok(head);
            }
        }
        Err(WireError::TooDeep { limit: DEPTH })
    }

    fn string(
        &mut self,
        major: u8,
        what: &'static str,
        limit: usize,
    ) -> Result<&'a [u8], WireError> {
        let head = self.untagged(what)?;
        let (true, Some(length)) = (head.major == major, head.value) else {
            return Err(WireError::Unexpected {
                what,
                found: head.initial,
            });
        };
        if length > limit as u64 {
            return Err(WireError::TooLarge {
                what,
                size: length,
                limit: limit as u64,
            });
        }
        let length = usize::try_from(length).map_err(|_too_large| WireError::Truncated { what })?;
        self.take(length, what)
    }

    /// Reads a text of at most `limit` bytes.
    pub(super) fn text(&mut self, what: &'static str, limit: usize) -> Result<&'a str, WireError> {
        std::str::from_utf8(self.string(TEXT, what, limit)?)
            .map_err(|_not_utf8| WireError::Utf8 { what })
    }

    /// Reads a byte string of at most `limit` bytes, tagged or not.
    pub(super) fn bytes(
        &mut self,
        what: &'static str,
        limit: usize,
    ) -> Result<&'a [u8], WireError> {
        self.string(BYTES, what, limit)
    }

    /// Reads a number that is not negative and that a float holds exactly, up to 2^53; fractions are cut off, because JavaScript sends large numbers as floats.
    pub(super) fn number(&mut self, what: &'static str) -> Result<u64, WireError> {
        let head = self.untagged(what)?;
        let refused = WireError::Unexpected {
            what,
            found: head.initial,
        };
        match (head.major, head.value) {
            (UNSIGNED, Some(value)) if value <= EXACT_INTEGER => Ok(value),
            // JavaScript's clients could not say it again, nor compare it with its neighbours.
            (UNSIGNED, Some(size)) => Err(WireError::TooLarge {
                what,
                size,
                limit: EXACT_INTEGER,
            }),
            (OTHER, Some(bits)) if head.initial == 0xfb => {
                whole(f64::from_bits(bits)).ok_or(refused)
            }
            (OTHER, Some(bits)) if head.initial == 0xfa => {
                let bits = u32::try_from(bits).map_err(|_never| refused.clone())?;
                whole(f64::from(f32::from_bits(bits))).ok_or(refused)
            }
            _ => Err(refused),
        }
    }

    /// Reads true, false, null or undefined; the last two count as false.
    pub(super) fn boolean(&mut self, what: &'static str) -> Result<bool, WireError> {
        let head = self.untagged(what)?;
        match head.initial {
            0xf5 => Ok(true),
            0xf4 | 0xf6 | 0xf7 => Ok(false),
            found => Err(WireError::Unexpected { what, found }),
        }
    }

    /// Passes over a null or undefined and tells whether one stood there.
    pub(super) fn is_absent(&mut self) -> bool {
        match self.rest.split_first() {
            Some((0xf6 | 0xf7, rest)) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Enters a map of at most `limit` entries.
    pub(super) fn map(&mut self, what: &'static str, limit: usize) -> Result<Entries, WireError> {
        self.entries(MAP, what, limit)
    }

    /// Enters a list of at most `limit` entries.
    pub(super) fn list(&mut self, what: &'static str, limit: usize) -> Result<Entries, WireError> {
        self.entries(LIST, what, limit)
    }

    fn entries(
        &mut self,
        major: u8,
        what: &'static str,
        limit: usize,
    ) -> Result<Entries, WireError> {
        let head = self.untagged(what)?;
        if head.major != major {
            return Err(WireError::Unexpected {
                what,
                found: head.initial,
            });
        }
        let limit = limit as u64;
        match head.value {
            Some(size) if size > limit => Err(WireError::TooLarge { what, size, limit }),
            left => Ok(Entries {
                left,
                room: limit,
                limit,
                what,
            }),
        }
    }

    /// Passes over one value of any kind.
    pub(super) fn skip(&mut self) -> Result<(), WireError> {
        self.skip_within(DEPTH)
    }

    fn skip_within(&mut self, depth: usize) -> Result<(), WireError> {
        let what = "an unknown field";
        let deeper = depth
            .checked_sub(1)
            .ok_or(WireError::TooDeep { limit: DEPTH })?;
        let head = self.head(what)?;
        let unexpected = WireError::Unexpected {
            what,
            found: head.initial,
        };
        match (head.major, head.value) {
            (UNSIGNED | NEGATIVE | OTHER, Some(_)) => Ok(()),
            (BYTES | TEXT, Some(length)) => {
                let length =
                    usize::try_from(length).map_err(|_too_large| WireError::Truncated { what })?;
                self.take(length, what).map(|_skipped| ())
            }
            (BYTES | TEXT, None) => {
                let mut pieces = Entries::unlimited(None);
                while pieces.next(self)? {
                    self.skip_within(deeper)?;
                }
                Ok(())
            }
            (LIST | MAP, left) => {
                let mut entries = Entries::unlimited(left);
                while entries.next(self)? {
                    self.skip_within(deeper)?;
                    if head.major == MAP {
                        self.skip_within(deeper)?;
                    }
                }
                Ok(())
            }
            (TAG, Some(_)) => self.skip_within(deeper),
            _ => Err(unexpected),
        }
    }
}

impl Entries {
    /// Entries that are passed over: the frame's length limits them.
    fn unlimited(left: Option<u64>) -> Self {
        Self {
            left,
            room: u64::MAX,
            limit: u64::MAX,
            what: "an unknown field",
        }
    }

    /// Steps to the next entry; false at the end.
    pub(super) fn next(&mut self, reader: &mut Reader<'_>) -> Result<bool, WireError> {
        match &mut self.left {
            Some(left) => match left.checked_sub(1) {
                Some(fewer) => {
                    *left = fewer;
                    Ok(true)
                }
                None => Ok(false),
            },
            None => match reader.rest.split_first() {
                Some((0xff, rest)) => {
                    reader.rest = rest;
                    Ok(false)
                }
                Some(_) => {
                    self.room = self.room.checked_sub(1).ok_or(WireError::TooLarge {
                        what: self.what,
                        size: self.limit.saturating_add(1),
                        limit: self.limit,
                    })?;
                    Ok(true)
                }
                None => Err(WireError::Truncated { what: self.what }),
            },
        }
    }
}

/// Greatest whole number that a float holds exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// The same as an integer.
const EXACT_INTEGER: u64 = 1 << 53;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to lie within the range in which floats are whole and exact"
)]
fn whole(value: f64) -> Option<u64> {
    (0.0..=EXACT).contains(&value).then_some(value as u64)
}

/// Writes one map, field by field.
pub(super) struct Writer {
    bytes: Vec<u8>,
    fields: u8,
}

impl Writer {
    /// Begins a map of at most 23 fields, with room for a byte string of this length.
    pub(super) fn new(room: usize) -> Self {
        let mut bytes = Vec::with_capacity(room.saturating_add(256));
        bytes.push(MAP << 5);
        Self { bytes, fields: 0 }
    }

    /// Begins the next field of the map; its value has to follow.
    pub(super) fn field(&mut self, name: &str) -> &mut Self {
        self.fields = self.fields.saturating_add(1);
        self.text(name)
    }

    /// Ends the map.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if let Some(first) = self.bytes.first_mut() {
            *first |= self.fields & 0x1f;
        }
        self.bytes
    }

    fn head(&mut self, major: u8, value: u64) {
        let kind = major << 5;
        let wide = value.to_be_bytes();
        let (short, count) = match value {
            0..=23 => {
                self.bytes.push(kind | wide.last().copied().unwrap_or(0));
                return;
            }
            24..=0xff => (24, 1),
            0x100..=0xffff => (25, 2),
            0x1_0000..=0xffff_ffff => (26, 4),
            _ => (27, 8),
        };
        self.bytes.push(kind | short);
        let start = wide.len().saturating_sub(count);
        self.bytes.extend(wide.iter().skip(start));
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.head(TEXT, text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(BYTES, bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(super) fn list(&mut self, length: usize) -> &mut Self {
        self.head(LIST, length as u64);
        self
    }

    pub(super) fn map(&mut self, length: usize) -> &mut Self {
        self.head(MAP, length as u64);
        self
    }

    pub(super) fn boolean(&mut self, value: bool) -> &mut Self {
        self.bytes.push(if value { 0xf5 } else { 0xf4 });
        self
    }

    /// Writes a number; beyond 32 bits as a float, as JavaScript encoders do: their decoders make a `BigInt` of a long integer.
    pub(super) fn number(&mut self, value: u64) -> &mut Self {
        match u32::try_from(value) {
            Ok(small) => self.head(UNSIGNED, u64::from(small)),
            Err(_large) => {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "the peer computes with floats: it would lose the same bits"
                )]
                let float = value as f64;
                self.bytes.push(0xfb);
                self.bytes.extend_from_slice(&float.to_be_bytes());
            }
        }
        self
    }
}
