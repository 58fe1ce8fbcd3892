//! Bytes as text: byte order marks, UTF-8, UTF-16 and Windows-1252, and files that are no text at all.
//!
//! The one rule: a file of another kind is named, so that a person knows what to do, and is never read as text.

use std::borrow::Cow;

use adjutant_base::limits;

use super::FileError;

/// Text and how it was found.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) encoding: &'static str,
    pub(super) replaced: usize,
}

/// The replacement character, which decoders put where bytes were no character.
const REPLACEMENT: char = '\u{fffd}';

/// How much of a file is looked at to tell UTF-16 without a mark, in bytes.
const SAMPLE_BYTES: usize = 4 << 10;

const AS_CSV: &str = "open it and save the sheet as CSV";
const WANTED: &str = "a CSV file is text with one row a line";

/// What the first bytes of other kinds of files are, what they are called, and how to go on.
const SIGNATURES: [(&[u8], &str, &str); 9] = [
    (b"PK\x03\x04", "a packed file", AS_CSV),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Excel or Office file (XLS), or a spreadsheet with a password",
        "save it as XLSX, ODS or CSV, without a password",
    ),
    (b"%PDF", "a PDF", WANTED),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"SQLite format 3\0", "a database", WANTED),
    (b"\x89PNG", "a picture", WANTED),
    (b"\xff\xd8\xff", "a picture", WANTED),
    (b"{\\rtf", "a text document (RTF)", WANTED),
    (b"\x7fELF", "a program", WANTED),
];

/// Returns the text of a file of any kind that is text.
pub(in crate::import) fn text_of(bytes: &[u8]) -> Result<Cow<'_, str>, FileError> {
    Ok(decode_text(bytes)?.text)
}

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, FileError> {
    let decoded = decode_text(bytes)?;
    let start: String = decoded
        .text
        .trim_start()
        .chars()
        .take(16)
        .collect::<String>()
        .to_lowercase();
    if ["<!doctype html", "<html", "<table", "<?xml"]
        .iter()
        .any(|tag| start.starts_with(tag))
    {
        return Err(FileError::OtherKind {
            kind: "a web page or XML file",
            remedy: AS_CSV,
        });
    }
    Ok(decoded)
}

fn decode_text(bytes: &[u8]) -> Result<Decoded<'_>, FileError> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits::IMPORT_BYTES {
        return Err(FileError::TooLarge);
    }
    if bytes.is_empty() {
        return Err(FileError::Empty);
    }
    for (start, kind, remedy) in SIGNATURES {
        if bytes.starts_with(start) {
            return Err(FileError::OtherKind { kind, remedy });
        }
    }
    let decoded = if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        utf_8(rest)
    } else if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        utf_16(rest, encoding_rs::UTF_16LE, "UTF-16 (little-endian)")
    } else if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        utf_16(rest, encoding_rs::UTF_16BE, "UTF-16 (big-endian)")
    } else {
        unmarked(bytes)
    };
    if decoded.text.contains('\0') {
        return Err(FileError::OtherKind {
            kind: "a binary file",
            remedy: WANTED,
        });
    }
    Ok(decoded)
}

/// Decodes a file without a mark: UTF-16 if every other byte is zero, else UTF-8, else Windows-1252.
fn unmarked(bytes: &[u8]) -> Decoded<'_> {
    let sample = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    let zeros = |first: usize| {
        sample
            .iter()
            .skip(first)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let many = sample.len() / 5;
    if odd > many && even == 0 {
        return utf_16(bytes, encoding_rs::UTF_16LE, "UTF-16 (little-endian)");
    }
    if even > many && odd == 0 {
        return utf_16(bytes, encoding_rs::UTF_16BE, "UTF-16 (big-endian)");
    }
    utf_8(bytes)
}

fn utf_16<'a>(
    bytes: &'a [u8],
    encoding: &'static encoding_rs::Encoding,
    name: &'static str,
) -> Decoded<'a> {
    let (text, _had_errors) = encoding.decode_without_bom_handling(bytes);
    Decoded {
        replaced: text.matches(REPLACEMENT).count(),
        text,
        encoding: name,
    }
}

/// Decodes UTF-8; bytes that are mostly not UTF-8 are Windows-1252, what Excel writes in Western countries.
fn utf_8(bytes: &[u8]) -> Decoded<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded {
            text: Cow::Borrowed(text),
            encoding: "UTF-8",
            replaced: 0,
        };
    }
    let text = String::from_utf8_lossy(bytes);
    let replaced = text.matches(REPLACEMENT).count();
    let good = text
        .chars()
        .filter(|letter| !letter.is_ascii() && *letter != REPLACEMENT)
        .count();
    if good > replaced.saturating_mul(10) {
        return Decoded {
            text,
            encoding: "UTF-8",
            replaced,
        };
    }
    let (text, _had_errors) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
    Decoded {
        text,
        encoding: "Windows-1252",
        replaced: 0,
    }
}
