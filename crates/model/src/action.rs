//! Action items.
//!
//! All actions made in one calendar year live in one register document, with what was done to follow them up. Overdue is
//! derived, never stored; so are the occurrences of a series until somebody touches one.

use chrono::NaiveDate;

use crate::people::PersonId;
use crate::quantity::Days;
use crate::recurrence::{OffDay, Recurrence};
use crate::schema::record;
use crate::value::{Prose, choice};
use crate::vendor::Channel;
use adjutant_base::RecordId;

choice! {
    /// Where an action stands.
    ActionState {
        /// To be done.
        Open = "open", "Open";
        /// Being done.
        InProgress = "in_progress", "In progress";
        /// Somebody else has to move first.
        Waiting = "waiting", "Waiting";
        /// Done.
        Done = "done", "Done";
        /// Not needed any more.
        Cancelled = "cancelled", "Cancelled";
    }
}

impl ActionState {
    /// Tells whether something is still to be done.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::InProgress | Self::Waiting)
    }
}

choice! {
    /// How urgent an action is.
    Priority {
        /// As usual.
        Normal = "normal", "Normal";
        /// Before others.
        High = "high", "High";
        /// After others.
        Low = "low", "Low";
    }
}

record! {
    /// An action item: one thing that one person is to do.
    Action = "action", fields ActionField {
        /// What is to be done. Required.
        title / Title: String;
        /// Where it stands.
        state / State: ActionState;
        /// Person who is to do it.
        owner / Owner: Option<PersonId>;
        /// Day by which it is to be done.
        due / Due: Option<NaiveDate>;
        /// How urgent it is.
        priority / Priority: Priority;
        /// The project that it serves.
        project / Project: Option<RecordId>;
        /// Day on which it was done.
        done_on / DoneOn: Option<NaiveDate>;
        /// Anything worth knowing.
        notes / Notes: Prose;
        /// File and line that it was imported from.
        source / Source: String;
        /// Number that people cite, for example "A-K7-12".
        number / Number: String;
        /// The record that it came from: a meeting, a line of minutes, an invoice.
        origin / Origin: Option<RecordId>;
        /// The series that it is an occurrence of.
        series / Series: Option<RecordId>;
        /// Person who has to move first.
        waiting_for / WaitingFor: Option<PersonId>;
        /// Day since when.
        waiting_since / WaitingSince: Option<NaiveDate>;
        /// Day on which to ask again.
        chase_on / ChaseOn: Option<NaiveDate>;
        /// Day until which it is put aside.
        snoozed_until / SnoozedUntil: Option<NaiveDate>;
        /// Why it is put aside.
        snooze_reason / SnoozeReason: String;
    }
}

record! {
    /// Something that was done to follow an action up.
    FollowUp = "follow_up", fields FollowUpField {
        /// The action. Required; it never changes.
        action / Action: Option<RecordId>;
        /// What was said. Required.
        title / Title: String;
        /// Day.
        day / Day: Option<NaiveDate>;
        /// How it was said.
        channel / Channel: Channel;
        /// Person who asked.
        by / By: Option<PersonId>;
        /// Whether an answer came.
        is_answered / IsAnswered: bool;
    }
}

record! {
    /// An action that comes round again and again.
    ActionSeries = "action_series", fields ActionSeriesField {
        /// What is to be done. Required.
        title / Title: String;
        /// When it is due. Required.
        rule / Rule: Option<Recurrence>;
        /// Day of the first occurrence, from which the rule counts. Required.
        first_day / FirstDay: Option<NaiveDate>;
        /// What becomes of an occurrence on a day that is not worked.
        off_day / OffDay: OffDay;
        /// Person who is to do it.
        owner / Owner: Option<PersonId>;
        /// How urgent it is.
        priority / Priority: Priority;
        /// The project that it serves.
        project / Project: Option<RecordId>;
        /// Days before an occurrence is due at which it shows; 14 if empty.
        lead / Lead: Option<Days>;
    }
}
