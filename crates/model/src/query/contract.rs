//! Contracts: terms, notice deadlines, act-by dates, states.
//!
//! The one rule: the clock runs to the day by which *we* must act, never to the end of the contract. Terms are found in
//! closed form, each counted from the contract's first day, so that no month length is lost on the way and a contract
//! that has renewed for a thousand years is no slower than a new one.
//!
//! Source: the notice arithmetic of contract management; failures seen in the field are tests here by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::calendar::{WorkingCalendar, add_days};
use crate::money::divide_rounded;
use crate::settings::Rules;
use crate::vendor::{Contract, NoticeUnit, Renewal};
use crate::workdays::Calendars;

/// A term of a contract: both days belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// How many terms came before.
    pub number: i64,
    /// First day; `None` if nobody has said when the contract began.
    pub first: Option<NaiveDate>,
    /// Last day.
    pub last: NaiveDate,
}

/// Where a contract stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractState {
    /// Not signed.
    Draft,
    /// It runs, and there is time.
    Active,
    /// The day by which to act has come and notice is still in time.
    WindowOpen,
    /// Notice is too late for this term: it renews, or the option is lost.
    WindowClosed,
    /// Notice was given; it runs until it ends.
    NoticeServed,
    /// It has ended by itself or by notice.
    Expired,
    /// It was ended otherwise.
    Terminated,
}

impl ContractState {
    /// Returns the words that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Active => "Active",
            Self::WindowOpen => "Act now",
            Self::WindowClosed => "Too late for this term",
            Self::NoticeServed => "Notice served",
            Self::Expired => "Expired",
            Self::Terminated => "Terminated",
        }
    }

    /// Tells whether the contract still binds.
    pub fn is_running(self) -> bool {
        matches!(
            self,
            Self::Active | Self::WindowOpen | Self::WindowClosed | Self::NoticeServed
        )
    }
}

/// A contract with its dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractFigures {
    /// The contract.
    pub contract: Arc<Contract>,
    /// Where it stands.
    pub state: ContractState,
    /// The present term, or the last one; `None` if it has no end.
    pub term: Option<Term>,
    /// The latest day on which notice, or the use of the option, is still in time.
    pub notice_deadline: Option<NaiveDate>,
    /// The working day by which to act.
    pub act_by: Option<NaiveDate>,
    /// Last day on which it binds, where that is certain.
    pub ends_on: Option<NaiveDate>,
    /// Value a year, in minor units of its currency.
    pub annual_value: Option<i64>,
}

/// What deadlines are counted with.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// The working calendar.
    pub calendar: &'a WorkingCalendar,
    /// Calendar days before a deadline by which to act, where the contract says nothing.
    pub lead_days: i64,
}

/// Returns the day `months` later, earlier if negative, at the end of the month where that is shorter.
pub fn add_months(day: NaiveDate, months: i64) -> NaiveDate {
    let distance = chrono::Months::new(u32::try_from(months.unsigned_abs()).unwrap_or(u32::MAX));
    if months < 0 {
        day.checked_sub_months(distance).unwrap_or(NaiveDate::MIN)
    } else {
        day.checked_add_months(distance).unwrap_or(NaiveDate::MAX)
    }
}

/// Returns the term that holds `today`: the first before it begins, the last if it does not renew.
///
/// `None` if the contract has no end: evergreen, or nobody has said how long it runs. Cost: constant.
pub fn term_on(contract: &Contract, today: NaiveDate) -> Option<Term> {
    if contract.renewal == Renewal::Evergreen {
        return None;
    }
    let terms = Terms::of(contract)?;
    Some(terms.nth(terms.number_on(today)))
}

/// The terms of a contract: each ends a whole number of months after one anchor.
struct Terms {
    /// The day after which the first term ends, or the contract's first day.
    anchor: NaiveDate,
    start: Option<NaiveDate>,
    /// Months from the anchor to the end of the first term.
    initial: i64,
    /// Months of each further term; zero if there is none.
    further: i64,
}

