//! Changes to services, the windows and freezes around them, and communications of every kind.
//!
//! Changes and communications live in registers of the year in which they were entered, windows and freezes in one
//! register. Warnings and the plan of communications follow from a change, see [`crate::query::change`].

use adjutant_base::RecordId;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use crate::calendar::Weekdays;
use crate::people::PersonId;
use crate::schema::record;
use crate::value::{FieldValue, InvalidValue, Prose, Raw, choice, parse_iso_date};
use crate::vendor::RiskTier;

choice! {
    /// How a change is authorised (ITIL 4, change enablement).
    ChangeKind {
        /// Assessed, authorised, scheduled.
        Normal = "normal", "Normal";
        /// Authorised beforehand: low risk, repeatable.
        Standard = "standard", "Standard";
        /// As soon as possible; documented afterwards.
        Emergency = "emergency", "Emergency";
    }
}

choice! {
    /// Where a change stands.
    ChangeState {
        /// Being written.
        Draft = "draft", "Draft";
        /// Being assessed.
        Assess = "assess", "Assessment";
        /// Waiting for authorisation.
        Authorise = "authorise", "Authorisation";
        /// It has a window.
        Scheduled = "scheduled", "Scheduled";
        /// Being carried out.
        Implement = "implement", "Implementation";
        /// Being looked back on.
        Review = "review", "Review";
        /// Done.
        Closed = "closed", "Closed";
        /// Given up.
        Cancelled = "cancelled", "Cancelled";
    }
}

impl ChangeState {
    /// Tells whether it is still to be carried out or being carried out.
    pub fn is_ahead(self) -> bool {
        matches!(
            self,
            Self::Draft | Self::Assess | Self::Authorise | Self::Scheduled | Self::Implement
        )
    }
}

choice! {
    /// What a communication is.
    CommunicationKind {
        /// News for the team.
        Announcement = "announcement", "Announcement";
        /// A new or changed policy.
        Policy = "policy", "Policy update";
        /// News of a project for others.
        Project = "project", "Project notification";
        /// News of a change for those affected.
        Change = "change", "Change notice";
    }
}

choice! {
    /// Where a communication stands.
    CommunicationState {
        /// Being written.
        Draft = "draft", "Draft";
        /// Approved.
        Approved = "approved", "Approved";
        /// Sent; it changes no more.
        Sent = "sent", "Sent";
        /// Not needed.
        Dropped = "dropped", "Dropped";
    }
}

/// A moment where the department is: a day and a time to the minute, without a zone.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct LocalMoment(pub NaiveDateTime);

impl LocalMoment {
    /// Returns the day.
    pub fn day(self) -> NaiveDate {
        self.0.date()
    }
}

impl FieldValue for LocalMoment {
    const TYPE: &'static str = "local moment (YYYY-MM-DDTHH:MM)";

    fn from_raw(raw: &Raw) -> Option<Self> {
        let text = String::from_raw(raw)?;
        let (day, time) = text.split_once('T')?;
        Some(Self(parse_iso_date(day)?.and_time(clock(time)?)))
    }

    fn to_raw(&self) -> Raw {
        Raw::Line(self.0.format("%Y-%m-%dT%H:%M").to_string())
    }

    fn absent() -> Self {
        Self(NaiveDateTime::default())
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        Self::from_raw(&Raw::Line(text.trim().replacen(' ', "T", 1)))
            .ok_or_else(|| InvalidValue::new(text, "a moment like 2026-12-05T22:00"))
    }

    fn check(&self) -> Result<(), InvalidValue> {
        self.0.date().check()
    }
}

/// A time of day to the minute.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct TimeOfDay(pub NaiveTime);

impl FieldValue for TimeOfDay {
    const TYPE: &'static str = "time of day (HH:MM)";

    fn from_raw(raw: &Raw) -> Option<Self> {
        clock(&String::from_raw(raw)?).map(Self)
    }

