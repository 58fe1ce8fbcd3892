//! Obligations: every dated duty of every family in one list, with the ladder on which it climbs.
//!
//! Nothing here is typed: a duty follows from a contract, a licence, a milestone, an invoice... and leaves the list when
//! that record says that it is done. The clock runs to the day by which to act. Each step of the ladder asks to be taken
//! note of once; taking note quiets that step and not the next. What can no longer be done stays until somebody has
//! taken note of it: a notice that was missed although the contract has long renewed, an end that nobody decided on.

use std::collections::BTreeSet;
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::calendar::{WorkingCalendar, add_days};
use crate::command::Command;
use crate::compliance::{AcknowledgementField, DocumentState};
use crate::kind::Kind;
use crate::people::PersonId;
use crate::procurement::{InvoiceHold, OrderState, RequestState};
use crate::quantity::Change;
use crate::query::contract::{self, ContractState};
use crate::query::kept::{Part, Parts, Span};
use crate::query::{self, change, onboarding, procurement, recurring};
use crate::settings::Rules;
use crate::status::RiskState;
use crate::value::{FieldValue as _, choice};
use crate::vendor::Renewal;
use crate::workdays::Calendars;

choice! {
    /// What has to be done.
    Duty {
        /// Give notice or decide to renew.
        Notice = "notice", "Give notice or renew";
        /// A notice was missed and the contract has renewed.
        MissedNotice = "missed_notice", "Notice was missed";
        /// Replace or renew a contract that ends.
        Expiry = "expiry", "Replace or renew";
        /// A contract, a licence or a true-up came to its day and nobody decided.
        Lapsed = "lapsed", "Ended undecided";
        /// Renew a licence.
        Licence = "licence", "Renew licence";
        /// Count and report use above the entitlement.
        TrueUp = "true_up", "True-up";
        /// Reach a milestone.
        Milestone = "milestone", "Reach milestone";
        /// Finish a task.
        Task = "task", "Finish task";
        /// Finish a project.
        Project = "project", "Finish project";
        /// Do an action.
        Action = "action", "Do action";
        /// Ask again.
        Chase = "chase", "Ask again";
        /// Pay an invoice.
        Payment = "payment", "Pay invoice";
        /// Pay early enough for the discount.
        Discount = "discount", "Take discount";
        /// Decide on a purchase request.
        Request = "request", "Decide on request";
        /// See that an order arrives.
        Delivery = "delivery", "Receive order";
        /// Settle an item of a checklist.
        Checklist = "checklist", "Settle checklist item";
        /// Send a message of a change or a communication.
        Message = "message", "Send message";
        /// Review a compliance document.
        Review = "review", "Review document";
        /// Review an access.
        AccessReview = "access_review", "Review access";
        /// Look at a risk again.
        Risk = "risk", "Look at risk";
        /// Decide an evaluation.
        Evaluation = "evaluation", "Decide evaluation";
    }
}

/// One dated duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// What has to be done.
    pub duty: Duty,
    /// Kind of the record that it comes from.
    pub kind: Kind,
    /// The record that it comes from.
    pub id: RecordId,
    /// What it is about.
    pub title: String,
    /// Person who answers for it.
    pub owner: Option<PersonId>,
    /// The day by which to act.
    pub act_by: NaiveDate,
    /// The last day on which it is still in time, where that is later.
    pub deadline: NaiveDate,
    /// Calendar days left to act; below zero it is overdue.
    pub days_left: i64,
    /// The step of the ladder that it stands on, in days before `act_by`; -1 when it is overdue, `None` above the ladder.
    pub step: Option<i64>,
    /// Whether somebody has taken note of it at this step.
    pub is_acknowledged: bool,
    /// What happens if it is missed.
    pub consequence: String,
}

impl Obligation {
    /// Tells whether it asks to be taken note of.
    pub fn needs_note(&self) -> bool {
        self.step.is_some() && !self.is_acknowledged
    }

