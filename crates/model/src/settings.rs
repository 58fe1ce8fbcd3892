//! Settings of a workspace: every default of the written rules, and what this workspace puts in its place.
//!
//! One record with an id that every device derives alike. An empty field means the default, so that a better default
//! of a later version reaches everybody who did not choose otherwise.

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::money::Currency;
use crate::quantity::{BasisPoints, Days, Major, MonthOfYear};
use crate::query::budget::FlagRule;
use crate::schema::record;
use crate::value::choice;

choice! {
    /// Which calendar year names a fiscal year that spans two.
    FiscalLabel {
        /// The one in which it ends: FY2012 runs from July 2011 to June 2012.
        Ends = "ends", "Year in which it ends";
        /// The one in which it starts.
        Starts = "starts", "Year in which it starts";
    }
}

record! {
    /// The settings of a workspace.
    Settings = "settings", fields SettingsField {
        /// Name of the department, for reports.
        name / Name: String;
        /// Month in which a new fiscal year starts; January if empty.
        fiscal_start / FiscalStart: Option<MonthOfYear>;
        /// Which calendar year names a fiscal year.
        fiscal_label / FiscalLabel: FiscalLabel;
        /// Currency of new budgets, contracts and orders; EUR if empty.
        currency / Currency: Option<Currency>;
        /// The working calendar; Monday to Friday if empty.
        calendar / Calendar: Option<RecordId>;
        /// Least variance for amber; 1,000 if empty.
        amber_amount / AmberAmount: Option<Major>;
        /// Least share of the budget for amber; 5 % if empty.
        amber_share / AmberShare: Option<BasisPoints>;
        /// Least variance for red; 5,000 if empty.
        red_amount / RedAmount: Option<Major>;
        /// Least share of the budget for red; 10 % if empty.
        red_share / RedShare: Option<BasisPoints>;
        /// Variance that is red whatever its share; 25,000 if empty.
        ceiling / Ceiling: Option<Major>;
        /// Slip up to which a schedule is green, in working days; 2 if empty.
        green_slip / GreenSlip: Option<Days>;
        /// Share of the duration up to which slip is green; 5 % if empty.
        green_slip_share / GreenSlipShare: Option<BasisPoints>;
        /// Slip up to which a schedule is amber, in working days; 10 if empty.
        amber_slip / AmberSlip: Option<Days>;
        /// Share of the duration up to which slip is amber; 10 % if empty.
        amber_slip_share / AmberSlipShare: Option<BasisPoints>;
        /// Working days that a critical milestone may be overdue before red; 5 if empty.
        milestone_grace / MilestoneGrace: Option<Days>;
        /// Overrun up to which cost is green; 5 % if empty.
        green_overrun / GreenOverrun: Option<BasisPoints>;
        /// Overrun up to which cost is amber; 10 % if empty.
        amber_overrun / AmberOverrun: Option<BasisPoints>;
        /// Calendar days without a status update after which a project is stale; 14 if empty.
        stale_after / StaleAfter: Option<Days>;
        /// Calendar days before a notice deadline by which to act; 30 if empty.
        lead / Lead: Option<Days>;
        /// Days before an act-by date at which an obligation climbs a step; "120 90 60 30 14 7 1" if empty.
        ladder / Ladder: String;
        /// Days from an invoice's date to its due date where nothing else is agreed; 30 if empty.
        payment_days / PaymentDays: Option<Days>;
        /// Price difference of an invoice line that passes, as a share; 2 % if empty.
        price_share / PriceShare: Option<BasisPoints>;
        /// Price difference of an invoice line that passes, whatever the share allows; 50 if empty.
        price_amount / PriceAmount: Option<Major>;
        /// Difference of an invoice's total that passes, as a share; 1 % if empty.
        total_share / TotalShare: Option<BasisPoints>;
        /// Difference of an invoice's total that passes, whatever the share allows; 100 if empty.
        total_amount / TotalAmount: Option<Major>;
        /// Quantity above what was ordered or received that passes, as a share; none if empty.
        quantity_share / QuantityShare: Option<BasisPoints>;
    }
}

/// Returns the id of the one settings record.
pub fn settings_id() -> RecordId {
    RecordId::derived("settings")
}

/// When a project is green, amber or red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RagRule {
    /// Slip up to which a schedule is green, in working days.
    pub green_slip: i64,
    /// The same as a share of the duration, in basis points.
    pub green_slip_share: i64,
    /// Slip up to which a schedule is amber, in working days.
    pub amber_slip: i64,
    /// The same as a share of the duration, in basis points.
    pub amber_slip_share: i64,
    /// Working days that a critical milestone may be overdue before red.
    pub milestone_grace: i64,
    /// Overrun up to which cost is green, in basis points.
    pub green_overrun: i64,
    /// Overrun up to which cost is amber, in basis points.
    pub amber_overrun: i64,
    /// Calendar days without a status update after which a project is stale.
    pub stale_after: i64,
}

/// What an invoice may differ by; shares in basis points, amounts in major units. The smaller of the two counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Unit price of a line, as a share.
    pub price_share: i64,
    /// Price of a line, as an amount.
    pub price_amount: i64,
    /// Total, as a share.
    pub total_share: i64,
    /// Total, as an amount.
    pub total_amount: i64,
    /// Quantity, as a share.
    pub quantity_share: i64,
}

