//! Settings of a workspace: every default of the written rules, and what this workspace puts in its place.
//!
//! One record with an id that every device derives alike. An empty field means the default, so that a better default
//! of a later version reaches everybody who did not choose otherwise.

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::change::ChangeKind;
use crate::message_plan::{Anchor, Ladder, MessagePlan};
use crate::money::Currency;
use crate::onboarding::ChecklistKind;
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
        /// Whether a fiscal year has a thirteenth period, for adjustments of the whole year.
        has_adjustment_period / HasAdjustmentPeriod: bool;
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
        ladder / Ladder: Option<Ladder>;
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
        /// Days apart within which equal amounts of one vendor look like one invoice; 7 if empty.
        duplicate_days / DuplicateDays: Option<Days>;
        /// Messages of a normal change that users notice; "heads-up -10, detail -5, reminder -1, start 0, complete end 0,
        /// result end +1" if empty.
        normal_messages / NormalMessages: Option<MessagePlan>;
        /// Messages of a standard change; "notice -2, done end 0" if empty.
        standard_messages / StandardMessages: Option<MessagePlan>;
        /// Messages of an emergency change; "now 0, hourly 0, done end 0, post-incident end +2" if empty.
        emergency_messages / EmergencyMessages: Option<MessagePlan>;
        /// Whom readers of a message ask for help.
        help_contact / HelpContact: String;
        /// Time zone that messages name beside a moment, for example "CET".
        time_zone / TimeZone: String;
        /// Template of an onboarding for which none is chosen; the built-in items if empty.
        onboarding_template / OnboardingTemplate: Option<RecordId>;
        /// Template of an offboarding for which none is chosen; the built-in items if empty.
        offboarding_template / OffboardingTemplate: Option<RecordId>;
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
    /// Whether a fiscal year has a thirteenth period, for adjustments of the whole year.
    pub has_adjustment_period: bool,
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
    /// Days apart within which equal amounts of one vendor look like one invoice.
    pub duplicate_days: i64,
    /// Messages of a normal change that users notice.
    pub normal_messages: MessagePlan,
    /// Messages of a standard change.
    pub standard_messages: MessagePlan,
    /// Messages of an emergency change.
    pub emergency_messages: MessagePlan,
    /// Whom readers of a message ask for help; empty if nobody is named.
    pub help_contact: String,
    /// Time zone that messages name; empty if none is.
    pub time_zone: String,
    /// Template of an onboarding; `None` for the built-in items.
    pub onboarding_template: Option<RecordId>,
    /// Template of an offboarding; `None` for the built-in items.
    pub offboarding_template: Option<RecordId>,
}

const NORMAL_MESSAGES: &[(&str, i64, Anchor)] = &[
    ("heads-up", -10, Anchor::Start),
    ("detail", -5, Anchor::Start),
    ("reminder", -1, Anchor::Start),
    ("start", 0, Anchor::Start),
    ("complete", 0, Anchor::End),
    ("result", 1, Anchor::End),
];
const STANDARD_MESSAGES: &[(&str, i64, Anchor)] =
    &[("notice", -2, Anchor::Start), ("done", 0, Anchor::End)];
const EMERGENCY_MESSAGES: &[(&str, i64, Anchor)] = &[
    ("now", 0, Anchor::Start),
    ("hourly", 0, Anchor::Start),
    ("done", 0, Anchor::End),
    ("post-incident", 2, Anchor::End),
];

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
        let plan = |set: &Option<MessagePlan>, default| {
            set.clone().unwrap_or_else(|| MessagePlan::of(default))
        };
        Self {
            fiscal_start: s.fiscal_start.map_or(1, |month| month.0),
            fiscal_label: s.fiscal_label,
            has_adjustment_period: s.has_adjustment_period,
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
            ladder: s.ladder.clone().unwrap_or_default().0,
            payment_days: days(s.payment_days, 30),
            tolerance: Tolerance {
                price_share: share(s.price_share, 200),
                price_amount: major(s.price_amount, 50),
                total_share: share(s.total_share, 100),
                total_amount: major(s.total_amount, 100),
                quantity_share: share(s.quantity_share, 0),
            },
            duplicate_days: days(s.duplicate_days, 7),
            normal_messages: plan(&s.normal_messages, NORMAL_MESSAGES),
            standard_messages: plan(&s.standard_messages, STANDARD_MESSAGES),
            emergency_messages: plan(&s.emergency_messages, EMERGENCY_MESSAGES),
            help_contact: s.help_contact.clone(),
            time_zone: s.time_zone.clone(),
            onboarding_template: s.onboarding_template,
            offboarding_template: s.offboarding_template,
        }
    }

    /// Returns the messages that a kind of change asks for, if users notice it.
    pub fn messages(&self, kind: ChangeKind) -> &MessagePlan {
        match kind {
            ChangeKind::Normal => &self.normal_messages,
            ChangeKind::Standard => &self.standard_messages,
            ChangeKind::Emergency => &self.emergency_messages,
        }
    }

    /// Returns the template of a checklist for which none is chosen, if the settings name one.
    pub fn template(&self, kind: ChecklistKind) -> Option<RecordId> {
        match kind {
            ChecklistKind::Onboarding => self.onboarding_template,
            ChecklistKind::Offboarding => self.offboarding_template,
            ChecklistKind::Other => None,
        }
    }

    /// Returns the calendar year that names a fiscal year to people; `year` is the one in which it ends.
    pub fn shown_year(&self, year: i64, start_month: i64) -> i64 {
        match self.fiscal_label {
            FiscalLabel::Starts if start_month > 1 => year.saturating_sub(1),
            FiscalLabel::Starts | FiscalLabel::Ends => year,
        }
    }

    /// Returns how a fiscal year is named, for example "FY2027": `year` is the calendar year in which it ends.
    pub fn fiscal_name(&self, year: i64, start_month: i64) -> String {
        format!("FY{}", self.shown_year(year, start_month))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, id};
    use crate::kind::Kind;

    #[test]
    fn an_empty_workspace_has_the_written_defaults() {
        let rules = Rules::of(&Board::default());
        assert_eq!(rules, Rules::default());
        assert_eq!(rules.flags, FlagRule::default());
        assert_eq!(rules.ladder, [120, 90, 60, 30, 14, 7, 1]);
        assert_eq!((rules.lead_days, rules.payment_days), (30, 30));
    }

    #[test]
    fn new_records_get_the_currency_and_the_first_month_of_the_workspace() {
        let mut desk = Desk::new();
        let put = |desk: &mut Desk, name: &str, fields: &[(&str, &str)]| {
            desk.put(Kind::Budget, name, fields);
            let budget = desk.board().budgets.get(&id(name)).unwrap();
            (budget.start_month, budget.currency.code().to_owned())
        };
        put(&mut desk, "before", &[("name", "IT")]);
        let fields = [("fiscal_start", "7"), ("currency", "CHF")];
        desk.put(Kind::Settings, "settings", &fields);
        let new = put(&mut desk, "new", &[("name", "IT")]);
        assert_eq!(new, (7, "CHF".to_owned()));
        let said = [("name", "IT"), ("start_month", "4"), ("currency", "USD")];
        assert_eq!(put(&mut desk, "said", &said), (4, "USD".to_owned()));
        let again = put(&mut desk, "before", &[("name", "IT 2")]);
        assert_eq!(again, (0, "EUR".to_owned()), "what is there stays");
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