impl Terms {
    fn of(contract: &Contract) -> Option<Self> {
        let months = |months: Option<crate::quantity::Months>| {
            months.map(|months| months.0).filter(|months| *months > 0)
        };
        let (initial, renewal) = (
            months(contract.initial_months),
            months(contract.renewal_months),
        );
        let further = match contract.renewal {
            Renewal::Automatic => renewal.unwrap_or(0),
            Renewal::None | Renewal::Option | Renewal::Evergreen => 0,
        };
        // With an end and no start, the end is what is known: a length alone leads nowhere.
        let is_known = initial.is_some() && contract.start.is_some();
        if let (false, Some(end)) = (is_known, contract.end) {
            return Some(Self {
                anchor: add_days(end, 1),
                start: contract.start,
                initial: 0,
                further,
            });
        }
        let start = contract.start?;
        Some(Self {
            anchor: start,
            start: Some(start),
            // A tacit renewal without a first term begins with a term of its own length.
            initial: initial.or(renewal)?,
            further,
        })
    }

    /// The first term's length as a share: of a further term of so many months, else of days.
    ///
    /// Returns two numbers in proportion: the length of a further term and that of the first.
    fn proportion(&self, further: Term) -> Option<(i64, i64)> {
        if self.initial > 0 {
            return Some((self.further, self.initial));
        }
        let (start, end) = (self.start?, self.last_day(0));
        if let Some(months) = whole_months(start, end) {
            return Some((self.further, months));
        }
        let days =
            |first: NaiveDate, last: NaiveDate| last.signed_duration_since(first).num_days() + 1;
        Some((days(further.first?, further.last), days(start, end)))
    }

    fn last_day(&self, number: i64) -> NaiveDate {
        let months = self
            .initial
            .saturating_add(number.saturating_mul(self.further));
        add_days(add_months(self.anchor, months), -1)
    }

    /// The number of the first term that ends on or after `today`.
    fn number_on(&self, today: NaiveDate) -> i64 {
        if self.further <= 0 {
            return 0;
        }
        let years = i64::from(today.year()) - i64::from(self.anchor.year());
        let months = years * 12 + i64::from(today.month()) - i64::from(self.anchor.month());
        // Months are counted without days, so the guess is at most one term early and never late.
        let guess = (months - self.initial - 1).div_euclid(self.further).max(0);
        (guess..guess.saturating_add(3))
            .find(|number| self.last_day(*number) >= today)
            .unwrap_or(guess)
    }

    fn nth(&self, number: i64) -> Term {
        let first = match number.checked_sub(1) {
            Some(before) if number > 0 => Some(add_days(self.last_day(before), 1)),
            _ => self.start,
        };
        Term {
            number,
            first,
            last: self.last_day(number),
        }
    }
}

/// Returns the latest day on which notice for a term that ends on `end` is still in time.
pub fn notice_deadline(
    contract: &Contract,
    end: NaiveDate,
    calendar: &WorkingCalendar,
) -> NaiveDate {
    let length = contract.notice.map_or(0, |notice| notice.0);
    if length == 0 {
        return end;
    }
    match contract.notice_unit {
        NoticeUnit::Days => add_days(end, -length),
        NoticeUnit::Months => add_months(end, -length),
        NoticeUnit::WorkingDays => calendar.add_working_days(end, -length),
    }
}

/// Returns the working day by which to act so that a deadline is kept.
pub fn act_by(contract: &Contract, deadline: NaiveDate, basis: Basis<'_>) -> NaiveDate {
    let lead = contract.lead.map_or(basis.lead_days, |lead| lead.0);
    let delivery = contract.delivery.map_or(0, |delivery| delivery.0);
    let day = add_days(deadline, -lead.saturating_add(delivery));
    basis.calendar.on_or_before(day)
}

/// Returns a contract with its dates as of `today`.
pub fn figures(contract: &Arc<Contract>, today: NaiveDate, basis: Basis<'_>) -> ContractFigures {
    let term = term_on(contract, today);
    let deadline = term.map(|term| notice_deadline(contract, term.last, basis.calendar));
    let by = deadline.map(|deadline| act_by(contract, deadline, basis));
    let ends_on = end_of(contract, term, basis);
    let state = state(contract, (deadline, by, ends_on), today);
    let is_open = matches!(
        state,
        ContractState::Active | ContractState::WindowOpen | ContractState::WindowClosed
    );
    ContractFigures {
        state,
        term,
        notice_deadline: deadline.filter(|_| is_open),
        act_by: by.filter(|_| is_open),
        ends_on,
        annual_value: annual_value(contract),
        contract: Arc::clone(contract),
    }
}

