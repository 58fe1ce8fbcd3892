//! Tasks of a project, the dependencies between them, and baselines.
//!
//! They live in the project's document. Dates follow from durations, dependencies and the calendar, see
//! [`crate::query::schedule`]; only what people decide is stored. A baseline is evidence: its rows never change.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::money::Amount;
use crate::people::PersonId;
use crate::quantity::{Days, Offset, Percent};
use crate::schedule::LinkKind;
use crate::schema::record;
use crate::value::{Prose, choice};

choice! {
    /// What holds a task's dates beside its dependencies.
    Constraint {
        /// As soon as its dependencies allow.
        AsSoonAsPossible = "asap", "As soon as possible";
        /// Not before the constraint's day.
        StartNoEarlier = "start_no_earlier", "Start no earlier than";
        /// A deadline: it moves nothing; finishing after it is flagged.
        FinishBy = "finish_by", "Finish by";
    }
}

choice! {
    /// How progress earns value.
    Earning {
        /// In proportion to the percentage done.
        Percent = "percent", "In proportion";
        /// Nothing until it is done.
        ZeroHundred = "zero_hundred", "0/100";
        /// Half when it begins, the rest when it is done.
        FiftyFifty = "fifty_fifty", "50/50";
    }
}

record! {
    /// A task of a project. A task with tasks below it is a summary: its dates follow from theirs.
    Task = "task", fields TaskField {
        /// The project. Required; it never changes.
        project / Project: Option<RecordId>;
        /// Name. Required.
        name / Name: String;
        /// The task that it is part of.
        parent / Parent: Option<RecordId>;
        /// Place among its siblings: a fractional index, compared as text.
        position / Position: String;
        /// Duration in working days; one if empty, a milestone if zero.
        duration / Duration: Option<Days>;
        /// Percentage done.
        percent / Percent: Percent;
        /// Person who does it.
        owner / Owner: Option<PersonId>;
        /// What holds its dates beside its dependencies.
        constraint / Constraint: Constraint;
        /// Day of the constraint.
        constraint_day / ConstraintDay: Option<NaiveDate>;
        /// Day on which it began.
        actual_start / ActualStart: Option<NaiveDate>;
        /// Last day on which it was worked on; set when it is done.
        actual_finish / ActualFinish: Option<NaiveDate>;
        /// Cost as planned, in minor units of the project's currency.
        planned_cost / PlannedCost: Option<Amount>;
        /// Cost so far, in minor units of the project's currency.
        actual_cost / ActualCost: Option<Amount>;
        /// How progress earns value.
        earning / Earning: Earning;
        /// Anything worth knowing.
        notes / Notes: Prose;
        /// Key of the row that it was imported from; importing the row again makes nothing twice.
        external_key / ExternalKey: String;
        /// File and line that it was imported from.
        source / Source: String;
    }
}

impl Task {
    /// Returns the duration in working days, one if none is set.
    pub fn working_days(&self) -> i64 {
        self.duration.map_or(1, |days| days.0)
    }
}

record! {
    /// A dependency: one task's dates hold another's.
    Dependency = "dependency", fields DependencyField {
        /// The project. Required; it never changes.
        project / Project: Option<RecordId>;
        /// The task that comes first. Required; it never changes.
        predecessor / Predecessor: Option<RecordId>;
        /// The task that it holds. Required; it never changes.
        successor / Successor: Option<RecordId>;
        /// Which ends of the two it ties together.
        kind / Kind: LinkKind;
        /// Working days between the two ends; below zero they overlap.
        lag / Lag: Offset;
    }
}

record! {
    /// A baseline: the schedule and cost as agreed on a day.
    Baseline = "baseline", fields BaselineField {
        /// The project. Required; it never changes.
        project / Project: Option<RecordId>;
        /// Name, for example "Baseline 2 after re-planning". Required.
        name / Name: String;
        /// Day on which it was taken. It never changes.
        taken_on / TakenOn: Option<NaiveDate>;
        /// Person who took it.
        taken_by / TakenBy: Option<PersonId>;
        /// Why it was taken.
        reason / Reason: String;
    }
}

record! {
    /// One task as a baseline holds it. It never changes.
    BaselineTask = "baseline_task", fields BaselineTaskField {
        /// The baseline. Required; it never changes.
        baseline / Baseline: Option<RecordId>;
        /// The task. Required; it never changes.
        task / Task: Option<RecordId>;
        /// Name of the task then.
        name / Name: String;
        /// First day.
        start / Start: Option<NaiveDate>;
        /// Last day.
        finish / Finish: Option<NaiveDate>;
        /// Duration in working days.
        duration / Duration: Option<Days>;
        /// Planned cost, in minor units of the project's currency.
        planned_cost / PlannedCost: Option<Amount>;
    }
}
