//! Spreading a year's amount over its periods, next year's draft, and comparing scenarios.
//!
//! Shares always add up to the whole: the largest remainder gets the odd cent.

use std::collections::BTreeMap;

use adjutant_base::RecordId;

use super::Books;
use super::ledger::Ledger;
use crate::board::Board;
use crate::budget::{BudgetField, BudgetLineField, BudgetStage};
use crate::calendar::Period;
use crate::command::Command;
use crate::money::{Amount, divide_rounded, split_by_weights, sum};

/// Returns the command that plans a year's total for a line, by weights of the twelve periods.
///
/// Equal weights give equal months up to a cent; all zero counts as equal.
pub fn plan_year(line: RecordId, total_minor: i64, weights: &[u32; 12]) -> Command {
    let shares = split_by_weights(total_minor, weights);
    let fields: Vec<BudgetLineField> = Period::all()
        .zip(shares)
        .map(|(period, share)| BudgetLineField::Plan(period, Some(Amount(share))))
        .collect();
    Command::edit(line, fields)
}

/// What next year's draft is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// This year's budget.
    pub from: RecordId,
    /// Id of the new budget.
    pub id: RecordId,
    /// Its name.
    pub name: String,
    /// By how much each line grows where nothing else is known, in basis points.
    pub growth_basis_points: i64,
    /// By how much the lines of known contracts grow, in basis points.
    pub uplifts: BTreeMap<RecordId, i64>,
}

/// Returns the commands that make next year's draft from this year's revised plan; `None` if that is not on the board.
///
/// Lines get ids derived from the draft and the line, so making the draft again changes it and makes nothing twice.
pub fn draft_next_year(board: &Board, draft: &Draft) -> Option<Vec<Command>> {
    let budget = board.budgets.get(&draft.from)?;
    let books = Books::of(board);
    let mut commands = vec![Command::create(
        draft.id,
        vec![
            BudgetField::Name(draft.name.clone()),
            BudgetField::FiscalYear(budget.fiscal_year.saturating_add(1)),
            BudgetField::StartMonth(budget.start_month),
            BudgetField::Currency(budget.currency),
            BudgetField::CostCentre(budget.cost_centre.clone()),
            BudgetField::Stage(BudgetStage::Draft),
        ],
    )];
    for (at, line) in books.lines(draft.from).iter().enumerate() {
        let id = line.meta.id;
        let growth = draft.uplifts.get(&id).unwrap_or(&draft.growth_basis_points);
        let plan = books.ledger.months(line).plan;
        let total = grown(sum(plan), *growth);
        let shares = split_as(total, &plan);
        let mut fields = vec![
            BudgetLineField::Budget(Some(draft.id)),
            BudgetLineField::Name(line.name.clone()),
            BudgetLineField::Account(line.account.clone()),
            BudgetLineField::Category(line.category.clone()),
            BudgetLineField::Kind(line.kind),
            // New ids are in no order: the lines keep theirs by their places.
            BudgetLineField::Position(format!("{at:06}V")),
        ];
        let months = Period::all().zip(shares);
        fields.extend(
            months.map(|(period, share)| BudgetLineField::Plan(period, Some(Amount(share)))),
        );
        let new_line = RecordId::derived(&format!("budget draft/{}/{id}", draft.id));
        commands.push(Command::create(new_line, fields));
    }
    Some(commands)
}

fn grown(amount: i64, basis_points: i64) -> i64 {
    let factor = i128::from(basis_points).saturating_add(10_000);
    let exact = divide_rounded(i128::from(amount).saturating_mul(factor), 10_000);
    exact
        .and_then(|exact| i64::try_from(exact).ok())
        .unwrap_or(amount)
}

/// Splits a total in the shape of twelve amounts; evenly if they have no shape.
fn split_as(total: i64, shape: &[i64; 12]) -> Vec<i64> {
    let largest = shape.iter().copied().max().unwrap_or(0).max(1);
    let weight = |amount: &i64| {
        // Weights in 31 bits: the shape stays to the billionth.
        let scaled = i128::from((*amount).max(0)) * i128::from(i32::MAX) / i128::from(largest);
        u32::try_from(scaled).unwrap_or(0)
    };
    let mut weights = [0_u32; 12];
    for (weight_at, amount) in weights.iter_mut().zip(shape) {
        *weight_at = weight(amount);
    }
    split_by_weights(total, &weights)
}

/// One line of two budgets side by side, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Account code.
    pub account: String,
    /// Name.
    pub name: String,
    /// Year's plan in the first budget; `None` if it has no such line.
    pub first: Option<i64>,
    /// Year's plan in the second budget.
    pub second: Option<i64>,
}

/// Returns the lines of two budgets side by side, matched by account and name, in that order.
pub fn compare(board: &Board, first: RecordId, second: RecordId) -> Vec<Compared> {
    let ledger = Ledger::of(board);
    let mut rows: BTreeMap<(String, String), [Option<i64>; 2]> = BTreeMap::new();
    for (_, line) in &board.budget_lines {
        let at = [first, second]
            .iter()
            .position(|id| line.budget == Some(*id));
        let Some(at) = at else { continue };
        let row = rows.entry((line.account.clone(), line.name.clone()));
        if let Some(total) = row.or_default().get_mut(at) {
            let plan = sum(ledger.months(line).plan);
            *total = Some(total.unwrap_or(0).saturating_add(plan));
        }
    }
    rows.into_iter()
        .map(|((account, name), [first, second])| Compared {
            account,
            name,
            first,
            second,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, id};
    use crate::kind::Kind;

    #[test]
    fn a_year_is_planned_and_drafted_anew_to_the_cent() {
        let mut desk = Desk::new();
        desk.put(
            Kind::Budget,
            "b",
            &[
                ("name", "IT 2026"),
                ("fiscal_year", "2026"),
                ("start_month", "1"),
            ],
        );
        for line in ["even", "seasonal", "contract"] {
            desk.put(Kind::BudgetLine, line, &[("budget", "b"), ("name", line)]);
        }
        desk.run(&plan_year(id("even"), 100_000, &[1; 12])).unwrap();
        let season = [0, 0, 3, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        desk.run(&plan_year(id("seasonal"), 100_001, &season))
            .unwrap();
        desk.run(&plan_year(id("contract"), 120_000, &[0; 12]))
            .unwrap();
        let draft = Draft {
            from: id("b"),
            id: id("next"),
            name: "IT 2027".into(),
            growth_basis_points: 300,
            uplifts: [(id("contract"), 550)].into(),
        };
        for command in draft_next_year(desk.board(), &draft).unwrap() {
            desk.run(&command).unwrap();
        }
        let rows: Vec<_> = compare(desk.board(), id("b"), id("next"))
            .into_iter()
            .map(|row| (row.name, row.first, row.second))
            .collect();
        assert_eq!(
            rows,
            [
                ("contract".to_owned(), Some(120_000), Some(126_600)),
                ("even".to_owned(), Some(100_000), Some(103_000)),
                ("seasonal".to_owned(), Some(100_001), Some(103_001)),
            ]
        );
        let next = desk.board().budgets.get(&id("next")).unwrap();
        assert_eq!(next.fiscal_year, 2027);
        let lines = &desk.board().budget_lines;
        let seasonal = lines
            .into_iter()
            .find(|(_, l)| l.budget == Some(id("next")) && l.name == "seasonal");
        let months: Vec<i64> = seasonal
            .unwrap()
            .1
            .plan
            .iter()
            .map(|a| a.unwrap().0)
            .collect();
        assert_eq!((months[2], months[5]), (77_251, 25_750));
    }
}
