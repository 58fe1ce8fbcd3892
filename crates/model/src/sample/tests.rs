//! What a sample department promises: any size, the same from the same seed, and a picture worth looking at.

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::{CompartmentId, RecordId, Timestamp};
use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::board::Board;
use crate::calendar::Period;
use crate::command::Context;
use crate::kind::Kind;
use crate::preview::board_of;
use crate::query::budget::{Flag, FlagRule, all};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn board(seed: u64, size: &Size, today: NaiveDate) -> Board {
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today,
        now: Timestamp(1_795_000_000_000),
    };
    board_of(&context, &department(seed, size, today)).unwrap()
}

fn counts(board: &Board) -> [usize; 6] {
    [
        Kind::Person,
        Kind::Project,
        Kind::Milestone,
        Kind::Action,
        Kind::Budget,
        Kind::BudgetLine,
    ]
    .map(|kind| board.count(kind))
}

#[test]
fn the_demo_has_what_it_says() {
    let board = board(1, &Size::DEMO, day("2026-11-24"));
    assert_eq!(counts(&board), [12, 24, 120, 600, 1, 60]);
    let statuses: BTreeSet<_> = board.projects.into_iter().map(|(_, p)| p.status).collect();
    assert!(statuses.len() >= 4, "{statuses:?}");
    let categories: BTreeSet<_> = board
        .budget_lines
        .into_iter()
        .map(|(_, line)| line.category.as_str())
        .collect();
    assert!((8..=10).contains(&categories.len()), "{categories:?}");
}

#[test]
fn every_family_is_there_at_its_size_and_the_queries_have_something_to_say() {
    let today = day("2026-11-24");
    for size in [Size::SMALL, Size::FULL] {
        let board = board(3, &size, today);
        let expected = [
            (Kind::Person, size.people),
            (Kind::Project, size.projects),
            (Kind::Milestone, size.milestones),
            (Kind::Action, size.actions),
            (Kind::BudgetLine, size.budgets * size.lines_per_budget),
            (Kind::Task, size.tasks),
            (Kind::StatusUpdate, size.updates),
            (Kind::Risk, size.risks),
            (Kind::Vendor, size.vendors),
            (Kind::Interaction, size.vendors * 2),
            (Kind::Contract, size.contracts),
            (Kind::Licence, size.licences),
            (Kind::UsageCount, size.licences),
            (Kind::PurchaseOrder, size.orders),
            (Kind::Invoice, size.invoices),
            (Kind::Posting, size.postings),
            (Kind::Meeting, size.meetings),
            (Kind::Change, size.changes),
            (Kind::Communication, size.communications),
            (Kind::ChecklistItem, size.checklists * 10),
            (Kind::AccessGrant, size.accesses),
            (Kind::ComplianceDocument, size.documents),
            (Kind::MetricPoint, size.metrics * 24),
        ];
        for (kind, count) in expected {
            assert_eq!(board.count(kind), count, "{kind:?}");
        }
        let findings = crate::query::finding::all(&board, today);
        let broken: Vec<_> = findings
            .iter()
            .filter(|one| {
                use crate::query::finding::Rule;
                matches!(
                    one.rule,
                    Rule::Orphan | Rule::BadValue | Rule::Stray | Rule::Contradiction
                )
            })
            .map(|one| &one.words)
            .collect();
        assert!(broken.is_empty(), "{broken:?}");
        let obligations = crate::query::obligation::all(&board, today, add_days(today, 90));
        let duties: BTreeSet<_> = obligations.iter().map(|one| one.duty).collect();
        assert!(duties.len() >= 8, "{duties:?}");
    }
}

#[test]
fn a_history_is_made_by_all_devices_in_order_and_the_board_takes_it() {
    use super::history::{Span, history};
    let today = day("2026-11-24");
    let context = |now| Context {
        compartment: CompartmentId([1; 6]),
        today,
        now,
    };
    let mut preview = crate::preview::Preview::default();
    for command in department(3, &Size::SMALL, today) {
        preview.run(&context(Timestamp(0)), &command).unwrap();
    }
    let board = preview.board().clone();
    let span = Span {
        edits: 2_000,
        devices: 12,
        days: 1_000,
    };
    let edits: Vec<_> = history(9, &board, span, today).collect();
    assert_eq!(edits, history(9, &board, span, today).collect::<Vec<_>>());
    assert_eq!(edits.len(), 2_000);
    assert!(edits.is_sorted_by_key(|edit| edit.at));
    let devices: BTreeSet<_> = edits.iter().map(|edit| edit.device).collect();
    assert_eq!(devices.len(), 12);
    for edit in &edits {
        preview.run(&context(edit.at), &edit.command).unwrap();
    }
}

