//! Reports as drafts of e-mails: opened in a mail program they wait to be read, changed and sent by a person.
//!
//! A report of words alone is the message itself. Any other stands in the message, as text and as HTML, and goes along as a
//! PDF file. The one rule: no text of a report can become a header, and equal input gives equal bytes, so nothing is drawn
//! from a clock or from chance.
//!
//! Sources: RFC 5322 (form), RFC 2045 to 2047 (parts, base64, words of headers); `X-Unsent` opens a draft in Outlook.

use adjutant_model::report::{Block, Recipient, Report};

use super::provenance::Provenance;
use super::{FileForm, Paper, RenderError, TextForm, html, render, text};

/// Between the parts: base64 has no such sign, so no part can hold it.
const MIXED: &str = "=_adjutant_mixed";
const ALTERNATIVE: &str = "=_adjutant_alternative";
/// Longest line of base64.
const LINE: usize = 76;
/// Letters of a header that are encoded together: 45 bytes are 60 of base64, within the 75 that one word may have.
const WORD_BYTES: usize = 45;

/// Returns the report as an unsent e-mail.
///
/// # Errors
/// [`RenderError`] if the PDF file that goes along cannot be made.
pub(super) fn draft(
    report: &Report,
    provenance: &Provenance,
    paper: Paper,
) -> Result<Vec<u8>, RenderError> {
    let is_words = |block: &Block| matches!(block, Block::Heading(_) | Block::Paragraph(_));
    let mut mail = head(report, provenance);
    if report.blocks.iter().all(is_words) {
        let plain = words(report);
        mail.push_str(&alternative(&plain, &html::of_words(report)));
        return Ok(mail.into_bytes());
    }
    let plain = text(report, provenance, TextForm::Aligned);
    let pdf = render(report, provenance, FileForm::Pdf, paper)?;
    mail.push_str(&format!(
        "Content-Type: multipart/mixed; boundary=\"{MIXED}\"\r\n\r\n--{MIXED}\r\n"
    ));
    mail.push_str(&alternative(
        &plain,
        &html::render(report, provenance, paper),
    ));
    mail.push_str(&format!("\r\n--{MIXED}\r\n"));
    let name = file_name(&report.title);
    mail.push_str(&format!(
        "Content-Type: application/pdf; name=\"{name}.pdf\"\r\n\
         Content-Disposition: attachment; filename=\"{name}.pdf\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}--{MIXED}--\r\n",
        base64_lines(&pdf)
    ));
    Ok(mail.into_bytes())
}

fn head(report: &Report, provenance: &Provenance) -> String {
    let sign = if provenance.utc_offset_s < 0 {
        '-'
    } else {
        '+'
    };
    let minutes = (provenance.utc_offset_s / 60).unsigned_abs();
    let date = provenance.made_at.format("%a, %d %b %Y %H:%M:%S");
    let mut head = format!(
        "X-Unsent: 1\r\nDate: {date} {sign}{:02}{:02}\r\n",
        minutes / 60,
        minutes % 60
    );
    let to: Vec<String> = report.to.iter().filter_map(address).collect();
    if !to.is_empty() {
        head.push_str(&format!("To: {}\r\n", to.join(",\r\n ")));
    }
    head.push_str(&format!("Subject: {}\r\n", unstructured(&report.title)));
    for (name, value) in provenance.rows(report.as_of) {
        let name: String = name.chars().filter(char::is_ascii_alphabetic).collect();
        head.push_str(&format!("X-Adjutant-{name}: {}\r\n", unstructured(&value)));
    }
    head.push_str("MIME-Version: 1.0\r\n");
    head
}

/// Returns the message of a report of words: its paragraphs, without the title, which is the subject.
fn words(report: &Report) -> String {
    let mut text = String::new();
    for block in &report.blocks {
        match block {
            Block::Heading(line) => text.push_str(&format!("\r\n{line}\r\n")),
            Block::Paragraph(line) => text.push_str(&format!("{line}\r\n")),
            Block::Table(_) | Block::Chart(_) => {}
        }
    }
    text
}

