//! Vendors, the people there, what was said, and the contracts with them.
//!
//! Vendors live in one register, contracts in a register of the year in which they were entered. Terms, deadlines and
//! states follow from what a contract says, see [`crate::query::contract`].

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::foreign::Rate;
use crate::money::{Amount, Currency};
use crate::people::PersonId;
use crate::quantity::{BasisPoints, Days, Months};
use crate::schema::record;
use crate::value::{Prose, choice};

choice! {
    /// How much depends on a vendor.
    RiskTier {
        /// Little.
        Low = "low", "Low";
        /// Some.
        Medium = "medium", "Medium";
        /// Much.
        High = "high", "High";
    }
}

choice! {
    /// Whether a vendor is dealt with.
    VendorStatus {
        /// Yes.
        Active = "active", "Active";
        /// Not yet.
        Prospect = "prospect", "Prospect";
        /// Not any more.
        Inactive = "inactive", "Inactive";
    }
}

choice! {
    /// How something was said.
    Channel {
        /// By e-mail.
        Mail = "mail", "E-mail";
        /// By telephone.
        Call = "call", "Call";
        /// In a meeting.
        Meeting = "meeting", "Meeting";
        /// In a portal or ticket.
        Ticket = "ticket", "Ticket";
        /// By letter.
        Letter = "letter", "Letter";
    }
}

choice! {
    /// What happens at the end of a contract's term.
    Renewal {
        /// It ends.
        None = "none", "Expires";
        /// It ends unless we ask for another term.
        Option = "option", "Option to renew";
        /// It goes on for another term unless we give notice.
        Automatic = "automatic", "Renews unless notice is given";
        /// It has no end; notice can be given at any time.
        Evergreen = "evergreen", "Runs until notice is given";
    }
}

choice! {
    /// What a notice period is counted in.
    NoticeUnit {
        /// Calendar days.
        Days = "days", "days";
        /// Calendar months.
        Months = "months", "months";
        /// Working days.
        WorkingDays = "working_days", "working days";
    }
}

record! {
    /// A vendor.
    Vendor = "vendor", fields VendorField {
        /// Name. Required.
        name / Name: String;
        /// What it sells.
        category / Category: String;
        /// Whether it is dealt with.
        status / Status: VendorStatus;
        /// How much depends on it.
        risk / Risk: RiskTier;
        /// Person who looks after it.
        owner / Owner: Option<PersonId>;
        /// Tax number.
        tax_id / TaxId: String;
        /// Our customer number there.
        account_number / AccountNumber: String;
        /// Anything worth knowing.
        notes / Notes: Prose;
        /// Key of the row that it was imported from; importing the row again makes nothing twice.
        external_key / ExternalKey: String;
        /// File and line that it was imported from.
        source / Source: String;
    }
}

record! {
    /// A person at a vendor.
    Contact = "contact", fields ContactField {
        /// The vendor. Required; it never changes.
        vendor / Vendor: Option<RecordId>;
        /// Name. Required.
        name / Name: String;
        /// What the person does there.
        role / Role: String;
        /// E-mail address.
        email / Email: String;
        /// Telephone number.
        phone / Phone: String;
    }
}

record! {
    /// Something that was said between us and a vendor.
    Interaction = "interaction", fields InteractionField {
        /// The vendor. Required; it never changes.
        vendor / Vendor: Option<RecordId>;
        /// What it was about. Required.
        title / Title: String;
        /// Day.
        day / Day: Option<NaiveDate>;
        /// How it was said.
        channel / Channel: Channel;
        /// Person of ours.
        person / Person: Option<PersonId>;
        /// What was said.
        summary / Summary: Prose;
        /// A record that it was about.
        about / About: Option<RecordId>;
    }
}

record! {
    /// A contract with a vendor.
    Contract = "contract", fields ContractField {
        /// Name. Required.
        name / Name: String;
        /// The vendor.
        vendor / Vendor: Option<RecordId>;
        /// Contract number.
        number / Number: String;
        /// Person who answers for it.
        owner / Owner: Option<PersonId>;
        /// Day on which it was signed; a draft without one.
        signed_on / SignedOn: Option<NaiveDate>;
        /// First day of the first term.
        start / Start: Option<NaiveDate>;
        /// Length of the first term.
        initial_months / InitialMonths: Option<Months>;
        /// Last day of the first term, where no length says it.
        end / End: Option<NaiveDate>;
        /// What happens at the end of a term.
        renewal / Renewal: Renewal;
        /// Length of each further term.
        renewal_months / RenewalMonths: Option<Months>;
        /// Length of the notice period.
        notice / Notice: Option<Days>;
        /// What the notice period is counted in.
        notice_unit / NoticeUnit: NoticeUnit;
        /// Calendar days before the notice deadline by which to act; the workspace's if empty.
        lead / Lead: Option<Days>;
        /// Calendar days that a notice needs to arrive.
        delivery / Delivery: Option<Days>;
        /// Value of the first term, in minor units of `currency`.
        value / Value: Option<Amount>;
        /// Currency of the value.
        currency / Currency: Currency;
        /// Rate to the budget's currency, where that is another.
        rate / Rate: Option<Rate>;
        /// Day of the rate.
        rate_on / RateOn: Option<NaiveDate>;
        /// By how much the price rises at a renewal.
        uplift / Uplift: Option<BasisPoints>;
        /// Budget line that pays it.
        budget_line / BudgetLine: Option<RecordId>;
        /// Day on which notice was given.
        notice_served_on / NoticeServedOn: Option<NaiveDate>;
        /// How notice was given.
        notice_method / NoticeMethod: String;
        /// Proof that it was given: a tracking number or the name of a file.
        notice_proof / NoticeProof: String;
        /// Last day, where it was ended otherwise.
        terminated_on / TerminatedOn: Option<NaiveDate>;
        /// What happens if the deadline is missed.
        consequence / Consequence: Prose;
        /// Anything worth knowing.
        notes / Notes: Prose;
        /// Key of the row that it was imported from; importing the row again makes nothing twice.
        external_key / ExternalKey: String;
        /// File and line that it was imported from.
        source / Source: String;
    }
}