#[test]
fn about_five_in_a_hundred_actions_are_overdue() {
    let today = day("2026-11-24");
    let board = board(7, &Size::FULL, today);
    let overdue = board
        .actions
        .into_iter()
        .filter(|(_, action)| action.state.is_open() && action.due.is_some_and(|due| due < today))
        .count();
    assert!((480..=720).contains(&overdue), "{overdue} of 12,000");
}

#[test]
fn several_lines_run_over_and_under_plan() {
    for seed in 0..5 {
        let today = day("2026-11-24");
        let board = board(seed, &Size::DEMO, today);
        let budgets = all(&board, today, &FlagRule::default());
        let flagged = |is_over: bool| {
            let lines = budgets[0].lines.iter().map(|line| line.variance);
            lines
                .filter(|variance| variance.flag > Flag::Clear && (variance.minor < 0) == is_over)
                .count()
        };
        let (over, under) = (flagged(true), flagged(false));
        assert!(
            (2..=20).contains(&over) && (2..=20).contains(&under),
            "{over} over, {under} under"
        );
        assert!(budgets[0].flagged(Flag::Red) > 0, "seed {seed}");
        let basis_points = budgets[0].totals.variance.basis_points.unwrap();
        assert!(basis_points.abs() < 800, "{basis_points}");
    }
}

#[test]
fn equal_seeds_give_equal_commands_and_other_seeds_others() {
    let today = day("2026-11-24");
    let one = department(1, &Size::DEMO, today);
    assert_eq!(one, department(1, &Size::DEMO, today));
    assert_ne!(one, department(2, &Size::DEMO, today));
}

#[test]
fn more_of_one_family_leaves_the_others() {
    let today = day("2026-11-24");
    let more = Size {
        actions: 700,
        ..Size::DEMO
    };
    let (few, many) = (
        department(1, &Size::DEMO, today),
        department(1, &more, today),
    );
    assert_eq!(few.len(), 4);
    for at in [0, 1, 3] {
        assert_eq!(few[at], many[at]);
    }
}

#[test]
fn names_and_ids_are_never_given_twice() {
    let size = Size {
        people: 1_300,
        projects: 800,
        ..Size::FULL
    };
    let commands = department(3, &size, day("2026-11-24"));
    let mut ids: BTreeMap<RecordId, usize> = BTreeMap::new();
    for command in &commands {
        if let Command::Batch { commands, .. } = command {
            for command in commands {
                if let Command::Create { id, .. } = command {
                    *ids.entry(*id).or_default() += 1;
                }
            }
        }
    }
    assert!(ids.values().all(|count| *count == 1));
    let board = board(3, &size, day("2026-11-24"));
    let projects: BTreeSet<_> = board.projects.into_iter().map(|(_, p)| &p.name).collect();
    let mails: BTreeSet<_> = board.people.into_iter().map(|(_, p)| &p.email).collect();
    assert_eq!((projects.len(), mails.len()), (800, 1_300));
    assert!(mails.iter().all(|mail| mail.is_ascii()), "{mails:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_size_on_any_day_is_taken(
        seed in any::<u64>(),
        size in (0_usize..40, 0_usize..40, 0_usize..90, 0_usize..60, 0_usize..4, 0_usize..90),
        offset in 0_i64..3_000,
    ) {
        let (people, projects, milestones, actions, budgets, lines_per_budget) = size;
        let size = Size { people, projects, milestones, actions, budgets, lines_per_budget, ..Size::NOTHING };
        let today = add_days(day("2024-01-01"), offset);
        let board = board(seed, &size, today);
        let milestones = if projects == 0 { 0 } else { milestones };
        prop_assert_eq!(counts(&board), [people, projects, milestones, actions, budgets, budgets * lines_per_budget]);
        for (_, milestone) in &board.milestones {
            prop_assert!(milestone.done_on.is_none_or(|done| done <= today));
        }
        for (_, action) in &board.actions {
            prop_assert_eq!(action.done_on.is_some(), action.state == crate::action::ActionState::Done);
            prop_assert!(action.done_on.is_none_or(|done| done <= today));
        }
        for (_, line) in &board.budget_lines {
            let budget = board.budgets.get(&line.budget.unwrap()).unwrap();
            let running = budget.calendar().elapsed(budget.fiscal_year, today);
            for period in Period::all().filter(|period| Some(*period) >= running && budget.fiscal_year == budget.calendar().year_of(today)) {
                prop_assert_eq!(line.actual[period.index()], None);
            }
        }
    }
}
