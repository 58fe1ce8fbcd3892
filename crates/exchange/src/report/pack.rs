//! The month's report pack: what a department issues every month, each report in the forms that its readers use.
//!
//! Which reports belong to it is said in `adjutant_model::report::templates`; here, in which forms. The one rule: one
//! board, one day and one provenance for all of it, so no two files of a pack disagree.

use adjutant_model::Board;
use adjutant_model::report::dates;
use adjutant_model::report::templates;
use chrono::NaiveDate;

use super::{FileForm, Paper, Provenance, RenderError, calendar, render};
use crate::export::File;

/// Forms beside PDF, by report.
const FORMS: &[(&str, &[FileForm])] = &[
    ("briefing", &[FileForm::Eml]),
    ("projects", &[FileForm::Pptx, FileForm::Html]),
    ("budget", &[FileForm::Xlsx]),
    ("contracts", &[FileForm::Xlsx]),
    ("licences", &[FileForm::Xlsx]),
];

/// Returns the files of the month's pack, named by month and report; reports that are about nothing here are left out.
///
/// Cost: that of its reports. Equal input gives equal bytes.
///
/// # Errors
/// [`RenderError`] if one of the files cannot be made.
pub fn pack(
    board: &Board,
    provenance: &Provenance,
    today: NaiveDate,
    paper: Paper,
) -> Result<Vec<File>, RenderError> {
    let month = today.format("%Y-%m");
    let mut files = Vec::new();
    for template in templates::ALL.iter().filter(|one| one.is_monthly) {
        let of = template.usual(board, today);
        let Some(report) = template.make(board, of, today) else {
            continue;
        };
        let more = FORMS.iter().find(|(name, _)| *name == template.name);
        let more = more.map_or(&[][..], |(_, forms)| forms);
        for form in std::iter::once(FileForm::Pdf).chain(more.iter().copied()) {
            files.push(File {
                name: format!("{month} {}.{}", template.name, form.extension()),
                bytes: render(&report, provenance, form, paper)?,
            });
        }
    }
    for (name, title, entries) in [
        ("milestones", "Milestones and targets", dates::of(board)),
        (
            "renewals",
            "Contracts and renewals",
            dates::renewals(board, today),
        ),
    ] {
        files.push(File {
            name: format!("{month} {name}.ics"),
            bytes: calendar(title, &entries, provenance),
        });
    }
    Ok(files)
}