/// Returns the last day on which a contract binds, where that is certain.
fn end_of(contract: &Contract, term: Option<Term>, basis: Basis<'_>) -> Option<NaiveDate> {
    let by_notice = contract.notice_served_on.and_then(|served| {
        if contract.renewal == Renewal::Evergreen {
            return Some(end_after_notice(contract, served, basis.calendar));
        }
        let mut term = term_on(contract, served)?;
        // A notice that came too late for its term ends the next one.
        if notice_deadline(contract, term.last, basis.calendar) < served {
            let terms = Terms::of(contract)?;
            term = terms.nth(term.number.saturating_add(1));
        }
        Some(term.last)
    });
    let by_itself = term
        .filter(|_| renewal_ends(contract))
        .map(|term| term.last);
    [contract.terminated_on, by_notice, by_itself]
        .into_iter()
        .flatten()
        .min()
}

/// Tells whether the contract ends with its term unless somebody acts.
fn renewal_ends(contract: &Contract) -> bool {
    match contract.renewal {
        Renewal::None | Renewal::Option => true,
        // A renewal of no length is none: it would never move on.
        Renewal::Automatic => contract.renewal_months.is_none_or(|months| months.0 <= 0),
        Renewal::Evergreen => false,
    }
}

fn end_after_notice(
    contract: &Contract,
    served: NaiveDate,
    calendar: &WorkingCalendar,
) -> NaiveDate {
    let length = contract.notice.map_or(0, |notice| notice.0);
    match contract.notice_unit {
        NoticeUnit::Days => add_days(served, length),
        NoticeUnit::Months => add_months(served, length),
        NoticeUnit::WorkingDays => calendar.add_working_days(served, length),
    }
}

fn state(
    contract: &Contract,
    (deadline, by, ends_on): (Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>),
    today: NaiveDate,
) -> ContractState {
    if contract.terminated_on.is_some_and(|day| day < today) {
        ContractState::Terminated
    } else if contract.signed_on.is_none() {
        ContractState::Draft
    } else if ends_on.is_some_and(|end| end < today) {
        ContractState::Expired
    } else if contract.notice_served_on.is_some_and(|day| day <= today) {
        ContractState::NoticeServed
    } else if deadline.is_some_and(|deadline| deadline < today) {
        ContractState::WindowClosed
    } else if by.is_some_and(|by| by <= today) {
        ContractState::WindowOpen
    } else {
        ContractState::Active
    }
}

/// Returns the months from one day to another, both included, if they are whole months and at least one.
fn whole_months(first: NaiveDate, last: NaiveDate) -> Option<i64> {
    let next = add_days(last, 1);
    let years = i64::from(next.year()) - i64::from(first.year());
    let months = years * 12 + i64::from(next.month()) - i64::from(first.month());
    (months > 0 && add_months(first, months) == next).then_some(months)
}

/// Returns the value of a year: the first term's value over its months, times twelve, rounded once.
///
/// `None` if the first term is not a number of whole months.
fn annual_value(contract: &Contract) -> Option<i64> {
    let typed = contract.initial_months.map(|months| months.0);
    let by_days = || whole_months(contract.start?, contract.end?);
    let months = typed.filter(|months| *months > 0).or_else(by_days)?;
    let yearly = i128::from(contract.value?.0).saturating_mul(12);
    i64::try_from(divide_rounded(yearly, i128::from(months))?).ok()
}

/// Further terms for which the price still rises: beyond, a contract of absurd age keeps its price.
const MOST_RISES: i64 = 200;
/// Terms that a span is looked at for: a contract that renews by the month has twelve in a year.
const MOST_TERMS: i64 = 400;

