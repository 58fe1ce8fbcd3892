//! Money: integer minor units and an ISO 4217 code; parsing and showing amounts.
//!
//! No floats. Sums are taken in `i128` and brought back with a check. One rounding rule for display and splitting:
//! half away from zero, the convention of finance and of spreadsheets' ROUND.

use serde::{Deserialize, Serialize};

use crate::value::{FieldValue, InvalidValue, Raw};

/// An ISO 4217 currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The euro: the default of a new workspace.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// The US dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);

    /// Returns the currency with this three-letter code.
    pub fn from_code(code: &str) -> Option<Self> {
        iso_currency::Currency::from_code(code).map(Self)
    }

    /// Returns the three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Returns how many digits stand after the decimal point: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl TryFrom<String> for Currency {
    type Error = InvalidValue;

    fn try_from(code: String) -> Result<Self, InvalidValue> {
        Self::from_input(&code)
    }
}

impl FieldValue for Currency {
    const TYPE: &'static str = "currency (ISO 4217 code)";

    fn from_raw(raw: &Raw) -> Option<Self> {
        Self::from_code(&String::from_raw(raw)?)
    }

    fn to_raw(&self) -> Raw {
        Raw::Line(self.code().to_owned())
    }

    fn absent() -> Self {
        Self::EUR
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        Self::from_code(&text.trim().to_uppercase())
            .ok_or_else(|| InvalidValue::new(text, "a currency code like EUR or USD"))
    }
}

/// Largest amount that a field takes, in minor units; nine thousand of them still add up inside `i64`.
pub const LARGEST_MINOR: i64 = 10_i64.pow(15);

/// An amount of money in minor units of a currency that stands elsewhere in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(pub i64);

impl FieldValue for Amount {
    const TYPE: &'static str = "money (minor units)";

    fn from_raw(raw: &Raw) -> Option<Self> {
        i64::from_raw(raw).map(Self)
    }

    fn to_raw(&self) -> Raw {
        Raw::Int(self.0)
    }

    fn absent() -> Self {
        Self(0)
    }

    /// Reads euros; [`FieldValue::from_input_in`] is the one to use.
    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        Self::from_input_in(text, Currency::EUR)
    }

    fn from_input_in(text: &str, currency: Currency) -> Result<Self, InvalidValue> {
        parse_minor(text, currency).map(Self)
    }

    fn check(&self) -> Result<(), InvalidValue> {
        if self.0.unsigned_abs() <= LARGEST_MINOR.unsigned_abs() {
            return Ok(());
        }
        Err(InvalidValue::new(
            &self.0.to_string(),
            format!("within {LARGEST_MINOR} minor units"),
        ))
    }
}

/// Reads an amount as people and spreadsheets write it and returns it in minor units.
///
/// Takes `1,234.56`, `1.234,56`, `1 234`, `1'234`, `(1,234)`, `-1234`, `1234-`, a currency sign or code before or
/// behind, and a trailing `CR` (negative) or `DR`. A single comma with exactly three digits behind it groups thousands, as
/// [`show_minor`] writes it; a single point with exactly three digits behind it, like `1.234` or `1.200`, is refused
/// unless the currency has three decimals: it could mean either.
///
/// # Errors
/// [`InvalidValue`] if it is no amount, could mean two amounts, has more decimals than the currency, or exceeds
/// [`LARGEST_MINOR`].
pub fn parse_minor(text: &str, currency: Currency) -> Result<i64, InvalidValue> {
    parse_minor_marked(text, currency, None)
}

/// The character that stands before the decimals; the other one groups thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    /// 1,234.56.
    Point,
    /// 1.234,56.
    Comma,
}

impl DecimalMark {
    /// Returns the mark that an amount shows beyond doubt; `None` if it is no amount or could be read with either.
    pub fn shown_by(text: &str, currency: Currency) -> Option<Self> {
        let (digits, _) = strip_sign(text, currency)?;
        let last = digits.rfind(['.', ','])?;
        let (whole, fraction) = (digits.get(..last)?, digits.get(last.checked_add(1)?..)?);
        let mark = if digits.get(last..)?.starts_with('.') {
            Self::Point
        } else {
            Self::Comma
        };
        if whole.contains(mark.character()) {
            return ungroup(&digits, mark.character()).map(|_| mark.other());
        }
        let is_grouped = whole.contains(['.', ',']);
        if is_grouped {
            ungroup(whole, mark.other().character())?;
        }
        let is_shown = !fraction.is_empty() && (is_grouped || !may_group(whole, fraction));
        is_shown.then_some(mark)
    }

    fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }

    fn character(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

/// Tells whether a single separator between these digits may group thousands.
fn may_group(whole: &str, fraction: &str) -> bool {
    fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0')
}

/// Reads an amount like [`parse_minor`], of a text of which it is known what stands before the decimals.
///
/// With a `mark`, `1.234` has one meaning: thousands or decimals.
///
/// # Errors
/// Those of [`parse_minor`], and [`InvalidValue`] if the separators do not fit the mark.
pub fn parse_minor_marked(
    text: &str,
    currency: Currency,
    mark: Option<DecimalMark>,
) -> Result<i64, InvalidValue> {
    let exponent = currency.exponent();
    let refused = || {
        let example = show_minor(123_456, currency);
        InvalidValue::new(
            text,
            format!("an amount in {} like {example}", currency.code()),
        )
    };
    let (digits, negative) = strip_sign(text, currency).ok_or_else(refused)?;
    let split = match mark {
        Some(mark) => split_at(&digits, mark, exponent),
        None if is_ambiguous(&digits, exponent) => {
            let expected = "an amount of one meaning: the point may stand before decimals or between thousands; \
                            write it with two decimals";
            return Err(InvalidValue::new(text, expected));
        }
        None => split_decimals(&digits, exponent),
    };
    let (whole, fraction) = split.ok_or_else(refused)?;
    let mut minor: i64 = 0;
    let kept = fraction
        .chars()
        .chain(std::iter::repeat('0'))
        .take(usize::try_from(exponent).unwrap_or(0));
    for digit in whole.chars().chain(kept) {
        let value = i64::from(digit.to_digit(10).ok_or_else(refused)?);
        minor = minor
            .checked_mul(10)
            .and_then(|m| m.checked_add(value))
            .ok_or_else(refused)?;
    }
    if minor > LARGEST_MINOR {
        return Err(InvalidValue::new(
            text,
            format!("at most {}", show_minor(LARGEST_MINOR, currency)),
        ));
    }
    Ok(if negative {
        minor.saturating_neg()
    } else {
        minor
    })
}

/// Returns the digits and separators, and whether a sign, brackets or `CR` made the amount negative.
fn strip_sign(text: &str, currency: Currency) -> Option<(String, bool)> {
    let upper = text
        .trim()
        .to_uppercase()
        .replace(['\u{2212}', '\u{2013}'], "-");
    let mut rest = upper.as_str();
    let mut negative = 0_u8;
    loop {
        let before = rest;
        rest = rest.trim_matches(|c: char| c.is_whitespace() || "$€£¥".contains(c));
        rest = rest.strip_prefix(currency.code()).unwrap_or(rest);
        rest = rest.strip_suffix(currency.code()).unwrap_or(rest);
        rest = rest.strip_suffix("DR").unwrap_or(rest);
        rest = rest.strip_prefix('+').unwrap_or(rest);
        let unsigned = rest
            .strip_prefix('-')
            .or_else(|| rest.strip_suffix('-'))
            .or_else(|| rest.strip_suffix("CR"))
            .or_else(|| {
                rest.strip_prefix('(')
                    .and_then(|inner| inner.strip_suffix(')'))
            });
        if let Some(inner) = unsigned {
            negative = negative.checked_add(1)?;
            rest = inner;
        }
        if rest == before {
            break;
        }
    }
    let digits: String = rest
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '\'' && *c != '\u{2019}')
        .collect();
    let plain = !digits.is_empty()
        && digits
            .chars()
            .all(|c| c.is_ascii_digit() || c == ',' || c == '.');
    (plain && negative <= 1).then_some((digits, negative == 1))
}

/// Tells whether a single point with three digits behind it leaves open what it is for.
fn is_ambiguous(digits: &str, exponent: u32) -> bool {
    let parts = digits.split_once('.');
    exponent != 3
        && !digits.contains(',')
        && parts
            .is_some_and(|(whole, fraction)| may_group(whole, fraction) && !fraction.contains('.'))
}

