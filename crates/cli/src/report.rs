//! Printing reports and writing them as files.
//!
//! What a report says is decided in the model, how a file looks in the exchange; here stand who, when and of what.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use adjutant_base::{Clock as _, RecordId, SystemClock};
use adjutant_client::Zone;
use adjutant_exchange::report::{FileForm, Provenance, render};
use adjutant_model::report::templates::Template;
use adjutant_model::report::{Block, Report};
use anyhow::{Context as _, bail};

use crate::args::{FormatName, ReportOptions};
use crate::export::write_blocking;
use crate::review;
use crate::session::Session;

/// Prints a report, or writes it to a file.
pub(crate) fn run(session: &Session, options: &ReportOptions) -> anyhow::Result<()> {
    let form = form(options)?;
    let (mut report, about) = report(session, options)?;
    let withheld = session.withheld_words().map(Block::Paragraph);
    report.blocks.splice(0..0, withheld);
    let mut provenance = provenance(session)?;
    if let Some(about) = about {
        provenance.signed = review::signers(session, about)?;
    }
    let bytes = render(&report, &provenance, form, options.paper.into())?;
    let json = serde_json::to_value(&report)?;
    if let Some(path) = &options.out {
        write_blocking(path, &bytes)?;
        let words = format!("{} written to {}\n", report.title, path.display());
        return session.output.result(&words, &json);
    }
    match String::from_utf8(bytes) {
        Ok(text) => session.output.result(&text, &json),
        Err(binary) => {
            let mut out = std::io::stdout().lock();
            if out.is_terminal() {
                bail!(
                    "a {} file is not for the screen; give --out FILE",
                    form.extension()
                );
            }
            out.write_all(binary.as_bytes())?;
            Ok(out.flush()?)
        }
    }
}

/// Returns the form that was asked for, else the one that the file's name says, else text.
fn form(options: &ReportOptions) -> anyhow::Result<FileForm> {
    if let Some(format) = options.format {
        return Ok(match format {
            FormatName::Text => FileForm::Text,
            FormatName::Md => FileForm::Markdown,
            FormatName::Csv => FileForm::Csv,
            FormatName::Html => FileForm::Html,
            FormatName::Xlsx => FileForm::Xlsx,
            FormatName::Pdf => FileForm::Pdf,
            FormatName::Pptx => FileForm::Pptx,
            FormatName::Eml => FileForm::Eml,
        });
    }
    let Some(path) = &options.out else {
        return Ok(FileForm::Text);
    };
    let end = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let named = FileForm::ALL
        .into_iter()
        .find(|form| form.extension() == end);
    named.with_context(|| {
        format!(
            "\"{}\" does not say which form is meant; give --format",
            name_of(path)
        )
    })
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Returns the report, and the record that it is about if it is about one.
fn report(
    session: &Session,
    options: &ReportOptions,
) -> anyhow::Result<(Report, Option<RecordId>)> {
    let (board, today) = (session.board(), session.today());
    let name = options.report.as_str();
    let template = Template::named(name).context("there is no such report")?;
    let Some(kind) = template.about() else {
        let report = template.make(&board, None, today);
        return Ok((report.context("there is no such report")?, None));
    };
    let of = match options.of.as_deref() {
        Some(text) => session.find(text)?.1,
        None => template.usual(&board, today).with_context(|| {
            let (label, kind) = (kind.label(), kind.name());
            format!("say which {label}: --of ID; `list {kind}` shows the ids")
        })?,
    };
    let report = template.make(&board, Some(of), today);
    let report = report.with_context(|| format!("that record is no {}", kind.label()))?;
    Ok((report, Some(of)))
}

/// Returns who makes a report now, and of which version of the data.
pub(crate) fn provenance(session: &Session) -> anyhow::Result<Provenance> {
    let now = SystemClock.now();
    let utc_offset_s = Zone::Local.offset_s(now);
    let local = now.seconds().saturating_add(i64::from(utc_offset_s));
    let made_at = chrono::DateTime::from_timestamp(local, 0)
        .context("the clock of this machine shows no moment that a report can carry")?;
    let board = session.board();
    let device = session.engine.device().to_string();
    let own = board
        .devices
        .into_iter()
        .find(|(_, known)| known.device == device);
    let person = own.map_or("", |(_, device)| board.person_name(device.person));
    Ok(Provenance {
        person: person.to_owned(),
        made_at: made_at.naive_utc(),
        utc_offset_s,
        documents: session.documents()?,
        signed: Vec::new(),
    })
}
