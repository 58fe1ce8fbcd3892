//! One cell as a value: dates, exact decimals, whole numbers, single lines of text.
//!
//! Each reader returns the value or what it expected, as the end of the sentence "is not ...". The one rule: no guess
//! between two readings of a value; what is ambiguous is settled for the whole file or refused.

use adjutant_base::limits;
use adjutant_model::money::{Currency, DecimalMark, LARGEST_MINOR, divide_rounded};
use adjutant_model::value::parse_iso_date;
use chrono::NaiveDate;

/// Which number comes first in dates like 3/5/2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// 3/5/2026 is 3 May.
    DayFirst,
    /// 3/5/2026 is 5 March.
    MonthFirst,
}

impl DateOrder {
    /// Returns the order that these cells have in common, or `None` if they do not tell or contradict each other.
    pub(super) fn common<'a>(cells: impl Iterator<Item = &'a str>) -> Option<Self> {
        let (mut is_day_first, mut is_month_first) = (false, false);
        for cell in cells {
            if let Some((first, second, _)) = slashed(without_time(cell)) {
                is_day_first |= first > 12;
                is_month_first |= second > 12;
            }
        }
        match (is_day_first, is_month_first) {
            (true, false) => Some(Self::DayFirst),
            (false, true) => Some(Self::MonthFirst),
            (true, true) | (false, false) => None,
        }
    }
}

/// Returns the decimal mark that these amounts have in common, or `None` if they do not tell or contradict each other.
pub(super) fn common_mark(
    cells: impl Iterator<Item = impl AsRef<str>>,
    currency: Currency,
) -> Option<DecimalMark> {
    let (mut has_point, mut has_comma) = (false, false);
    for cell in cells {
        match DecimalMark::shown_by(cell.as_ref(), currency) {
            Some(DecimalMark::Point) => has_point = true,
            Some(DecimalMark::Comma) => has_comma = true,
            None => {}
        }
    }
    match (has_point, has_comma) {
        (true, false) => Some(DecimalMark::Point),
        (false, true) => Some(DecimalMark::Comma),
        (true, true) | (false, false) => None,
    }
}

/// Reads a date as files write it: 2026-05-03, 2026/05/03, 03.05.2026, 3 May 2026, 3-May-2026, May 3, 2026, and
/// 3/5/2026 in the order that is known for the file; a time of day behind it is passed over.
pub(super) fn date(text: &str, order: Option<DateOrder>) -> Result<NaiveDate, &'static str> {
    let text = without_time(text);
    if let Some((first, second, year)) = slashed(text) {
        let (day, month) = match order {
            Some(DateOrder::DayFirst) => (first, second),
            Some(DateOrder::MonthFirst) => (second, first),
            None => {
                return Err(
                    "a date with a known order of day and month; write it like 2026-05-03, or say which it is (--date-order)",
                );
            }
        };
        return from_parts(year, month, day);
    }
    let numbers: Option<Vec<u32>> = text.split(['.', '-', '/']).map(number).collect();
    if let Some([first, second, third]) = numbers.as_deref() {
        return if *first > 31 {
            from_parts(*first, *second, *third)
        } else if text.contains('.') {
            from_parts(*third, *second, *first)
        } else {
            Err(DATE)
        };
    }
    let words: Vec<&str> = text
        .split([' ', '-', '/', ',', '.'])
        .filter(|word| !word.is_empty())
        .collect();
    let [first, second, third] = words.as_slice() else {
        return Err(DATE);
    };
    let (day, name) = if number(first).is_some() {
        (first, second)
    } else {
        (second, first)
    };
    let month = month_named(name).ok_or(DATE)?;
    let year = match number(third).ok_or(DATE)? {
        // With the month as a word there is no doubt which number is the year; Jira writes 12/Mar/24.
        short @ 0..=69 if third.len() == 2 => 2000 + short,
        short @ 70..=99 if third.len() == 2 => 1900 + short,
        year => year,
    };
    from_parts(year, month, number(day).ok_or(DATE)?)
}

const DATE: &str = "a date like 2026-05-03, from 1900 to 9999";

/// Returns a date cell without the time of day behind it.
fn without_time(text: &str) -> &str {
    let mut text = text.trim();
    if text.find('T') == Some(10) {
        text = text.get(..10).unwrap_or(text);
    }
    while let Some((before, last)) = text.rsplit_once(' ') {
        if !last.contains(':')
            && !last.eq_ignore_ascii_case("am")
            && !last.eq_ignore_ascii_case("pm")
        {
            break;
        }
        text = before.trim_end();
    }
    text
}

