//! The table of projects: choices, order, edits in place.

use adjutant::commands::View;
use adjutant_model::project::ProjectStatus;
use egui::accesskit::Role;
use egui::{Key, Modifiers};

use crate::support::{Window, day, id};

#[test]
fn rows_say_status_owner_next_milestone_and_slip() {
    let window = Window::small(View::Projects);
    assert_eq!(
        window.names(Role::Row),
        ["Mail merge", "Network refresh", "Wi-Fi"]
    );
    for (name, expected) in [
        ("Project, 1", "Mail merge"),
        ("Status, 1", "Active"),
        ("Owner, 1", "Luis Torres"),
        ("Next milestone, 1", "Mailboxes moved, Forecast 10 wd late"),
        ("Expected, 1", "28 Dec"),
        ("Slip, 1", "+10 wd"),
        ("Next milestone, 2", "Vendor selected, Overdue 9 wd"),
        ("Next milestone, 3", ""),
        ("Status, 3", "Planned"),
    ] {
        assert_eq!(window.cell(name), expected, "{name}");
    }
}

#[test]
fn choices_count_and_filter() {
    let mut window = Window::small(View::Projects);
    for (name, count) in [
        ("Open", "3"),
        ("At risk", "2"),
        ("Closed", "1"),
        ("All", "4"),
    ] {
        assert_eq!(window.value(Role::RadioButton, name), count, "{name}");
    }
    window.click(Role::RadioButton, "Closed");
    assert_eq!(window.names(Role::Row), ["Old portal"]);
    window.click(Role::RadioButton, "All");
    window.key_with(Modifiers::COMMAND, Key::F);
    window.type_text("torres");
    assert_eq!(window.names(Role::Row), ["Mail merge"]);
    window.type_text("x");
    assert!(window.says("No project fits"));
    window.key(Key::Escape);
    assert_eq!(window.names(Role::Row).len(), 4);
}

#[test]
fn heads_sort_both_ways() {
    let mut window = Window::small(View::Projects);
    window.click(Role::ColumnHeader, "Project");
    assert_eq!(
        window.names(Role::Row),
        ["Mail merge", "Network refresh", "Wi-Fi"]
    );
    assert_eq!(window.value(Role::ColumnHeader, "Project"), "ascending");
    window.click(Role::ColumnHeader, "Project");
    assert_eq!(
        window.names(Role::Row),
        ["Wi-Fi", "Network refresh", "Mail merge"]
    );
    assert_eq!(window.value(Role::ColumnHeader, "Project"), "descending");
}

#[test]
fn name_target_status_and_owner_are_edited_in_place() {
    let mut window = Window::small(View::Projects);
    window.key(Key::Enter);
    assert_eq!(window.focused(), ("Name".into(), "Mail merge".into()));
    window.type_text("Mail move");
    window.key(Key::Enter);
    let project = |window: &Window| {
        window
            .board()
            .projects
            .get(&id("Mail merge"))
            .unwrap()
            .clone()
    };
    assert_eq!(project(&window).name, "Mail move");

    window.keys(&[Key::ArrowUp, Key::ArrowRight, Key::Enter]);
    assert_eq!(window.names(Role::ListBoxOption).len(), 5);
    window.type_text("hold");
    window.key(Key::Enter);
    assert_eq!(project(&window).status, ProjectStatus::OnHold);

    window.keys(&[Key::ArrowRight, Key::Enter]);
    window.type_text("Jo Day");
    window.key(Key::Enter);
    let owner = project(&window).owner;
    assert_eq!(window.board().person_name(owner), "Jo Day");

    window.double_click(Role::Cell, "Target, 1");
    assert_eq!(window.focused().0, "Target");
    window.type_text("+5");
    window.key(Key::Enter);
    assert_eq!(project(&window).target, Some(day(5)));
}

#[test]
fn what_milestones_decide_cannot_be_typed() {
    let mut window = Window::small(View::Projects);
    window.double_click(Role::Cell, "Slip, 1");
    assert!(window.says("Milestones decide this column; it cannot be typed"));
    assert_eq!(window.focused().0, "Projects");
}

#[test]
fn an_edit_elsewhere_moves_neither_cursor_nor_edit() {
    let mut window = Window::small(View::Projects);
    window.keys(&[Key::ArrowDown, Key::Enter]);
    window.type_text("Half a na");
    // Another hand makes the other row first in the order, so that rows change places.
    let fields = vec![adjutant_model::project::ProjectField::Name("Zebra".into())];
    window.outside(adjutant_model::Command::edit(id("Wi-Fi"), fields));
    assert_eq!(window.focused(), ("Name".into(), "Half a na".into()));
    window.type_text("me");
    window.key(Key::Enter);
    let board = window.board();
    assert_eq!(
        board.projects.get(&id("Network refresh")).unwrap().name,
        "Half a name"
    );
}

#[test]
fn no_project_yet() {
    let window = Window::open(View::Projects, Vec::new());
    assert!(window.says("No projects yet"));
}
