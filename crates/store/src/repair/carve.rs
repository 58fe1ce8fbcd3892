//! Finding our rows in the pages of a SQLite file of which nothing else can be trusted.
//!
//! Every page of the file and of its write-ahead log is taken for a leaf, every cell of it for a row; only what
//! verifies against its own digests is a row. So a destroyed header, root or inner page costs nothing but itself.
//! Source: "SQLite Database File Format", sections 1.6 (b-tree pages), 2.1 (records) and 4.1 (write-ahead log).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use adjutant_base::{ChangeHash, ChangeMeta, DocumentId};

use crate::chunks::StoreError;
use crate::repair::beside;
use crate::sqlite::{Header, Record, value_digest};

/// The page size of every file that this program makes (SQLite's default); `u64` for offsets.
const PAGE: u64 = 4096;
const PAGE_BYTES: usize = 4096;
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;
const LEAF_TABLE: u8 = 0x0D;
const LEAF_INDEX: u8 = 0x0A;
const INNER_INDEX: u8 = 0x02;
/// Largest payload that a cell may claim: a change is never greater than a message.
const PAYLOAD: usize = adjutant_base::limits::MESSAGE_BYTES;
/// Most columns of our tables and indexes.
const COLUMNS: usize = 16;

/// Calls `found` with each verified row of the file at `path` and its log.
pub(crate) fn rows(
    path: &Path,
    found: &mut dyn FnMut(Record) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let fail = |source| StoreError::Io {
        action: "read the damaged",
        path: path.to_path_buf(),
        source,
    };
    let mut pages = Pages::open(path).map_err(fail)?;
    for place in pages.places() {
        // A page that the disk refuses is a page lost; the others may still be read.
        let Some(page) = pages.at(place) else {
            continue;
        };
        for cell in cells(&page, place.number == 1) {
            if let Some(record) = pages.record(&page, cell) {
                found(record)?;
            }
        }
    }
    Ok(())
}

/// Where a page lies: in the file or in a frame of the log.
#[derive(Debug, Clone, Copy)]
struct PlaceOfPage {
    number: u32,
    offset: u64,
    in_log: bool,
}

#[derive(Debug)]
struct Pages {
    file: File,
    log: Option<File>,
    page_count: u32,
    /// For each page number, where the log has it, oldest first.
    frames: BTreeMap<u32, Vec<u64>>,
}

/// A cell taken at its word.
#[derive(Debug, Clone, Copy)]
struct Cell {
    payload_bytes: usize,
    rowid: i64,
    start: usize,
    /// Payload that lies in the page itself.
    local_bytes: usize,
}

