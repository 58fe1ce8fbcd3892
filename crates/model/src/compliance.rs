//! Compliance documents, attachments, service-desk figures, and what somebody has taken note of.
//!
//! An attachment is a name, a size, a hash and where the file lies: its bytes are not synced, and every list says so.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::people::PersonId;
use crate::quantity::{Change, Count};
use crate::schema::record;
use crate::value::{Prose, choice};

/// What every list of attachments says.
pub const ATTACHMENT_NOTE: &str =
    "The file stays where it is: only its name, size and hash are shared";

choice! {
    /// Where a compliance document stands.
    DocumentState {
        /// Being written.
        Draft = "draft", "Draft";
        /// It holds.
        Approved = "approved", "Approved";
        /// It holds no more.
        Retired = "retired", "Retired";
    }
}

choice! {
    /// Which way a figure is to go.
    Direction {
        /// More is better.
        Up = "up", "More is better";
        /// Less is better.
        Down = "down", "Less is better";
    }
}

record! {
    /// A document that compliance asks for.
    ComplianceDocument = "compliance_document", fields ComplianceDocumentField {
        /// Title. Required.
        title / Title: String;
        /// Framework, for example "ISO 27001".
        framework / Framework: String;
        /// Control, for example "A.8.13".
        control / Control: String;
        /// Person who answers for it.
        owner / Owner: Option<PersonId>;
        /// Where it stands.
        state / State: DocumentState;
        /// Version.
        version / Version: String;
        /// Person who approved it.
        approved_by / ApprovedBy: Option<PersonId>;
        /// Day of the approval.
        approved_on / ApprovedOn: Option<NaiveDate>;
        /// Day by which it is to be reviewed.
        next_review / NextReview: Option<NaiveDate>;
        /// What shows that it is followed, and where that lies.
        evidence / Evidence: Prose;
    }
}

record! {
    /// A file that belongs to a record. Its bytes are not synced.
    Attachment = "attachment", fields AttachmentField {
        /// File name. Required.
        name / Name: String;
        /// The record that it belongs to.
        about / About: Option<RecordId>;
        /// Size in bytes.
        size_bytes / SizeBytes: Option<Count>;
        /// BLAKE3 of its bytes, 64 hexadecimal characters.
        hash / Hash: String;
        /// Link or path where it lies.
        location / Location: String;
        /// Person who added it.
        added_by / AddedBy: Option<PersonId>;
        /// Day on which it was added.
        added_on / AddedOn: Option<NaiveDate>;
    }
}

record! {
    /// A figure that is followed over time.
    Metric = "metric", fields MetricField {
        /// Name. Required.
        name / Name: String;
        /// Unit, for example "tickets" or "hours".
        unit / Unit: String;
        /// Which way it is to go.
        direction / Direction: Direction;
        /// What it is to reach, in its unit.
        target / Target: Option<Change>;
    }
}

record! {
    /// A metric's value on a day. Its id follows from metric and day.
    MetricPoint = "metric_point", fields MetricPointField {
        /// The metric. Required; it never changes.
        metric / Metric: Option<RecordId>;
        /// The day. Required; it never changes.
        day / Day: Option<NaiveDate>;
        /// The value, in the metric's unit.
        value / Value: Option<Change>;
        /// File and line, or system, that it comes from.
        source / Source: String;
    }
}

record! {
    /// Somebody has taken note of an obligation at one step of its ladder. Its id follows from what it is about.
    Acknowledgement = "acknowledgement", fields AcknowledgementField {
        /// The record that the obligation comes from. Required; it never changes.
        about / About: Option<RecordId>;
        /// The duty, by its name. Required; it never changes.
        duty / Duty: String;
        /// The day by which to act that was shown. Required; it never changes.
        act_by / ActBy: Option<NaiveDate>;
        /// The step of the ladder that was shown, in days before that day; below zero after it. It never changes.
        step / Step: Change;
        /// Person who took note.
        person / Person: Option<PersonId>;
        /// Day.
        day / Day: Option<NaiveDate>;
        /// What is done about it.
        note / Note: String;
    }
}
