//! Licence positions: entitlements less deployments, product by product in the metric of the contract.
//!
//! Deployed is what was counted last, and where nothing was counted, what is assigned. More deployed than entitled is
//! over-use and shows as a negative number of free seats; seats that were counted and not used are shelfware.
//!
//! Source: effective licence positions as software asset managers keep them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::licence::{Assignment, Licence, LicenceMetric};
use crate::money::Currency;
use crate::query::budget::basis_points;

/// The position of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Product, as its first licence writes it.
    pub product: String,
    /// What is counted.
    pub metric: LicenceMetric,
    /// Its licences, expired ones included.
    pub licences: Vec<RecordId>,
    /// Seats of the licences that are valid.
    pub seats: i64,
    /// Holders that have a seat; one who has two counts once.
    pub assigned: i64,
    /// What was counted last, all licences together; `None` if nothing was.
    pub in_use: Option<i64>,
    /// Seats less what is deployed: below zero is over-use.
    pub available: i64,
    /// Deployed beyond the entitlement.
    pub over_use: i64,
    /// Seats that were counted and are not in use.
    pub shelfware: Option<i64>,
    /// What over-use costs at the next true-up, in minor units of `currency`; `None` without a price.
    pub gap_cost: Option<i64>,
    /// What shelfware costs, in minor units of `currency`; `None` without a price or a count.
    pub shelf_cost: Option<i64>,
    /// Currency of the costs.
    pub currency: Currency,
    /// Deployed as a share of the seats, in basis points; `None` without seats.
    pub utilisation: Option<i64>,
    /// What asks for attention.
    pub alerts: Vec<Alert>,
}

/// What asks for attention in a licence position.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alert {
    /// More is deployed than entitled.
    OverUse,
    /// Somebody who has left has a seat.
    AssignedToLeaver(RecordId),
    /// Few seats are free.
    LowSeats,
    /// A licence ends within ninety days.
    Expiring(RecordId),
    /// Licences of one product have prices in different currencies: costs are not added up.
    MixedCurrencies,
}

/// Days before its end at which a licence counts as expiring.
const EXPIRY_DAYS: i64 = 90;

/// Returns the positions of all products, by product and metric.
///
/// Cost: one walk over licences, assignments and counts.
pub fn positions(board: &Board, today: NaiveDate) -> Vec<Position> {
    let mut groups: BTreeMap<(String, LicenceMetric), Vec<&Arc<Licence>>> = BTreeMap::new();
    for (_, licence) in &board.licences {
        let key = (folded(&licence.product), licence.metric);
        groups.entry(key).or_default().push(licence);
    }
    let mut assignments: BTreeMap<RecordId, Vec<&Arc<Assignment>>> = BTreeMap::new();
    for (_, assignment) in &board.assignments {
        if let Some(licence) = assignment.licence
            && is_within(assignment.from, assignment.to, today)
        {
            assignments.entry(licence).or_default().push(assignment);
        }
    }
    let mut counts: BTreeMap<RecordId, (NaiveDate, i64)> = BTreeMap::new();
    for (_, count) in &board.usage_counts {
        if let (Some(licence), Some(day)) = (count.licence, count.day)
            && day <= today
        {
            let latest = counts.entry(licence).or_insert((day, count.in_use.0));
            if day >= latest.0 {
                *latest = (day, count.in_use.0);
            }
        }
    }
    let group = |((_, metric), licences): ((String, LicenceMetric), Vec<&Arc<Licence>>)| {
        position(board, metric, &licences, (&assignments, &counts), today)
    };
    groups.into_iter().map(group).collect()
}

type Deployed<'a> = (
    &'a BTreeMap<RecordId, Vec<&'a Arc<Assignment>>>,
    &'a BTreeMap<RecordId, (NaiveDate, i64)>,
);