    /// Returns the command that takes note of it at its step; `None` above the ladder.
    pub fn acknowledge(
        &self,
        person: Option<PersonId>,
        today: NaiveDate,
        note: &str,
    ) -> Option<Command> {
        let id = acknowledgement_id(self.id, self.duty, self.act_by, self.step?);
        Some(Command::create(
            id,
            vec![
                AcknowledgementField::About(Some(self.id)),
                AcknowledgementField::Duty(self.duty.name().to_owned()),
                AcknowledgementField::ActBy(Some(self.act_by)),
                AcknowledgementField::Step(Change(self.step?)),
                AcknowledgementField::Person(person),
                AcknowledgementField::Day(Some(today)),
                AcknowledgementField::Note(note.to_owned()),
            ],
        ))
    }
}

/// The step of what is overdue.
const OVERDUE: i64 = -1;

fn acknowledgement_id(about: RecordId, duty: Duty, act_by: NaiveDate, step: i64) -> RecordId {
    let raws = [
        ("about", about.to_raw()),
        ("duty", duty.to_raw()),
        ("act_by", act_by.to_raw()),
        ("step", Change(step).to_raw()),
    ];
    let id = Kind::Acknowledgement.natural_id(&raws);
    id.unwrap_or_else(|| RecordId::derived("acknowledgement"))
}

/// Every dated duty, kept from one board to the next.
#[derive(Debug)]
pub struct Obligations {
    parts: Parts<Obligation>,
}

impl Default for Obligations {
    fn default() -> Self {
        let invoiced = [
            Kind::Invoice,
            Kind::InvoiceLine,
            Kind::PurchaseOrder,
            Kind::OrderLine,
            Kind::Receipt,
            Kind::Approval,
        ];
        let ordered = [Kind::PurchaseRequest, Kind::PurchaseOrder, Kind::Evaluation];
        let staffed = [Kind::Checklist, Kind::ChecklistItem, Kind::AccessGrant];
        let planned = [
            Kind::Change,
            Kind::Communication,
            Kind::Freeze,
            Kind::MaintenanceWindow,
        ];
        let scheduled = [
            Kind::Project,
            Kind::Task,
            Kind::Dependency,
            Kind::Baseline,
            Kind::BaselineTask,
        ];
        let series = [Kind::ActionSeries, Kind::Action];
        let part = |reads: &[Kind], work: fn(&mut List<'_>)| {
            Part::new(reads, move |board, span| List::of(board, span, work))
        };
        Self {
            parts: Parts::new(vec![
                part(&[Kind::Contract], contracts),
                part(&[Kind::Licence], licences),
                part(&[Kind::Milestone, Kind::Project], milestones),
                part(&[Kind::Project], projects),
                part(&scheduled, tasks),
                part(&[Kind::Risk], risks),
                part(&[Kind::Action], actions),
                part(&series, recurring),
                part(&invoiced, invoices),
                part(&ordered, purchases),
                part(&staffed, people),
                part(&planned, messages),
                part(&[Kind::ComplianceDocument], compliance),
            ]),
        }
    }
}

impl Obligations {
    /// Returns every obligation to act on by `through`, by day; overdue ones first.
    ///
    /// Cost: one walk over each table that has duties at the first time and for other days; later, of those tables only
    /// that have changed. Then a sort of what is found.
    pub fn renew(
        &mut self,
        board: &Board,
        today: NaiveDate,
        through: NaiveDate,
    ) -> Vec<Arc<Obligation>> {
        self.parts.renew(board, Span { today, through });
        let mut found: Vec<Arc<Obligation>> = self.parts.found().cloned().collect();
        found.sort_by_key(|one| key(one));
        take_notes(board, &mut found);
        found
    }
}

/// Returns every obligation to act on by `through`, by day; overdue ones first.
///
/// Who asks again after every edit keeps [`Obligations`].
pub fn all(board: &Board, today: NaiveDate, through: NaiveDate) -> Vec<Arc<Obligation>> {
    Obligations::default().renew(board, today, through)
}

type Key = (NaiveDate, Duty, RecordId);

fn key(one: &Obligation) -> Key {
    (one.act_by, one.duty, one.id)
}

/// Tells whether nothing more can be done about a duty than to take note.
fn leaves_when_noted(duty: Duty) -> bool {
    matches!(duty, Duty::MissedNotice | Duty::Lapsed)
}