/// Returns the three numbers of a date like 3/5/2026 or 3-5-2026, whose order is not known.
fn slashed(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split(['/', '-']);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || first.len() > 2 || third.len() != 4 {
        return None;
    }
    Some((number(first)?, number(second)?, number(third)?))
}

fn number(text: &str) -> Option<u32> {
    let is_plain =
        !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

fn from_parts(year: u32, month: u32, day: u32) -> Result<NaiveDate, &'static str> {
    // One rule for which dates exist: the model's.
    parse_iso_date(&format!("{year:04}-{month:02}-{day:02}")).ok_or(DATE)
}

const MONTH_NAMES: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Returns the number of the month with this English name or its beginning of three letters or more.
pub(super) fn month_named(name: &str) -> Option<u32> {
    let name = name.to_lowercase();
    let name = if name == "sept" { "sep" } else { name.as_str() };
    let at = MONTH_NAMES
        .iter()
        .position(|month| name.len() >= 3 && (*month == name || month.get(..3) == Some(name)))?;
    u32::try_from(at).ok()?.checked_add(1)
}

/// An exact decimal number as programs write it: `-0.0042829999999999995`, `7.7e-05`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: i128,
    /// How many of the digits stand behind the point; negative for zeros before it.
    decimals: i32,
}

impl Decimal {
    /// Reads a number with a point and without separators; at most 30 digits, exponents from -30 to 30.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = format!("{whole}{fraction}");
        let is_plain =
            (1..=30).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_plain || exponent.abs() > 30 {
            return None;
        }
        let digits: i128 = digits.parse().ok()?;
        Some(Self {
            digits: if mantissa.starts_with('-') {
                -digits
            } else {
                digits
            },
            decimals: i32::try_from(fraction.len()).ok()? - exponent,
        })
    }

    /// Returns the number with its point moved `places` to the right, rounded half away from zero, and whether it
    /// had to be rounded.
    pub(super) fn shifted(self, places: u32) -> Option<(i64, bool)> {
        let decimals = self.decimals - i32::try_from(places).ok()?;
        let power = 10_i128.checked_pow(decimals.unsigned_abs())?;
        let (value, is_rounded) = if decimals > 0 {
            (
                divide_rounded(self.digits, power)?,
                self.digits % power != 0,
            )
        } else {
            (self.digits.checked_mul(power)?, false)
        };
        let value = i64::try_from(value).ok()?;
        (value.unsigned_abs() <= LARGEST_MINOR.unsigned_abs()).then_some((value, is_rounded))
    }

    /// Returns the number if it has no fraction.
    pub(super) fn whole(self) -> Option<i64> {
        self.shifted(0)
            .filter(|(_, is_rounded)| !is_rounded)
            .map(|(value, _)| value)
    }
}