fn position(
    board: &Board,
    metric: LicenceMetric,
    licences: &[&Arc<Licence>],
    (assignments, counts): Deployed<'_>,
    today: NaiveDate,
) -> Position {
    let valid = || {
        licences
            .iter()
            .filter(|licence| is_within(licence.starts, licence.ends, today))
    };
    let seats: i64 = valid().map(|licence| licence.seats.0).sum();
    let given: Vec<&Arc<Assignment>> = licences
        .iter()
        .filter_map(|licence| assignments.get(&licence.meta.id))
        .flatten()
        .copied()
        .collect();
    let assigned = holders_of(given.iter().copied());
    // A count of a licence that is over says nothing of those that are valid.
    let count_of = |licence: &&&Arc<Licence>| counts.get(&licence.meta.id).map(|(_, count)| *count);
    let counted: Vec<i64> = valid().filter_map(|licence| count_of(&licence)).collect();
    let in_use = (!counted.is_empty()).then(|| counted.iter().sum::<i64>());
    let deployed = match in_use {
        None => assigned,
        // What nobody has counted is deployed as it is assigned.
        Some(in_use) => {
            let uncounted = valid().filter(|licence| count_of(licence).is_none());
            let uncounted: BTreeSet<RecordId> = uncounted.map(|one| one.meta.id).collect();
            let of_those =
                |one: &&&Arc<Assignment>| one.licence.is_some_and(|id| uncounted.contains(&id));
            in_use.saturating_add(holders_of(given.iter().filter(of_those).copied()))
        }
    };
    let available = seats - deployed;
    let over_use = (-available).max(0);
    let shelfware = in_use.map(|_| available.max(0));
    let price = Price::of(licences, today);
    let mut alerts = alerts(board, licences, &given, today);
    let low = valid().filter_map(|licence| licence.low_seats).max();
    if over_use > 0 {
        alerts.push(Alert::OverUse);
    } else if low.is_some_and(|low| available <= low.0) {
        alerts.push(Alert::LowSeats);
    }
    if price.is_mixed {
        alerts.push(Alert::MixedCurrencies);
    }
    alerts.sort();
    alerts.dedup();
    Position {
        product: licences
            .first()
            .map_or(String::new(), |l| l.product.clone()),
        metric,
        licences: licences.iter().map(|licence| licence.meta.id).collect(),
        seats,
        assigned,
        in_use,
        available,
        over_use,
        shelfware,
        gap_cost: price.times(over_use),
        shelf_cost: shelfware.and_then(|seats| price.times(seats)),
        currency: price.currency,
        utilisation: basis_points(deployed, seats),
        alerts,
    }
}

/// Returns how many hold these seats; one who has two counts once.
fn holders_of<'a>(seats: impl Iterator<Item = &'a Arc<Assignment>>) -> i64 {
    let holders: BTreeSet<(Option<RecordId>, String)> = seats
        .map(|assignment| match assignment.person {
            Some(person) => (Some(person.0), String::new()),
            None => (None, folded(&assignment.holder)),
        })
        .collect();
    i64::try_from(holders.len()).unwrap_or(i64::MAX)
}

/// The unit price of a product: the highest of its valid licences, which is what a vendor asks for.
struct Price {
    highest: Option<i64>,
    currency: Currency,
    is_mixed: bool,
}

impl Price {
    fn of(licences: &[&Arc<Licence>], today: NaiveDate) -> Self {
        let priced: Vec<(i64, Currency)> = licences
            .iter()
            .filter(|licence| is_within(licence.starts, licence.ends, today))
            .filter_map(|licence| Some((licence.unit_cost?.0, licence.currency)))
            .collect();
        let currency = priced
            .first()
            .map_or(Currency::EUR, |(_, currency)| *currency);
        let is_mixed = priced.iter().any(|(_, other)| *other != currency);
        let highest = priced.iter().map(|(price, _)| *price).max();
        Self {
            highest: highest.filter(|_| !is_mixed),
            currency,
            is_mixed,
        }
    }

    fn times(&self, seats: i64) -> Option<i64> {
        self.highest?.checked_mul(seats)
    }
}

