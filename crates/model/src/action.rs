//! Action items.
//!
//! All actions made in one calendar year live in one register document. Overdue is derived, never stored.

use chrono::NaiveDate;

use crate::people::PersonId;
use crate::schema::record;
use crate::value::{Prose, choice};
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
    }
}
