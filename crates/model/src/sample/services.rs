//! Sample changes, checklists, accesses, compliance documents, figures of the service desk, and postings.
//!
//! Postings say what the budget's typed amounts say, so that the two never contradict each other.

use adjutant_base::RecordId;
use chrono::{NaiveDate, NaiveTime};

use super::draw::Draw;
use super::words;
use super::{Lines, Size, made, natural, nth_name, whole, workday_from};
use crate::calendar::add_days;
use crate::change::{
    ChangeField, ChangeKind, ChangeState, CommunicationField, CommunicationState, FreezeField,
    LocalMoment,
};
use crate::command::Command;
use crate::compliance::{
    ComplianceDocumentField, Direction, DocumentState, MetricField, MetricPointField,
};
use crate::kind::Kind;
use crate::ledger::PostingField;
use crate::onboarding::{AccessGrantField, ChecklistField, ChecklistItemField, ChecklistKind};
use crate::people::PersonId;
use crate::quantity::{Change, Offset};
use crate::query::contract::add_months;
use crate::query::onboarding::ONBOARDING;
use crate::value::Prose;
use crate::vendor::RiskTier;

/// Values of one metric: two years of months.
const POINTS: i64 = 24;

pub(super) fn changes(
    draw: &mut Draw,
    size: &Size,
    owners: &[PersonId],
    today: NaiveDate,
) -> Vec<Command> {
    let mut commands = Vec::new();
    if size.changes > 0 {
        let from = add_days(today, 24);
        let fields = vec![
            FreezeField::Name("Year-end close".to_owned()),
            FreezeField::From(Some(from)),
            FreezeField::To(Some(add_days(from, 14))),
        ];
        commands.push(made(draw, fields));
    }
    for _ in 0..size.changes {
        let id = draw.id();
        let day = add_days(today, draw.between(-300, 45));
        let kind = draw.weighted(
            &[(60, ChangeKind::Normal), (32, ChangeKind::Standard)],
            ChangeKind::Emergency,
        );
        let state = if day < today {
            ChangeState::Closed
        } else {
            ChangeState::Scheduled
        };
        let at = |hour: u32| {
            NaiveTime::from_hms_opt(hour, 0, 0).map(|time| LocalMoment(day.and_time(time)))
        };
        let service = draw.word(words::SERVICES);
        let fields = vec![
            ChangeField::Title(format!("{} {service}", draw.word(words::VERBS))),
            ChangeField::Kind(kind),
            ChangeField::State(state),
            ChangeField::Risk(draw.weighted(&[(60, RiskTier::Low)], RiskTier::Medium)),
            ChangeField::Service(service.to_owned()),
            ChangeField::Owner(draw.pick(owners).copied()),
            ChangeField::Approver(draw.pick(owners).copied()),
            ChangeField::ApprovedOn(Some(add_days(day, -12))),
            ChangeField::Starts(at(20)),
            ChangeField::Ends(at(23)),
            ChangeField::IsNoticed(draw.chance(60)),
            ChangeField::Affected(draw.word(words::TEAMS).to_owned()),
            ChangeField::Backout(Prose("Restore the snapshot taken before.".to_owned())),
        ];
        commands.push(Command::create(id, fields));
    }
    for _ in 0..size.communications {
        let day = workday_from(today, draw.between(-200, 40));
        let is_sent = day < today && draw.chance(95);
        let mut fields = vec![
            CommunicationField::Title(draw.word(words::NEWS).to_owned()),
            CommunicationField::Audience(draw.word(words::TEAMS).to_owned()),
            CommunicationField::Channel("E-mail".to_owned()),
            CommunicationField::Owner(draw.pick(owners).copied()),
            CommunicationField::PlannedOn(Some(day)),
        ];
        if is_sent {
            fields.push(CommunicationField::State(CommunicationState::Sent));
            fields.push(CommunicationField::SentOn(Some(day)));
        }
        commands.push(made(draw, fields));
    }
    commands
}

