//! The registers of changes and messages, people who come and go, compliance documents, risks.
//!
//! Each is a description and a function from the board to rows; figures are the model's.

use std::sync::Arc;

use adjutant_base::RecordId;
use adjutant_model::change::{ChangeState, Communication, CommunicationState, LocalMoment};
use adjutant_model::compliance::DocumentState;
use adjutant_model::query::{change, onboarding};
use adjutant_model::status::{RiskField, RiskState};
use adjutant_model::workdays::Calendars;
use adjutant_model::{Command, Kind};
use chrono::NaiveDate;

use super::data::{
    Datum, Register, Row, Rowset, Source, bits, due, first_line, names, ranked, shows,
};
use super::families::{by, tier};
use crate::icons;
use crate::theme::Tone;

pub(super) static CHANGES: Register = Register {
    name: "Changes",
    hint: "Filter changes and messages",
    nouns: ("change or message", "changes and messages"),
    icon: icons::CHANGES,
    columns: &[
        names("Change or message"),
        shows("Type", 138.0).edits("kind"),
        shows("State", 126.0).edits("state"),
        shows("Risk", 104.0).edits("risk"),
        shows("Day", 104.0).right(),
        shows("Service or audience", 134.0),
        shows("Look at", 162.0),
        shows("Owner", 146.0).edits("owner"),
    ],
    choices: &["Coming", "Needs attention", "Messages to send", "All"],
    tiles: &[],
    sort: by(4),
    adds: Some(Kind::Change),
    empty: (
        "No changes yet",
        "A change has a window; the messages to those affected follow from it",
    ),
    rows: changes,
};

fn changes(source: &Source) -> Rowset {
    let (board, today) = (&source.scene.board, source.scene.today);
    let mut rows = Vec::new();
    for figures in change::all(board, today) {
        let one = &figures.change;
        let is_open = !matches!(one.state, ChangeState::Closed | ChangeState::Cancelled);
        let (rank, words) = ranked(&one.state);
        let (kind_rank, kind) = ranked(&one.kind);
        let (risk_rank, risk) = ranked(&one.risk);
        let tone = match one.state {
            ChangeState::Draft | ChangeState::Cancelled => (Tone::Neutral, icons::TO_DO),
            ChangeState::Assess | ChangeState::Authorise => (Tone::Warn, icons::WAITING),
            ChangeState::Scheduled => (Tone::Accent, icons::CLOCK),
            ChangeState::Implement | ChangeState::Review => (Tone::Accent, icons::IN_PROGRESS),
            ChangeState::Closed => (Tone::Ok, icons::DONE),
        };
        let warnings: Vec<&str> = figures
            .warnings
            .iter()
            .map(change::Warning::words)
            .collect();
        let look = match warnings.first().filter(|_| is_open) {
            Some(first) => {
                let mut words = crate::views::record::label(first);
                if warnings.len() > 1 {
                    words = format!("{} warnings", warnings.len());
                }
                Datum::mark(0, Tone::Warn, icons::WARNING, &words).noted(warnings.join(", "))
            }
            None => Datum::text(""),
        };
        let day = one.starts.map(LocalMoment::day);
        let cells = vec![
            Datum::name(&one.title),
            Datum::mark(kind_rank, Tone::Neutral, icons::CHANGES, kind),
            Datum::tag(rank, tone.0, tone.1, words),
            tier(risk_rank, one.risk, risk),
            Datum::day(day, today),
            Datum::quiet(&one.service),
            look,
            Datum::person(board, one.owner),
        ];
        let is_coming = is_open && day.is_none_or(|day| day >= today);
        let choices = bits(&[
            (0, is_coming),
            (1, is_open && !warnings.is_empty()),
            (3, true),
        ]);
        rows.push(Row::of(Kind::Change, one.meta.id, choices, cells));
    }
    let messages = board.communications.into_iter();
    rows.extend(messages.map(|(id, one)| message(source, *id, one)));
    Rowset {
        rows,
        ..Rowset::default()
    }
}

fn message(source: &Source, id: RecordId, one: &Communication) -> Row {
    let (board, today) = (&source.scene.board, source.scene.today);
    let (rank, words) = ranked(&one.state);
    let (kind_rank, kind) = ranked(&one.kind);
    let is_open = matches!(
        one.state,
        CommunicationState::Draft | CommunicationState::Approved
    );
    let (tone, icon) = match one.state {
        CommunicationState::Draft => (Tone::Neutral, icons::TO_DO),
        CommunicationState::Approved => (Tone::Accent, icons::DONE),
        CommunicationState::Sent => (Tone::Ok, icons::DONE),
        CommunicationState::Dropped => (Tone::Neutral, icons::CANCELLED),
    };
    let day = one.sent_on.or(one.planned_on);
    let cells = vec![
        Datum::name(&one.title),
        Datum::mark(10 + kind_rank, Tone::Neutral, icons::COMMENT, kind),
        Datum::tag(rank, tone, icon, words),
        Datum::text(""),
        due(day, is_open, today),
        Datum::quiet(&one.audience),
        Datum::text(""),
        Datum::person(board, one.owner),
    ];
    let is_late = is_open && day.is_some_and(|day| day < today);
    let is_coming = is_open && day.is_none_or(|day| day >= today);
    let choices = bits(&[(0, is_coming), (1, is_late), (2, is_open), (3, true)]);
    Row::of(Kind::Communication, id, choices, cells)
}

