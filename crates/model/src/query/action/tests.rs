//! Filters, orders and counts of actions.

use adjutant_base::{CompartmentId, RecordId, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::action::{ActionField, Priority};
use crate::command::{Command, Context};
use crate::people::PersonField;
use crate::preview::board_of;
use crate::project::ProjectField;
use crate::sample::{Size, department};

/// Tuesday.
fn today() -> NaiveDate {
    "2026-11-24".parse().unwrap()
}

fn board_from(commands: &[Command]) -> Board {
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today: today(),
        now: Timestamp(1_795_000_000_000),
    };
    board_of(&context, commands).unwrap()
}

fn person(name: &str) -> Command {
    Command::create(
        PersonId::of_name(name).0,
        vec![PersonField::Name(name.into())],
    )
}

/// An action with title, due day (empty for none), owner (empty for none) and state; made in the order of `at`.
fn action(at: u8, title: &str, due: &str, owner: &str, state: ActionState) -> Command {
    let mut fields = vec![
        ActionField::Title(title.into()),
        ActionField::Due(due.parse().ok()),
        ActionField::State(state),
    ];
    if !owner.is_empty() {
        fields.push(ActionField::Owner(Some(PersonId::of_name(owner))));
    }
    Command::create(RecordId([at; 16]), fields)
}

fn board() -> Board {
    use ActionState::{Done, InProgress, Open, Waiting};
    let mut commands = vec![person("Mei Tanaka"), person("amara Okafor")];
    commands.push(Command::create(
        RecordId([99; 16]),
        vec![ProjectField::Name("Network refresh".into())],
    ));
    commands.extend([
        action(1, "Collect quotes", "2026-11-23", "Mei Tanaka", Open),
        action(2, "book room", "2026-11-29", "amara Okafor", Waiting),
        action(3, "Book flight", "2026-11-30", "", InProgress),
        action(4, "Archive plans", "2026-11-02", "Mei Tanaka", Done),
        action(5, "Draft notice", "", "amara Okafor", Open),
        Command::edit(
            RecordId([5; 16]),
            vec![
                ActionField::Project(Some(RecordId([99; 16]))),
                ActionField::Priority(Priority::High),
            ],
        ),
    ]);
    board_from(&commands)
}

fn numbers(filter: &ActionFilter, order: ActionOrder) -> Vec<u8> {
    let found = list(&board(), filter, order, today());
    found.iter().map(|action| action.meta.id.0[0]).collect()
}

fn sorted(key: ActionKey, is_descending: bool) -> Vec<u8> {
    numbers(&ActionFilter::default(), ActionOrder { key, is_descending })
}

#[test]
fn orders_both_ways_with_gaps_last() {
    assert_eq!(sorted(ActionKey::Due, false), [4, 1, 2, 3, 5]);
    assert_eq!(sorted(ActionKey::Due, true), [3, 2, 1, 4, 5]);
    assert_eq!(sorted(ActionKey::Title, false), [4, 3, 2, 1, 5]);
    assert_eq!(sorted(ActionKey::Title, true), [5, 1, 2, 3, 4]);
    assert_eq!(sorted(ActionKey::Owner, false), [2, 5, 1, 4, 3]);
    assert_eq!(sorted(ActionKey::Owner, true), [1, 4, 2, 5, 3]);
    assert_eq!(sorted(ActionKey::State, false), [1, 5, 3, 2, 4]);
    assert_eq!(sorted(ActionKey::Priority, false), [5, 1, 2, 3, 4]);
    assert_eq!(sorted(ActionKey::Project, true), [5, 1, 2, 3, 4]);
    assert_eq!(sorted(ActionKey::Made, true), [5, 4, 3, 2, 1]);
}

