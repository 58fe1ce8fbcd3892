//! Projects and their milestones.
//!
//! A project and all its milestones live in one document. Slip, state and health are derived in
//! [`crate::query::project`], never stored.

use chrono::NaiveDate;

use crate::money::{Amount, Currency};
use crate::people::PersonId;
use crate::schema::record;
use crate::status::Rag;
use crate::value::{Prose, choice};
use adjutant_base::RecordId;

choice! {
    /// Where a project stands.
    ProjectStatus {
        /// Agreed but not begun.
        Planned = "planned", "Planned";
        /// Being worked on.
        Active = "active", "Active";
        /// Stopped for now.
        OnHold = "on_hold", "On hold";
        /// Finished.
        Done = "done", "Done";
        /// Given up.
        Cancelled = "cancelled", "Cancelled";
    }
}

impl ProjectStatus {
    /// Tells whether work is still to be done or may be taken up again.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::Active | Self::OnHold)
    }
}

record! {
    /// A project: a temporary undertaking with an end.
    Project = "project", fields ProjectField {
        /// Short code that people use for it.
        code / Code: String;
        /// Name. Required.
        name / Name: String;
        /// Where it stands.
        status / Status: ProjectStatus;
        /// Person who answers for it.
        owner / Owner: Option<PersonId>;
        /// Programme, agency or department that it belongs to.
        portfolio / Portfolio: String;
        /// First day.
        start / Start: Option<NaiveDate>;
        /// Day on which it is to be finished.
        target / Target: Option<NaiveDate>;
        /// Cost as planned, in minor units of `currency`.
        planned_cost / PlannedCost: Option<Amount>;
        /// Cost above plan (positive) or below it (negative), in minor units of `currency`.
        cost_overrun / CostOverrun: Option<Amount>;
        /// Currency of the costs.
        currency / Currency: Currency;
        /// Anything worth knowing.
        notes / Notes: Prose;
        /// Key of the row that it was imported from; importing the row again makes nothing twice.
        external_key / ExternalKey: String;
        /// File and line that it was imported from.
        source / Source: String;
        /// Calendar by which it is worked; the workspace's if empty.
        calendar / Calendar: Option<RecordId>;
        /// How it stands in somebody's judgement, whatever the rules say.
        health_override / HealthOverride: Option<Rag>;
        /// Why the judgement differs; without it the rules stand.
        override_reason / OverrideReason: String;
        /// Last day on which the judgement counts.
        override_until / OverrideUntil: Option<NaiveDate>;
    }
}

record! {
    /// A milestone: a dated event of a project that is reached or not.
    Milestone = "milestone", fields MilestoneField {
        /// The project. Required; it never changes.
        project / Project: Option<RecordId>;
        /// Name. Required.
        name / Name: String;
        /// Day that was agreed.
        baseline / Baseline: Option<NaiveDate>;
        /// Day that is expected now.
        forecast / Forecast: Option<NaiveDate>;
        /// Day on which it was reached.
        done_on / DoneOn: Option<NaiveDate>;
        /// Person who answers for it.
        owner / Owner: Option<PersonId>;
        /// Anything worth knowing.
        notes / Notes: Prose;
        /// The task whose finish it marks: it is critical if the task is.
        task / Task: Option<RecordId>;
    }
}
