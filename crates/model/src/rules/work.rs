//! Rules of actions, meetings, changes and communications.
//!
//! The one rule: what was sent, approved or cited stays as it was.

use chrono::NaiveDate;

use super::After;
use crate::change::{ChangeKind, ChangeState, CommunicationState};
use crate::command::CommandError;
use crate::meeting::MinutesState;

pub(super) fn action(after: &After<'_>) -> Result<(), CommandError> {
    let until: Option<NaiveDate> = after.get("snoozed_until");
    let reason: String = after.get("snooze_reason");
    if until.is_some() && after.changes("snoozed_until") && reason.trim().is_empty() {
        return after.refuse(
            "snoozed_until",
            "putting an action aside needs a reason",
            "give snooze_reason",
        );
    }
    frozen_number(after)
}

/// Refuses another number for what people may have cited.
pub(super) fn frozen_number(after: &After<'_>) -> Result<(), CommandError> {
    let old: Option<String> = after.old_value("number");
    match old {
        Some(old) if !old.is_empty() && after.changes("number") => after.refuse(
            "number",
            format!("the number {old} has been given"),
            "keep it: somebody may have cited it",
        ),
        _ => Ok(()),
    }
}

pub(super) fn change(after: &After<'_>) -> Result<(), CommandError> {
    let kind: ChangeKind = after.get("kind");
    let state: ChangeState = after.get("state");
    let approved: Option<NaiveDate> = after.get("approved_on");
    let goes_ahead = matches!(state, ChangeState::Scheduled | ChangeState::Implement);
    if kind == ChangeKind::Normal && goes_ahead && after.changes("state") && approved.is_none() {
        return after.refuse(
            "state",
            "a normal change is scheduled when it is authorised",
            "give approver and approved_on",
        );
    }
    Ok(())
}

pub(super) fn communication(after: &After<'_>) -> Result<(), CommandError> {
    let old: Option<CommunicationState> = after.old_value("state");
    if old == Some(CommunicationState::Sent)
        && after.new.iter().any(|(field, _)| after.changes(field))
    {
        return after.refuse(
            "state",
            "it has been sent",
            "send a new one that corrects it",
        );
    }
    Ok(())
}

/// Why minutes change no more, and what to do instead.
pub(super) const MINUTES_APPROVED: &str = "the minutes are approved";
pub(super) const CORRECT_MINUTES: &str = "correct them in the minutes of the next meeting";

pub(super) fn minute(after: &After<'_>) -> Result<(), CommandError> {
    of_open_minutes(after, "text")
}

pub(super) fn decision(after: &After<'_>) -> Result<(), CommandError> {
    frozen_number(after)?;
    of_open_minutes(after, "title")
}

/// Refuses what would stand in minutes that are approved.
fn of_open_minutes(after: &After<'_>, field: &'static str) -> Result<(), CommandError> {
    let meeting: Option<adjutant_base::RecordId> = after.get("meeting");
    let meeting = meeting.and_then(|id| after.board.meetings.get(&id));
    if meeting.is_some_and(|meeting| meeting.minutes == MinutesState::Approved) {
        return after.refuse(field, MINUTES_APPROVED, CORRECT_MINUTES);
    }
    Ok(())
}