/// Marks what somebody has taken note of at the step on which it stands; what can no longer be done leaves the list by
/// it.
fn take_notes(board: &Board, found: &mut Vec<Arc<Obligation>>) {
    let mut has_left = false;
    for (key, step) in notes(board) {
        let at = found.partition_point(|one| self::key(one) < key);
        let same = found.iter_mut().skip(at);
        for one in same.take_while(|one| self::key(one) == key) {
            if one.step == Some(step) {
                Arc::make_mut(one).is_acknowledged = true;
                has_left |= leaves_when_noted(one.duty);
            }
        }
    }
    if has_left {
        found.retain(|one| !leaves_when_noted(one.duty) || !one.is_acknowledged);
    }
}

/// Returns what somebody has taken note of, with the step on which it stood.
fn notes(board: &Board) -> impl Iterator<Item = (Key, i64)> {
    (&board.acknowledgements)
        .into_iter()
        .filter_map(|(_, note)| {
            let duty = Duty::ALL.iter().find(|duty| duty.name() == note.duty)?;
            Some(((note.act_by?, *duty, note.about?), note.step.0))
        })
}

struct List<'a> {
    board: &'a Board,
    today: NaiveDate,
    through: NaiveDate,
    calendar: &'a WorkingCalendar,
    rules: &'a Rules,
    found: Vec<Obligation>,
}

/// What an obligation is about.
struct About<'a> {
    duty: Duty,
    kind: Kind,
    id: RecordId,
    title: &'a str,
    owner: Option<PersonId>,
}

impl List<'_> {
    /// Returns what one part of the list comes to.
    fn of(board: &Board, span: Span, work: fn(&mut List<'_>)) -> Vec<Obligation> {
        let (calendars, rules) = (Calendars::of(board), Rules::of(board));
        let mut list = List {
            board,
            today: span.today,
            through: span.through,
            calendar: calendars.of_workspace(),
            rules: &rules,
            found: Vec::new(),
        };
        work(&mut list);
        list.found
    }

    /// Takes in a duty with one day.
    fn add(&mut self, about: &About<'_>, day: Option<NaiveDate>) {
        if let Some(day) = day {
            self.add_until(about, day, day, "");
        }
    }

    fn add_until(
        &mut self,
        about: &About<'_>,
        act_by: NaiveDate,
        deadline: NaiveDate,
        consequence: &str,
    ) {
        if act_by > self.through {
            return;
        }
        let days_left = act_by.signed_duration_since(self.today).num_days();
        let step = if days_left < 0 {
            Some(OVERDUE)
        } else {
            let reached = self.rules.ladder.iter().filter(|step| **step >= days_left);
            reached.min().copied()
        };
        self.found.push(Obligation {
            duty: about.duty,
            kind: about.kind,
            id: about.id,
            title: about.title.to_owned(),
            owner: about.owner,
            act_by,
            deadline,
            days_left,
            step,
            is_acknowledged: false,
            consequence: consequence.to_owned(),
        });
    }
}

fn contracts(list: &mut List<'_>) {
    let basis = contract::Basis {
        calendar: list.calendar,
        lead_days: list.rules.lead_days,
    };
    for (id, contract) in &list.board.contracts {
        let figures = contract::figures(contract, list.today, basis);
        let duty = match contract.renewal {
            Renewal::None => Duty::Expiry,
            Renewal::Option | Renewal::Automatic | Renewal::Evergreen => Duty::Notice,
        };
        let about = |duty| About {
            duty,
            kind: Kind::Contract,
            id: *id,
            title: &contract.name,
            owner: contract.owner,
        };
        let consequence = &contract.consequence.0;
        if let (
            Some(act_by),
            Some(deadline),
            ContractState::Active | ContractState::WindowOpen | ContractState::WindowClosed,
        ) = (figures.act_by, figures.notice_deadline, figures.state)
        {
            list.add_until(&about(duty), act_by, deadline, consequence);
        }
        // Nobody ended it and nobody renewed it, and now it is over.
        let lapsed = figures.ends_on.filter(|_| {
            figures.state == ContractState::Expired && contract.notice_served_on.is_none()
        });
        if let Some(end) = lapsed {
            list.add_until(&about(Duty::Lapsed), end, end, consequence);
        }
        // The term before went on because nobody gave notice: that stays until somebody takes note.
        let before = figures
            .term
            .filter(|term| term.number > 0 && figures.state.is_running());
        if let Some(term) = before
            && contract.notice_served_on.is_none()
            && let Some(first) = term.first
        {
            let deadline = contract::notice_deadline(contract, add_days(first, -1), list.calendar);
            list.add_until(&about(Duty::MissedNotice), deadline, deadline, consequence);
        }
    }
}

