//! A reader over a slice: bytes, LEB128 numbers and lengths, each checked before anything is taken.
//!
//! The one rule: a number has one spelling, the shortest, as Automerge's own parser demands.

use super::GateError;

/// What has not been read yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Returns what has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], GateError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(GateError::Truncated { what })?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8, GateError> {
        let (first, rest) = self
            .rest
            .split_first()
            .ok_or(GateError::Truncated { what })?;
        self.rest = rest;
        Ok(*first)
    }

    /// Reads an unsigned number.
    pub(crate) fn number(&mut self, what: &'static str) -> Result<u64, GateError> {
        read_unsigned(what, || self.byte(what))
    }

    /// Reads a signed number.
    pub(crate) fn signed(&mut self, what: &'static str) -> Result<i64, GateError> {
        read_signed(what, || self.byte(what))
    }

    /// Reads a number of 32 bits.
    pub(crate) fn number32(&mut self, what: &'static str) -> Result<u32, GateError> {
        u32::try_from(self.number(what)?).map_err(|_too_large| GateError::Number { what })
    }

    /// Reads how many things follow, at most `limit`; each takes at least one byte.
    pub(crate) fn count(&mut self, what: &'static str, limit: usize) -> Result<usize, GateError> {
        let count = self.number(what)?;
        GateError::check(what, count, limit as u64)?;
        usize::try_from(count).map_err(|_too_large| GateError::Number { what })
    }

    /// Reads a length and so many bytes.
    pub(crate) fn prefixed(
        &mut self,
        what: &'static str,
        limit: usize,
    ) -> Result<&'a [u8], GateError> {
        let length = self.count(what, limit)?;
        self.take(length, what)
    }
}

/// Reads an unsigned LEB128 number of at most 64 bits.
pub(crate) fn read_unsigned(
    what: &'static str,
    mut byte: impl FnMut() -> Result<u8, GateError>,
) -> Result<u64, GateError> {
    let mut value = 0_u64;
    let mut shift = 0_u32;
    loop {
        let next = byte()?;
        // The tenth byte holds the last bit.
        if shift == 63 && next > 1 {
            return Err(GateError::Number { what });
        }
        value |= u64::from(next & 0x7f) << shift;
        if next & 0x80 == 0 {
            if next == 0 && shift > 0 {
                return Err(GateError::Number { what });
            }
            return Ok(value);
        }
        shift = shift.saturating_add(7);
    }
}

/// Reads a signed LEB128 number of at most 64 bits.
pub(crate) fn read_signed(
    what: &'static str,
    mut byte: impl FnMut() -> Result<u8, GateError>,
) -> Result<i64, GateError> {
    let mut value = 0_i64;
    let mut shift = 0_u32;
    let mut last = 0_u8;
    loop {
        let next = byte()?;
        // The tenth byte holds the last bit and its sign.
        if shift == 63 && next != 0 && next != 0x7f {
            return Err(GateError::Number { what });
        }
        value |= i64::from(next & 0x7f) << shift;
        shift = shift.saturating_add(7);
        if next & 0x80 == 0 {
            let repeats_sign =
                (next == 0 && last & 0x40 == 0) || (next == 0x7f && last & 0x40 != 0);
            if shift > 7 && repeats_sign {
                return Err(GateError::Number { what });
            }
            if shift < 64 && next & 0x40 != 0 {
                value |= -1_i64 << shift;
            }
            return Ok(value);
        }
        last = next;
    }
}

/// Appends an unsigned LEB128 number.
pub(crate) fn write_number(to: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = value.to_le_bytes().first().copied().unwrap_or(0) & 0x7f;
        value >>= 7;
        if value == 0 {
            to.push(low);
            return;
        }
        to.push(low | 0x80);
    }
}