/// Splits digits and separators at the known mark; `None` if they do not fit it or have too many decimals.
fn split_at(digits: &str, mark: DecimalMark, exponent: u32) -> Option<(String, String)> {
    let (whole, fraction) = digits.split_once(mark.character()).unwrap_or((digits, ""));
    let decimals = fraction.trim_end_matches('0');
    let is_plain = decimals.bytes().all(|byte| byte.is_ascii_digit());
    let is_long = u32::try_from(decimals.len()).ok()? > exponent;
    if !is_plain || is_long || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let grouping = mark.other().character();
    let whole = if whole.contains(grouping) {
        ungroup(whole, grouping)?
    } else {
        whole.to_owned()
    };
    Some((whole, decimals.to_owned()))
}

/// Splits digits and separators into whole digits and the decimals, at most `exponent` of them after trailing zeros.
fn split_decimals(digits: &str, exponent: u32) -> Option<(String, String)> {
    let last = digits.rfind(['.', ',']);
    let Some((whole, fraction)) =
        last.and_then(|at| Some((digits.get(..at)?, digits.get(at.checked_add(1)?..)?)))
    else {
        return Some((digits.to_owned(), String::new()));
    };
    let separator = digits.get(whole.len()..)?.chars().next()?;
    let repeated = whole.contains(separator);
    let other = if separator == '.' { ',' } else { '.' };
    let groups = fraction.len() == 3
        && !whole.contains(other)
        && (repeated || (separator == ',' && (1..=3).contains(&whole.len()) && whole != "0"));
    if groups {
        let all = digits.to_owned();
        return ungroup(&all, separator).map(|whole| (whole, String::new()));
    }
    let decimals = fraction.trim_end_matches('0');
    if repeated
        || u32::try_from(decimals.len()).ok()? > exponent
        || (whole.is_empty() && fraction.is_empty())
    {
        return None;
    }
    let whole = if whole.contains(other) {
        ungroup(whole, other)?
    } else {
        whole.to_owned()
    };
    Some((whole, decimals.to_owned()))
}

/// Removes thousands separators; `None` if the groups are not one to three, then three digits each.
fn ungroup(text: &str, separator: char) -> Option<String> {
    let is_plain = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = text.split(separator);
    let first = groups.next()?;
    let good = (1..=3).contains(&first.len())
        && is_plain(first)
        && groups.all(|group| group.len() == 3 && is_plain(group));
    good.then(|| text.replace(separator, ""))
}

/// Returns the amount with thousands separators and the currency's decimals, for example `-1,234.50`.
pub fn show_minor(minor: i64, currency: Currency) -> String {
    let scale = 10_u64.pow(currency.exponent());
    let absolute = minor.unsigned_abs();
    let whole = group_thousands(absolute.checked_div(scale).unwrap_or(absolute));
    let sign = if minor < 0 { "-" } else { "" };
    if scale == 1 {
        return format!("{sign}{whole}");
    }
    let width = usize::try_from(currency.exponent()).unwrap_or(0);
    format!(
        "{sign}{whole}.{:0width$}",
        absolute.checked_rem(scale).unwrap_or(0)
    )
}

/// Returns the amount rounded to whole units, for example `-1,235`: what grids and charts show.
pub fn show_whole(minor: i64, currency: Currency) -> String {
    let units = divide_rounded(i128::from(minor), 10_i128.pow(currency.exponent())).unwrap_or(0);
    let sign = if units < 0 { "-" } else { "" };
    format!(
        "{sign}{}",
        group_thousands(u64::try_from(units.unsigned_abs()).unwrap_or(u64::MAX))
    )
}

fn group_thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len().saturating_mul(2));
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns `numerator / denominator` rounded half away from zero, or `None` if the denominator is zero.
pub fn divide_rounded(numerator: i128, denominator: i128) -> Option<i128> {
    let quotient = numerator.checked_div(denominator)?;
    let remainder = numerator.checked_rem(denominator)?;
    let round_away = remainder.unsigned_abs()
        >= denominator
            .unsigned_abs()
            .saturating_sub(remainder.unsigned_abs());
    if remainder == 0 || !round_away {
        return Some(quotient);
    }
    quotient.checked_add(if (numerator < 0) == (denominator < 0) {
        1
    } else {
        -1
    })
}

