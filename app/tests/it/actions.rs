//! The list of actions: many rows, order, filters, edits in place, quick capture.

use adjutant::commands::View;
use adjutant_model::action::{ActionState, Priority};
use adjutant_model::sample::{Size, department};
use egui::accesskit::Role;
use egui::{Key, Modifiers};

use crate::support::{Window, day, id, today};

#[test]
fn of_twelve_thousand_rows_only_those_in_sight_are_drawn() {
    let size = Size {
        budgets: 0,
        milestones: 0,
        ..Size::FULL
    };
    let mut window = Window::open(View::Actions, department(7, &size, today()));
    window.click(Role::RadioButton, "All");
    assert_eq!(window.value(Role::Grid, "Actions"), "12,000 rows");
    assert!(window.says("12,000 actions"));
    let drawn = window.names(Role::Row).len();
    assert!((15..40).contains(&drawn), "{drawn}");
    window.key(Key::End);
    assert!(window.has(Role::Cell, "Due, 12000"));
    assert!(!window.has(Role::Cell, "Due, 1"));
    assert!(window.names(Role::Row).len() < 40);
    window.key(Key::Home);
    assert!(window.has(Role::Cell, "Due, 1"));
    window.keys(&[Key::PageDown, Key::PageDown]);
    assert!(!window.has(Role::Cell, "Due, 1"));
}

#[test]
fn rows_say_state_owner_and_day_in_words() {
    let window = Window::small(View::Actions);
    let titles = [
        "Chase the quote",
        "Book the rooms",
        "Renew the licence",
        "Write the notice",
    ];
    assert_eq!(window.names(Role::Row), titles);
    for (name, expected) in [
        ("State, 1", "Open"),
        ("Owner, 1", "Ana Marić"),
        ("Due, 1", "20 Nov, Overdue 4 days"),
        ("Priority, 1", "High"),
        ("Project, 1", "Network refresh"),
        ("State, 2", "Waiting"),
        ("Due, 2", "Today"),
        ("Owner, 3", "No owner"),
        ("Due, 3", "27 Nov"),
        ("Due, 4", ""),
    ] {
        assert_eq!(window.cell(name), expected, "{name}");
    }
}

#[test]
fn choices_words_and_owner_filter() {
    let mut window = Window::small(View::Actions);
    for (name, count) in [
        ("Open", "4"),
        ("Overdue", "1"),
        ("Closed", "1"),
        ("All", "5"),
    ] {
        assert_eq!(window.value(Role::RadioButton, name), count, "{name}");
    }
    window.click(Role::RadioButton, "Overdue");
    assert_eq!(window.names(Role::Row), ["Chase the quote"]);
    window.click(Role::RadioButton, "Open");
    window.key_with(Modifiers::COMMAND, Key::F);
    window.type_text("ot the");
    assert_eq!(
        window.names(Role::Row),
        ["Chase the quote", "Write the notice"]
    );
    window.key(Key::Enter);
    assert_eq!(window.focused().0, "Actions");
    window.key_with(Modifiers::COMMAND, Key::F);
    window.key(Key::Escape);
    assert_eq!(window.names(Role::Row).len(), 4);
    window.click(Role::Button, "Owner Anyone");
    window.type_text("luis");
    window.key(Key::Enter);
    assert_eq!(
        window.names(Role::Row),
        ["Book the rooms", "Write the notice"]
    );
    assert!(window.has(Role::Button, "Owner Luis Torres"));
}

#[test]
fn heads_sort_both_ways_and_what_has_no_day_comes_last() {
    let mut window = Window::small(View::Actions);
    assert_eq!(window.value(Role::ColumnHeader, "Due"), "ascending");
    window.click(Role::ColumnHeader, "Due");
    let rows = window.names(Role::Row);
    assert_eq!(rows.first().unwrap(), "Renew the licence");
    assert_eq!(rows.last().unwrap(), "Write the notice");
    window.click(Role::ColumnHeader, "Action");
    assert_eq!(window.names(Role::Row).first().unwrap(), "Book the rooms");
}

#[test]
fn a_title_is_edited_by_keyboard_and_enter_does_not_open_it_again() {
    let mut window = Window::small(View::Actions);
    window.key(Key::Enter);
    assert_eq!(window.focused(), ("Title".into(), "Chase the quote".into()));
    window.type_text("Chase two quotes");
    window.key(Key::Enter);
    assert_eq!(window.focused().0, "Actions");
    assert_eq!(window.cell("Action, 1"), "Chase two quotes");
    // The cursor went one down; Enter opens that row and no other.
    window.key(Key::Enter);
    assert_eq!(window.focused(), ("Title".into(), "Book the rooms".into()));
    window.type_text("gone");
    window.key(Key::Escape);
    assert_eq!(window.focused().0, "Actions");
    assert_eq!(window.cell("Action, 2"), "Book the rooms");
    let board = window.board();
    assert_eq!(
        board.actions.get(&id("Chase the quote")).unwrap().title,
        "Chase two quotes"
    );
    assert_eq!(
        board.actions.get(&id("Book the rooms")).unwrap().title,
        "Book the rooms"
    );
}

