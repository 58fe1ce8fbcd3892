//! The side sheet: opened from a row, read, edited, remarked on, followed to other records.

use adjutant::commands::View;
use adjutant_model::review::{RemarkKind, RemarkState, Verdict};
use egui::accesskit::Role;
use egui::{Key, Modifiers};

use crate::registers::records;
use crate::support::{Window, id};

fn open() -> Window {
    let mut window = Window::open(View::Contracts, records());
    window.key(Key::Enter);
    window
}

#[test]
fn enter_on_a_name_opens_the_record_and_escape_closes_it() {
    let mut window = open();
    assert!(window.has(Role::Heading, "Helpdesk support"));
    assert_eq!(window.value(Role::ListItem, "Stands"), "Active");
    window.key(Key::Escape);
    assert!(!window.has(Role::Heading, "Helpdesk support"));
    assert_eq!(window.focused().0, "Contracts");
}

#[test]
fn any_row_of_any_screen_opens() {
    for (view, kind) in [
        (View::Projects, "Project"),
        (View::Actions, "Action"),
        (View::Budget, "Budget line"),
    ] {
        let mut window = Window::open(view, records());
        window.key_with(Modifiers::COMMAND, Key::O);
        assert!(window.says(kind), "{view:?}");
    }
}

#[test]
fn a_field_is_edited_by_keyboard_and_undone() {
    let mut window = open();
    // Name, vendor, number.
    window.keys(&[Key::ArrowDown, Key::ArrowDown, Key::Enter]);
    window.type_text("k-17");
    window.key(Key::Enter);
    let number = |window: &Window| {
        let board = window.board();
        board.contracts.get(&id("contract")).unwrap().number.clone()
    };
    assert_eq!(number(&window), "k-17");
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(number(&window), "");
}

#[test]
fn a_longer_text_is_kept_by_ctrl_enter() {
    let mut window = open();
    window.key(Key::End);
    window.keys(&[Key::ArrowUp; 2]);
    window.key(Key::Enter);
    window.type_text("two");
    window.key(Key::Enter);
    window.type_text("lines");
    window.key_with(Modifiers::COMMAND, Key::Enter);
    let board = window.board();
    let notes = &board.contracts.get(&id("contract")).unwrap().notes.0;
    assert_eq!(notes, "two\nlines");
}

#[test]
fn remarks_are_made_and_settled_and_the_record_is_signed_off() {
    let mut window = open();
    window.click(Role::RadioButton, "Remarks");
    let field = window.rect(Role::TextInput, "Write a remark\u{2026}");
    assert!(field.width() > 100.0);
    window.click(Role::TextInput, "Write a remark\u{2026}");
    window.type_text("is this right");
    window.click(Role::Button, "Ask for a change");
    let remark = |window: &Window| {
        let board = window.board();
        let (_, remark) = (&board.remarks).into_iter().next().unwrap();
        (remark.kind, remark.state, remark.text.0.clone())
    };
    let (kind, state, text) = remark(&window);
    assert_eq!((kind, state), (RemarkKind::Request, RemarkState::Open));
    assert_eq!(text, "is this right");
    window.click(Role::Button, "Done");
    assert_eq!(remark(&window).1, RemarkState::Done);
    window.click(Role::Button, "Approve");
    let board = window.board();
    let (_, made) = (&board.sign_offs).into_iter().next().unwrap();
    assert_eq!(made.verdict, Verdict::Approved);
    assert!(!made.heads.0.is_empty());
}

#[test]
fn history_and_links_lead_on() {
    let mut window = open();
    window.click(Role::RadioButton, "History");
    assert!(window.has(Role::ListItem, "Name: Helpdesk support"));
    window.click(Role::RadioButton, "Links");
    window.click(Role::Button, "Northwind");
    assert!(window.has(Role::Heading, "Northwind"));
    assert_eq!(window.value(Role::ListItem, "Contracts"), "1");
    window.click(Role::Button, "Back");
    assert!(window.has(Role::Heading, "Helpdesk support"));
}
