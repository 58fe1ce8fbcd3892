//! Earned value: what was planned, earned and spent by a day, and what follows for the end.
//!
//! Indices are exact fractions; one is missing where its denominator is zero, and then shows as a dash. Amounts are
//! minor units of the project's currency.
//!
//! Source: the formulas of the PMBOK guide's earned value management, which all preparation texts for CAPM repeat.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::calendar::{WorkingCalendar, add_days};
use crate::money::divide_rounded;
use crate::query::schedule::{Parts, ProjectSchedule, TaskRow};
use crate::task::{BaselineTask, Earning};

/// An exact fraction with a denominator above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// Returns `numerator / denominator`; `None` if the denominator is zero.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        let sign = denominator.signum();
        (sign != 0).then(|| Self {
            numerator: numerator.saturating_mul(sign),
            denominator: denominator.saturating_mul(sign),
        })
    }

    /// Returns the fraction in hundredths, rounded half away from zero.
    pub fn hundredths(self) -> i128 {
        divide_rounded(self.numerator.saturating_mul(100), self.denominator).unwrap_or(0)
    }

    /// Returns the fraction with two decimals, for example "0.94".
    pub fn shown(self) -> String {
        let hundredths = self.hundredths();
        let sign = if hundredths < 0 { "-" } else { "" };
        let size = hundredths.unsigned_abs();
        format!("{sign}{}.{:02}", size / 100, size % 100)
    }
}

/// How the rest of the work is expected to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outlook {
    /// As cost has gone so far: BAC / CPI.
    Typical,
    /// As planned: AC + (BAC - EV).
    Atypical,
    /// As both cost and schedule have gone so far: AC + (BAC - EV) / (CPI x SPI).
    CostAndSchedule,
}

/// Planned, earned and spent by a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EarnedValue {
    /// Budget at completion: planned cost of all tasks (BAC).
    pub budget: i64,
    /// Planned value (PV).
    pub planned: i64,
    /// Earned value (EV).
    pub earned: i64,
    /// Actual cost (AC).
    pub actual: i64,
}

impl EarnedValue {
    /// Returns the figures of two projects together, which must be in one currency.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            budget: self.budget.saturating_add(other.budget),
            planned: self.planned.saturating_add(other.planned),
            earned: self.earned.saturating_add(other.earned),
            actual: self.actual.saturating_add(other.actual),
        }
    }

    /// Returns the cost variance EV - AC; below zero is over cost.
    pub fn cost_variance(&self) -> i64 {
        self.earned.saturating_sub(self.actual)
    }

    /// Returns the schedule variance EV - PV; below zero is behind.
    pub fn schedule_variance(&self) -> i64 {
        self.earned.saturating_sub(self.planned)
    }

    /// Returns the cost performance index EV / AC.
    pub fn cpi(&self) -> Option<Ratio> {
        Ratio::new(self.earned.into(), self.actual.into())
    }

    /// Returns the schedule performance index EV / PV.
    pub fn spi(&self) -> Option<Ratio> {
        Ratio::new(self.earned.into(), self.planned.into())
    }

    /// Returns the estimate at completion (EAC), rounded once; `None` where it divides by zero.
    pub fn at_completion(&self, outlook: Outlook) -> Option<i64> {
        let [budget, planned, earned, actual] =
            [self.budget, self.planned, self.earned, self.actual].map(i128::from);
        let rest = budget.checked_sub(earned)?;
        let exact = match outlook {
            Outlook::Typical => divide_rounded(budget.checked_mul(actual)?, earned)?,
            Outlook::Atypical => actual.checked_add(rest)?,
            Outlook::CostAndSchedule => {
                if actual == 0 || planned == 0 {
                    return None;
                }
                let worked = rest.checked_mul(actual)?.checked_mul(planned)?;
                divide_rounded(worked, earned.checked_mul(earned)?)?.checked_add(actual)?
            }
        };
        i64::try_from(exact).ok()
    }

    /// Returns the estimate to complete (ETC): EAC - AC.
    pub fn to_complete(&self, outlook: Outlook) -> Option<i64> {
        self.at_completion(outlook)?.checked_sub(self.actual)
    }

    /// Returns the variance at completion (VAC): BAC - EAC; below zero is over budget.
    pub fn variance_at_completion(&self, outlook: Outlook) -> Option<i64> {
        self.budget.checked_sub(self.at_completion(outlook)?)
    }

    /// Returns how efficient the rest must be to end at the budget (TCPI): (BAC - EV) / (BAC - AC).
    pub fn needed_for_budget(&self) -> Option<Ratio> {
        self.needed_for(self.budget)
    }

    /// Returns how efficient the rest must be to end at an estimate (TCPI): (BAC - EV) / (EAC - AC).
    pub fn needed_for(&self, estimate: i64) -> Option<Ratio> {
        Ratio::new(
            i128::from(self.budget) - i128::from(self.earned),
            i128::from(estimate) - i128::from(self.actual),
        )
    }
}

