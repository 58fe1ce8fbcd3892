//! The window around the screens: navigation, palette, sync state in words, themes, zoom, rest.

use std::sync::Arc;
use std::time::Duration;

use adjutant::commands::{Screen, View};
use adjutant::theme::{self, Choice};
use adjutant_base::Timestamp;
use adjutant_client::{LinkState, Notice, SyncStatus};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::support::{Look, StillDesk, Window, harness, id, small_board, today};

#[test]
fn screens_are_reached_by_click_and_by_key() {
    let mut window = Window::small(View::Overview);
    for (key, view) in [
        (Key::Num2, View::Projects),
        (Key::Num3, View::Actions),
        (Key::Num4, View::Budget),
        (Key::Num1, View::Overview),
    ] {
        window.key_with(Modifiers::COMMAND, key);
        assert_eq!(window.harness.state().view(), view);
        assert!(window.has(Role::Heading, view.title()));
    }
    window.click(Role::Tab, "Budget");
    assert_eq!(window.harness.state().view(), View::Budget);
    assert_eq!(window.focused().0, "IT operations 2026, Actual");
}

#[test]
fn the_palette_runs_commands_and_finds_records() {
    let mut window = Window::small(View::Overview);
    window.key_with(Modifiers::COMMAND, Key::K);
    assert!(window.has(Role::ListBoxOption, "Go to budget"));
    window.type_text("budget go");
    assert_eq!(window.names(Role::ListBoxOption), ["Go to budget"]);
    window.key(Key::Enter);
    assert_eq!(window.harness.state().view(), View::Budget);

    window.key_with(Modifiers::COMMAND, Key::K);
    window.type_text("licence");
    assert_eq!(
        window.names(Role::ListBoxOption),
        [
            "Go to licences",
            "New licence",
            "Renew the licence",
            "Licences"
        ]
    );
    window.keys(&[Key::ArrowDown, Key::ArrowDown, Key::Enter]);
    assert_eq!(window.harness.state().view(), View::Actions);
    window.key(Key::Enter);
    assert_eq!(
        window.focused(),
        ("Title".into(), "Renew the licence".into())
    );
    window.key(Key::Escape);

    window.key_with(Modifiers::COMMAND, Key::K);
    window.type_text("no such thing");
    assert!(window.says("Nothing by that name"));
    window.key(Key::Escape);
    assert!(window.names(Role::ListBoxOption).is_empty());
    assert_eq!(window.focused().0, "Actions");
}

#[test]
fn undo_belongs_to_a_focused_text_first() {
    let mut window = Window::small(View::Actions);
    window.key(Key::Delete);
    let is_there = |window: &Window| window.board().actions.get(&id("Chase the quote")).is_some();
    assert!(!is_there(&window));
    window.key_with(Modifiers::COMMAND, Key::F);
    window.type_text("abc");
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert!(!is_there(&window));
    assert_ne!(window.focused().1, "abc");
    window.key(Key::Enter);
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert!(is_there(&window));
    assert!(window.says("Undone: delete action"));
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert!(window.says("Nothing to undo"));
}

#[test]
fn a_new_edit_is_saved_here_in_words() {
    let mut window = Window::small(View::Actions);
    window.type_text(" ");
    assert_eq!(window.value(Role::Button, "Sync state"), "Saved here");
}

fn status(link: LinkState, waiting_changes: usize) -> SyncStatus {
    SyncStatus {
        link,
        waiting_changes,
        ..SyncStatus::default()
    }
}

fn offline() -> LinkState {
    LinkState::Offline {
        since: Timestamp((14 * 60 + 2) * 60_000),
        reason: "the relay does not answer".into(),
    }
}