fn licences(list: &mut List<'_>) {
    for (id, licence) in &list.board.licences {
        let about = |duty| About {
            duty,
            kind: Kind::Licence,
            id: *id,
            title: &licence.product,
            owner: licence.owner,
        };
        if let Some(end) = licence.ends {
            let act_by = list
                .calendar
                .on_or_before(add_days(end, -list.rules.lead_days));
            if end < list.today {
                list.add(&about(Duty::Lapsed), Some(end));
            } else {
                list.add_until(&about(Duty::Licence), act_by, end, "");
            }
        }
        let is_past = licence.true_up_on.is_some_and(|day| day < list.today);
        let duty = if is_past { Duty::Lapsed } else { Duty::TrueUp };
        list.add(&about(duty), licence.true_up_on);
    }
}

fn milestones(list: &mut List<'_>) {
    for (id, milestone) in &list.board.milestones {
        let project = milestone
            .project
            .and_then(|id| list.board.projects.get(&id));
        let is_open = project.is_some_and(|project| project.status.is_open());
        if !is_open || milestone.done_on.is_some() {
            continue;
        }
        let about = About {
            duty: Duty::Milestone,
            kind: Kind::Milestone,
            id: *id,
            title: &milestone.name,
            owner: milestone.owner,
        };
        // Agreed or expected, whichever comes first: a later forecast does not make it less overdue.
        let days = [milestone.baseline, milestone.forecast];
        list.add(&about, days.into_iter().flatten().min());
    }
}

fn projects(list: &mut List<'_>) {
    for (id, project) in &list.board.projects {
        let about = About {
            duty: Duty::Project,
            kind: Kind::Project,
            id: *id,
            title: &project.name,
            owner: project.owner,
        };
        list.add(&about, project.target.filter(|_| project.status.is_open()));
    }
}

fn tasks(list: &mut List<'_>) {
    for schedule in query::schedule::all(list.board, list.today) {
        if !schedule.project.status.is_open() {
            continue;
        }
        for row in schedule.rows.iter().filter(|row| !row.is_summary) {
            let about = About {
                duty: Duty::Task,
                kind: Kind::Task,
                id: row.task.meta.id,
                title: &row.task.name,
                owner: row.task.owner,
            };
            list.add(&about, Some(row.finish).filter(|_| !row.is_done()));
        }
    }
}

fn risks(list: &mut List<'_>) {
    for (id, risk) in &list.board.risks {
        let about = About {
            duty: Duty::Risk,
            kind: Kind::Risk,
            id: *id,
            title: &risk.title,
            owner: risk.owner,
        };
        list.add(&about, risk.due.filter(|_| risk.state == RiskState::Open));
    }
}

fn actions(list: &mut List<'_>) {
    for (id, action) in &list.board.actions {
        if !action.state.is_open() || recurring::is_snoozed(action, list.today) {
            continue;
        }
        let about = |duty| About {
            duty,
            kind: Kind::Action,
            id: *id,
            title: &action.title,
            owner: action.owner,
        };
        list.add(&about(Duty::Action), action.due);
        list.add(&about(Duty::Chase), action.chase_on);
    }
}

fn recurring(list: &mut List<'_>) {
    for due in recurring::due(list.board, list.today) {
        let about = About {
            duty: Duty::Action,
            kind: Kind::ActionSeries,
            id: due.occurrence.id,
            title: &due.series.title,
            owner: due.series.owner,
        };
        list.add(&about, Some(due.occurrence.day));
    }
}

