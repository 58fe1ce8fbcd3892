//! Whole numbers with a unit and a range: day counts, percentages, quantities.
//!
//! The one rule: a number outside its range never leaves a document; the field shows as empty and is named as a problem,
//! so that later arithmetic stays far from overflow whatever another program wrote.

use crate::value::{FieldValue, InvalidValue, Raw};

/// Defines whole numbers of one unit between two bounds.
macro_rules! whole {
    ($(#[doc = $doc:literal])+ $name:ident, $unit:literal, $least:literal to $most:literal, unless set $absent:literal) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// The least and the greatest value.
            pub const RANGE: std::ops::RangeInclusive<i64> = $least..=$most;
        }

        impl Default for $name {
            fn default() -> Self {
                Self($absent)
            }
        }

        impl FieldValue for $name {
            const TYPE: &'static str = concat!($unit, ", ", $least, " to ", $most);

            fn from_raw(raw: &Raw) -> Option<Self> {
                i64::from_raw(raw).map(Self).filter(|number| number.check().is_ok())
            }

            fn to_raw(&self) -> Raw {
                Raw::Int(self.0)
            }

            fn absent() -> Self {
                Self::default()
            }

            fn from_input(text: &str) -> Result<Self, InvalidValue> {
                let number = text.trim().trim_end_matches('%').trim();
                let number = number.parse().map(Self).map_err(|_not_a_number| {
                    InvalidValue::new(text, concat!("a whole number of ", $unit))
                })?;
                number.check()?;
                Ok(number)
            }

            fn check(&self) -> Result<(), InvalidValue> {
                if Self::RANGE.contains(&self.0) {
                    return Ok(());
                }
                let expected = concat!("a whole number of ", $unit, " from ", $least, " to ", $most);
                Err(InvalidValue::new(&self.0.to_string(), expected))
            }
        }
    };
}

whole! {
    /// A number of days, zero or more.
    Days, "days", 0 to 10_000, unless set 0
}
whole! {
    /// A signed number of days: a lag or an offset.
    Offset, "days", -10_000 to 10_000, unless set 0
}
whole! {
    /// A number of months, zero or more.
    Months, "months", 0 to 1200, unless set 0
}
whole! {
    /// Whole percent of something.
    Percent, "percent", 0 to 100, unless set 0
}
whole! {
    /// Hundredths of a percent, signed: 250 is 2.5 %.
    BasisPoints, "basis points", -100_000 to 100_000, unless set 0
}
whole! {
    /// A count of things, zero or more.
    Count, "pieces", 0 to 1_000_000_000, unless set 0
}
whole! {
    /// A signed count of things.
    Change, "pieces", -1_000_000_000 to 1_000_000_000, unless set 0
}
whole! {
    /// A number of whole major units of money, such as euros.
    Major, "major units", 0 to 1_000_000_000_000, unless set 0
}
whole! {
    /// A step of a scale from one to five.
    Grade, "grade", 1 to 5, unless set 1
}
whole! {
    /// A calendar month.
    MonthOfYear, "month", 1 to 12, unless set 1
}
whole! {
    /// A period of a fiscal year.
    PeriodNumber, "period", 1 to 12, unless set 1
}
whole! {
    /// Minutes of a meeting.
    Minutes, "minutes", 0 to 100_000, unless set 0
}

impl FieldValue for bool {
    const TYPE: &'static str = "yes or no";

    fn from_raw(raw: &Raw) -> Option<Self> {
        if let Raw::Bool(yes) = raw {
            Some(*yes)
        } else {
            None
        }
    }

    fn to_raw(&self) -> Raw {
        Raw::Bool(*self)
    }

    fn absent() -> Self {
        false
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        match text.trim().to_lowercase().as_str() {
            "yes" | "y" | "true" | "1" => Ok(true),
            "no" | "n" | "false" | "0" | "" => Ok(false),
            _ => Err(InvalidValue::new(text, "yes or no")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_neither_taken_nor_read() {
        assert_eq!(Percent::from_input("40 %"), Ok(Percent(40)));
        assert_eq!(
            Percent::from_input("101").unwrap_err().to_string(),
            "\"101\" is not a whole number of percent from 0 to 100"
        );
        assert_eq!(Days::from_raw(&Raw::Int(i64::MAX)), None);
        assert_eq!(Offset::from_raw(&Raw::Int(-3)), Some(Offset(-3)));
        assert_eq!(bool::from_input("Yes"), Ok(true));
        assert!(bool::from_input("perhaps").is_err());
    }
}