/// Returns the sum of amounts in minor units, held at the ends of `i64` if it leaves them.
pub fn sum(amounts: impl IntoIterator<Item = i64>) -> i64 {
    let total: i128 = amounts.into_iter().map(i128::from).sum();
    i64::try_from(total).unwrap_or(if total < 0 { i64::MIN } else { i64::MAX })
}

/// Returns `total` split over `parts` so that the parts add up to it exactly (largest remainder; earlier parts first).
///
/// Empty for no parts. 1000.00 over 12 gives four times 83.34 and eight times 83.33.
pub fn split_evenly(total: i64, parts: usize) -> Vec<i64> {
    let Ok(count) = i64::try_from(parts) else {
        return Vec::new();
    };
    let (Some(share), Some(rest)) = (total.checked_div(count), total.checked_rem(count)) else {
        return Vec::new();
    };
    let extra = usize::try_from(rest.unsigned_abs()).unwrap_or(0);
    (0..parts)
        .map(|at| {
            if at < extra {
                share.saturating_add(rest.signum())
            } else {
                share
            }
        })
        .collect()
}

/// Returns `total` split by weights so that the parts add up to it exactly (largest remainder; earlier parts first).
///
/// Empty for no weights; weights that are all zero count as equal.
pub fn split_by_weights(total: i64, weights: &[u32]) -> Vec<i64> {
    let whole: i128 = weights.iter().copied().map(i128::from).sum();
    if whole == 0 {
        return split_evenly(total, weights.len());
    }
    let size = i128::from(total).abs();
    let mut shares: Vec<(usize, i128, i128)> = weights
        .iter()
        .enumerate()
        .map(|(at, weight)| {
            let exact = size.saturating_mul(i128::from(*weight));
            let share = exact.checked_div(whole).unwrap_or(0);
            let rest = exact.checked_rem(whole).unwrap_or(0);
            (at, share, rest)
        })
        .collect();
    let given: i128 = shares.iter().map(|(_, share, _)| share).sum();
    let odd = usize::try_from(size.saturating_sub(given)).unwrap_or(0);
    shares.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
    for (_, share, _) in shares.iter_mut().take(odd) {
        *share = share.saturating_add(1);
    }
    shares.sort_by_key(|(at, ..)| *at);
    let signed = |(_, share, _): (usize, i128, i128)| {
        let share = i64::try_from(share).unwrap_or(i64::MAX);
        if total < 0 {
            share.saturating_neg()
        } else {
            share
        }
    };
    shares.into_iter().map(signed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(parse_minor(text, Currency::USD).ok(), expected, "{text}");
    }

    #[test]
    fn amounts_as_people_write_them() {
        check("1,234.56", Some(123_456));
        check("1.234,56", Some(123_456));
        check("1'234.56", Some(123_456));
        check("1 234", Some(123_400));
        check("(1,234)", Some(-123_400));
        check("-1234", Some(-123_400));
        check("1234-", Some(-123_400));
        check("$ (12.50)", Some(-1_250));
        check("-$12.5", Some(-1_250));
        check("12.50 CR", Some(-1_250));
        check("USD 12.50 DR", Some(1_250));
        check("2040000.0", Some(204_000_000));
        check("1,234,567", Some(123_456_700));
        check("1.234.567", Some(123_456_700));
        check("0.5", Some(50));
        check(".5", Some(50));
        check("5.", Some(500));
        check("1234.500", Some(123_450));
        check("0", Some(0));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for bad in [
            "",
            "-",
            ".",
            "abc",
            "1.2.3",
            "12,34,56",
            "1.005",
            "1.234",
            "--5",
            "(-5)",
            "5 EUR",
            "1e5",
            "0.001",
            "١٢",
            "2.000",
            "1.200",
            "-1.200",
            "EUR 999.000",
        ] {
            check(bad, None);
        }
        check("10000000000000.01", None);
        check(&"9".repeat(100_000), None);
    }

    #[test]
    fn a_known_mark_settles_what_three_digits_mean() {
        let read = |text, mark| parse_minor_marked(text, Currency::EUR, Some(mark)).ok();
        let (point, comma) = (DecimalMark::Point, DecimalMark::Comma);
        assert_eq!(read("1.200", point), Some(120));
        assert_eq!(read("1.200", comma), Some(120_000));
        assert_eq!(read("1,200", point), Some(120_000));
        assert_eq!(read("1,200", comma), Some(120));
        assert_eq!(read("-1.234.567,8", comma), Some(-123_456_780));
        for bad in ["1.234", "1.2,3", "1,2.3.4", "12,34.00", "."] {
            assert_eq!(read(bad, point), None, "{bad}");
        }
        assert_eq!(read("1,200.50", comma), None);
    }

    #[test]
    fn amounts_that_show_their_mark() {
        let shown = |text| DecimalMark::shown_by(text, Currency::EUR);
        for point in [
            "1,200.50",
            "12.5",
            "EUR 0.500",
            "1234.500",
            "1,234,567",
            ".5",
        ] {
            assert_eq!(shown(point), Some(DecimalMark::Point), "{point}");
        }
        for comma in ["1.200,50", "(12,5)", "0,500", "1234,500", "1.234.567"] {
            assert_eq!(shown(comma), Some(DecimalMark::Comma), "{comma}");
        }
        for open in [
            "1.200",
            "1,200",
            "1200",
            "",
            "5.",
            "x",
            "12,34,56",
            "1.2.3",
            "1,2.345.678",
        ] {
            assert_eq!(shown(open), None, "{open}");
        }
    }

    #[test]
    fn currencies_without_and_with_three_decimals() {
        let yen = Currency::from_code("JPY").unwrap();
        let dinar = Currency::from_code("KWD").unwrap();
        assert_eq!(parse_minor("1,234", yen), Ok(1234));
        assert!(parse_minor("1.5", yen).is_err());
        assert_eq!(parse_minor("1.234", dinar), Ok(1234));
        assert_eq!(show_minor(-1_234_567, dinar), "-1,234.567");
        assert_eq!(show_minor(1_234_567, yen), "1,234,567");
    }

    #[test]
    fn a_thousand_over_twelve_months() {
        let parts = split_evenly(100_000, 12);
        assert_eq!(parts.iter().filter(|part| **part == 8_334).count(), 4);
        assert_eq!(parts.iter().filter(|part| **part == 8_333).count(), 8);
    }

    proptest! {
        #[test]
        fn shown_amounts_read_back(minor in -LARGEST_MINOR..=LARGEST_MINOR) {
            prop_assert_eq!(parse_minor(&show_minor(minor, Currency::EUR), Currency::EUR), Ok(minor));
        }

        #[test]
        fn splits_add_up(total in any::<i64>(), parts in 1_usize..40) {
            let split = split_evenly(total, parts);
            prop_assert_eq!(sum(split.iter().copied()), total);
            let (least, most) = (split.iter().min().unwrap(), split.iter().max().unwrap());
            prop_assert!(most - least <= 1);
        }

        #[test]
        fn weighted_splits_add_up_and_stay_within_a_unit_of_their_share(total in -1_000_000_000_i64..1_000_000_000, weights in prop::collection::vec(0_u32..1_000, 1..14)) {
            let split = split_by_weights(total, &weights);
            prop_assert_eq!(sum(split.iter().copied()), total);
            let whole: i128 = weights.iter().copied().map(i128::from).sum();
            if whole > 0 {
                for (part, weight) in split.iter().zip(&weights) {
                    let off = i128::from(*part) * whole - i128::from(total) * i128::from(*weight);
                    prop_assert!(off.abs() < whole);
                }
            }
        }

        #[test]
        fn rounding_agrees_with_doubling(n in -1_000_000_i128..1_000_000, d in 1_i128..1_000) {
            let slow = (n.abs() * 2 + d) / (2 * d) * n.signum();
            prop_assert_eq!(divide_rounded(n, d), Some(slow));
        }

        #[test]
        fn parsing_never_panics(text in "(.{0,40}|[0-9.,()-]{0,12})") {
            parse_minor(&text, Currency::USD).ok();
            for mark in [DecimalMark::Point, DecimalMark::Comma] {
                parse_minor_marked(&text, Currency::USD, Some(mark)).ok();
            }
            DecimalMark::shown_by(&text, Currency::USD);
        }
    }
}
