//! People who come and go: checklists and their templates, accesses.
//!
//! Templates live in one register, checklists in a register of the year in which they were begun, accesses in one
//! register. Due days follow from the checklist's day, see [`crate::query::onboarding`]: moving it moves what is open.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::people::PersonId;
use crate::quantity::Offset;
use crate::schema::record;
use crate::value::{Prose, choice};

choice! {
    /// What a checklist is for.
    ChecklistKind {
        /// Somebody comes.
        Onboarding = "onboarding", "Onboarding";
        /// Somebody goes.
        Offboarding = "offboarding", "Offboarding";
        /// Something else.
        Other = "other", "Other";
    }
}

choice! {
    /// What an offset is counted in.
    DayUnit {
        /// Working days.
        Working = "wd", "working days";
        /// Calendar days.
        Calendar = "cd", "calendar days";
    }
}

record! {
    /// A template of checklists.
    ChecklistTemplate = "checklist_template", fields ChecklistTemplateField {
        /// Name. Required.
        name / Name: String;
        /// What it is for.
        kind / Kind: ChecklistKind;
        /// The role that it is for; every role if empty.
        role / Role: String;
    }
}

record! {
    /// An item of a template.
    TemplateItem = "template_item", fields TemplateItemField {
        /// The template. Required; it never changes.
        template / Template: Option<RecordId>;
        /// What is to be done. Required.
        title / Title: String;
        /// Days from the checklist's day; before it if negative.
        offset / Offset: Offset;
        /// What the offset is counted in.
        unit / Unit: DayUnit;
        /// Person who does it.
        owner / Owner: Option<PersonId>;
        /// What shows that it was done.
        evidence / Evidence: String;
    }
}

record! {
    /// A checklist: what is to be done around a day for a person.
    Checklist = "checklist", fields ChecklistField {
        /// Name. Required.
        title / Title: String;
        /// What it is for.
        kind / Kind: ChecklistKind;
        /// The person who comes or goes.
        person / Person: Option<PersonId>;
        /// First or last day at work: the day that its items count from.
        day / Day: Option<NaiveDate>;
        /// Person who answers for it.
        owner / Owner: Option<PersonId>;
        /// The template that it was made from.
        template / Template: Option<RecordId>;
    }
}

record! {
    /// An item of a checklist.
    ChecklistItem = "checklist_item", fields ChecklistItemField {
        /// The checklist. Required; it never changes.
        checklist / Checklist: Option<RecordId>;
        /// What is to be done. Required.
        title / Title: String;
        /// Days from the checklist's day; before it if negative.
        offset / Offset: Offset;
        /// What the offset is counted in.
        unit / Unit: DayUnit;
        /// Person who does it.
        owner / Owner: Option<PersonId>;
        /// Day on which it was done.
        done_on / DoneOn: Option<NaiveDate>;
        /// Whether it is not needed.
        is_dropped / IsDropped: bool;
        /// What shows that it was done.
        evidence / Evidence: String;
        /// The access or seat that it gives or takes.
        about / About: Option<RecordId>;
        /// Anything worth knowing.
        notes / Notes: Prose;
    }
}

record! {
    /// An access of a person to a system.
    AccessGrant = "access_grant", fields AccessGrantField {
        /// The system. Required.
        system / System: String;
        /// The person. Required.
        person / Person: Option<PersonId>;
        /// What the person may do there.
        level / Level: String;
        /// Person who approved it.
        approver / Approver: Option<PersonId>;
        /// Day on which it was given.
        granted_on / GrantedOn: Option<NaiveDate>;
        /// Day on which somebody last looked whether it is still needed.
        reviewed_on / ReviewedOn: Option<NaiveDate>;
        /// Day by which to look again.
        review_due / ReviewDue: Option<NaiveDate>;
        /// Day on which it was taken.
        revoked_on / RevokedOn: Option<NaiveDate>;
    }
}
