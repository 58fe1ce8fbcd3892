//! Sample vendors, contracts and licences.
//!
//! Contracts began at any time in the last years, so some are to be acted on soon and a few were missed; a few licences are
//! used more than they allow, and more of them less.

use adjutant_base::RecordId;
use chrono::{Datelike as _, NaiveDate};

use super::draw::Draw;
use super::words;
use super::{Lines, Size, made, natural, vendor_name, workday_from};
use crate::calendar::add_days;
use crate::command::Command;
use crate::kind::Kind;
use crate::licence::{AssignmentField, LicenceField, LicenceMetric, UsageCountField};
use crate::money::{Amount, Currency};
use crate::people::PersonId;
use crate::quantity::{BasisPoints, Count, Days, Months};
use crate::query::contract::add_months;
use crate::value::Prose;
use crate::vendor::{
    Channel, ContactField, ContractField, InteractionField, NoticeUnit, Renewal, RiskTier,
    VendorField,
};

/// Returns the vendors, each with its contacts and what was said, and the vendors' ids.
pub(super) fn vendors(
    draw: &mut Draw,
    size: &Size,
    owners: &[PersonId],
    today: NaiveDate,
) -> (Vec<RecordId>, Vec<Command>) {
    let (mut ids, mut commands) = (Vec::new(), Vec::new());
    for at in 0..size.vendors {
        let (id, name) = (draw.id(), vendor_name(at));
        let owner = draw.pick(owners).copied();
        let risk = draw.weighted(
            &[(50, RiskTier::Low), (35, RiskTier::Medium)],
            RiskTier::High,
        );
        let fields = vec![
            VendorField::Name(name.clone()),
            VendorField::Category(draw.word(words::TRADES).to_owned()),
            VendorField::Risk(risk),
            VendorField::Owner(owner),
            VendorField::AccountNumber(format!("K-{}", draw.between(10_000, 99_999))),
        ];
        commands.push(Command::create(id, fields));
        let (first, family) = draw.pick(words::PEOPLE).copied().unwrap_or(("", ""));
        let fields = vec![
            ContactField::Vendor(Some(id)),
            ContactField::Name(format!("{family} {first}")),
            ContactField::Role("Account manager".to_owned()),
            ContactField::Phone(format!("+49 30 {}", draw.between(100_000, 999_999))),
        ];
        commands.push(made(draw, fields));
        for _ in 0..2 {
            let channel = draw.weighted(
                &[(50, Channel::Mail), (30, Channel::Call)],
                Channel::Meeting,
            );
            let fields = vec![
                InteractionField::Vendor(Some(id)),
                InteractionField::Title(draw.word(words::TALKS).to_owned()),
                InteractionField::Day(Some(add_days(today, draw.between(-400, -1)))),
                InteractionField::Channel(channel),
                InteractionField::Person(owner),
            ];
            commands.push(made(draw, fields));
        }
        ids.push(id);
    }
    (ids, commands)
}

