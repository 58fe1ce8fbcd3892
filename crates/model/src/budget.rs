//! Budgets and their lines.
//!
//! A budget is one fiscal year of one cost centre; it and its lines live in one document, each monthly amount in a
//! field of its own so that two people can work on one line. Totals, variances and flags are derived in
//! [`crate::query::budget`], never stored.

use crate::calendar::FiscalCalendar;
use crate::money::Currency;
use crate::schema::record;
use crate::value::{Prose, choice};
use adjutant_base::RecordId;

choice! {
    /// Whether more than planned is bad or good.
    LineKind {
        /// Money spent: less than planned is favourable.
        Expense = "expense", "Expense";
        /// Money received: more than planned is favourable.
        Income = "income", "Income";
    }
}

choice! {
    /// Where a budget stands.
    BudgetStage {
        /// Being made.
        Draft = "draft", "Draft";
        /// Waiting for approval.
        Submitted = "submitted", "Submitted";
        /// Approved: the original budget is frozen.
        Approved = "approved", "Approved";
    }
}

record! {
    /// A budget: one fiscal year of one cost centre.
    Budget = "budget", fields BudgetField {
        /// Name. Required.
        name / Name: String;
        /// Fiscal year, named after the calendar year in which it ends.
        fiscal_year / FiscalYear: i64;
        /// Month in which the fiscal year starts, 1 to 12.
        start_month / StartMonth: i64;
        /// Currency of all amounts.
        currency / Currency: Currency;
        /// Cost centre.
        cost_centre / CostCentre: String;
        /// Anything worth knowing.
        notes / Notes: Prose;
        /// File that it was imported from.
        source / Source: String;
        /// Where it stands; the plan of an approved budget moves by transfers only.
        stage / Stage: BudgetStage;
        /// The budget that it is a scenario of: a plan to compare, counted in no total.
        scenario_of / ScenarioOf: Option<RecordId>;
    }
}

impl Budget {
    /// Returns the budget's fiscal calendar.
    pub fn calendar(&self) -> FiscalCalendar {
        FiscalCalendar::starting_in(self.start_month)
    }
}

record! {
    /// A budget line: one kind of spending or income over twelve periods.
    BudgetLine = "budget_line", fields BudgetLineField {
        /// The budget. Required; it never changes.
        budget / Budget: Option<RecordId>;
        /// Name. Required.
        name / Name: String;
        /// Account code.
        account / Account: String;
        /// Category that reports group by.
        category / Category: String;
        /// Whether it is spending or income.
        kind / Kind: LineKind;
        /// Place among its siblings: a fractional index, compared as text.
        position / Position: String;
        /// Anything worth knowing.
        notes / Notes: Prose;
        /// File and line that it was imported from.
        source / Source: String;
    }
    months {
        /// Planned amount of a period, in minor units.
        plan / Plan;
        /// Actual amount of a period, in minor units. Where a period has postings they count instead.
        actual / Actual;
        /// Amount that is expected for a period to come, in minor units; the plan counts where it is empty.
        forecast / Forecast;
    }
}