impl Pages {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        // A last page that was cut short is read as far as it goes, the rest as zeros.
        let page_count = u32::try_from(file.metadata()?.len().div_ceil(PAGE)).unwrap_or(u32::MAX);
        let mut pages = Self {
            file,
            log: None,
            page_count,
            frames: BTreeMap::new(),
        };
        if let Ok(mut log) = File::open(beside(path, "-wal")) {
            let length = log.metadata()?.len();
            let mut offset = LOG_HEADER;
            while offset.saturating_add(FRAME_HEADER) < length {
                let mut header = [0; 4];
                log.seek(SeekFrom::Start(offset))?;
                log.read_exact(&mut header)?;
                let page = offset.saturating_add(FRAME_HEADER);
                let number = u32::from_be_bytes(header);
                pages.frames.entry(number).or_default().push(page);
                offset = page.saturating_add(PAGE);
            }
            pages.log = Some(log);
        }
        Ok(pages)
    }

    fn places(&self) -> Vec<PlaceOfPage> {
        let in_file = (1..=self.page_count).map(|number| PlaceOfPage {
            number,
            offset: u64::from(number.saturating_sub(1)).saturating_mul(PAGE),
            in_log: false,
        });
        let in_log = self.frames.iter().flat_map(|(number, offsets)| {
            offsets.iter().map(|offset| PlaceOfPage {
                number: *number,
                offset: *offset,
                in_log: true,
            })
        });
        in_file.chain(in_log).collect()
    }

    fn at(&mut self, place: PlaceOfPage) -> Option<Vec<u8>> {
        let file = if place.in_log {
            self.log.as_mut()?
        } else {
            &mut self.file
        };
        file.seek(SeekFrom::Start(place.offset)).ok()?;
        let mut page = Vec::with_capacity(PAGE_BYTES);
        if file.take(PAGE).read_to_end(&mut page).ok()? == 0 {
            return None;
        }
        page.resize(PAGE_BYTES, 0);
        Some(page)
    }

    /// Returns page `number` as the newest frame of the log has it (`from_log`) or as the file does.
    fn numbered(&mut self, number: u32, from_log: bool) -> Option<Vec<u8>> {
        let newest = self.frames.get(&number).and_then(|frames| frames.last());
        let place = match newest {
            Some(offset) if from_log => PlaceOfPage {
                number,
                offset: *offset,
                in_log: true,
            },
            Some(_) | None => PlaceOfPage {
                number,
                offset: u64::from(number.checked_sub(1)?).saturating_mul(PAGE),
                in_log: false,
            },
        };
        self.at(place)
    }

    fn record(&mut self, page: &[u8], cell: Cell) -> Option<Record> {
        // The rest of a long row may lie in the log or, if the log went on to reuse its page, in the file.
        [true, false].into_iter().find_map(|from_log| {
            let payload = self.payload(page, cell, from_log)?;
            verified(&columns(&payload)?, cell.rowid)
        })
    }

    fn payload(&mut self, page: &[u8], cell: Cell, from_log: bool) -> Option<Vec<u8>> {
        let end = cell.start.checked_add(cell.local_bytes)?;
        let mut payload = page.get(cell.start..end)?.to_vec();
        if cell.payload_bytes == cell.local_bytes {
            return Some(payload);
        }
        let mut next = number(page.get(end..end.checked_add(4)?)?);
        while payload.len() < cell.payload_bytes {
            let overflow = self.numbered(next, from_log)?;
            let (pointer, body) = overflow.split_at_checked(4)?;
            let wanted = cell.payload_bytes.saturating_sub(payload.len());
            payload.extend(body.iter().take(wanted));
            next = number(pointer);
        }
        Some(payload)
    }
}

/// Returns the cells of a page, if it can be a leaf or an index page.
fn cells(page: &[u8], is_first: bool) -> Vec<Cell> {
    let start = if is_first { 100 } else { 0 };
    let Some((kind, count, pointers)) = header(page, start) else {
        return Vec::new();
    };
    let (pairs, _rest) = pointers.as_chunks::<2>();
    pairs
        .iter()
        .take(count)
        .filter_map(|pointer| cell(page, kind, usize::from(u16::from_be_bytes(*pointer))))
        .collect()
}

fn header(page: &[u8], start: usize) -> Option<(u8, usize, &[u8])> {
    let page = page.get(start..)?;
    let kind = *page.first()?;
    let pointers = match kind {
        LEAF_TABLE | LEAF_INDEX => page.get(8..)?,
        INNER_INDEX => page.get(12..)?,
        _ => return None,
    };
    let count = u16::from_be_bytes([*page.get(3)?, *page.get(4)?]);
    Some((kind, usize::from(count), pointers))
}

fn cell(page: &[u8], kind: u8, at: usize) -> Option<Cell> {
    let mut start = at;
    if kind == INNER_INDEX {
        start = start.checked_add(4)?;
    }
    let payload_bytes = usize::try_from(varint(page, &mut start)?).ok()?;
    let rowid = if kind == LEAF_TABLE {
        varint(page, &mut start)?
    } else {
        0
    };
    if payload_bytes > PAYLOAD {
        return None;
    }
    let most = if kind == LEAF_TABLE {
        PAGE_BYTES.checked_sub(35)?
    } else {
        index_share(64)?
    };
    let local_bytes = if payload_bytes <= most {
        payload_bytes
    } else {
        let least = index_share(32)?;
        let rest = payload_bytes.checked_sub(least)?;
        let wanted = least.checked_add(rest.checked_rem(PAGE_BYTES.checked_sub(4)?)?)?;
        if wanted <= most { wanted } else { least }
    };
    Some(Cell {
        payload_bytes,
        rowid,
        start,
        local_bytes,
    })
}

/// Source: section 1.6, `((U-12)*share/255)-23`.
fn index_share(share: usize) -> Option<usize> {
    PAGE_BYTES
        .checked_sub(12)?
        .checked_mul(share)?
        .checked_div(255)?
        .checked_sub(23)
}