fn alternative(plain: &str, html: &str) -> String {
    let mut parts =
        format!("Content-Type: multipart/alternative; boundary=\"{ALTERNATIVE}\"\r\n\r\n");
    for (form, body) in [("plain", plain), ("html", html)] {
        parts.push_str(&format!(
            "--{ALTERNATIVE}\r\nContent-Type: text/{form}; charset=utf-8\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}",
            base64_lines(body.as_bytes())
        ));
    }
    parts.push_str(&format!("--{ALTERNATIVE}--\r\n"));
    parts
}

/// Returns an address for the header; `None` if it is none that a mail program could take apart.
fn address(recipient: &Recipient) -> Option<String> {
    let email = recipient.email.trim();
    let is_plain = |letter: char| letter.is_ascii_graphic() && !"<>()[],;:\\\"".contains(letter);
    let (name, place) = email.split_once('@')?;
    let is_address = !name.is_empty() && !place.is_empty() && !place.contains('@');
    if !is_address || !email.chars().all(is_plain) || email.len() > 254 {
        return None;
    }
    let name = recipient.name.trim();
    Some(if name.is_empty() {
        email.to_owned()
    } else if is_simple(name) && !name.contains(['"', '\\']) {
        format!("\"{name}\" <{email}>")
    } else {
        format!("{} <{email}>", encoded(name))
    })
}

fn is_simple(text: &str) -> bool {
    let is_printable = |letter: char| letter == ' ' || letter.is_ascii_graphic();
    text.len() <= 60 && text.chars().all(is_printable) && !text.contains("=?")
}

/// Returns a text for a header: as it is if every mail program can read it so, else as encoded words.
fn unstructured(text: &str) -> String {
    if is_simple(text) {
        text.to_owned()
    } else {
        encoded(text)
    }
}

fn encoded(text: &str) -> String {
    let mut words = Vec::new();
    let mut word = String::new();
    for letter in text.chars() {
        let letter = if letter.is_control() { ' ' } else { letter };
        if word.len() + letter.len_utf8() > WORD_BYTES {
            words.push(std::mem::take(&mut word));
        }
        word.push(letter);
    }
    words.push(word);
    let encoded: Vec<String> = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", base64(word.as_bytes())))
        .collect();
    encoded.join("\r\n ")
}

/// Returns the title as a file's name of plain letters.
fn file_name(title: &str) -> String {
    let plain: String = title
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                ' '
            }
        })
        .take(80)
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    if words.is_empty() {
        "report".to_owned()
    } else {
        words.join(" ")
    }
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sign = |bits: u32| SIGNS.get(usize::try_from(bits & 63).unwrap_or(0));
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            if at <= group.len() {
                text.extend(sign(bits >> shift).map(|sign| char::from(*sign)));
            } else {
                text.push('=');
            }
        }
    }
    text
}

fn base64_lines(bytes: &[u8]) -> String {
    let text = base64(bytes);
    let mut lines = String::with_capacity(text.len() + text.len() / LINE * 2 + 2);
    let mut rest = text.as_str();
    while let Some((line, more)) = rest.split_at_checked(LINE) {
        lines.push_str(line);
        lines.push_str("\r\n");
        rest = more;
    }
    if !rest.is_empty() {
        lines.push_str(rest);
        lines.push_str("\r\n");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        // RFC 4648, section 10.
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xff, 0xfe, 0xfd]), "//79");
    }

    #[test]
    fn no_text_becomes_a_header_or_an_address_of_its_own() {
        let of = |name: &str, email: &str| {
            address(&Recipient {
                name: name.to_owned(),
                email: email.to_owned(),
            })
        };
        assert_eq!(
            of("Anna Meyer", "a@example.org").as_deref(),
            Some("\"Anna Meyer\" <a@example.org>")
        );
        assert_eq!(of("", "a@example.org").as_deref(), Some("a@example.org"));
        for odd in ["", "a", "a@", "@b", "a@b\r\nBcc: x@y", "a@b,c@d", "a@b@c"] {
            assert_eq!(of("Anna", odd), None, "{odd}");
        }
        let folded = unstructured("Line\r\nBcc: x@example.org");
        assert!(folded.starts_with("=?utf-8?B?"), "{folded}");
        assert!(
            encoded(&"ü".repeat(90))
                .lines()
                .all(|line| line.len() <= 76)
        );
        assert_eq!(file_name("Agenda: \u{dc}ber/..\\x\""), "Agenda ber x");
    }
}