/// Checklists of newcomers, accesses of everybody.
pub(super) fn people(
    draw: &mut Draw,
    size: &Size,
    owners: &[PersonId],
    today: NaiveDate,
) -> Vec<Command> {
    let mut commands = Vec::new();
    for at in 0..size.checklists {
        let checklist = draw.id();
        let day = workday_from(today, draw.between(-60, 40));
        let (first, family) = super::person_name(at.saturating_add(7));
        let fields = vec![
            ChecklistField::Title(format!("Onboarding: {first} {family}")),
            ChecklistField::Kind(ChecklistKind::Onboarding),
            ChecklistField::Person(draw.pick(owners).copied()),
            ChecklistField::Day(Some(day)),
            ChecklistField::Owner(draw.pick(owners).copied()),
        ];
        commands.push(Command::create(checklist, fields));
        for (offset, title) in ONBOARDING {
            let due = workday_from(day, *offset);
            let mut fields = vec![
                ChecklistItemField::Checklist(Some(checklist)),
                ChecklistItemField::Title((*title).to_owned()),
                ChecklistItemField::Offset(Offset(*offset)),
                ChecklistItemField::Owner(draw.pick(owners).copied()),
            ];
            if due < today && draw.chance(93) {
                fields.push(ChecklistItemField::DoneOn(Some(due)));
            }
            commands.push(made(draw, fields));
        }
    }
    for _ in 0..size.accesses {
        let fields = vec![
            AccessGrantField::System(draw.word(words::SERVICES).to_owned()),
            AccessGrantField::Person(draw.pick(owners).copied()),
            AccessGrantField::Level(
                draw.weighted(&[(70, "user"), (20, "editor")], "administrator")
                    .to_owned(),
            ),
            AccessGrantField::Approver(draw.pick(owners).copied()),
            AccessGrantField::GrantedOn(Some(add_days(today, draw.between(-700, -10)))),
            AccessGrantField::ReviewDue(Some(add_days(today, draw.between(-5, 300)))),
        ];
        commands.push(made(draw, fields));
    }
    commands
}

/// Compliance documents, and metrics with their values.
pub(super) fn evidence(
    draw: &mut Draw,
    size: &Size,
    owners: &[PersonId],
    today: NaiveDate,
) -> Vec<Command> {
    let mut commands = Vec::new();
    for at in 0..size.documents {
        let approved = add_days(today, draw.between(-500, -20));
        let fields = vec![
            ComplianceDocumentField::Title(nth_name(words::POLICIES, at)),
            ComplianceDocumentField::Framework("ISO 27001".to_owned()),
            ComplianceDocumentField::Control(format!(
                "A.{}.{}",
                draw.between(5, 8),
                draw.between(1, 37)
            )),
            ComplianceDocumentField::Owner(draw.pick(owners).copied()),
            ComplianceDocumentField::State(DocumentState::Approved),
            ComplianceDocumentField::Version(format!(
                "{}.{}",
                draw.between(1, 4),
                draw.between(0, 9)
            )),
            ComplianceDocumentField::ApprovedBy(draw.pick(owners).copied()),
            ComplianceDocumentField::ApprovedOn(Some(approved)),
            ComplianceDocumentField::NextReview(Some(add_days(today, draw.between(-15, 360)))),
        ];
        commands.push(made(draw, fields));
    }
    for at in 0..size.metrics {
        let metric = draw.id();
        let level = draw.between(40, 400);
        let fields = vec![
            MetricField::Name(nth_name(words::METRICS, at)),
            MetricField::Unit("tickets".to_owned()),
            MetricField::Direction(Direction::Down),
            MetricField::Target(Some(Change(level))),
        ];
        commands.push(Command::create(metric, fields));
        for month in 0..POINTS {
            let day = add_months(today, month.saturating_sub(POINTS));
            let value = level.saturating_add(draw.between(-30, 40)).max(0);
            let fields = vec![
                MetricPointField::Metric(Some(metric)),
                MetricPointField::Day(Some(day)),
                MetricPointField::Value(Some(Change(value))),
                MetricPointField::Source("Service desk export".to_owned()),
            ];
            commands.push(natural(Kind::MetricPoint, fields));
        }
    }
    commands
}

/// Postings that say what is typed for the first lines and periods.
pub(super) fn postings(
    draw: &mut Draw,
    size: &Size,
    lines: &Lines,
    vendors: &[RecordId],
) -> Vec<Command> {
    let typed = lines.typed.iter().take(size.postings);
    typed
        .enumerate()
        .map(|(at, one)| {
            let day = add_days(one.first_day, draw.between(0, 27));
            let fields = vec![
                PostingField::Budget(Some(one.budget)),
                PostingField::Line(Some(one.line)),
                PostingField::Day(Some(day)),
                PostingField::Amount(Some(one.amount)),
                PostingField::Title(draw.word(words::GOODS).to_owned()),
                PostingField::Vendor(draw.pick(vendors).copied()),
                PostingField::ExternalKey(format!("GL-{:06}", whole(at))),
            ];
            made(draw, fields)
        })
        .collect()
}