fn alerts(
    board: &Board,
    licences: &[&Arc<Licence>],
    given: &[&Arc<Assignment>],
    today: NaiveDate,
) -> Vec<Alert> {
    let has_left = |assignment: &&&Arc<Assignment>| {
        let person = assignment
            .person
            .and_then(|person| board.people.get(&person.0));
        person.is_some_and(|person| person.left_on.is_some_and(|day| day < today))
    };
    let leavers = given.iter().filter(has_left);
    let expires = |licence: &&&Arc<Licence>| {
        let left = licence
            .ends
            .map(|end| end.signed_duration_since(today).num_days());
        left.is_some_and(|days| (0..=EXPIRY_DAYS).contains(&days))
    };
    leavers
        .map(|assignment| Alert::AssignedToLeaver(assignment.meta.id))
        .chain(
            licences
                .iter()
                .filter(expires)
                .map(|licence| Alert::Expiring(licence.meta.id)),
        )
        .collect()
}

fn is_within(from: Option<NaiveDate>, to: Option<NaiveDate>, today: NaiveDate) -> bool {
    from.is_none_or(|from| from <= today) && to.is_none_or(|to| to >= today)
}

/// Returns a name without case and superfluous spaces.
fn folded(name: &str) -> String {
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, day, id};
    use crate::kind::Kind;
    use proptest::prelude::*;

    fn today() -> NaiveDate {
        day("2026-11-25")
    }

    fn desk() -> Desk {
        let mut desk = Desk::new();
        let fields = [
            ("product", "Visio"),
            ("seats", "2"),
            ("unit_cost", "120"),
            ("ends", "2027-12-31"),
        ];
        desk.put(Kind::Licence, "l", &fields);
        desk
    }

    fn assign(desk: &mut Desk, name: &str, person: &str, to: &str) {
        let fields = [
            ("licence", "l"),
            ("person", person),
            ("from", "2026-01-01"),
            ("to", to),
        ];
        desk.put(Kind::Assignment, name, &fields);
    }

    fn one(desk: &Desk) -> Position {
        let positions = positions(desk.board(), today());
        assert_eq!(positions.len(), 1);
        positions[0].clone()
    }

    #[test]
    fn over_use_shows_as_a_negative_number() {
        let mut desk = desk();
        for name in ["Anna", "Bert", "Cleo"] {
            assign(&mut desk, name, name, "");
        }
        let over = one(&desk);
        assert_eq!(
            (over.seats, over.assigned, over.available, over.over_use),
            (2, 3, -1, 1)
        );
        assert_eq!(over.gap_cost, Some(12_000));
        assert_eq!(over.utilisation, Some(15_000));
        assert_eq!(over.alerts, [Alert::OverUse]);
    }

    #[test]
    fn one_person_with_two_seats_and_an_ended_assignment_count_once_and_not_at_all() {
        let mut desk = desk();
        assign(&mut desk, "1", "Anna", "");
        assign(&mut desk, "2", "Anna", "");
        assign(&mut desk, "3", "Bert", "2026-11-24");
        assert_eq!(one(&desk).assigned, 1);
    }

    #[test]
    fn what_was_counted_last_outweighs_what_is_assigned() {
        let mut desk = desk();
        desk.put(
            Kind::Licence,
            "more",
            &[("product", " visio "), ("seats", "8"), ("unit_cost", "100")],
        );
        for (name, when, count) in [
            ("a", "2026-10-01", "9"),
            ("b", "2026-11-01", "4"),
            ("c", "2026-12-01", "99"),
        ] {
            desk.put(
                Kind::UsageCount,
                name,
                &[("licence", "l"), ("day", when), ("in_use", count)],
            );
        }
        let position = one(&desk);
        assert_eq!(
            (position.seats, position.in_use, position.shelfware),
            (10, Some(4), Some(6))
        );
        assert_eq!(position.shelf_cost, Some(72_000));
    }

    #[test]
    fn a_count_of_a_licence_that_is_over_says_nothing_of_its_successor() {
        let mut desk = desk();
        desk.put(Kind::Licence, "l", &[("ends", "2025-12-31")]);
        let next = [("product", "Visio"), ("seats", "50")];
        desk.put(Kind::Licence, "next", &next);
        for (name, licence, when, count) in [
            ("old", "l", "2025-12-01", "48"),
            ("new", "next", "2026-11-01", "49"),
        ] {
            let count = [("licence", licence), ("day", when), ("in_use", count)];
            desk.put(Kind::UsageCount, name, &count);
        }
        let position = one(&desk);
        assert_eq!((position.in_use, position.over_use), (Some(49), 0));
        assert_eq!(position.shelfware, Some(1));
    }

    #[test]
    fn what_nobody_counted_is_deployed_as_it_is_assigned() {
        let mut desk = desk();
        let more = [("product", "Visio"), ("seats", "5")];
        desk.put(Kind::Licence, "counted", &more);
        let count = [
            ("licence", "counted"),
            ("day", "2026-11-01"),
            ("in_use", "3"),
        ];
        desk.put(Kind::UsageCount, "u", &count);
        for name in ["a", "b", "c", "d", "e", "f"] {
            assign(&mut desk, name, name, "");
        }
        let position = one(&desk);
        // Seven seats: three in use, and six who hold one of the other two.
        assert_eq!((position.seats, position.in_use), (7, Some(3)));
        assert_eq!((position.available, position.over_use), (-2, 2));
    }

    #[test]
    fn leavers_low_seats_and_expiry_are_told() {
        let mut desk = desk();
        desk.put(
            Kind::Licence,
            "l",
            &[("low_seats", "1"), ("ends", "2027-02-23")],
        );
        assign(&mut desk, "a", "Anna", "");
        desk.put(Kind::Person, "p", &[("name", "nobody")]);
        let anna = crate::people::PersonId::of_name("Anna").0;
        desk.run(&crate::Command::create(
            anna,
            vec![
                crate::people::PersonField::Name("Anna".into()),
                crate::people::PersonField::LeftOn(Some(day("2026-11-24"))),
            ],
        ))
        .unwrap();
        assert_eq!(
            one(&desk).alerts,
            [
                Alert::AssignedToLeaver(id("a")),
                Alert::LowSeats,
                Alert::Expiring(id("l"))
            ]
        );
    }

    #[test]
    fn prices_in_two_currencies_are_not_added() {
        let mut desk = desk();
        let fields = [
            ("product", "Visio"),
            ("seats", "0"),
            ("unit_cost", "1"),
            ("currency", "USD"),
        ];
        desk.put(Kind::Licence, "usd", &fields);
        for name in ["Anna", "Bert", "Cleo"] {
            assign(&mut desk, name, name, "");
        }
        let position = one(&desk);
        assert_eq!(position.gap_cost, None);
        assert!(position.alerts.contains(&Alert::MixedCurrencies));
    }

    proptest! {
        #[test]
        fn seats_are_free_used_or_over_used(seats in 0_i64..50, counted in prop::option::of(0_i64..80), people in 0_usize..60) {
            use crate::value::Raw;
            let mut desk = Desk::new();
            desk.arrive(Kind::Licence, "l", &[("product", Raw::Line("x".into())), ("seats", Raw::Int(seats))]);
            let licence = Raw::Line(id("l").to_string());
            for at in 0..people {
                desk.arrive(Kind::Assignment, &format!("a{at}"), &[("licence", licence.clone()), ("holder", Raw::Line(format!("pc {at}")))]);
            }
            if let Some(count) = counted {
                desk.arrive(Kind::UsageCount, "u", &[("licence", licence), ("day", Raw::Line("2026-11-25".into())), ("in_use", Raw::Int(count))]);
            }
            let position = one(&desk);
            let deployed = counted.unwrap_or_else(|| i64::try_from(people).unwrap());
            prop_assert_eq!(position.available + deployed, seats);
            prop_assert_eq!(position.over_use, (deployed - seats).max(0));
            prop_assert_eq!(position.shelfware, counted.map(|count| (seats - count).max(0)));
        }
    }
}
