//! Status updates: a first draft made from the data, and issuing one.
//!
//! A draft is made by rule, never by opinion, and is there to be edited. Issuing freezes it and reads the project's
//! milestones, so that what was reported can be compared with what came.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::board::Board;
use crate::calendar::add_days;
use crate::command::Command;
use crate::people::PersonId;
use crate::query::health;
use crate::query::project::{MilestoneState, ProjectIndex, shown_day, state};
use crate::query::trend::read_milestones;
use crate::report::show_day;
use crate::status::{Rag, Risk, RiskKind, RiskState, StatusUpdateField, UpdateState};
use crate::value::Prose;
use crate::workdays::Calendars;

/// Days that "next" looks ahead.
const AHEAD_DAYS: i64 = 30;

/// Returns the command that drafts a project's status update with this id; `None` if the project is not on the board.
pub fn draft(
    board: &Board,
    project: RecordId,
    id: RecordId,
    (today, author): (NaiveDate, Option<PersonId>),
) -> Option<Command> {
    let calendars = Calendars::of(board);
    let index = ProjectIndex::of(board, today, &calendars);
    let figures = index.projects.get(&project)?;
    let calendar = calendars.of_project(&figures.project);
    let health = health::all(board, today);
    let health = health.get(&project)?;
    let since = health.last_update.unwrap_or(NaiveDate::MIN);
    let (mut done, mut next, mut decide) = (Vec::new(), Vec::new(), Vec::new());
    let mut missed = Vec::new();
    for milestone in &figures.milestones {
        let state = state(milestone, today, calendar);
        let day = shown_day(milestone);
        let shown = day.map(show_day).unwrap_or_default();
        let line = format!("{}: {}, {shown}", milestone.name, state.words());
        if state.is_done() && day.is_some_and(|day| day > since && day <= today) {
            done.push(line);
        } else if matches!(state, MilestoneState::Overdue { .. }) {
            decide.push(line);
            missed.push(milestone.name.as_str());
        } else if !state.is_done() && day.is_some_and(|day| day <= add_days(today, AHEAD_DAYS)) {
            next.push(line);
        }
    }
    let judgement = &health.overall;
    if matches!(judgement.rag, Rag::Amber | Rag::Red) && decide.is_empty() {
        decide.push(judgement.reason.clone());
    }
    if !decide.is_empty() {
        decide.extend(reasons(board, project));
    }
    if !missed.is_empty() {
        let names = missed.join(", ");
        decide.push(format!("Asked for: a new agreed day for {names}"));
    }
    let text = |lines: Vec<String>| Prose(lines.join("\n"));
    let fields = vec![
        StatusUpdateField::Project(Some(project)),
        StatusUpdateField::Title(format!("{}, {}", figures.project.name, show_day(today))),
        StatusUpdateField::Day(Some(today)),
        StatusUpdateField::Author(author),
        StatusUpdateField::Health(judgement.rag),
        StatusUpdateField::Done(text(done)),
        StatusUpdateField::Next(text(next)),
        StatusUpdateField::Decisions(text(decide)),
    ];
    Some(Command::create(id, fields))
}

/// Issues that a draft names as reasons.
const MOST_REASONS: usize = 3;

/// Returns why it hurts: the worst open issues of the project, each with what is done about it.
fn reasons(board: &Board, project: RecordId) -> Vec<String> {
    let all = (&board.risks).into_iter().map(|(_, risk)| risk);
    let mut issues: Vec<_> = all
        .filter(|risk| risk.project == Some(project) && risk.state == RiskState::Open)
        .filter(|risk| risk.kind == RiskKind::Issue)
        .collect();
    issues.sort_by_key(|risk| std::cmp::Reverse(risk.score()));
    let words = |risk: &&std::sync::Arc<Risk>| {
        let answer: Vec<&str> = risk.response.0.split_whitespace().collect();
        let answer = answer.join(" ");
        let said = format!("Why: {}; {answer}", risk.title);
        said.trim_end_matches("; ").to_owned()
    };
    issues.iter().take(MOST_REASONS).map(words).collect()
}

/// Returns the commands that issue a status update and read its project's milestones; `None` if it is not on the board
/// or is out already.
pub fn issue(board: &Board, update: RecordId, today: NaiveDate) -> Option<Vec<Command>> {
    let found = board.status_updates.get(&update)?;
    if found.state == UpdateState::Issued {
        return None;
    }
    let fields = vec![
        StatusUpdateField::Day(Some(found.day.unwrap_or(today))),
        StatusUpdateField::State(UpdateState::Issued),
    ];
    let mut commands = vec![Command::edit(update, fields)];
    commands.extend(read_milestones(board, found.project?, today));
    Some(commands)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, day, id};
    use crate::kind::Kind;

    #[test]
    fn a_draft_says_what_was_done_what_comes_and_what_hurts_and_issuing_freezes_it() {
        let mut desk = Desk::new();
        let project = [
            ("name", "Move"),
            ("status", "active"),
            ("start", "2026-01-05"),
        ];
        desk.put(Kind::Project, "p", &project);
        for (name, baseline, done_on) in [
            ("Design", "2026-11-20", "2026-11-20"),
            ("Order", "2026-11-16", ""),
            ("Cutover", "2026-12-10", ""),
            ("Close", "2027-05-10", ""),
        ] {
            let fields = [
                ("project", "p"),
                ("name", name),
                ("baseline", baseline),
                ("done_on", done_on),
            ];
            desk.put(Kind::Milestone, name, &fields);
        }
        for (name, kind, impact, response) in [
            ("Vendor is late", "issue", "5", "A second source is sought"),
            ("Rooms are small", "issue", "1", ""),
            ("Snow", "risk", "5", ""),
        ] {
            let fields = [
                ("project", "p"),
                ("title", name),
                ("kind", kind),
                ("impact", impact),
                ("response", response),
            ];
            desk.put(Kind::Risk, name, &fields);
        }
        let today = day("2026-11-25");
        let draft = draft(desk.board(), id("p"), id("u"), (today, None)).unwrap();
        desk.run(&draft).unwrap();
        let update = desk.board().status_updates.get(&id("u")).unwrap();
        assert_eq!(update.title, "Move, 25 Nov 2026");
        assert_eq!(update.health, Rag::Red);
        assert_eq!(update.done.0, "Design: Done on time, 20 Nov 2026");
        assert_eq!(update.next.0, "Cutover: On track, 10 Dec 2026");
        assert_eq!(
            update.decisions.0,
            "Order: Overdue 7 wd, 16 Nov 2026\n\
             Why: Vendor is late; A second source is sought\n\
             Why: Rooms are small\n\
             Asked for: a new agreed day for Order"
        );
        for command in issue(desk.board(), id("u"), today).unwrap() {
            desk.run(&command).unwrap();
        }
        assert_eq!(desk.board().count(Kind::MilestoneReading), 4);
        assert_eq!(issue(desk.board(), id("u"), today), None);
        assert!(
            desk.try_put(Kind::StatusUpdate, "u", &[("title", "x")])
                .is_err()
        );
    }
}
