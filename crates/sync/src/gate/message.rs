//! Sync messages of both versions: heads, needs, filters, chunks, flags.
//!
//! Automerge's Bloom filter panics if it has entries and no bits, and allocates as many probes as it is told; both are
//! refused here. The one rule: every list is measured before it is built.
//!
//! Source: <https://automerge.org/automerge-binary-format-spec/> and `src/sync.rs` of automerge 0.12.

use adjutant_base::{ChangeHash, limits};
use automerge::sync::{BloomFilter, ChunkList, Have, Message, MessageFlags, MessageVersion};

use super::{Cursor, GateError, read_hashes};

const VERSION_1: u8 = 0x42;
const VERSION_2: u8 = 0x43;
/// A flags byte with this bit carries the others; one without is a relic.
const BIT_FIELD: u8 = 0x80;

/// A message, its chunks still where they came.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) header: Header,
    /// Each one or more chunks.
    pub(crate) chunks: Vec<&'a [u8]>,
}

/// A message without its chunks.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) is_version_2: bool,
    pub(crate) heads: Vec<ChangeHash>,
    pub(crate) need: Vec<ChangeHash>,
    pub(crate) have: Vec<Filter>,
    /// `None` if the sender does not know of flags, and so not of version 2.
    pub(crate) flags: Option<MessageFlags>,
}

/// What the sender has: everything under `last_sync`, and what the filter holds.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) last_sync: Vec<ChangeHash>,
    pub(crate) bloom: BloomFilter,
}

impl<'a> Parts<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, GateError> {
        GateError::check(
            "bytes of a message",
            bytes.len() as u64,
            limits::MESSAGE_BYTES as u64,
        )?;
        let mut cursor = Cursor::new(bytes);
        let is_version_2 = match cursor.byte("a message")? {
            VERSION_1 => false,
            VERSION_2 => true,
            found => return Err(GateError::MessageKind { found }),
        };
        let heads = read_hashes(&mut cursor, "heads", limits::HASH_LIST)?;
        let need = read_hashes(&mut cursor, "needed changes", limits::HASH_LIST)?;
        let entries = cursor.count("filters", limits::HAVE_ENTRIES)?;
        let mut have = Vec::with_capacity(entries);
        for _ in 0..entries {
            have.push(Filter {
                last_sync: read_hashes(&mut cursor, "heads of a filter", limits::HASH_LIST)?,
                bloom: read_bloom(cursor.prefixed("bytes of a filter", limits::FILTER_BYTES)?)?,
            });
        }
        let count = cursor.count("changes of a message", limits::MESSAGE_CHANGES)?;
        let mut chunks = Vec::new();
        for _ in 0..count {
            chunks.push(cursor.prefixed("a chunk", limits::MESSAGE_BYTES)?);
        }
        Ok(Self {
            header: Header {
                is_version_2,
                heads,
                need,
                have,
                flags: read_flags(&mut cursor)?,
            },
            chunks,
        })
    }

    pub(super) fn into_message(self) -> Message {
        let hashes = |hashes: Vec<ChangeHash>| -> Vec<automerge::ChangeHash> {
            hashes
                .into_iter()
                .map(|hash| automerge::ChangeHash(hash.0))
                .collect()
        };
        let have = self.header.have.into_iter().map(|filter| Have {
            last_sync: hashes(filter.last_sync),
            bloom: filter.bloom,
        });
        let chunks: Vec<Vec<u8>> = self.chunks.into_iter().map(<[u8]>::to_vec).collect();
        Message {
            heads: hashes(self.header.heads),
            need: hashes(self.header.need),
            have: have.collect(),
            changes: ChunkList::from(chunks),
            flags: self.header.flags,
            version: if self.header.is_version_2 {
                MessageVersion::V2
            } else {
                MessageVersion::V1
            },
        }
    }
}

fn read_bloom(bytes: &[u8]) -> Result<BloomFilter, GateError> {
    let what = "a filter";
    if !bytes.is_empty() {
        let mut cursor = Cursor::new(bytes);
        let entries = cursor.number32(what)?;
        let bits_per_entry = cursor.number32(what)?;
        let probes = cursor.number32(what)?;
        let bits = u64::from(entries).saturating_mul(u64::from(bits_per_entry));
        GateError::check(
            "probes of a filter",
            u64::from(probes),
            u64::from(limits::FILTER_PROBES),
        )?;
        if entries > 0 && (bits == 0 || probes == 0) {
            return Err(GateError::Filter {
                entries,
                bits,
                probes,
            });
        }
        let length = bits.div_ceil(8);
        GateError::check("bytes of a filter", length, limits::FILTER_BYTES as u64)?;
        let length = usize::try_from(length).map_err(|_too_large| GateError::Truncated { what })?;
        cursor.take(length, what)?;
        if !cursor.is_empty() {
            return Err(GateError::Leftover {
                what,
                size_bytes: cursor.rest().len(),
            });
        }
    }
    // Everything that this could complain about has been looked at.
    BloomFilter::try_from(bytes).map_err(|_never| GateError::Truncated { what })
}

fn read_flags(cursor: &mut Cursor<'_>) -> Result<Option<MessageFlags>, GateError> {
    if cursor.is_empty() {
        return Ok(None);
    }
    let mut flags = MessageFlags::new();
    for byte in cursor.prefixed("flags", limits::COLUMNS)? {
        if byte & BIT_FIELD != 0 {
            flags.set(byte & !BIT_FIELD);
        }
    }
    // What follows is for newer programs.
    Ok(Some(flags))
}