#[test]
fn the_sync_state_stands_in_words_on_every_screen() {
    let failed = SyncStatus {
        store_failure: Some("the disk is full".into()),
        ..SyncStatus::default()
    };
    for (status, expected) in [
        (status(LinkState::NoRelay, 0), "Saved here"),
        (status(LinkState::Online, 0), "On the relay"),
        (
            status(LinkState::Online, 3),
            "Saved here, sending, 3 changes waiting",
        ),
        (
            status(offline(), 12),
            "Offline since 14:02, 12 changes waiting",
        ),
        (failed, "Not saved: the disk is full"),
    ] {
        let desk = Arc::new(StillDesk {
            board: small_board(),
            ..StillDesk::default()
        });
        *desk.status.lock().unwrap() = Arc::new(status.clone());
        let mut harness = harness(View::Overview.into(), desk);
        for view in View::ALL {
            harness
                .get_by_role_and_label(Role::Tab, view.title())
                .click();
            harness.run();
            let node = harness.get_by_role_and_label(Role::Button, "Sync state");
            assert_eq!(node.accesskit_node().value().as_deref(), Some(expected));
        }
        let alert = harness.query_all_by_role(Role::Alert).count();
        assert_eq!(alert > 0, status.store_failure.is_some());
    }
}

#[test]
fn a_press_on_the_sync_state_changes_between_online_and_offline() {
    for (link, expected) in [
        (LinkState::NoRelay, Vec::new()),
        (LinkState::Online, vec![false]),
        (offline(), vec![true]),
    ] {
        let desk = Arc::new(StillDesk::default());
        *desk.status.lock().unwrap() = Arc::new(status(link, 0));
        let mut harness = harness(View::Overview.into(), Arc::clone(&desk) as _);
        harness
            .get_by_role_and_label(Role::Button, "Sync state")
            .click();
        harness.run();
        assert_eq!(*desk.wishes.lock().unwrap(), expected);
    }
}

#[test]
fn a_workspace_on_its_way_says_so() {
    let desk = Arc::new(StillDesk::default());
    *desk.status.lock().unwrap() = Arc::new(status(LinkState::Connecting, 0));
    let harness = harness(View::Projects.into(), desk);
    harness.get_by_label("Fetching the workspace");
}

#[test]
fn what_the_engine_has_to_say_is_shown_and_a_failure_stays() {
    let desk = Arc::new(StillDesk::default());
    desk.notices.lock().unwrap().extend([
        Notice::NothingToUndo { again: false },
        Notice::RelayRefused {
            reason: "the link is old".into(),
        },
    ]);
    let mut harness = harness(View::Overview.into(), desk);
    harness.run();
    harness.get_by_label("Nothing to undo");
    // Half a minute of the window's own time.
    harness.run_steps(120);
    assert!(harness.query_by_label("Nothing to undo").is_none());
    harness.get_by_label("The relay refuses this device: the link is old");
    harness
        .get_by_role_and_label(Role::Button, "Close message")
        .click();
    harness.run();
    assert!(
        harness
            .query_by_label("The relay refuses this device: the link is old")
            .is_none()
    );
}

#[test]
fn a_command_that_is_not_taken_is_said_and_not_lost_silently() {
    let desk = Arc::new(StillDesk {
        board: small_board(),
        ..StillDesk::default()
    });
    let mut harness = harness(View::Actions.into(), desk);
    harness.key_press(Key::Delete);
    harness.run();
    let words = harness.get_by_role(Role::Alert).accesskit_node().label();
    assert!(words.unwrap_or_default().starts_with("Not taken: "));
}

#[test]
fn themes_go_round_and_show_the_same() {
    let mut window = Window::small(View::Budget);
    let names = window.names(Role::Cell);
    let fill = |window: &Window| window.harness.ctx.global_style().visuals.panel_fill;
    let light = fill(&window);
    window.click(Role::Button, "Change to dark theme");
    assert_eq!(window.harness.state().theme(), Choice::Dark);
    assert_ne!(fill(&window), light);
    assert_eq!(window.names(Role::Cell), names);
    window.click(Role::Button, "Change to theme of the system");
    window.click(Role::Button, "Change to light theme");
    assert_eq!(window.harness.state().theme(), Choice::Light);
    assert_eq!(fill(&window), light);
}