/// Returns what a contract costs from one day to another, both included, in minor units; `None` if it says no value.
///
/// A term's value counts by its days, rounded so that spans which follow each other add up to it exactly. A further term
/// costs by its length what the first cost, and more by the uplift of each renewal. What has no end goes on in terms as
/// long as the first.
pub fn value_between(
    contract: &Contract,
    from: NaiveDate,
    to: NaiveDate,
    basis: Basis<'_>,
) -> Option<i64> {
    let value = contract.value?.0;
    let mut terms = Terms::of(contract)?;
    if contract.renewal == Renewal::Evergreen {
        terms.further = terms.initial;
    }
    let ends_on = end_of(contract, term_on(contract, from), basis);
    let to = ends_on.map_or(to, |end| end.min(to));
    let mut sum = 0_i128;
    let first = terms.number_on(from);
    for number in first..first.saturating_add(MOST_TERMS) {
        let term = terms.nth(number);
        let start = term.first?;
        if start > to {
            break;
        }
        let cost = term_value(&terms, contract, value, number);
        let days = i128::from(term.last.signed_duration_since(start).num_days()) + 1;
        let until = |day: NaiveDate| {
            let gone = i128::from(day.signed_duration_since(start).num_days());
            divide_rounded(cost.checked_mul(gone.clamp(0, days))?, days)
        };
        sum += until(add_days(to, 1))? - until(from)?;
        if terms.further <= 0 {
            break;
        }
    }
    i64::try_from(sum).ok()
}

/// Returns what one term costs: the first as agreed, a further one by its length and the uplifts so far.
fn term_value(terms: &Terms, contract: &Contract, value: i64, number: i64) -> i128 {
    let value = i128::from(value);
    if number <= 0 {
        return value;
    }
    let by_length = terms
        .proportion(terms.nth(number))
        .and_then(|(further, first)| {
            divide_rounded(value.saturating_mul(further.into()), first.into())
        });
    let uplift = i128::from(contract.uplift.map_or(0, |uplift| uplift.0));
    let mut cost = by_length.unwrap_or(value);
    if uplift == 0 {
        return cost;
    }
    for _ in 0..number.min(MOST_RISES) {
        let risen = cost
            .checked_mul(uplift + 10_000)
            .and_then(|risen| divide_rounded(risen, 10_000));
        // Held where a hundred years of uplifts lead out of all bounds.
        cost = risen
            .filter(|risen| risen.abs() <= i128::from(i64::MAX))
            .unwrap_or(cost);
    }
    cost
}

/// Returns all contracts with their dates, the earliest act-by first, those without one last.
pub fn all(board: &Board, today: NaiveDate) -> Vec<ContractFigures> {
    let (calendars, rules) = (Calendars::of(board), Rules::of(board));
    let basis = Basis {
        calendar: calendars.of_workspace(),
        lead_days: rules.lead_days,
    };
    let contracts = (&board.contracts).into_iter();
    let mut all: Vec<ContractFigures> = contracts
        .map(|(_, contract)| figures(contract, today, basis))
        .collect();
    all.sort_by_key(|figures| (figures.act_by.is_none(), figures.act_by));
    all
}

/// Returns by how much each budget line grows through renewals in the year that begins on `first_day`, in basis points.
///
/// Several contracts of one line count by their annual value.
pub fn uplifts(board: &Board, first_day: NaiveDate) -> BTreeMap<RecordId, i64> {
    let last_day = add_days(add_months(first_day, 12), -1);
    let mut sums: BTreeMap<RecordId, (i128, i128)> = BTreeMap::new();
    for (_, contract) in &board.contracts {
        let Some(line) = contract.budget_line else {
            continue;
        };
        let renews = term_on(contract, add_days(first_day, -1))
            .is_some_and(|term| term.last >= add_days(first_day, -1) && term.last < last_day);
        let rise = contract
            .uplift
            .filter(|_| renews)
            .map_or(0, |uplift| uplift.0);
        let weight = i128::from(annual_value(contract).unwrap_or(0).max(0));
        let sum = sums.entry(line).or_default();
        sum.0 += i128::from(rise).saturating_mul(weight);
        sum.1 += weight;
    }
    sums.into_iter()
        .filter_map(|(line, (rise, weight))| {
            let exact = divide_rounded(rise, weight)?;
            Some((line, i64::try_from(exact).ok()?))
        })
        .filter(|(_, rise)| *rise != 0)
        .collect()
}

#[cfg(test)]
mod tests;