/// Returns a text on one line: spaces and line ends as single spaces, HTML entities as their characters.
pub(super) fn line(text: &str) -> String {
    let decoded = entities(text);
    decoded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts a text to what one line may hold; tells whether it was longer.
pub(super) fn cut(text: &mut String) -> bool {
    match text.char_indices().nth(limits::LINE_CHARACTERS) {
        Some((at, _)) => {
            text.truncate(at);
            true
        }
        None => false,
    }
}

/// Returns a text with the HTML entities that exports leave behind as their characters; unknown ones stay.
pub(super) fn entities(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        decoded.push_str(before);
        let end = behind
            .char_indices()
            .take(10)
            .find(|(_, letter)| *letter == ';')
            .map(|(at, _)| at);
        let entity = end.and_then(|end| {
            Some((
                entity(behind.get(..end)?)?,
                behind.get(end..)?.strip_prefix(';')?,
            ))
        });
        if let Some((letter, after)) = entity {
            decoded.push(letter);
            rest = after;
        } else {
            decoded.push('&');
            rest = behind;
        }
    }
    decoded.push_str(rest);
    decoded
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        "ndash" => Some('\u{2013}'),
        "mdash" => Some('\u{2014}'),
        "lsquo" => Some('\u{2018}'),
        "rsquo" => Some('\u{2019}'),
        _ => {
            let code = name.strip_prefix('#')?;
            let number = match code.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => code.parse().ok()?,
            };
            char::from_u32(number).filter(|letter| !letter.is_control())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check_date(text: &str, order: Option<DateOrder>, expected: Option<&str>) {
        let found = date(text, order).ok().map(|day| day.to_string());
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn dates_as_files_write_them() {
        let may = Some("2026-05-03");
        for text in [
            "2026-05-03",
            "2026/05/03",
            "2026-5-3",
            "03.05.2026",
            "3.5.2026",
            "3 May 2026",
            "3-May-2026",
            "03/May/2026",
            "May 3, 2026 10:00 AM",
            "2026.05.03",
            "2026-05-03T10:00:00Z",
            "2026-05-03 10:00",
            " 2026-05-03 ",
            "3. may 2026",
        ] {
            check_date(text, None, may);
        }
        check_date("5/3/2026 16:14", Some(DateOrder::MonthFirst), may);
        check_date("3/5/2026", Some(DateOrder::DayFirst), may);
        for bad in [
            "3/5/2026",
            "31.02.2026",
            "",
            "soon",
            "3 Mai 2026",
            "46145",
            "1/2/3/4",
            "T",
            "１.２.2026",
        ] {
            check_date(bad, None, None);
        }
        check_date("13/5/2026", Some(DateOrder::MonthFirst), None);
        check_date("12/Mar/24 9:41 AM", None, Some("2024-03-12"));
        check_date("12-Mar-98", None, Some("1998-03-12"));
    }

    #[test]
    fn the_order_of_day_and_month_is_settled_by_the_whole_column() {
        let common = |cells: &[&str]| DateOrder::common(cells.iter().copied());
        assert_eq!(
            common(&["3/5/2026", "13/5/2026"]),
            Some(DateOrder::DayFirst)
        );
        assert_eq!(
            common(&["3/5/2026", "5/13/2026 10:00"]),
            Some(DateOrder::MonthFirst)
        );
        assert_eq!(common(&["3/5/2026", "2026-05-30"]), None);
        assert_eq!(common(&["13/5/2026", "5/13/2026"]), None);
    }

    #[test]
    fn millions_to_cents_without_floats() {
        let cents = |text: &str| Decimal::parse(text).and_then(|decimal| decimal.shifted(8));
        assert_eq!(cents("0.179"), Some((17_900_000, false)));
        assert_eq!(cents("0.013936000000000002"), Some((1_393_600, true)));
        assert_eq!(cents("-0.0042829999999999995"), Some((-428_300, true)));
        assert_eq!(cents("-7.7e-05"), Some((-7_700, false)));
        assert_eq!(cents("1071.255"), Some((107_125_500_000, false)));
        for bad in [
            "",
            ".",
            "1,5",
            "--1",
            "1e99",
            "9e30",
            "NaN",
            "1.2.3",
            "99999999999999999999999999999999",
        ] {
            assert_eq!(cents(bad), None, "{bad}");
        }
        assert_eq!(Decimal::parse("182.0").and_then(Decimal::whole), Some(182));
        assert_eq!(Decimal::parse("182.5").and_then(Decimal::whole), None);
    }

    #[test]
    fn entities_become_characters_and_odd_ones_stay() {
        assert_eq!(
            line("Q1 O&amp;M &#39;x&#x27;  &lt;b&gt;\n next"),
            "Q1 O&M 'x' <b> next"
        );
        for odd in [
            "O&M",
            "&",
            "&;",
            "&bogus;",
            "&#0;",
            "&#99999999;",
            "&ACustomer",
        ] {
            assert_eq!(line(odd), odd);
        }
    }

    proptest! {
        #[test]
        fn readers_never_panic(text in ".{0,30}", digits in "[0-9/.e+:T -]{0,20}") {
            for text in [text, digits] {
                let order = DateOrder::common([text.as_str()].into_iter());
                date(&text, order).ok();
                Decimal::parse(&text).and_then(|decimal| decimal.shifted(8));
                let mut line = line(&text);
                cut(&mut line);
            }
        }

        #[test]
        fn decimals_agree_with_whole_numbers(cents in -1_000_000_000_i64..1_000_000_000) {
            let sign = if cents < 0 { "-" } else { "" };
            let text = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
            prop_assert_eq!(Decimal::parse(&text).and_then(|decimal| decimal.shifted(2)), Some((cents, false)));
        }
    }
}