pub(super) static ONBOARDING: Register = Register {
    name: "Onboarding",
    hint: "Filter checklists",
    nouns: ("row", "rows"),
    icon: icons::ONBOARDING,
    columns: &[
        names("Checklist or item"),
        shows("Kind", 132.0),
        shows("State", 140.0),
        shows("Person", 164.0).edits("person"),
        shows("Day", 104.0).right(),
        shows("Done", 96.0).right(),
        shows("Owner", 160.0).edits("owner"),
    ],
    choices: &["Checklists", "Open items", "Overdue", "All"],
    tiles: &[],
    sort: by(4),
    adds: Some(Kind::Checklist),
    empty: (
        "Nobody comes or goes",
        "A checklist counts from the first or last day and says who does what by when",
    ),
    rows: onboarding_rows,
};

fn onboarding_rows(source: &Source) -> Rowset {
    let (board, today) = (&source.scene.board, source.scene.today);
    let calendars = Calendars::of(board);
    let mut rows = Vec::new();
    for progress in onboarding::all(board, today, calendars.of_workspace()) {
        let list = &progress.checklist;
        let count = progress.items.len();
        let is_done = count > 0 && progress.settled == count;
        let state = match (is_done, progress.overdue) {
            (true, _) => Datum::tag(3, Tone::Ok, icons::DONE, "Settled"),
            (false, 0) => Datum::tag(2, Tone::Accent, icons::IN_PROGRESS, "On time"),
            (false, late) => Datum::tag(0, Tone::Bad, icons::ERROR, &format!("{late} overdue")),
        };
        let cells = vec![
            Datum::name(&list.title),
            Datum::quiet(ranked(&list.kind).1),
            state,
            Datum::person(board, list.person),
            Datum::day(list.day, today),
            Datum::figure(
                format!("{} of {count}", progress.settled),
                i64::try_from(progress.settled).unwrap_or(0),
                Tone::Neutral,
            ),
            Datum::person(board, list.owner),
        ];
        let choices = bits(&[(0, true), (2, progress.overdue > 0), (3, true)]);
        rows.push(Row::of(Kind::Checklist, list.meta.id, choices, cells));
        for (item, day) in &progress.items {
            rows.push(checklist_item(source, list, (item, *day)));
        }
    }
    Rowset {
        rows,
        ..Rowset::default()
    }
}

fn checklist_item(
    source: &Source,
    list: &adjutant_model::onboarding::Checklist,
    (item, day): (
        &Arc<adjutant_model::onboarding::ChecklistItem>,
        Option<NaiveDate>,
    ),
) -> Row {
    use adjutant_model::onboarding::ChecklistItemField;
    let (board, today) = (&source.scene.board, source.scene.today);
    let is_settled = onboarding::is_settled(item);
    let is_late = !is_settled && day.is_some_and(|day| day < today);
    let state = match (is_settled, is_late) {
        (true, _) => Datum::tag(3, Tone::Ok, icons::DONE, "Settled"),
        (false, true) => Datum::tag(0, Tone::Bad, icons::ERROR, "Overdue"),
        (false, false) => Datum::tag(1, Tone::Neutral, icons::TO_DO, "Open"),
    };
    let cells = vec![
        Datum::name(&item.title),
        Datum::quiet("Item"),
        state,
        Datum::quiet(board.person_name(list.person)),
        due(day, !is_settled, today),
        Datum::text(""),
        Datum::person(board, item.owner.or(list.owner)),
    ];
    let choices = bits(&[(1, !is_settled), (2, is_late), (3, true)]);
    let (done, said) = if item.done_on.is_some() {
        (None, "Open again")
    } else {
        (Some(today), "Done")
    };
    let command = Command::edit(item.meta.id, vec![ChecklistItemField::DoneOn(done)]);
    Row::of(Kind::ChecklistItem, item.meta.id, choices, cells)
        .on_space(Some(command), format!("{said}: {}", item.title))
}