#[test]
fn a_day_that_is_none_is_refused_in_words_and_stays_open() {
    let mut window = Window::small(View::Actions);
    window.double_click(Role::Cell, "Due, 1");
    assert_eq!(window.focused(), ("Due".into(), "2026-11-20".into()));
    window.type_text("soon");
    window.key(Key::Enter);
    assert!(window.says("Give a day like 3 May, 2027-05-03, fri, tomorrow or +5"));
    assert_eq!(window.focused(), ("Due".into(), "soon".into()));
    window.type_text("fri");
    window.key(Key::Tab);
    assert_eq!(
        window
            .board()
            .actions
            .get(&id("Chase the quote"))
            .unwrap()
            .due,
        Some(day(3))
    );
}

#[test]
fn state_priority_and_project_are_picked() {
    let mut window = Window::small(View::Actions);
    let action = |window: &Window| {
        window
            .board()
            .actions
            .get(&id("Renew the licence"))
            .unwrap()
            .clone()
    };
    window.click(Role::Cell, "State, 3");
    window.key(Key::Enter);
    window.keys(&[Key::ArrowDown, Key::Enter]);
    assert_eq!(action(&window).state, ActionState::InProgress);
    window.click(Role::Cell, "Priority, 3");
    window.key(Key::Enter);
    window.type_text("high");
    window.key(Key::Enter);
    assert_eq!(action(&window).priority, Priority::High);
    window.click(Role::Cell, "Project, 3");
    window.key(Key::Enter);
    window.type_text("wi-fi");
    window.key(Key::Enter);
    assert_eq!(action(&window).project, Some(id("Wi-Fi")));
    window.click(Role::Cell, "Project, 3");
    window.key(Key::Enter);
    window.key(Key::Escape);
    assert_eq!(window.focused().0, "Actions");
}

#[test]
fn one_key_takes_down_a_new_action_from_any_screen() {
    let mut window = Window::small(View::Budget);
    window.type_text("n");
    assert_eq!(window.harness.state().view(), View::Actions);
    assert_eq!(window.focused(), ("New action".into(), String::new()));
    window.type_text("Ask for nine names due:fri @mei");
    window.key(Key::Enter);
    assert_eq!(window.focused(), ("New action".into(), String::new()));
    window.type_text("Next");
    window.key(Key::Enter);
    window.key(Key::Escape);
    assert_eq!(window.focused().0, "Actions");
    let board = window.board();
    let find = |title: &str| {
        board
            .actions
            .into_iter()
            .map(|(_, action)| action)
            .find(|action| action.title == title)
            .cloned()
    };
    let action = find("Ask for nine names").unwrap();
    assert_eq!(
        (action.due, board.person_name(action.owner)),
        (Some(day(3)), "Mei Tanaka")
    );
    assert!(find("Next").is_some());
}

#[test]
fn space_says_done_and_the_message_has_a_way_back() {
    let mut window = Window::small(View::Actions);
    let state = |window: &Window| {
        window
            .board()
            .actions
            .get(&id("Chase the quote"))
            .unwrap()
            .state
    };
    window.type_text(" ");
    assert_eq!(state(&window), ActionState::Done);
    assert!(window.says("Done: Chase the quote"));
    assert_eq!(window.names(Role::Row).first().unwrap(), "Book the rooms");
    window.click(Role::Button, "Undo");
    assert_eq!(state(&window), ActionState::Open);
}

#[test]
fn delete_takes_the_row_away_and_undo_brings_it_back() {
    let mut window = Window::small(View::Actions);
    window.key(Key::Delete);
    assert!(window.board().actions.get(&id("Chase the quote")).is_none());
    assert!(window.says("Deleted \u{201c}Chase the quote\u{201d}"));
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert!(window.board().actions.get(&id("Chase the quote")).is_some());
    window.key_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!(window.board().actions.get(&id("Chase the quote")).is_none());
}

#[test]
fn no_action_yet_and_none_that_fits() {
    let mut window = Window::open(View::Actions, Vec::new());
    assert!(window.says("No actions yet"));
    window.type_text("n");
    window.type_text("First");
    window.key(Key::Enter);
    window.key(Key::Escape);
    assert_eq!(window.names(Role::Row), ["First"]);
    window.click(Role::RadioButton, "Overdue");
    assert!(window.says("Nothing is overdue"));
    window.click(Role::Button, "Show all");
    assert_eq!(window.names(Role::Row), ["First"]);
}

#[test]
fn no_letter_is_lost_however_fast_it_is_typed() {
    let mut window = Window::small(View::Actions);
    window.type_fast("nNew switch");
    window.settle();
    assert_eq!(window.focused(), ("New action".into(), "New switch".into()));
    window.key(Key::Enter);
    window.key(Key::Escape);
    let [enter, _] = crate::support::key_events(Modifiers::NONE, Key::Enter);
    window.harness.input_mut().events.push(enter);
    window.harness.step();
    window.type_fast("nnn");
    window.settle();
    assert_eq!(window.focused(), ("Title".into(), "nnn".into()));
    window.key(Key::Escape);
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::F);
    window.harness.step();
    window.type_fast("quote");
    window.settle();
    assert_eq!(window.names(Role::Row), ["Chase the quote"]);
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.harness.step();
    window.type_fast("dark");
    window.settle();
    assert_eq!(window.names(Role::ListBoxOption), ["Dark theme"]);
}
