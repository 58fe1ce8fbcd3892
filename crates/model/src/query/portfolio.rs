//! The portfolio rolled up: how the open projects of each portfolio stand, and their earned value together.
//!
//! Nothing is worked out here: colours are those of [`super::health`], values those of [`super::earned_value`]. Amounts of
//! different currencies are never added.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::money::Currency;
use crate::project::ProjectStatus;
use crate::query::earned_value::{EarnedValue, of_schedule};
use crate::query::health::{self, severity};
use crate::query::schedule::Parts;
use crate::status::Rag;

/// The projects of one portfolio together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Portfolio {
    /// Its name; empty for projects that name none.
    pub name: String,
    /// Open projects.
    pub open: usize,
    /// How many open projects have each colour, in the order of [`Rag::ALL`].
    pub by_rag: [usize; 4],
    /// The worst colour of an open project; `None` without one.
    pub worst: Option<Rag>,
    /// Earned value of the projects that are not cancelled and have tasks, by currency.
    pub value: BTreeMap<Currency, EarnedValue>,
}

impl Portfolio {
    fn add_colour(&mut self, rag: Rag, count: usize) {
        let place = Rag::ALL.iter().position(|one| *one == rag);
        if let Some(sum) = place.and_then(|at| self.by_rag.get_mut(at)) {
            *sum = sum.saturating_add(count);
        }
        self.open = self.open.saturating_add(count);
        let is_worse = self
            .worst
            .is_none_or(|worst| severity(rag) > severity(worst));
        if count > 0 && is_worse {
            self.worst = Some(rag);
        }
    }

    fn add_value(&mut self, currency: Currency, value: EarnedValue) {
        let sum = self.value.entry(currency).or_default();
        *sum = sum.plus(value);
    }
}

/// Returns the portfolios by name, those without one last.
///
/// Cost: one walk over projects, milestones, tasks and baselines.
pub fn all(board: &Board, today: NaiveDate) -> Vec<Portfolio> {
    let parts = Parts::of(board, |_| true);
    let schedules = parts.schedules(board, today);
    let health = health::of_schedules(board, &parts, &schedules, today);
    let mut found: BTreeMap<String, Portfolio> = BTreeMap::new();
    for (id, project) in &board.projects {
        let name = project.portfolio.trim().to_owned();
        let portfolio = found.entry(name.clone()).or_insert_with(|| Portfolio {
            name,
            ..Portfolio::default()
        });
        if let Some(health) = health.get(id).filter(|_| project.status.is_open()) {
            portfolio.add_colour(health.overall.rag, 1);
        }
        if project.status != ProjectStatus::Cancelled
            && parts.has_tasks(*id)
            && let Some(schedule) = schedules.get(id)
        {
            let value = of_schedule(&parts, schedule, today);
            portfolio.add_value(project.currency, value);
        }
    }
    let mut all: Vec<Portfolio> = found.into_values().collect();
    all.sort_by_key(|one| one.name.is_empty());
    all
}

/// Returns all portfolios as one.
pub fn total(portfolios: &[Portfolio]) -> Portfolio {
    let mut total = Portfolio::default();
    for portfolio in portfolios {
        for (rag, count) in Rag::ALL.iter().zip(portfolio.by_rag) {
            total.add_colour(*rag, count);
        }
        for (currency, value) in &portfolio.value {
            total.add_value(*currency, *value);
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, day};
    use crate::kind::Kind;

    #[test]
    fn colours_are_counted_and_values_added_by_currency() {
        let mut desk = Desk::new();
        for (name, portfolio, currency, overrun) in [
            ("a", "Network", "EUR", "0"),
            ("b", "Network", "EUR", "500"),
            ("c", "Network", "USD", "0"),
            ("d", "", "EUR", "0"),
        ] {
            let fields = [
                ("name", name),
                ("portfolio", portfolio),
                ("currency", currency),
                ("planned_cost", "1000"),
                ("cost_overrun", overrun),
                ("start", "2026-01-05"),
                ("status", "planned"),
            ];
            desk.put(Kind::Project, name, &fields);
            let task = [
                ("project", name),
                ("name", "Work"),
                ("duration", "10"),
                ("percent", "50"),
                ("planned_cost", "200"),
                ("actual_cost", "80"),
            ];
            desk.put(Kind::Task, &format!("task {name}"), &task);
        }
        let gone = [
            ("name", "x"),
            ("portfolio", "Network"),
            ("status", "cancelled"),
        ];
        desk.put(Kind::Project, "gone", &gone);
        let today = day("2026-02-02");
        let found = all(desk.board(), today);
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Network", ""]);
        assert_eq!((found[0].open, found[0].by_rag), (3, [2, 0, 1, 0]));
        assert_eq!(found[0].worst, Some(Rag::Red));
        let euros = found[0].value[&Currency::EUR];
        assert_eq!(
            (euros.budget, euros.earned, euros.actual),
            (40_000, 20_000, 16_000)
        );
        assert_eq!(euros.cpi().unwrap().shown(), "1.25");
        let whole = total(&found);
        assert_eq!((whole.open, whole.by_rag), (4, [3, 0, 1, 0]));
        assert_eq!(whole.value[&Currency::EUR].budget, 60_000);
        assert_eq!(whole.value[&Currency::USD].budget, 20_000);
    }

    #[test]
    fn an_empty_board_has_no_portfolio() {
        assert_eq!(all(&Board::default(), day("2026-02-02")), []);
        assert_eq!(total(&[]), Portfolio::default());
    }
}