pub(super) fn contracts(
    draw: &mut Draw,
    size: &Size,
    (owners, vendors, lines): (&[PersonId], &[RecordId], &Lines),
    today: NaiveDate,
) -> (Vec<RecordId>, Vec<Command>) {
    let (mut ids, mut commands) = (Vec::new(), Vec::new());
    for at in 0..size.contracts {
        let id = draw.id();
        // On the first of a month, up to six years back.
        let begun = add_months(today, draw.between(-72, 3));
        let start = begun.with_day(1).unwrap_or(begun);
        let months = draw.weighted(&[(45, 12), (25, 24), (20, 36)], 60);
        let renewal = draw.weighted(
            &[
                (55, Renewal::Automatic),
                (25, Renewal::None),
                (12, Renewal::Option),
            ],
            Renewal::Evergreen,
        );
        let (notice, unit) = draw.weighted(
            &[(50, (3, NoticeUnit::Months)), (30, (30, NoticeUnit::Days))],
            (60, NoticeUnit::Days),
        );
        let thing = draw.word(words::SERVICES);
        let mut fields = vec![
            ContractField::Name(format!("{thing} {}", at.saturating_add(1))),
            ContractField::Vendor(draw.pick(vendors).copied()),
            ContractField::Number(format!("C-{:04}", at.saturating_add(1))),
            ContractField::Owner(draw.pick(owners).copied()),
            ContractField::SignedOn(Some(workday_from(start, -20))),
            ContractField::Start(Some(start)),
            ContractField::InitialMonths(Some(Months(months))),
            ContractField::Renewal(renewal),
            ContractField::Notice(Some(Days(notice))),
            ContractField::NoticeUnit(unit),
            ContractField::Value(Some(Amount(draw.between(2, 240).saturating_mul(50_000)))),
            ContractField::Currency(Currency::EUR),
            ContractField::Consequence(Prose(draw.word(words::CONSEQUENCES).to_owned())),
        ];
        if renewal == Renewal::Automatic {
            fields.push(ContractField::RenewalMonths(Some(Months(12))));
            fields.push(ContractField::Uplift(Some(BasisPoints(
                draw.between(0, 8).saturating_mul(50),
            ))));
        }
        if draw.chance(70) {
            fields.push(ContractField::BudgetLine(lines.pick(draw)));
        }
        if renewal == Renewal::Automatic && draw.chance(10) {
            fields.push(ContractField::NoticeServedOn(Some(add_days(
                today,
                draw.between(-60, -1),
            ))));
            fields.push(ContractField::NoticeMethod("Registered letter".to_owned()));
            fields.push(ContractField::NoticeProof(format!(
                "RR{}DE",
                draw.between(100_000, 999_999)
            )));
        }
        commands.push(Command::create(id, fields));
        ids.push(id);
    }
    (ids, commands)
}

pub(super) fn licences(
    draw: &mut Draw,
    size: &Size,
    (owners, vendors, contracts): (&[PersonId], &[RecordId], &[RecordId]),
    today: NaiveDate,
) -> Vec<Command> {
    let mut commands = Vec::new();
    for at in 0..size.licences {
        let id = draw.id();
        let seats = draw.between(2, 40);
        let product = super::nth_name(words::PRODUCTS, at);
        let mut fields = vec![
            LicenceField::Product(product),
            LicenceField::Vendor(draw.pick(vendors).copied()),
            LicenceField::Contract(draw.pick(contracts).copied()),
            LicenceField::Owner(draw.pick(owners).copied()),
            LicenceField::Metric(
                draw.weighted(&[(80, LicenceMetric::User)], LicenceMetric::Device),
            ),
            LicenceField::Seats(Count(seats)),
            LicenceField::UnitCost(Some(Amount(draw.between(20, 900).saturating_mul(100)))),
            LicenceField::Currency(Currency::EUR),
            LicenceField::Starts(Some(add_days(today, draw.between(-900, -30)))),
            LicenceField::LowSeats(Some(Count(1))),
        ];
        if draw.chance(70) {
            fields.push(LicenceField::Ends(Some(add_days(
                today,
                draw.between(-20, 700),
            ))));
        }
        commands.push(Command::create(id, fields));
        for _ in 0..2 {
            let fields = vec![
                AssignmentField::Licence(Some(id)),
                AssignmentField::Person(draw.pick(owners).copied()),
                AssignmentField::Holder(format!("WS-{:04}", draw.between(1, 9_999))),
                AssignmentField::From(Some(add_days(today, draw.between(-600, -5)))),
            ];
            commands.push(made(draw, fields));
        }
        // One in ten products is used more than it allows.
        let in_use = if draw.chance(10) {
            seats.saturating_add(draw.between(1, 4))
        } else {
            draw.between(0, seats)
        };
        let fields = vec![
            UsageCountField::Licence(Some(id)),
            UsageCountField::Day(Some(workday_from(today, draw.between(-40, -3)))),
            UsageCountField::InUse(Count(in_use)),
            UsageCountField::Source("Inventory agent".to_owned()),
        ];
        commands.push(natural(Kind::UsageCount, fields));
    }
    commands
}
