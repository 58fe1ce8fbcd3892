//! What people say about a project: status updates, risks and issues, who is responsible for what.
//!
//! They live in the project's document. An issued status update is evidence and changes no more.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::people::PersonId;
use crate::quantity::Grade;
use crate::schema::record;
use crate::value::{Prose, choice};

choice! {
    /// How well something stands.
    Rag {
        /// As planned.
        Green = "green", "Green";
        /// Off plan, and it can still be mended where it is.
        Amber = "amber", "Amber";
        /// Off plan, and somebody has to decide.
        Red = "red", "Red";
        /// Nobody has said for too long.
        Stale = "stale", "Stale";
    }
}

choice! {
    /// Whether a text is being written or is out.
    UpdateState {
        /// Being written.
        Draft = "draft", "Draft";
        /// Out; it changes no more.
        Issued = "issued", "Issued";
    }
}

choice! {
    /// Whether something may happen or has happened.
    RiskKind {
        /// It may happen.
        Risk = "risk", "Risk";
        /// It has happened.
        Issue = "issue", "Issue";
    }
}

choice! {
    /// Where a risk or an issue stands.
    RiskState {
        /// To be dealt with.
        Open = "open", "Open";
        /// Dealt with or gone.
        Closed = "closed", "Closed";
    }
}

choice! {
    /// What a person is to a piece of work.
    RaciRole {
        /// Does it.
        Responsible = "responsible", "Responsible";
        /// Answers for it; exactly one person.
        Accountable = "accountable", "Accountable";
        /// Is asked.
        Consulted = "consulted", "Consulted";
        /// Is told.
        Informed = "informed", "Informed";
    }
}

record! {
    /// A status update of a project: dated, and frozen once it is issued.
    StatusUpdate = "status_update", fields StatusUpdateField {
        /// The project. Required; it never changes.
        project / Project: Option<RecordId>;
        /// Headline. Required.
        title / Title: String;
        /// Day that it speaks of.
        day / Day: Option<NaiveDate>;
        /// Person who wrote it.
        author / Author: Option<PersonId>;
        /// Whether it is out.
        state / State: UpdateState;
        /// How the project stood in the author's words.
        health / Health: Rag;
        /// What was done.
        done / Done: Prose;
        /// What comes next.
        next / Next: Prose;
        /// What somebody has to decide.
        decisions / Decisions: Prose;
    }
}

record! {
    /// What was expected of a milestone on a day: evidence that its trend is drawn from. Its id follows from milestone and
    /// day. It never changes.
    MilestoneReading = "milestone_reading", fields MilestoneReadingField {
        /// The project. Required; it never changes.
        project / Project: Option<RecordId>;
        /// The milestone. Required; it never changes.
        milestone / Milestone: Option<RecordId>;
        /// The day on which it was read. Required; it never changes.
        day / Day: Option<NaiveDate>;
        /// Day on which the milestone was expected, or was reached.
        expected / Expected: Option<NaiveDate>;
        /// Whether it had been reached.
        is_done / IsDone: bool;
    }
}

record! {
    /// A risk or an issue of a project.
    Risk = "risk", fields RiskField {
        /// The project. Required; it never changes.
        project / Project: Option<RecordId>;
        /// What may happen or has happened. Required.
        title / Title: String;
        /// Whether it may happen or has happened.
        kind / Kind: RiskKind;
        /// Where it stands.
        state / State: RiskState;
        /// How likely it is, from 1 to 5.
        probability / Probability: Grade;
        /// How bad it is, from 1 to 5.
        impact / Impact: Grade;
        /// What is done about it.
        response / Response: Prose;
        /// Person who looks after it.
        owner / Owner: Option<PersonId>;
        /// Day on which it is looked at again.
        due / Due: Option<NaiveDate>;
    }
}

impl Risk {
    /// Returns probability times impact, from 1 to 25.
    pub fn score(&self) -> i64 {
        self.probability.0.saturating_mul(self.impact.0)
    }
}

record! {
    /// Who is what to a deliverable (RACI).
    Responsibility = "responsibility", fields ResponsibilityField {
        /// The project. Required; it never changes.
        project / Project: Option<RecordId>;
        /// The deliverable, in words. Required.
        deliverable / Deliverable: String;
        /// The person.
        person / Person: Option<PersonId>;
        /// What the person is to it.
        role / Role: RaciRole;
    }
}