/// Returns a project's earned value as of the end of `today`; `None` if it is not on the board.
///
/// Planned value follows the latest baseline, task by task where it has the task, else the present schedule.
pub fn of(board: &Board, project: RecordId, today: NaiveDate) -> Option<EarnedValue> {
    let found = board.projects.get(&project)?;
    let parts = Parts::of(board, |id| id == project);
    let schedule = parts.schedule(found, today);
    Some(of_schedule(&parts, &schedule, today))
}

/// Returns the earned value that a schedule made from these parts shows, as of the end of `today`.
pub fn of_schedule(parts: &Parts, schedule: &ProjectSchedule, today: NaiveDate) -> EarnedValue {
    let calendar = parts.calendars().of_project(&schedule.project);
    let rows = parts.baseline_rows(schedule.project.meta.id);
    add_up(rows, schedule, calendar, today)
}

fn add_up(
    baseline: &[Arc<BaselineTask>],
    schedule: &ProjectSchedule,
    calendar: &WorkingCalendar,
    today: NaiveDate,
) -> EarnedValue {
    let agreed: BTreeMap<RecordId, (NaiveDate, NaiveDate, Option<i64>)> = baseline
        .iter()
        .filter_map(|row| {
            let cost = row.planned_cost.map(|cost| cost.0);
            Some((row.task?, (row.start?, row.finish?, cost)))
        })
        .collect();
    let (mut budget, mut planned, mut earned, mut actual) = (0_i128, 0_i128, 0_i128, 0_i128);
    for row in schedule.rows.iter().filter(|row| !row.is_summary) {
        let held = agreed.get(&row.task.meta.id);
        let (start, finish) = held.map_or((row.start, row.finish), |held| (held.0, held.1));
        let own = row.task.planned_cost.map(|cost| cost.0);
        let cost = i128::from(held.and_then(|held| held.2).or(own).unwrap_or(0));
        budget += cost;
        planned += planned_by(row.task.earning, cost, (start, finish), calendar, today);
        // In hundredths of a minor unit until the end: one rounding.
        earned += cost.saturating_mul(earned_percent(row));
        actual += i128::from(row.task.actual_cost.map_or(0, |cost| cost.0));
    }
    let held = |sum: i128| i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX });
    EarnedValue {
        budget: held(budget),
        planned: held(planned),
        earned: held(divide_rounded(earned, 100).unwrap_or(0)),
        actual: held(actual),
    }
}

fn earned_percent(row: &TaskRow) -> i128 {
    let is_begun = row.task.actual_start.is_some() || row.task.percent.0 > 0 || row.is_done();
    match row.task.earning {
        _ if row.is_done() => 100,
        Earning::Percent => i128::from(row.task.percent.0),
        Earning::ZeroHundred => 0,
        Earning::FiftyFifty => i128::from(is_begun) * 50,
    }
}

