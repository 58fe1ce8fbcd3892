//! Actions that come round: which occurrences are due, whether or not the program was running.
//!
//! An occurrence exists by its series' rule alone. It becomes a record when somebody does something with it, under an id
//! that every device derives alike; so an occurrence that was done or deleted never comes back, and none is skipped.

use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::action::{Action, ActionField, ActionSeries, ActionState};
use crate::board::Board;
use crate::calendar::add_days;
use crate::command::Command;
use crate::recurrence::{Occurrence, occurrence};
use crate::workdays::Calendars;

/// An occurrence of an action series that nobody has touched yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The series.
    pub series: Arc<ActionSeries>,
    /// The occurrence; its day is the due day.
    pub occurrence: Occurrence,
}

impl Due {
    /// Returns the command that makes the occurrence a record in this state.
    pub fn make(&self, state: ActionState, done_on: Option<NaiveDate>) -> Command {
        let series = &self.series;
        Command::create(
            self.occurrence.id,
            vec![
                ActionField::Title(series.title.clone()),
                ActionField::State(state),
                ActionField::Owner(series.owner),
                ActionField::Due(Some(self.occurrence.day)),
                ActionField::Priority(series.priority),
                ActionField::Project(series.project),
                ActionField::Series(Some(series.meta.id)),
                ActionField::DoneOn(done_on),
            ],
        )
    }
}

/// Days by which an occurrence may be moved before its own date, because days off come before it.
const MOST_MOVED: i64 = 14;
/// Occurrences of one series that are listed; older ones first.
const MOST: usize = 400;

/// Returns the occurrences that show on `today` and are no record yet, earliest first.
///
/// Everything since the first day of a series counts: a month without the program loses none. At most 400 a series.
pub fn due(board: &Board, today: NaiveDate) -> Vec<Due> {
    let calendars = Calendars::of(board);
    let mut found = Vec::new();
    for (id, series) in &board.action_series {
        let (Some(rule), Some(first)) = (&series.rule, series.first_day) else {
            continue;
        };
        let lead = series.lead.map_or(14, |lead| lead.0);
        let open = rule
            .dates(
                first,
                first,
                add_days(today, lead.saturating_add(MOST_MOVED)),
            )
            .into_iter()
            .map(|date| occurrence(*id, date, series.off_day, calendars.of_workspace()))
            .filter(|occurrence| occurrence.day <= add_days(today, lead))
            .filter(|occurrence| !is_record(board, occurrence.id));
        found.extend(open.take(MOST).map(|occurrence| Due {
            series: Arc::clone(series),
            occurrence,
        }));
    }
    found.sort_by_key(|due| (due.occurrence.day, due.occurrence.id));
    found
}

fn is_record(board: &Board, id: RecordId) -> bool {
    board.actions.get(&id).is_some() || board.deleted.get(&id).is_some()
}

/// Tells whether an action is put aside on `today`.
pub fn is_snoozed(action: &Action, today: NaiveDate) -> bool {
    action.state.is_open() && action.snoozed_until.is_some_and(|until| until > today)
}

/// Returns the open actions whose day to ask again has come, the longest waiting first.
pub fn to_chase(board: &Board, today: NaiveDate) -> Vec<Arc<Action>> {
    let mut found: Vec<Arc<Action>> = (&board.actions)
        .into_iter()
        .map(|(_, action)| action)
        .filter(|action| action.state.is_open() && !is_snoozed(action, today))
        .filter(|action| action.chase_on.is_some_and(|day| day <= today))
        .cloned()
        .collect();
    found.sort_by_key(|action| (action.waiting_since.or(action.chase_on), action.meta.id));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, day, id};
    use crate::kind::Kind;

    fn desk() -> Desk {
        let mut desk = Desk::new();
        let fields = [
            ("title", "Check the backup tapes"),
            ("rule", "FREQ=WEEKLY;BYDAY=MO"),
            ("first_day", "2026-11-02"),
            ("owner", "Anna"),
            ("lead", "0"),
        ];
        desk.put(Kind::ActionSeries, "s", &fields);
        desk
    }

    #[test]
    fn no_occurrence_is_skipped_while_the_program_is_closed() {
        let mut desk = desk();
        let days = |desk: &Desk, today| -> Vec<String> {
            let due = due(desk.board(), day(today));
            due.iter()
                .map(|due| due.occurrence.day.to_string())
                .collect()
        };
        assert_eq!(days(&desk, "2026-11-02"), ["2026-11-02"]);
        let first = due(desk.board(), day("2026-11-02"));
        desk.run(&first[0].make(ActionState::Done, Some(day("2026-11-02"))))
            .unwrap();
        assert_eq!(
            days(&desk, "2026-11-25"),
            ["2026-11-09", "2026-11-16", "2026-11-23"]
        );
        let deleted = due(desk.board(), day("2026-11-25"));
        desk.run(&deleted[0].make(ActionState::Open, None)).unwrap();
        let delete = Command::Delete {
            kind: Kind::Action,
            id: deleted[0].occurrence.id,
        };
        desk.run(&delete).unwrap();
        assert_eq!(days(&desk, "2026-11-25"), ["2026-11-16", "2026-11-23"]);
    }

    #[test]
    fn an_occurrence_that_is_moved_before_days_off_is_listed_on_its_day() {
        let mut desk = Desk::new();
        let fields = [
            ("title", "Payroll"),
            ("rule", "FREQ=MONTHLY;BYMONTHDAY=5"),
            ("first_day", "2026-12-05"),
            ("off_day", "previous"),
            ("lead", "0"),
        ];
        desk.put(Kind::ActionSeries, "s", &fields);
        assert_eq!(due(desk.board(), day("2026-12-03")), []);
        let found = due(desk.board(), day("2026-12-04"));
        assert_eq!(found[0].occurrence.day, day("2026-12-04"));
    }

    #[test]
    fn two_devices_make_the_same_record_of_an_occurrence() {
        let here = due(desk().board(), day("2026-11-09"));
        let there = due(desk().board(), day("2026-11-30"));
        assert_eq!(here[1].occurrence.id, there[1].occurrence.id);
        assert_ne!(here[0].occurrence.id, here[1].occurrence.id);
    }

    #[test]
    fn snoozing_needs_a_reason_and_chasing_waits_for_it() {
        let mut desk = desk();
        let fields = [
            ("title", "Quote"),
            ("state", "waiting"),
            ("waiting_for", "Bert"),
            ("chase_on", "2026-11-20"),
        ];
        desk.put(Kind::Action, "a", &fields);
        assert_eq!(to_chase(desk.board(), day("2026-11-25")).len(), 1);
        let refusal = desk
            .try_put(Kind::Action, "a", &[("snoozed_until", "2026-12-01")])
            .unwrap_err();
        assert_eq!(
            refusal,
            "the action cannot be saved: putting an action aside needs a reason; give snooze_reason"
        );
        desk.put(
            Kind::Action,
            "a",
            &[
                ("snoozed_until", "2026-12-01"),
                ("snooze_reason", "On leave"),
            ],
        );
        assert_eq!(to_chase(desk.board(), day("2026-11-30")).len(), 0);
        assert_eq!(to_chase(desk.board(), day("2026-12-01")).len(), 1);
        assert!(
            desk.board()
                .actions
                .get(&id("a"))
                .unwrap()
                .waiting_for
                .is_some()
        );
    }
}
