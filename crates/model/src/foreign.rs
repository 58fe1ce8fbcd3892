//! Amounts in another currency than their budget's: the original, the rate, and what it came to.
//!
//! What was converted is stored beside its original, rate and day, and is never worked out again: a rate that changes
//! later changes no book. Rates are decimal numbers with ten places, never floats; one rounding, half away from zero.

use serde::{Deserialize, Serialize};

use crate::money::{Amount, Currency, divide_rounded, parse_minor};
use crate::value::{FieldValue, InvalidValue, Raw};

/// An amount with its currency, so that no merge can take one from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ForeignAmount {
    /// The amount, in minor units.
    pub minor: i64,
    /// Its currency.
    pub currency: Currency,
}

impl ForeignAmount {
    /// Returns the amount as documents hold it, for example "USD 1234.50".
    fn text(self) -> String {
        let shown = crate::money::show_minor(self.minor, self.currency);
        format!("{} {}", self.currency.code(), shown.replace(',', ""))
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
        let code = |word: &str| Currency::from_code(&word.to_uppercase());
        if let Some(currency) = code(first) {
            let minor = parse_minor(rest, currency).ok()?;
            return Some(Self { minor, currency });
        }
        let (amount, last) = text.rsplit_once(' ')?;
        let currency = code(last)?;
        let minor = parse_minor(amount, currency).ok()?;
        Some(Self { minor, currency })
    }
}

impl FieldValue for ForeignAmount {
    const TYPE: &'static str = "amount with its currency, such as \"USD 1234.50\"";

    fn from_raw(raw: &Raw) -> Option<Self> {
        Self::parse(&String::from_raw(raw)?)
    }

    fn to_raw(&self) -> Raw {
        Raw::Line(self.text())
    }

    fn absent() -> Self {
        Self {
            minor: 0,
            currency: Currency::EUR,
        }
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        Self::parse(text).ok_or_else(|| {
            InvalidValue::new(text, "an amount with its currency, like USD 1,234.50")
        })
    }

    fn check(&self) -> Result<(), InvalidValue> {
        Amount(self.minor).check()
    }
}

/// Digits behind the point of a rate.
const PLACES: usize = 10;
/// One, as a rate counts.
const ONE: i64 = 10_000_000_000;
/// The highest rate: a million.
const MOST: i64 = 1_000_000 * ONE;

/// How many units of the budget's currency one unit of another is worth, in ten-thousand-millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rate(pub i64);

impl Rate {
    fn parse(text: &str) -> Option<Self> {
        let (whole, places) = text.split_once('.').unwrap_or((text, ""));
        let is_digits = |text: &str| text.chars().all(|digit| digit.is_ascii_digit());
        let is_fit = !whole.is_empty()
            && whole.len() <= 7
            && places.len() <= PLACES
            && is_digits(whole)
            && is_digits(places);
        if !is_fit {
            return None;
        }
        let whole = whole.parse::<i64>().ok()?.checked_mul(ONE)?;
        let places = format!("{places:0<PLACES$}").parse::<i64>().ok()?;
        Some(Self(whole.checked_add(places)?)).filter(|rate| rate.check().is_ok())
    }

