//! Software licences, who uses them, and what was counted.
//!
//! Licences live in one register, assignments and counts beside their licence. The position of a product follows, see
//! [`crate::query::licence`].

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::money::{Amount, Currency};
use crate::people::PersonId;
use crate::quantity::Count;
use crate::schema::record;
use crate::value::{Prose, choice};

choice! {
    /// What a licence counts.
    LicenceMetric {
        /// Named persons.
        User = "user", "User";
        /// Devices.
        Device = "device", "Device";
        /// Processor cores.
        Core = "core", "Core";
        /// Use at the same time.
        Concurrent = "concurrent", "Concurrent use";
    }
}

record! {
    /// A licence: the right to use a product so many times.
    Licence = "licence", fields LicenceField {
        /// Product. Required. Licences of one product and metric count together.
        product / Product: String;
        /// Vendor.
        vendor / Vendor: Option<RecordId>;
        /// Contract that grants it.
        contract / Contract: Option<RecordId>;
        /// Person who answers for it.
        owner / Owner: Option<PersonId>;
        /// What it counts.
        metric / Metric: LicenceMetric;
        /// How many of it.
        seats / Seats: Count;
        /// Price of one for a term, in minor units of `currency`.
        unit_cost / UnitCost: Option<Amount>;
        /// Currency of the price.
        currency / Currency: Currency;
        /// First day.
        starts / Starts: Option<NaiveDate>;
        /// Last day; none for a perpetual licence.
        ends / Ends: Option<NaiveDate>;
        /// Day on which use above the entitlement is charged.
        true_up_on / TrueUpOn: Option<NaiveDate>;
        /// Free seats at or below which to warn; never if empty.
        low_seats / LowSeats: Option<Count>;
        /// Where the key is kept; never the key itself.
        key_reference / KeyReference: String;
        /// Anything worth knowing.
        notes / Notes: Prose;
        /// Key of the row that it was imported from; importing the row again makes nothing twice.
        external_key / ExternalKey: String;
        /// File and line that it was imported from.
        source / Source: String;
    }
}

record! {
    /// A seat of a licence that is given to somebody or something.
    Assignment = "assignment", fields AssignmentField {
        /// The licence. Required; it never changes.
        licence / Licence: Option<RecordId>;
        /// Person who has the seat.
        person / Person: Option<PersonId>;
        /// Device or other thing that has it, in words.
        holder / Holder: String;
        /// First day.
        from / From: Option<NaiveDate>;
        /// Last day; none while it lasts.
        to / To: Option<NaiveDate>;
    }
}

record! {
    /// How much of a licence was in use on a day. Its id follows from licence and day.
    UsageCount = "usage_count", fields UsageCountField {
        /// The licence. Required; it never changes.
        licence / Licence: Option<RecordId>;
        /// The day. Required.
        day / Day: Option<NaiveDate>;
        /// How much was in use.
        in_use / InUse: Count;
        /// Where the figure comes from.
        source / Source: String;
    }
}
