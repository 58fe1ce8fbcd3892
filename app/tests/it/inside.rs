//! Inside a meeting and inside a project: keys that make decisions and actions, the plan, the board.

use adjutant::commands::View;
use adjutant_model::meeting::{
    AgendaItemField, MeetingField, MeetingSeriesField, MeetingState, TopicState,
};
use adjutant_model::quantity::Days;
use adjutant_model::task::{DependencyField, TaskField};
use adjutant_model::{Command, Kind};
use egui::accesskit::Role;
use egui::{Key, Modifiers};

use crate::support::{Window, day, id, small_department};

fn with_meeting() -> Window {
    let mut commands = small_department();
    commands.extend([
        Command::create(
            id("series"),
            vec![MeetingSeriesField::Name("Team meeting".to_owned())],
        ),
        Command::create(
            id("meeting"),
            vec![
                MeetingField::Series(Some(id("series"))),
                MeetingField::Title("Team meeting".to_owned()),
                MeetingField::Day(Some(day(1))),
            ],
        ),
        Command::create(
            id("topic"),
            vec![
                AgendaItemField::Meeting(Some(id("meeting"))),
                AgendaItemField::Title("Printers".to_owned()),
                AgendaItemField::Position("n".to_owned()),
            ],
        ),
    ]);
    let mut window = Window::open(View::Meetings, commands);
    window.key(Key::Enter);
    window
}

#[test]
fn one_line_becomes_minutes_decisions_actions_and_topics() {
    let mut window = with_meeting();
    assert!(window.has(Role::Heading, "Team meeting"));
    window.key(Key::ArrowDown);
    window.type_text("toner is short");
    window.key(Key::Enter);
    window.type_text("one vendor only");
    window.key_with(Modifiers::COMMAND, Key::D);
    window.type_text("ask mei due:fri @mei");
    window.key_with(Modifiers::COMMAND, Key::Enter);
    window.type_text("next year");
    window.key_with(Modifiers::COMMAND, Key::T);
    let board = window.board();
    let (_, minute) = (&board.minutes).into_iter().next().unwrap();
    assert_eq!(
        (minute.text.0.as_str(), minute.item),
        ("toner is short", Some(id("topic")))
    );
    let (_, decision) = (&board.decisions).into_iter().next().unwrap();
    assert_eq!(decision.title, "one vendor only");
    assert!(decision.number.starts_with("D-26-"), "{}", decision.number);
    let mut actions = (&board.actions).into_iter().map(|(_, one)| one);
    let action = actions.find(|one| one.title == "ask mei").unwrap();
    assert_eq!(
        (action.due, action.origin),
        (Some(day(3)), Some(id("topic")))
    );
    assert_eq!(board.agenda_items.len(), 2);
    assert_eq!(
        window.value(Role::ListItem, "ask mei"),
        "Action Mei Tanaka, 27 Nov"
    );
}

#[test]
fn a_topic_is_settled_and_the_meeting_held() {
    let mut window = with_meeting();
    window.click(Role::Button, "State of Printers");
    let board = window.board();
    assert_eq!(
        board.agenda_items.get(&id("topic")).unwrap().state,
        TopicState::Done
    );
    window.click(Role::Button, "Mark as held");
    let board = window.board();
    assert_eq!(
        board.meetings.get(&id("meeting")).unwrap().state,
        MeetingState::Held
    );
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.click(Role::Button, "Back to meetings");
    assert_eq!(window.names(Role::Row), ["Team meeting"]);
}

fn with_tasks() -> Window {
    let mut commands = small_department();
    let task = |name: &str, days: i64, position: &str| {
        Command::create(
            id(name),
            vec![
                TaskField::Project(Some(id("Wi-Fi"))),
                TaskField::Name(name.to_owned()),
                TaskField::Duration(Some(Days(days))),
                TaskField::Position(position.to_owned()),
            ],
        )
    };
    commands.extend([
        task("Survey", 5, "a"),
        task("Install", 10, "b"),
        Command::create(
            id("link"),
            vec![
                DependencyField::Project(Some(id("Wi-Fi"))),
                DependencyField::Predecessor(Some(id("Survey"))),
                DependencyField::Successor(Some(id("Install"))),
            ],
        ),
    ]);
    let mut window = Window::open(View::Projects, commands);
    // Mail merge, Network refresh, Wi-Fi.
    window.keys(&[Key::ArrowDown, Key::ArrowDown]);
    window.key_with(Modifiers::COMMAND, Key::G);
    window
}

#[test]
fn the_timeline_says_days_and_the_critical_path() {
    let mut window = with_tasks();
    assert!(window.has(Role::Heading, "Wi-Fi"));
    assert_eq!(window.names(Role::Row), ["Survey", "Install"]);
    let said = window.value(Role::Row, "Install");
    assert!(said.ends_with("on the critical path"), "{said}");
    window.keys(&[Key::ArrowDown, Key::Enter]);
    assert!(window.has(Role::Heading, "Install"));
}

#[test]
fn a_task_of_the_outline_is_edited_and_its_follower_moves() {
    let mut window = with_tasks();
    window.click(Role::RadioButton, "Outline");
    let before = window.cell("Start, 2");
    window.keys(&[Key::ArrowRight; 3]);
    window.key(Key::Enter);
    window.type_text("9");
    window.key(Key::Enter);
    let board = window.board();
    assert_eq!(
        board.tasks.get(&id("Survey")).unwrap().duration,
        Some(Days(9))
    );
    assert_ne!(window.cell("Start, 2"), before);
    assert_eq!(window.cell("Float, 1"), "Critical");
}

#[test]
fn a_card_moves_to_another_state_by_keyboard_and_can_be_undone() {
    let mut window = Window::small(View::Projects);
    window.key(Key::ArrowDown);
    window.key_with(Modifiers::COMMAND, Key::G);
    window.click(Role::RadioButton, "Board");
    assert!(window.has(Role::ListItem, "Chase the quote"));
    let state = |window: &Window| {
        let board = window.board();
        board
            .actions
            .get(&id("Chase the quote"))
            .unwrap()
            .state
            .label()
    };
    window.key_with(Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(state(&window), "In progress");
    window.click(Role::Button, "Undo");
    assert_eq!(state(&window), "Open");
    let kind = window
        .board()
        .find(id("Network refresh"))
        .map(|(kind, _)| kind);
    assert_eq!(kind, Some(Kind::Project));
}