pub(super) static COMPLIANCE: Register = Register {
    name: "Compliance",
    hint: "Filter documents",
    nouns: ("document", "documents"),
    icon: icons::COMPLIANCE,
    columns: &[
        names("Document"),
        shows("Framework", 112.0).edits("framework"),
        shows("Control", 84.0).edits("control"),
        shows("State", 108.0).edits("state"),
        shows("Version", 76.0).edits("version"),
        shows("Approved", 104.0).edits("approved_on").right(),
        shows("Next review", 106.0).edits("next_review").right(),
        shows("Evidence", 140.0),
        shows("Owner", 148.0).edits("owner"),
    ],
    choices: &["In force", "Review due", "Drafts", "All"],
    tiles: &[],
    sort: by(6),
    adds: Some(Kind::ComplianceDocument),
    empty: (
        "No documents yet",
        "A compliance document has an owner, a version and a day of review",
    ),
    rows: compliance,
};

fn compliance(source: &Source) -> Rowset {
    let (board, today) = (&source.scene.board, source.scene.today);
    let rows = board.compliance_documents.into_iter().map(|(id, one)| {
        let (rank, words) = ranked(&one.state);
        let (tone, icon) = match one.state {
            DocumentState::Draft => (Tone::Neutral, icons::TO_DO),
            DocumentState::Approved => (Tone::Ok, icons::DONE),
            DocumentState::Retired => (Tone::Neutral, icons::CANCELLED),
        };
        let is_in_force = one.state == DocumentState::Approved;
        let soon = adjutant_model::calendar::add_days(today, 60);
        let is_due =
            one.state != DocumentState::Retired && one.next_review.is_some_and(|day| day <= soon);
        let cells = vec![
            Datum::name(&one.title),
            Datum::quiet(&one.framework),
            Datum::quiet(&one.control),
            Datum::tag(rank, tone, icon, words),
            Datum::text(&one.version),
            Datum::day(one.approved_on, today),
            due(one.next_review, one.state != DocumentState::Retired, today),
            Datum::quiet(first_line(&one.evidence)),
            Datum::person(board, one.owner),
        ];
        let choices = bits(&[
            (0, is_in_force),
            (1, is_due),
            (2, one.state == DocumentState::Draft),
            (3, true),
        ]);
        Row::of(Kind::ComplianceDocument, *id, choices, cells)
    });
    Rowset {
        rows: rows.collect(),
        ..Rowset::default()
    }
}

pub(super) static RISKS: Register = Register {
    name: "Risks",
    hint: "Filter risks and issues",
    nouns: ("risk or issue", "risks and issues"),
    icon: icons::RISKS,
    columns: &[
        names("Risk or issue"),
        shows("Type", 70.0).edits("kind"),
        shows("State", 96.0).edits("state"),
        shows("Score", 112.0),
        shows("Probability", 88.0).edits("probability").right(),
        shows("Impact", 70.0).edits("impact").right(),
        shows("Look again", 104.0).edits("due").right(),
        shows("Project", 170.0),
        shows("Owner", 148.0).edits("owner"),
    ],
    choices: &["Open", "High", "Closed", "All"],
    tiles: &[],
    sort: by(3),
    adds: Some(Kind::Risk),
    empty: (
        "No risks yet",
        "A risk belongs to a project and has a probability, an impact and an answer",
    ),
    rows: risks,
};

fn risks(source: &Source) -> Rowset {
    let (board, today) = (&source.scene.board, source.scene.today);
    let rows = board.risks.into_iter().map(|(id, one)| {
        let is_open = one.state == RiskState::Open;
        let score = one.score();
        let (tone, icon, words) = match score {
            15.. => (Tone::Bad, icons::ERROR, "High"),
            8..=14 => (Tone::Warn, icons::WARNING, "Medium"),
            _ => (Tone::Neutral, icons::INFO, "Low"),
        };
        let rank = usize::try_from(25_i64.saturating_sub(score)).unwrap_or(0);
        let (state_rank, state) = ranked(&one.state);
        let state_look = if is_open {
            (Tone::Accent, icons::TO_DO)
        } else {
            (Tone::Ok, icons::DONE)
        };
        let project = one.project.and_then(|id| board.projects.get(&id));
        let cells = vec![
            Datum::name(&one.title),
            Datum::quiet(ranked(&one.kind).1),
            Datum::tag(state_rank, state_look.0, state_look.1, state),
            Datum::tag(rank, tone, icon, &format!("{score} {words}")),
            Datum::count(one.probability.0, Tone::Neutral),
            Datum::count(one.impact.0, Tone::Neutral),
            due(one.due, is_open, today),
            Datum::quiet(project.map_or("", |project| project.name.as_str())),
            Datum::person(board, one.owner),
        ];
        let (next, said) = if is_open {
            (RiskState::Closed, "Closed")
        } else {
            (RiskState::Open, "Open again")
        };
        let command = Command::edit(*id, vec![RiskField::State(next)]);
        let choices = bits(&[
            (0, is_open),
            (1, is_open && score >= 15),
            (2, !is_open),
            (3, true),
        ]);
        Row::of(Kind::Risk, *id, choices, cells)
            .on_space(Some(command), format!("{said}: {}", one.title))
    });
    Rowset {
        rows: rows.collect(),
        ..Rowset::default()
    }
}
