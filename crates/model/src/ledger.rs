//! What moves a budget during its year: transfers, postings, commitments, accruals, explanations, closed periods.
//!
//! They live in the budget's document. Revised, available and forecast amounts follow from them, see
//! [`crate::query::budget`]; amounts are minor units of the budget's currency.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::calendar::Period;
use crate::foreign::{ForeignAmount, Rate};
use crate::money::Amount;
use crate::people::PersonId;
use crate::quantity::PeriodNumber;
use crate::schema::record;
use crate::value::{Prose, choice};

choice! {
    /// Where a transfer stands.
    TransferState {
        /// Asked for.
        Requested = "requested", "Requested";
        /// Approved: it counts.
        Approved = "approved", "Approved";
        /// Refused.
        Refused = "refused", "Refused";
    }
}

choice! {
    /// What kind of variance it is.
    VarianceClass {
        /// It reverses within the fiscal year.
        Timing = "timing", "Timing";
        /// It stays.
        Permanent = "permanent", "Permanent";
        /// Things cost more or less.
        Price = "price", "Price";
        /// More or fewer things.
        Volume = "volume", "Volume";
        /// Other things than planned.
        Scope = "scope", "Scope";
        /// It is booked wrongly.
        Misposting = "misposting", "Error or misposting";
        /// Nobody planned it.
        Unbudgeted = "unbudgeted", "Unbudgeted";
    }
}

choice! {
    /// Where an explanation stands.
    ExplanationState {
        /// Being written.
        Draft = "draft", "Draft";
        /// Waiting for a decision.
        Submitted = "submitted", "Submitted";
        /// Accepted.
        Accepted = "accepted", "Accepted";
        /// Sent back.
        Returned = "returned", "Returned";
    }
}

record! {
    /// A transfer between two lines of a budget; with one line only, a supplement or a cut.
    Transfer = "transfer", fields TransferField {
        /// The budget. Required; it never changes.
        budget / Budget: Option<RecordId>;
        /// Why money moves. Required.
        title / Title: String;
        /// Line that gives; none for a supplement.
        from_line / FromLine: Option<RecordId>;
        /// Line that receives; none for a cut.
        to_line / ToLine: Option<RecordId>;
        /// How much moves, above zero. Required.
        amount / Amount: Option<Amount>;
        /// Period whose plan changes. Required.
        period / Period: Option<PeriodNumber>;
        /// Where it stands.
        state / State: TransferState;
        /// Person who asked for it.
        requested_by / RequestedBy: Option<PersonId>;
        /// Person who decided.
        approved_by / ApprovedBy: Option<PersonId>;
        /// Day of the decision.
        approved_on / ApprovedOn: Option<NaiveDate>;
    }
}

record! {
    /// A posting: an actual amount as the ledger has it.
    Posting = "posting", fields PostingField {
        /// The budget. Required; it never changes.
        budget / Budget: Option<RecordId>;
        /// The line. Required.
        line / Line: Option<RecordId>;
        /// Posting date; it decides the period. Required.
        day / Day: Option<NaiveDate>;
        /// Amount. Required.
        amount / Amount: Option<Amount>;
        /// What it was for.
        title / Title: String;
        /// Vendor that was paid.
        vendor / Vendor: Option<RecordId>;
        /// Invoice that was posted.
        invoice / Invoice: Option<RecordId>;
        /// Whether it is an adjustment of the whole year, in a thirteenth period after the last.
        is_adjustment / IsAdjustment: bool;
        /// The amount as it was before it was converted, if it was in another currency.
        original / Original: Option<ForeignAmount>;
        /// Rate at which it was converted.
        rate / Rate: Option<Rate>;
        /// Day of the rate.
        rate_on / RateOn: Option<NaiveDate>;
        /// Key of the row that it was imported from; importing the row again makes nothing twice.
        external_key / ExternalKey: String;
        /// File and line that it was imported from.
        source / Source: String;
    }
}

record! {
    /// A commitment: money that is promised and not yet invoiced. Open orders commit by themselves.
    Commitment = "commitment", fields CommitmentField {
        /// The budget. Required; it never changes.
        budget / Budget: Option<RecordId>;
        /// The line. Required.
        line / Line: Option<RecordId>;
        /// What it is for. Required.
        title / Title: String;
        /// How much is still to come. Required.
        amount / Amount: Option<Amount>;
        /// The contract that promises it.
        contract / Contract: Option<RecordId>;
        /// Whether nothing of it is to come any more: it is released.
        is_closed / IsClosed: bool;
    }
}

record! {
    /// An accrual: what was received in a period and not invoiced yet. It reverses in the period after.
    Accrual = "accrual", fields AccrualField {
        /// The budget. Required; it never changes.
        budget / Budget: Option<RecordId>;
        /// The line. Required.
        line / Line: Option<RecordId>;
        /// What was received. Required.
        title / Title: String;
        /// Amount. Required.
        amount / Amount: Option<Amount>;
        /// Period in which it was received. Required.
        period / Period: Option<PeriodNumber>;
    }
}

record! {
    /// An explanation of a line's variance, year to date, at the end of a period.
    Explanation = "explanation", fields ExplanationField {
        /// The budget. Required; it never changes.
        budget / Budget: Option<RecordId>;
        /// The line. Required.
        line / Line: Option<RecordId>;
        /// The period at whose end the variance stands. Required.
        period / Period: Option<PeriodNumber>;
        /// The cause. Required.
        title / Title: String;
        /// What kind of variance it is.
        class / Class: VarianceClass;
        /// Period by whose end a timing variance will have reversed.
        reverses_in / ReversesIn: Option<PeriodNumber>;
        /// What is done about it.
        measure / Measure: Prose;
        /// Person who explains.
        author / Author: Option<PersonId>;
        /// Where it stands.
        state / State: ExplanationState;
        /// Person who decided.
        reviewer / Reviewer: Option<PersonId>;
        /// What the reviewer says.
        review / Review: Prose;
    }
}

record! {
    /// A closed period of a budget. Its id follows from budget and period.
    PeriodClose = "period_close", fields PeriodCloseField {
        /// The budget. Required; it never changes.
        budget / Budget: Option<RecordId>;
        /// The period. Required; it never changes.
        period / Period: Option<PeriodNumber>;
        /// Day on which it was closed.
        closed_on / ClosedOn: Option<NaiveDate>;
        /// Person who closed it.
        closed_by / ClosedBy: Option<PersonId>;
        /// Actual spending less income of all lines up to the period when it was closed: what a later change is found by.
        actual_total / ActualTotal: Option<Amount>;
        /// Whether it has been opened again.
        is_reopened / IsReopened: bool;
        /// Anything worth knowing.
        note / Note: String;
    }
}

/// Returns the period with a stored number.
pub(crate) fn period(number: Option<PeriodNumber>) -> Option<Period> {
    Period::new(u8::try_from(number?.0).ok()?)
}