/// Reads a variable-length integer and moves `at` behind it.
fn varint(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let mut value: u64 = 0;
    for index in 0..9_u8 {
        let byte = *bytes.get(*at)?;
        *at = at.checked_add(1)?;
        if index == 8 {
            return Some(((value << 8) | u64::from(byte)).cast_signed());
        }
        value = (value << 7) | u64::from(byte & 0x7F);
        if byte < 0x80 {
            break;
        }
    }
    Some(value.cast_signed())
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

/// One column of a record.
#[derive(Debug)]
enum Column<'payload> {
    Null,
    Integer(i64),
    Bytes(&'payload [u8]),
    Text(&'payload [u8]),
}

fn columns(payload: &[u8]) -> Option<Vec<Column<'_>>> {
    let mut at = 0;
    let header_bytes = usize::try_from(varint(payload, &mut at)?).ok()?;
    let mut body = payload.get(header_bytes..)?;
    let mut columns = Vec::new();
    while at < header_bytes && columns.len() < COLUMNS {
        let kind = varint(payload, &mut at)?;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            12.. => usize::try_from(kind.checked_sub(12)? / 2).ok()?,
            _ => return None,
        };
        let (field, rest) = body.split_at_checked(length)?;
        body = rest;
        columns.push(match kind {
            0 => Column::Null,
            8 => Column::Integer(0),
            9 => Column::Integer(1),
            1..=7 => Column::Integer(signed(field)),
            _ if kind & 1 == 0 => Column::Bytes(field),
            _ => Column::Text(field),
        });
    }
    Some(columns)
}

fn signed(field: &[u8]) -> i64 {
    let first = match field.first() {
        Some(byte) if *byte >= 0x80 => -1,
        Some(_) | None => 0,
    };
    field
        .iter()
        .fold(first, |number, byte| (number << 8) | i64::from(*byte))
}

/// Returns the row that these columns are, if they are one of ours as it was written.
fn verified(columns: &[Column<'_>], rowid: i64) -> Option<Record> {
    match columns {
        [
            Column::Null,
            Column::Bytes(document),
            header @ ..,
            Column::Bytes(bytes),
        ] if header.len() == 10 => {
            let header = read_header(document, header)?;
            Some(Record::Change {
                position: rowid,
                document: header.document,
                change: header.with_bytes(bytes.to_vec()).ok()?,
            })
        }
        [
            Column::Bytes(document),
            Column::Integer(_position),
            header @ ..,
            Column::Integer(_rowid),
        ] if header.len() == 10 => trace(document, header),
        [
            Column::Bytes(document),
            Column::Integer(_position),
            header @ ..,
        ] if header.len() == 10 => trace(document, header),
        [
            Column::Null,
            Column::Bytes(document),
            Column::Text(key),
            value,
            Column::Bytes(digest),
        ] => {
            let key = String::from_utf8(key.to_vec()).ok()?;
            let bytes = match value {
                Column::Bytes(bytes) => Some(bytes.to_vec()),
                Column::Null => None,
                Column::Integer(_) | Column::Text(_) => return None,
            };
            (value_digest(document, &key, bytes.as_deref()) == *digest).then(|| Record::Value {
                revision: rowid,
                document: document.to_vec(),
                key,
                bytes,
            })
        }
        _ => None,
    }
}

fn trace(document: &[u8], header: &[Column<'_>]) -> Option<Record> {
    let header = read_header(document, header)?.verified().ok()?;
    Some(Record::Header {
        document: header.document,
        hash: header.meta.hash,
    })
}

fn read_header(document: &[u8], columns: &[Column<'_>]) -> Option<Header> {
    let [
        Column::Bytes(hash),
        Column::Bytes(deps),
        Column::Bytes(actor),
        Column::Integer(seq),
        Column::Integer(start_op),
        Column::Integer(op_count),
        Column::Integer(time_s),
        Column::Integer(size_bytes),
        Column::Bytes(digest),
        Column::Bytes(seal),
    ] = columns
    else {
        return None;
    };
    let (deps, _rest) = deps.as_chunks::<32>();
    Some(Header {
        document: DocumentId::try_from(document).ok()?,
        meta: ChangeMeta {
            hash: ChangeHash::try_from(*hash).ok()?,
            deps: deps.iter().map(|dep| ChangeHash(*dep)).collect(),
            actor: Arc::from(*actor),
            seq: seq.cast_unsigned(),
            start_op: start_op.cast_unsigned(),
            op_count: op_count.cast_unsigned(),
            time_s: *time_s,
            size_bytes: size_bytes.cast_unsigned(),
        },
        digest: digest.to_vec(),
        seal: seal.to_vec(),
    })
}