#[test]
fn filters_combine() {
    let made = ActionOrder {
        key: ActionKey::Made,
        is_descending: false,
    };
    let with_text = |text: &str| ActionFilter {
        text: text.into(),
        ..ActionFilter::default()
    };
    assert_eq!(numbers(&with_text("  BOOK "), made), [2, 3]);
    assert_eq!(numbers(&with_text("tanaka plans"), made), [4]);
    assert_eq!(numbers(&with_text("refresh"), made), [5]);
    assert_eq!(numbers(&with_text("nowhere"), made), [0; 0]);
    assert_eq!(numbers(&ActionFilter::open(), made), [1, 2, 3, 5]);
    let overdue = ActionFilter {
        only_overdue: true,
        ..ActionFilter::default()
    };
    assert_eq!(numbers(&overdue, made), [1]);
    let nobody = ActionFilter {
        owner: OwnerFilter::Nobody,
        ..ActionFilter::default()
    };
    assert_eq!(numbers(&nobody, made), [3]);
    let open_of_mei = ActionFilter {
        owner: OwnerFilter::Person(PersonId::of_name("Mei Tanaka")),
        ..ActionFilter::open()
    };
    assert_eq!(numbers(&open_of_mei, made), [1]);
}

#[test]
fn the_week_ends_on_sunday() {
    let expected = ActionCounts {
        open: 4,
        overdue: 1,
        due_this_week: 1,
        without_owner: 1,
        without_due: 1,
    };
    assert_eq!(counts(&board(), today()), expected);
    let sunday = "2026-11-29".parse().unwrap();
    let on_sunday = counts(&board(), sunday);
    assert_eq!((on_sunday.overdue, on_sunday.due_this_week), (1, 1));
    let first = board().actions.get(&RecordId([1; 16])).cloned().unwrap();
    assert_eq!(
        (
            days_overdue(&first, today()),
            days_overdue(&first, "2026-11-23".parse().unwrap())
        ),
        (Some(1), None)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn lists_hold_what_passes_once_each_and_owners_add_up(seed in any::<u64>(), at in 0_usize..7, is_descending in any::<bool>()) {
        let keys = [ActionKey::Due, ActionKey::Title, ActionKey::Owner, ActionKey::State, ActionKey::Priority, ActionKey::Project, ActionKey::Made];
        let size = Size { actions: 150, budgets: 0, ..Size::DEMO };
        let board = board_from(&department(seed, &size, today()));
        let order = ActionOrder { key: keys[at], is_descending };
        let mut ids: Vec<_> = list(&board, &ActionFilter::default(), order, today()).iter().map(|a| a.meta.id).collect();
        ids.sort();
        prop_assert_eq!(ids, board.ids(crate::kind::Kind::Action));
        let all = counts(&board, today());
        let owners = by_owner(&board, today());
        prop_assert_eq!(owners.values().map(|c| c.open).sum::<usize>(), all.open);
        prop_assert_eq!(owners.values().map(|c| c.overdue).sum::<usize>(), all.overdue);
        prop_assert_eq!(owners.get(&None).map_or(0, |c| c.open), all.without_owner);
    }
    /// However an index came about, it is the one of its board.
    #[test]
    fn an_index_follows_its_board(seed in any::<u64>(), steps in prop::collection::vec((0_usize..60, 0_u8..4), 0..40)) {
        let size = Size { actions: 40, budgets: 0, ..Size::DEMO };
        let context = Context { compartment: CompartmentId([1; 6]), today: today(), now: Timestamp(1_795_000_000_000) };
        let mut preview = crate::preview::Preview::default();
        for command in department(seed, &size, today()) {
            preview.run(&context, &command).unwrap();
        }
        let mut index = ActionIndex::of(preview.board());
        for (at, what) in steps {
            let ids = preview.board().ids(crate::kind::Kind::Action);
            let id = ids.get(at % ids.len().max(1)).copied();
            let command = match (what, id) {
                (0, Some(id)) => Command::Delete { kind: crate::kind::Kind::Action, id },
                (1, Some(id)) => Command::edit(id, vec![ActionField::State(ActionState::Done), ActionField::Title(format!("Title {at}"))]),
                (2, Some(id)) => Command::edit(id, vec![ActionField::Due("2026-11-01".parse().ok()), ActionField::Owner(None)]),
                _ => Command::create(RecordId([u8::try_from(at).unwrap(); 16]), vec![ActionField::Title("New".into())]),
            };
            // A record that exists already is refused; the board then stays as it is.
            preview.run(&context, &command).ok();
            index.renew(preview.board());
            prop_assert_eq!(&index, &ActionIndex::of(preview.board()));
            prop_assert_eq!(index.counts(today()), counts(preview.board(), today()));
            prop_assert_eq!(index.overdue(today()).count(), index.counts(today()).overdue);
        }
    }
}