fn invoices(list: &mut List<'_>) {
    for figures in procurement::invoices(list.board, list.today) {
        let invoice = &figures.invoice;
        if !invoice.state.is_open() || invoice.hold == InvoiceHold::Duplicate {
            continue;
        }
        let about = |duty| About {
            duty,
            kind: Kind::Invoice,
            id: invoice.meta.id,
            title: &invoice.number,
            owner: figures.routing.next,
        };
        list.add(&about(Duty::Payment), figures.due);
        let discount = figures.discount.map(|(day, _)| day);
        list.add(
            &about(Duty::Discount),
            discount.filter(|day| *day >= list.today),
        );
    }
}

fn purchases(list: &mut List<'_>) {
    for (id, request) in &list.board.purchase_requests {
        let about = About {
            duty: Duty::Request,
            kind: Kind::PurchaseRequest,
            id: *id,
            title: &request.title,
            owner: request.approved_by.or(request.requested_by),
        };
        let is_waiting = request.state == RequestState::Submitted;
        list.add(&about, request.needed_by.filter(|_| is_waiting));
    }
    for (id, order) in &list.board.purchase_orders {
        let about = About {
            duty: Duty::Delivery,
            kind: Kind::PurchaseOrder,
            id: *id,
            title: &order.number,
            owner: None,
        };
        list.add(
            &about,
            order
                .expected_on
                .filter(|_| order.state == OrderState::Open),
        );
    }
    for (id, evaluation) in &list.board.evaluations {
        let about = About {
            duty: Duty::Evaluation,
            kind: Kind::Evaluation,
            id: *id,
            title: &evaluation.title,
            owner: evaluation.owner,
        };
        list.add(
            &about,
            evaluation.due.filter(|_| evaluation.chosen.is_none()),
        );
    }
}

fn people(list: &mut List<'_>) {
    for progress in onboarding::all(list.board, list.today, list.calendar) {
        for (item, due) in &progress.items {
            if onboarding::is_settled(item) {
                continue;
            }
            let title = format!("{}: {}", progress.checklist.title, item.title);
            let about = About {
                duty: Duty::Checklist,
                kind: Kind::ChecklistItem,
                id: item.meta.id,
                title: &title,
                owner: item.owner.or(progress.checklist.owner),
            };
            list.add(&about, *due);
        }
    }
    for (id, grant) in &list.board.access_grants {
        let about = About {
            duty: Duty::AccessReview,
            kind: Kind::AccessGrant,
            id: *id,
            title: &grant.system,
            owner: grant.approver,
        };
        list.add(
            &about,
            grant.review_due.filter(|_| grant.revoked_on.is_none()),
        );
    }
}

fn messages(list: &mut List<'_>) {
    let mut of_plans = BTreeSet::new();
    for figures in change::all(list.board, list.today) {
        for message in &figures.plan {
            of_plans.insert(message.id);
            if matches!(
                message.progress,
                change::Progress::Sent | change::Progress::Dropped
            ) {
                continue;
            }
            let record = message.record.as_ref();
            let title = record.map_or_else(
                || format!("{}: {}", figures.change.title, message.step),
                |record| record.title.clone(),
            );
            let about = About {
                duty: Duty::Message,
                kind: Kind::Communication,
                id: message.id,
                title: &title,
                owner: record.and_then(|one| one.owner).or(figures.change.owner),
            };
            list.add(&about, Some(message.day));
        }
    }
    for (id, message) in &list.board.communications {
        let is_open = matches!(
            message.state,
            crate::change::CommunicationState::Draft | crate::change::CommunicationState::Approved
        );
        let about = About {
            duty: Duty::Message,
            kind: Kind::Communication,
            id: *id,
            title: &message.title,
            owner: message.owner,
        };
        list.add(
            &about,
            message
                .planned_on
                .filter(|_| is_open && !of_plans.contains(id)),
        );
    }
}

fn compliance(list: &mut List<'_>) {
    for (id, document) in &list.board.compliance_documents {
        let about = About {
            duty: Duty::Review,
            kind: Kind::ComplianceDocument,
            id: *id,
            title: &document.title,
            owner: document.owner,
        };
        let is_held = document.state != DocumentState::Retired;
        list.add(&about, document.next_review.filter(|_| is_held));
    }
}

#[cfg(test)]
mod tests;