    fn to_raw(&self) -> Raw {
        Raw::Line(self.0.format("%H:%M").to_string())
    }

    fn absent() -> Self {
        Self(NaiveTime::default())
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        clock(text.trim())
            .map(Self)
            .ok_or_else(|| InvalidValue::new(text, "a time like 22:00"))
    }
}

fn clock(text: &str) -> Option<NaiveTime> {
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
    (text.len() == 5).then_some(time)
}

record! {
    /// A change to a service.
    Change = "change", fields ChangeField {
        /// What is changed. Required.
        title / Title: String;
        /// How it is authorised.
        kind / Kind: ChangeKind;
        /// Where it stands.
        state / State: ChangeState;
        /// How much can go wrong.
        risk / Risk: RiskTier;
        /// The service.
        service / Service: String;
        /// Person who carries it out.
        owner / Owner: Option<PersonId>;
        /// Person who authorises it.
        approver / Approver: Option<PersonId>;
        /// Day of the authorisation.
        approved_on / ApprovedOn: Option<NaiveDate>;
        /// Beginning of the window.
        starts / Starts: Option<LocalMoment>;
        /// End of the window.
        ends / Ends: Option<LocalMoment>;
        /// Whether users notice it.
        is_noticed / IsNoticed: bool;
        /// Whether the service is down meanwhile.
        is_outage / IsOutage: bool;
        /// Who is affected.
        affected / Affected: String;
        /// What is done and why.
        reason / Reason: Prose;
        /// What those affected must do.
        instructions / Instructions: Prose;
        /// How it is undone.
        backout / Backout: Prose;
        /// What came of it.
        outcome / Outcome: Prose;
        /// The project that it belongs to.
        project / Project: Option<RecordId>;
    }
}

record! {
    /// Days on which nothing is to be changed.
    Freeze = "freeze", fields FreezeField {
        /// Name. Required.
        name / Name: String;
        /// First day. Required.
        from / From: Option<NaiveDate>;
        /// Last day. Required.
        to / To: Option<NaiveDate>;
        /// The service; all of them if empty.
        service / Service: String;
    }
}

record! {
    /// Hours in which a service may be changed.
    MaintenanceWindow = "maintenance_window", fields MaintenanceWindowField {
        /// Name. Required.
        name / Name: String;
        /// The service; all of them if empty.
        service / Service: String;
        /// Weekdays on which it begins.
        weekdays / Weekdays: Option<Weekdays>;
        /// When it begins. Required.
        from / From: Option<TimeOfDay>;
        /// When it ends; on the next day if that is not after the beginning. Required.
        to / To: Option<TimeOfDay>;
    }
}

record! {
    /// A communication: an announcement, a policy, news of a project or a change.
    Communication = "communication", fields CommunicationField {
        /// Subject. Required.
        title / Title: String;
        /// What it is.
        kind / Kind: CommunicationKind;
        /// Where it stands.
        state / State: CommunicationState;
        /// The change that it tells of.
        change / Change: Option<RecordId>;
        /// Which message of the change's plan it is.
        step / Step: String;
        /// The project that it tells of.
        project / Project: Option<RecordId>;
        /// Who is to read it.
        audience / Audience: String;
        /// How it is sent.
        channel / Channel: String;
        /// Person who writes it.
        owner / Owner: Option<PersonId>;
        /// Person who approves it.
        approver / Approver: Option<PersonId>;
        /// Day of the approval.
        approved_on / ApprovedOn: Option<NaiveDate>;
        /// Day on which it is to be sent; that of a change's plan follows from the change.
        planned_on / PlannedOn: Option<NaiveDate>;
        /// Day on which it was sent.
        sent_on / SentOn: Option<NaiveDate>;
        /// To whom it was sent, as the log keeps it.
        sent_to / SentTo: String;
        /// The text.
        body / Body: Prose;
    }
}