/// The rules of a workspace: its settings with the defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Month in which a new fiscal year starts.
    pub fiscal_start: i64,
    /// Which calendar year names a fiscal year.
    pub fiscal_label: FiscalLabel,
    /// Currency of new budgets, contracts and orders.
    pub currency: Currency,
    /// The working calendar; `None` for Monday to Friday.
    pub calendar: Option<RecordId>,
    /// When a variance is flagged.
    pub flags: FlagRule,
    /// When a project is green, amber or red.
    pub rag: RagRule,
    /// Calendar days before a notice deadline by which to act.
    pub lead_days: i64,
    /// Days before an act-by date at which an obligation climbs a step, most first.
    pub ladder: Vec<i64>,
    /// Days from an invoice's date to its due date where nothing else is agreed.
    pub payment_days: i64,
    /// What an invoice may differ by.
    pub tolerance: Tolerance,
}

/// The escalation ladder where none is set, in days before the act-by date.
pub const LADDER: [i64; 7] = [120, 90, 60, 30, 14, 7, 1];

impl Rules {
    /// Returns the rules of a board.
    pub fn of(board: &Board) -> Self {
        board
            .settings
            .get(&settings_id())
            .map_or_else(Self::default, |settings| Self::from_settings(settings))
    }

    fn from_settings(s: &Settings) -> Self {
        let days = |set: Option<Days>, default| set.map_or(default, |days| days.0);
        let share = |set: Option<BasisPoints>, default| set.map_or(default, |share| share.0.max(0));
        let major = |set: Option<Major>, default| set.map_or(default, |major| major.0);
        Self {
            fiscal_start: s.fiscal_start.map_or(1, |month| month.0),
            fiscal_label: s.fiscal_label,
            currency: s.currency.unwrap_or(Currency::EUR),
            calendar: s.calendar,
            flags: FlagRule {
                amber_major: major(s.amber_amount, 1_000),
                amber_basis_points: share(s.amber_share, 500),
                red_major: major(s.red_amount, 5_000),
                red_basis_points: share(s.red_share, 1_000),
                ceiling_major: major(s.ceiling, 25_000),
            },
            rag: RagRule {
                green_slip: days(s.green_slip, 2),
                green_slip_share: share(s.green_slip_share, 500),
                amber_slip: days(s.amber_slip, 10),
                amber_slip_share: share(s.amber_slip_share, 1_000),
                milestone_grace: days(s.milestone_grace, 5),
                green_overrun: share(s.green_overrun, 500),
                amber_overrun: share(s.amber_overrun, 1_000),
                stale_after: days(s.stale_after, 14),
            },
            lead_days: days(s.lead, 30),
            ladder: ladder(&s.ladder).unwrap_or_else(|| LADDER.to_vec()),
            payment_days: days(s.payment_days, 30),
            tolerance: Tolerance {
                price_share: share(s.price_share, 200),
                price_amount: major(s.price_amount, 50),
                total_share: share(s.total_share, 100),
                total_amount: major(s.total_amount, 100),
                quantity_share: share(s.quantity_share, 0),
            },
        }
    }

    /// Returns how a fiscal year is named, for example "FY2027": `year` is the calendar year in which it ends.
    pub fn fiscal_name(&self, year: i64, start_month: i64) -> String {
        let spans_two = start_month > 1;
        let shown = match self.fiscal_label {
            FiscalLabel::Starts if spans_two => year.saturating_sub(1),
            FiscalLabel::Starts | FiscalLabel::Ends => year,
        };
        format!("FY{shown}")
    }

    /// Returns the day on which the fiscal year that holds `today` starts, by the workspace's start month.
    pub fn fiscal_year_start(&self, today: NaiveDate) -> Option<NaiveDate> {
        let fiscal = crate::calendar::FiscalCalendar::starting_in(self.fiscal_start);
        fiscal.first_day(fiscal.year_of(today))
    }
}

impl Default for Rules {
    fn default() -> Self {
        let nobody = Settings::read(
            adjutant_base::DocumentId([0; 16]),
            &crate::record::RecordData {
                kind: Settings::KIND_NAME.to_owned(),
                id: settings_id(),
                fields: std::collections::BTreeMap::new(),
                conflicts: Vec::new(),
                hash: adjutant_base::ContentHash([0; 32]),
            },
        );
        Self::from_settings(&nobody)
    }
}

/// Reads a ladder: whole numbers of days, most first; `None` if there is none or one is not a number.
fn ladder(text: &str) -> Option<Vec<i64>> {
    let steps: Result<Vec<i64>, _> = text
        .split(|c: char| c.is_whitespace() || c == ',' || c == '/')
        .filter(|step| !step.is_empty())
        .map(str::parse)
        .collect();
    let mut steps = steps.ok()?;
    steps.retain(|step| (0..=10_000).contains(step));
    steps.sort_unstable_by(|a, b| b.cmp(a));
    steps.dedup();
    (!steps.is_empty()).then_some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_workspace_has_the_written_defaults() {
        let rules = Rules::of(&Board::default());
        assert_eq!(rules, Rules::default());
        assert_eq!(rules.flags, FlagRule::default());
        assert_eq!(rules.ladder, LADDER);
        assert_eq!((rules.lead_days, rules.payment_days), (30, 30));
    }

    #[test]
    fn a_ladder_is_sorted_and_a_broken_one_is_the_default() {
        assert_eq!(ladder("7, 30/90"), Some(vec![90, 30, 7]));
        assert_eq!(ladder("soon"), None);
        assert_eq!(ladder(""), None);
    }

    #[test]
    fn a_fiscal_year_is_named_after_either_year() {
        let ends = Rules::default();
        let starts = Rules {
            fiscal_label: FiscalLabel::Starts,
            ..Rules::default()
        };
        assert_eq!(ends.fiscal_name(2012, 7), "FY2012");
        assert_eq!(starts.fiscal_name(2012, 7), "FY2011");
        assert_eq!(starts.fiscal_name(2012, 1), "FY2012");
    }
}
