//! The pack of somebody who comes or goes: what is to be done by whom and when, accesses, seats, equipment.
//!
//! Due days follow from the checklist's day; what has been done shows the day on which it was.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::draft::{Draft, left, right};
use super::{Cell, Report, Tone, counted, show_day};
use crate::board::Board;
use crate::onboarding::ChecklistItem;
use crate::query::onboarding::{Progress, access_list, all, is_settled};
use crate::workdays::Calendars;

pub(super) fn report(board: &Board, checklist: RecordId, today: NaiveDate) -> Option<Report> {
    let calendars = Calendars::of(board);
    let all = all(board, today, calendars.of_workspace());
    let found = all.iter().find(|one| one.checklist.meta.id == checklist)?;
    let about = &found.checklist;
    let name = board.person_name(about.person);
    let title = if name.is_empty() {
        about.title.clone()
    } else {
        format!("{}: {name}", about.kind.label())
    };
    let mut draft = Draft::new(title, today);
    let doers = found.items.iter().filter_map(|(item, _)| item.owner);
    draft.to(board, about.owner.into_iter().chain(doers));
    facts(&mut draft, board, found);
    draft.say(progress(found));
    draft.heading("What is to be done");
    let rows = found
        .items
        .iter()
        .map(|(item, due)| row(board, item, *due, today));
    let columns = [
        right("Due"),
        left("What"),
        left("Who"),
        left("State"),
        left("Evidence"),
    ];
    draft.table(columns, rows.collect(), "Nothing has been listed.");
    rights(&mut draft, board, found, today);
    Some(draft.done())
}

fn facts(draft: &mut Draft, board: &Board, found: &Progress) {
    let about = &found.checklist;
    let person = about.person.and_then(|id| board.people.get(&id.0));
    let columns = [
        left("Name"),
        left("Role"),
        left("E-mail"),
        right("Day"),
        left("Answers for it"),
    ];
    let row = [
        Cell::text(board.person_name(about.person)),
        Cell::text(person.map_or("", |person| &person.role)),
        Cell::text(person.map_or("", |person| &person.email)),
        Cell::date(about.day),
        Cell::text(board.person_name(about.owner)),
    ];
    draft.table(columns, vec![row], "");
}

fn progress(found: &Progress) -> String {
    let mut text = format!(
        "{} of {} settled, {} overdue.",
        found.settled,
        counted(found.items.len(), "item"),
        found.overdue
    );
    if let (Some(day), Some(left)) = (found.checklist.day, found.days_left)
        && left >= 0
    {
        let days = counted(usize::try_from(left).unwrap_or(0), "day");
        text.push_str(&match left {
            0 => " The day is today.".to_owned(),
            _ => format!(" {days} until {}.", show_day(day)),
        });
    }
    text
}

fn row(board: &Board, item: &ChecklistItem, due: Option<NaiveDate>, today: NaiveDate) -> [Cell; 5] {
    let state = if let Some(day) = item.done_on {
        Cell::status(format!("Done {}", show_day(day)), Tone::Good)
    } else if item.is_dropped {
        Cell::status("Not needed", Tone::Neutral)
    } else if !is_settled(item) && due.is_some_and(|due| due < today) {
        Cell::status("Overdue", Tone::Bad)
    } else {
        Cell::status("Open", Tone::Neutral)
    };
    [
        Cell::date(due),
        Cell::text(&item.title),
        Cell::text(board.person_name(item.owner)),
        state,
        Cell::text(&item.evidence),
    ]
}

fn rights(draft: &mut Draft, board: &Board, found: &Progress, today: NaiveDate) {
    let Some(person) = found.checklist.person else {
        return;
    };
    draft.heading("Accesses");
    let grants = access_list(board, person);
    let rows = grants.iter().map(|grant| {
        [
            Cell::text(&grant.system),
            Cell::text(&grant.level),
            Cell::text(board.person_name(grant.approver)),
            Cell::date(grant.granted_on),
            Cell::date(grant.review_due),
        ]
    });
    let columns = [
        left("System"),
        left("Level"),
        left("Approved by"),
        right("Given"),
        right("Look again by"),
    ];
    draft.table(columns, rows.collect(), "None has been given.");
    draft.heading("Licence seats");
    let seats = (&board.assignments).into_iter().map(|(_, seat)| seat);
    let seats =
        seats.filter(|seat| seat.person == Some(person) && seat.to.is_none_or(|to| to >= today));
    let rows = seats.map(|seat| {
        let licence = seat.licence.and_then(|id| board.licences.get(&id));
        [
            Cell::text(licence.map_or("", |licence| &licence.product)),
            Cell::date(seat.from),
            Cell::date(seat.to),
        ]
    });
    let columns = [left("Product"), right("From"), right("To")];
    draft.table(columns, rows.collect(), "None has been assigned.");
}
