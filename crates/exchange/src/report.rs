//! Reports as files: text, Markdown, CSV, HTML, spreadsheet, PDF, slides, drafts of e-mails; days to come as a calendar file.
//!
//! What a report says comes from `adjutant_model::report`; only its form is decided here, so all forms have the same
//! figures. The one rule: the same report and provenance give the same bytes.

mod calendar;
#[expect(
    clippy::format_collect,
    reason = "a row is a short text, and a page has few"
)]
mod html;
mod mail;
mod pack;
pub mod page;
pub mod palette;
mod pdf;
mod provenance;
mod scale;
mod sheet;
#[expect(
    clippy::format_collect,
    reason = "a part of a slide is a short text, and a slide has few"
)]
mod slides;
mod text;

use adjutant_model::report::Report;

pub use calendar::calendar;
pub use pack::pack;
pub use page::Paper;
pub use provenance::{DocumentVersion, Provenance};
pub use text::{TextForm, aligned, text};
pub(crate) use text::{csv_row, guarded};

/// A form of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileForm {
    /// Aligned columns, for terminals.
    Text,
    /// Markdown.
    Markdown,
    /// Comma-separated values.
    Csv,
    /// One HTML file without anything beside it.
    Html,
    /// A spreadsheet with live formulas (Office Open XML).
    Xlsx,
    /// A PDF file.
    Pdf,
    /// Slides with native tables and charts (Office Open XML).
    Pptx,
    /// An unsent e-mail.
    Eml,
}

impl FileForm {
    /// All forms.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Markdown,
        Self::Csv,
        Self::Html,
        Self::Xlsx,
        Self::Pdf,
        Self::Pptx,
        Self::Eml,
    ];

    /// Returns the usual end of a file's name, without the point.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Markdown => "md",
            Self::Csv => "csv",
            Self::Html => "html",
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
            Self::Pptx => "pptx",
            Self::Eml => "eml",
        }
    }
}

/// Why a report could not be made into a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The spreadsheet could not be written.
    #[error("the report does not fit a spreadsheet")]
    Sheet(#[from] rust_xlsxwriter::XlsxError),
    /// The PDF file could not be written.
    #[error("the report could not be set as PDF: {reason}")]
    Pdf {
        /// What the library said.
        reason: String,
    },
    /// The slides could not be packed.
    #[error("the slides could not be packed")]
    Pack(#[from] zip::result::ZipError),
    /// A part of the slides could not be written.
    #[error("a part of the slides could not be written")]
    Part(#[from] std::io::Error),
}

/// Returns the report as the bytes of a file; paper counts for forms with pages.
///
/// # Errors
/// [`RenderError`] if it has more rows than a spreadsheet can hold or a library refuses it.
pub fn render(
    report: &Report,
    provenance: &Provenance,
    form: FileForm,
    paper: Paper,
) -> Result<Vec<u8>, RenderError> {
    match form {
        FileForm::Text => Ok(text(report, provenance, TextForm::Aligned).into_bytes()),
        FileForm::Markdown => Ok(text(report, provenance, TextForm::Markdown).into_bytes()),
        FileForm::Csv => Ok(text(report, provenance, TextForm::Csv).into_bytes()),
        FileForm::Html => Ok(html::render(report, provenance, paper).into_bytes()),
        FileForm::Xlsx => sheet::render(report, provenance, paper),
        FileForm::Pdf => pdf::render(report, provenance, paper),
        FileForm::Pptx => slides::render(report, provenance),
        FileForm::Eml => mail::draft(report, provenance, paper),
    }
}

#[cfg(test)]
pub(crate) mod tests;