    fn text(self) -> String {
        let (whole, places) = (self.0.div_euclid(ONE), self.0.rem_euclid(ONE));
        let text = format!("{whole}.{places:0PLACES$}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

impl FieldValue for Rate {
    const TYPE: &'static str = "exchange rate, such as \"0.9215\"";

    fn from_raw(raw: &Raw) -> Option<Self> {
        Self::parse(&String::from_raw(raw)?)
    }

    fn to_raw(&self) -> Raw {
        Raw::Line(self.text())
    }

    fn absent() -> Self {
        Self(ONE)
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        Self::parse(&text.trim().replace(',', ".")).ok_or_else(|| {
            InvalidValue::new(
                text,
                "a rate above 0 and at most a million with at most 10 decimals, like 0.9215",
            )
        })
    }

    fn check(&self) -> Result<(), InvalidValue> {
        if (1..=MOST).contains(&self.0) {
            return Ok(());
        }
        Err(InvalidValue::new(
            &self.text(),
            "a rate above 0 and at most a million",
        ))
    }
}

/// Returns an amount in another currency at a rate, in minor units, rounded once; `None` if it leaves `i64`.
pub fn convert(amount: ForeignAmount, to: Currency, rate: Rate) -> Option<i64> {
    let scale = |currency: Currency| 10_i128.checked_pow(currency.exponent());
    let exact = i128::from(amount.minor)
        .checked_mul(i128::from(rate.0))?
        .checked_mul(scale(to)?)?;
    let unit = i128::from(ONE).checked_mul(scale(amount.currency)?)?;
    i64::try_from(divide_rounded(exact, unit)?).ok()
}

/// Returns what an amount of one currency comes to in another: itself in the same, `None` in another without a rate.
pub(crate) fn in_currency(
    minor: i64,
    currency: Currency,
    to: Currency,
    rate: Option<Rate>,
) -> Option<i64> {
    if currency == to {
        return Some(minor);
    }
    convert(ForeignAmount { minor, currency }, to, rate?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usd(minor: i64) -> ForeignAmount {
        ForeignAmount {
            minor,
            currency: Currency::USD,
        }
    }

    #[test]
    fn amounts_are_converted_to_the_cent_whatever_their_decimals() {
        let rate = |text: &str| Rate::from_input(text).unwrap();
        assert_eq!(
            convert(usd(10_000), Currency::EUR, rate("0.9215")),
            Some(9_215)
        );
        assert_eq!(
            convert(usd(1), Currency::EUR, rate("0.5")),
            Some(1),
            "half away from zero"
        );
        assert_eq!(convert(usd(-1), Currency::EUR, rate("0.5")), Some(-1));
        let yen = Currency::from_code("JPY").unwrap();
        let dinar = Currency::from_code("KWD").unwrap();
        assert_eq!(convert(usd(100), yen, rate("151.37")), Some(151));
        let ten_thousand_yen = ForeignAmount {
            minor: 10_000,
            currency: yen,
        };
        assert_eq!(
            convert(ten_thousand_yen, dinar, rate("0.00203")),
            Some(20_300)
        );
    }

    #[test]
    fn what_is_typed_reads_back() {
        for text in ["USD 1,234.50", "1234.50 usd", " usd  1234.50"] {
            let amount = ForeignAmount::from_input(text).unwrap();
            assert_eq!(amount, usd(123_450), "{text}");
            assert_eq!(amount.to_raw(), Raw::Line("USD 1234.50".to_owned()));
        }
        for text in [
            "",
            "USD",
            "12",
            "XQQ 12",
            "USD 1.2345",
            "USD 99999999999999999999",
        ] {
            assert!(ForeignAmount::from_input(text).is_err(), "{text}");
        }
        assert_eq!(
            Rate::from_input("0,92").unwrap().to_raw(),
            Raw::Line("0.92".to_owned())
        );
        for text in [
            "",
            "0",
            "-1",
            "1.00000000001",
            "1000000.1",
            "1e3",
            ".5",
            "1.2.3",
        ] {
            assert!(Rate::from_input(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_amount_and_rate_reads_back_and_none_overflows(minor: i64, rate in 1..=MOST, to in 0_usize..4) {
            let currencies = ["EUR", "JPY", "KWD", "USD"].map(|code| Currency::from_code(code).unwrap());
            let rate = Rate(rate);
            prop_assert_eq!(Rate::from_raw(&rate.to_raw()), Some(rate));
            for currency in currencies {
                let amount = ForeignAmount { minor, currency };
                if amount.check().is_ok() {
                    prop_assert_eq!(ForeignAmount::from_raw(&amount.to_raw()), Some(amount));
                }
                if let Some(there) = convert(amount, currencies[to], rate) {
                    // |there / 10^to - minor * rate / 10^from| is at most half a unit, without dividing.
                    let scale = |currency: Currency| 10_i128.pow(currency.exponent());
                    let exact = i128::from(minor) * i128::from(rate.0) * scale(currencies[to]);
                    let off = i128::from(there) * i128::from(ONE) * scale(currency) - exact;
                    prop_assert!(2 * off.abs() <= i128::from(ONE) * scale(currency));
                }
            }
        }
    }
}
