//! Sample budgets: lines by category, phased over twelve periods, with actual amounts for the periods that have ended.
//!
//! Most lines keep close to their plan; enough run over or under, or were never planned, for flags to appear.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::draw::Draw;
use super::words::{self, Category};
use super::{Size, nth_name, whole};
use crate::budget::{BudgetField, BudgetLineField, LineKind};
use crate::calendar::{FiscalCalendar, Period};
use crate::command::Command;
use crate::money::{Amount, Currency, divide_rounded, split_evenly};

/// Years that budgets go back: the present one and four before it.
const YEARS: usize = 5;

pub(super) fn budgets(draw: &mut Draw, size: &Size, today: NaiveDate) -> Vec<Command> {
    let fiscal = fiscal_calendar(today);
    let centres = words::COST_CENTRES.len();
    let mut commands = Vec::new();
    for at in 0..size.budgets {
        let centre = at.checked_rem(centres).unwrap_or(0);
        let round = at.checked_div(centres).unwrap_or(0);
        let years_back = whole(round.checked_rem(YEARS).unwrap_or(0));
        let lap = round.checked_div(YEARS).unwrap_or(0);
        let year = fiscal.year_of(today).saturating_sub(years_back);
        let (number, name) = words::COST_CENTRES.get(centre).copied().unwrap_or(("", ""));
        let name = if lap == 0 {
            name.to_owned()
        } else {
            format!("{name} {}", lap.saturating_add(1))
        };
        let id = draw.id();
        let fields = vec![
            BudgetField::Name(format!("{name} {year}")),
            BudgetField::FiscalYear(year),
            BudgetField::StartMonth(i64::from(fiscal.start_month())),
            BudgetField::Currency(Currency::EUR),
            BudgetField::CostCentre(number.to_owned()),
        ];
        commands.push(Command::create(id, fields));
        let ended = ended_periods(fiscal, year, today);
        lines(draw, id, size.lines_per_budget, ended, &mut commands);
    }
    commands
}

/// Returns the fiscal calendar of the department: of the usual start months the first that leaves a few ended periods
/// to look at.
pub(super) fn fiscal_calendar(today: NaiveDate) -> FiscalCalendar {
    let calendars = [1, 4, 7, 10].map(FiscalCalendar::starting_in);
    let has_history = |fiscal: &FiscalCalendar| fiscal.period_of(today).number() > 3;
    let [first, ..] = calendars;
    calendars.into_iter().find(has_history).unwrap_or(first)
}

/// Returns the number of the periods of `year` that have ended before `today`.
fn ended_periods(fiscal: FiscalCalendar, year: i64, today: NaiveDate) -> u8 {
    if fiscal.year_of(today) > year {
        return 12;
    }
    fiscal.period_of(today).number().saturating_sub(1)
}

fn lines(draw: &mut Draw, budget: RecordId, count: usize, ended: u8, commands: &mut Vec<Command>) {
    // One line in twenty is income; the rest is spread evenly over the categories of spending.
    let income = count.checked_div(20).unwrap_or(0);
    let spending = count.saturating_sub(income);
    let shares = split_evenly(whole(spending), words::CATEGORIES.len());
    let spent = words::CATEGORIES.iter().zip(shares);
    let mut position = 0_usize;
    for (category, share) in spent.chain([(&words::INCOME, whole(income))]) {
        for at in 0..share {
            position = position.saturating_add(1);
            let mut fields = vec![
                BudgetLineField::Budget(Some(budget)),
                BudgetLineField::Position(format!("{position:06}V")),
            ];
            fields.extend(line(draw, category, at, ended));
            commands.push(Command::create(draw.id(), fields));
        }
    }
}

fn line(draw: &mut Draw, category: &Category, at: i64, ended: u8) -> Vec<BudgetLineField> {
    let kind = if category.name == words::INCOME.name {
        LineKind::Income
    } else {
        LineKind::Expense
    };
    let name = nth_name(category.lines, usize::try_from(at).unwrap_or(0));
    let account = category
        .account
        .saturating_mul(100)
        .saturating_add(at.saturating_add(1));
    let mut fields = vec![
        BudgetLineField::Name(name),
        BudgetLineField::Account(account.to_string()),
        BudgetLineField::Category(category.name.to_owned()),
        BudgetLineField::Kind(kind),
    ];
    let (low, high) = category.yearly;
    // Whole hundreds, in cents.
    let yearly = draw
        .between(low, high)
        .checked_div(100)
        .unwrap_or(0)
        .saturating_mul(10_000);
    let is_unplanned = draw.chance(3);
    let phases = phases(draw, yearly);
    let drift = Drift::draw(draw);
    for (period, planned) in Period::all().zip(phases) {
        if !is_unplanned && planned != 0 {
            fields.push(BudgetLineField::Plan(period, Some(Amount(planned))));
        }
        if period.number() > ended {
            continue;
        }
        let actual = drift.actual(draw, planned);
        let is_posted = actual != 0 && (!is_unplanned || draw.chance(40));
        if is_posted {
            fields.push(BudgetLineField::Actual(period, Some(Amount(actual))));
        }
    }
    fields
}

/// Spreads a yearly amount over twelve periods in one of the ways that budgets do.
fn phases(draw: &mut Draw, yearly: i64) -> Vec<i64> {
    let shape: [i64; 12] = draw.weighted(
        &[
            (62, [1; 12]),
            // By quarter, in advance.
            (14, [1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]),
            // Rising over the year.
            (12, [4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9]),
        ],
        // One renewal and a true-up.
        [0, 0, 9, 0, 0, 0, 0, 0, 1, 0, 0, 0],
    );
    if shape == [1; 12] {
        return split_evenly(yearly, 12);
    }
    let parts: i64 = shape.iter().sum();
    let units = split_evenly(yearly, usize::try_from(parts).unwrap_or(0));
    let mut rest = units.iter().copied();
    let take = |count: &i64| {
        rest.by_ref()
            .take(usize::try_from(*count).unwrap_or(0))
            .sum()
    };
    shape.iter().map(take).collect()
}

/// How a line keeps to its plan.
struct Drift {
    /// Percent above (positive) or below plan, in the long run.
    percent: i64,
    /// Percent up or down from one period to the next.
    noise: i64,
}

impl Drift {
    fn draw(draw: &mut Draw) -> Self {
        let (low, high, noise) = draw.weighted(
            &[(14, (0, 0, 0)), (18, (6, 24, 6)), (16, (-26, -6, 6))],
            (-2, 2, 4),
        );
        Self {
            percent: draw.between(low, high),
            noise,
        }
    }

    fn actual(&self, draw: &mut Draw, planned: i64) -> i64 {
        // In hundredths of a percent, so that cents are not all zero.
        let noise = self.noise.saturating_mul(100);
        let basis_points = self
            .percent
            .saturating_mul(100)
            .saturating_add(draw.between(noise.saturating_neg(), noise))
            .saturating_add(10_000);
        let product = i128::from(planned).saturating_mul(i128::from(basis_points));
        let actual = divide_rounded(product, 10_000).unwrap_or(0);
        i64::try_from(actual).unwrap_or(planned)
    }
}
