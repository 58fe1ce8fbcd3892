//! Meetings: series, meetings, who was there, agenda, minutes, decisions.
//!
//! A series with all its meetings lives in one document; a single meeting is a series of one. The next agenda and the
//! register of decisions follow from the records, see [`crate::query::meeting`].

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::people::PersonId;
use crate::quantity::Minutes;
use crate::recurrence::{OffDay, Recurrence};
use crate::schema::record;
use crate::value::{Prose, choice};

choice! {
    /// Where a meeting stands.
    MeetingState {
        /// It will take place.
        Planned = "planned", "Planned";
        /// It took place.
        Held = "held", "Held";
        /// It did not or will not take place.
        Cancelled = "cancelled", "Cancelled";
    }
}

choice! {
    /// Where the minutes of a meeting stand.
    MinutesState {
        /// Being written.
        Draft = "draft", "Draft";
        /// Sent to those who were there.
        Issued = "issued", "Issued";
        /// Approved by the next meeting.
        Approved = "approved", "Approved";
    }
}

choice! {
    /// Whether somebody came.
    Presence {
        /// Invited.
        Invited = "invited", "Invited";
        /// There.
        Present = "present", "Present";
        /// Not there, and had said so.
        Apologies = "apologies", "Apologies";
        /// Not there.
        Absent = "absent", "Absent";
    }
}

choice! {
    /// Where a topic stands.
    TopicState {
        /// To be dealt with.
        Open = "open", "Open";
        /// Put off: it comes up in the next meeting.
        Parked = "parked", "Parked";
        /// Dealt with.
        Done = "done", "Done";
    }
}

record! {
    /// A series of meetings.
    MeetingSeries = "meeting_series", fields MeetingSeriesField {
        /// Name. Required.
        name / Name: String;
        /// When it takes place.
        rule / Rule: Option<Recurrence>;
        /// Day of the first meeting, from which the rule counts.
        first_day / FirstDay: Option<NaiveDate>;
        /// What becomes of a meeting on a day that is not worked.
        off_day / OffDay: OffDay;
        /// Time of day, for example "09:30".
        time / Time: String;
        /// Length.
        duration / Duration: Option<Minutes>;
        /// Place or link.
        place / Place: String;
        /// Person who leads.
        chair / Chair: Option<PersonId>;
        /// Person who writes the minutes.
        minute_taker / MinuteTaker: Option<PersonId>;
        /// Topics of every agenda, one a line.
        template / Template: Prose;
    }
}

record! {
    /// A meeting. The id of one that its series' rule gives follows from series and date.
    Meeting = "meeting", fields MeetingField {
        /// The series. Required; it never changes.
        series / Series: Option<RecordId>;
        /// Title, where it differs from the series' name.
        title / Title: String;
        /// Day. Required.
        day / Day: Option<NaiveDate>;
        /// Time of day, where it differs from the series'.
        time / Time: String;
        /// Place or link, where it differs from the series'.
        place / Place: String;
        /// Where it stands.
        state / State: MeetingState;
        /// Where its minutes stand.
        minutes / Minutes: MinutesState;
        /// Person who leads.
        chair / Chair: Option<PersonId>;
        /// Person who writes the minutes.
        minute_taker / MinuteTaker: Option<PersonId>;
    }
}

record! {
    /// Somebody at a meeting. Its id follows from meeting and person.
    Attendee = "attendee", fields AttendeeField {
        /// The meeting. Required; it never changes.
        meeting / Meeting: Option<RecordId>;
        /// The person. Required; it never changes.
        person / Person: Option<PersonId>;
        /// Whether the person came.
        presence / Presence: Presence;
    }
}

record! {
    /// A topic of a meeting.
    AgendaItem = "agenda_item", fields AgendaItemField {
        /// The meeting. Required; it never changes.
        meeting / Meeting: Option<RecordId>;
        /// The topic. Required.
        title / Title: String;
        /// Place among the topics: a fractional index, compared as text.
        position / Position: String;
        /// Person who presents it.
        owner / Owner: Option<PersonId>;
        /// Time for it.
        time / Time: Option<Minutes>;
        /// Where it stands.
        state / State: TopicState;
        /// Where its material is: a file or a link.
        material / Material: String;
        /// A record that it is about.
        about / About: Option<RecordId>;
        /// The topic of an earlier meeting that it takes up.
        continues / Continues: Option<RecordId>;
    }
}

record! {
    /// A line of minutes.
    Minute = "minute", fields MinuteField {
        /// The meeting. Required; it never changes.
        meeting / Meeting: Option<RecordId>;
        /// The topic.
        item / Item: Option<RecordId>;
        /// Place among the lines: a fractional index, compared as text.
        position / Position: String;
        /// What was said. Required.
        text / Text: Prose;
    }
}

record! {
    /// A decision.
    Decision = "decision", fields DecisionField {
        /// The meeting. Required; it never changes.
        meeting / Meeting: Option<RecordId>;
        /// What was decided. Required.
        title / Title: String;
        /// Number that people cite, for example "D-26-K7-3"; it never changes once given.
        number / Number: String;
        /// The topic.
        item / Item: Option<RecordId>;
        /// Why.
        rationale / Rationale: Prose;
        /// Person who decided.
        decided_by / DecidedBy: Option<PersonId>;
        /// Day from which it holds; the meeting's if empty.
        effective / Effective: Option<NaiveDate>;
        /// The decision that it takes the place of.
        supersedes / Supersedes: Option<RecordId>;
    }
}