#[test]
fn a_small_window_at_double_zoom_can_be_worked_with() {
    for view in View::ALL {
        let look = Look {
            size: (900.0, 600.0),
            zoom: 2.0,
            ..view.into()
        };
        let mut window = Window::small(look);
        let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(450.0, 300.0));
        // The other screens are scrolled to, or gone to by their keys.
        for name in ["Today", "Overview", "Projects", "Actions"] {
            assert!(
                screen.contains_rect(window.rect(Role::Tab, name)),
                "{view:?}: {name}"
            );
        }
        for name in [
            "Sync state",
            "Change to dark theme",
            "Search or run a command",
        ] {
            assert!(
                screen.contains_rect(window.rect(Role::Button, name)),
                "{view:?}: {name}"
            );
        }
        assert_eq!(window.value(Role::Button, "Sync state"), "Saved here");
        match view.screen() {
            Some(Screen::Overview) => {
                let tile = window.rect(Role::Button, "Open actions");
                assert!(screen.contains_rect(tile), "{tile:?}");
            }
            Some(Screen::Projects | Screen::Actions) => {
                // The last column is out of sight until the cursor goes there.
                assert!(window.names(Role::Row).len() >= 3, "{view:?}");
                window.keys(&[Key::ArrowRight; 6]);
                let last = if view == View::Actions {
                    "Project, 1"
                } else {
                    "Target, 1"
                };
                assert!(
                    screen.contains_rect(window.rect(Role::Cell, last)),
                    "{view:?}"
                );
                let filter = window
                    .harness
                    .get_all_by_role(Role::TextInput)
                    .next()
                    .unwrap()
                    .rect();
                assert!(screen.contains_rect(filter), "{filter:?}");
            }
            Some(Screen::Budget) => {
                window.key(Key::End);
                assert!(screen.contains_rect(window.rect(Role::Cell, "Cloud hosting, Dec")));
                window.type_text("12");
                window.key(Key::Enter);
                let board = window.board();
                let line = board.budget_lines.get(&id("Cloud hosting")).unwrap();
                assert_eq!(line.actual[11].map(|amount| amount.0), Some(1_200));
            }
            None => {
                let has_rows = !window.names(Role::Row).is_empty();
                assert!(has_rows || window.has_empty_state(), "{view:?}");
            }
        }
    }
}

#[test]
fn a_window_in_which_nothing_happens_asks_for_no_frame() {
    for view in View::ALL {
        let mut window = Window::small(view);
        window.harness.run_steps(8);
        let rest = |window: &Window| {
            let outputs = &window.harness.output().viewport_output;
            outputs
                .values()
                .map(|output| output.repaint_delay)
                .min()
                .unwrap()
        };
        assert_eq!(rest(&window), Duration::MAX, "{view:?}");
        // A message goes by itself, so one frame is asked for, and not before.
        window.type_text("x");
        window.key_with(Modifiers::COMMAND, Key::K);
        window.key(Key::Escape);
        window.harness.run_steps(8);
        assert_eq!(rest(&window), Duration::MAX, "{view:?} after the palette");
    }
    assert_eq!(today().to_string(), "2026-11-24");
}

#[test]
fn the_help_sheet_names_every_key_of_the_table_of_commands() {
    let mut window = Window::small(View::Overview);
    window.key(Key::F1);
    assert!(window.has(Role::Heading, "Keys"));
    assert_eq!(window.value(Role::ListItem, "Go to budget"), "Ctrl+4");
    assert_eq!(window.value(Role::ListItem, "Make it a decision"), "Ctrl+D");
    window.key(Key::Escape);
    assert!(!window.has(Role::Heading, "Keys"));
}

#[test]
fn the_theme_of_most_contrast_is_chosen_by_name_and_left_again() {
    let mut window = Window::small(View::Overview);
    window.key_with(Modifiers::COMMAND, Key::K);
    window.type_text("high contrast");
    window.key(Key::Enter);
    let ground = |window: &Window| theme::palette_of(&window.harness.ctx).bg;
    assert_eq!(ground(&window), theme::CONTRAST.bg);
    window.click(Role::Button, "Change to light theme");
    assert_eq!(ground(&window), theme::LIGHT.bg);
}