fn planned_by(
    earning: Earning,
    cost: i128,
    (start, finish): (NaiveDate, NaiveDate),
    calendar: &WorkingCalendar,
    today: NaiveDate,
) -> i128 {
    if today >= finish {
        return cost;
    }
    if today < start {
        return 0;
    }
    match earning {
        Earning::ZeroHundred => 0,
        Earning::FiftyFifty => divide_rounded(cost, 2).unwrap_or(0),
        Earning::Percent => {
            let days = |to| i128::from(calendar.working_days_between(start, add_days(to, 1)));
            divide_rounded(cost.saturating_mul(days(today)), days(finish)).unwrap_or(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, day, id};
    use crate::kind::Kind;
    use proptest::prelude::*;

    #[test]
    fn the_text_book_example() {
        // BAC 100,000; half the time gone; 40 % done; 45,000 spent.
        let value = EarnedValue {
            budget: 10_000_000,
            planned: 5_000_000,
            earned: 4_000_000,
            actual: 4_500_000,
        };
        assert_eq!(value.cost_variance(), -500_000);
        assert_eq!(value.schedule_variance(), -1_000_000);
        assert_eq!(value.cpi().unwrap().shown(), "0.89");
        assert_eq!(value.spi().unwrap().shown(), "0.80");
        assert_eq!(value.at_completion(Outlook::Typical), Some(11_250_000));
        assert_eq!(value.at_completion(Outlook::Atypical), Some(10_500_000));
        assert_eq!(
            value.at_completion(Outlook::CostAndSchedule),
            Some(12_937_500)
        );
        assert_eq!(value.to_complete(Outlook::Typical), Some(6_750_000));
        assert_eq!(
            value.variance_at_completion(Outlook::Typical),
            Some(-1_250_000)
        );
        assert_eq!(value.needed_for_budget().unwrap().shown(), "1.09");
        assert_eq!(value.needed_for(11_250_000).unwrap().shown(), "0.89");
    }

    #[test]
    fn nothing_done_has_no_indices() {
        let value = EarnedValue {
            budget: 100,
            ..EarnedValue::default()
        };
        assert_eq!((value.cpi(), value.spi()), (None, None));
        assert_eq!(value.at_completion(Outlook::Typical), None);
        assert_eq!(value.at_completion(Outlook::CostAndSchedule), None);
        assert_eq!(value.at_completion(Outlook::Atypical), Some(100));
    }

    #[test]
    fn tasks_earn_by_their_rule_and_plan_by_the_calendar() {
        let mut desk = Desk::new();
        desk.put(
            Kind::Project,
            "p",
            &[("name", "Move"), ("start", "2026-01-05")],
        );
        for (name, days, percent, earning) in [
            ("a", "10", "30", "percent"),
            ("b", "10", "30", "zero_hundred"),
            ("c", "10", "30", "fifty_fifty"),
            ("d", "5", "100", "zero_hundred"),
        ] {
            let fields = [
                ("project", "p"),
                ("name", name),
                ("duration", days),
                ("percent", percent),
                ("earning", earning),
                ("planned_cost", "1000"),
                ("actual_cost", "100"),
            ];
            desk.put(Kind::Task, name, &fields);
        }
        // The seventh working day ends.
        let value = of(desk.board(), id("p"), day("2026-01-13")).unwrap();
        assert_eq!(value.budget, 400_000);
        assert_eq!(value.planned, 70_000 + 50_000 + 100_000);
        assert_eq!(value.earned, 30_000 + 50_000 + 100_000);
        assert_eq!(value.actual, 40_000);
    }

    proptest! {
        #[test]
        fn estimates_agree_with_cross_multiplication(b in 0_i64..10_000, p in 0_i64..10_000, e in 1_i64..10_000, a in 1_i64..10_000) {
            let value = EarnedValue { budget: b, planned: p, earned: e, actual: a };
            let eac = i128::from(value.at_completion(Outlook::Typical).unwrap());
            // |eac - b * a / e| <= 1/2, without dividing.
            let distance = (2 * eac * i128::from(e) - 2 * i128::from(b) * i128::from(a)).abs();
            prop_assert!(distance <= i128::from(e));
            for outlook in [Outlook::Typical, Outlook::Atypical, Outlook::CostAndSchedule] {
                if let Some(estimate) = value.at_completion(outlook) {
                    prop_assert_eq!(value.to_complete(outlook), Some(estimate - a));
                    prop_assert_eq!(value.variance_at_completion(outlook), Some(b - estimate));
                }
            }
        }

        #[test]
        fn absurd_values_neither_overflow_nor_panic(b: i64, p: i64, e: i64, a: i64) {
            let value = EarnedValue { budget: b, planned: p, earned: e, actual: a };
            for outlook in [Outlook::Typical, Outlook::Atypical, Outlook::CostAndSchedule] {
                value.variance_at_completion(outlook);
                value.to_complete(outlook);
            }
            value.cpi().map(Ratio::shown);
            value.needed_for_budget().map(Ratio::shown);
        }
    }
}
