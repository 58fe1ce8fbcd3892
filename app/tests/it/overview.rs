//! The first screen: its figures, what it leads to, and what it says when there is nothing.

use adjutant::commands::View;
use adjutant_model::Command;
use adjutant_model::project::MilestoneField;
use egui::accesskit::Role;

use crate::support::{Window, day, id, small_department};

#[test]
fn tiles_say_figure_and_what_to_make_of_it() {
    let window = Window::small(View::Overview);
    for (name, expected) in [
        ("Open actions", "4, 1 overdue"),
        ("Net cost year to date", "256 k, 34.7 % over plan"),
        ("Milestones this month", "1, 1 at risk"),
        ("Open projects", "3, None past target"),
    ] {
        assert_eq!(window.value(Role::Button, name), expected, "{name}");
    }
}

#[test]
fn charts_say_in_words_what_they_show() {
    let window = Window::small(View::Overview);
    assert_eq!(
        window.value(Role::Image, "Cumulative spend against plan"),
        "By the end of Oct: 266 k spent, 200 k planned"
    );
    assert_eq!(
        window.value(Role::Image, "Variance by category"),
        "Hardware \u{2212}70.0 k, Licences +5.00 k, Cloud \u{2212}1.00 k"
    );
}

#[test]
fn attention_lists_the_most_urgent_first_and_leads_to_the_record() {
    let mut window = Window::small(View::Overview);
    for (name, expected) in [
        (
            "Vendor selected",
            "Milestone overdue 9 wd, Network refresh, 11 Nov, Ana Marić",
        ),
        ("Hardware", "70.0 k over plan, IT operations 2026"),
        (
            "Chase the quote",
            "Overdue 4 days, Network refresh, 20 Nov, Ana Marić",
        ),
        (
            "Mailboxes moved",
            "Forecast 10 wd late, Mail merge, 28 Dec, Luis Torres",
        ),
    ] {
        assert_eq!(window.value(Role::Button, name), expected, "{name}");
    }
    window.click(Role::Button, "Chase the quote");
    assert_eq!(window.harness.state().view(), View::Actions);
    assert!(window.says("Chase the quote"));
    window.click(Role::Tab, "Overview");
    window.click(Role::Button, "Vendor selected");
    assert_eq!(window.harness.state().view(), View::Projects);
    window.click(Role::Tab, "Overview");
    window.click(Role::Button, "Hardware");
    assert_eq!(window.harness.state().view(), View::Budget);
}

#[test]
fn tiles_lead_to_where_their_figure_comes_from() {
    let mut window = Window::small(View::Overview);
    for (name, view) in [
        ("Open actions", View::Actions),
        ("Net cost year to date", View::Budget),
        ("Open projects", View::Projects),
    ] {
        window.click(Role::Tab, "Overview");
        window.click(Role::Button, name);
        assert_eq!(window.harness.state().view(), view, "{name}");
    }
}

#[test]
fn cards_keep_their_distance() {
    let window = Window::small(View::Overview);
    let bottom = window.rect(Role::Image, "Variance by category").bottom();
    let below = window.rect(Role::Button, "Vendor selected").top();
    // The card's lower margin, the gap, the next card's margin, title and space.
    assert!(
        below - bottom >= 16.0 + 16.0 + 16.0 + 14.0,
        "{bottom} {below}"
    );
}

#[test]
fn an_empty_workspace_says_how_to_begin() {
    let mut window = Window::open(View::Overview, Vec::new());
    assert!(window.says("Nothing here yet"));
    window.click_lower(Role::Button, "New project");
    assert_eq!(window.harness.state().view(), View::Projects);
    assert_eq!(window.board().projects.len(), 1);
    assert_eq!(window.focused().0, "Name");
    window.type_text("Network refresh");
    window.key(egui::Key::Enter);
    let board = window.board();
    let names: Vec<_> = board
        .projects
        .into_iter()
        .map(|(_, p)| p.name.clone())
        .collect();
    assert_eq!(names, ["Network refresh"]);
}

#[test]
fn an_overdue_milestone_shows_the_day_that_it_missed() {
    let mut commands = small_department();
    let fields = vec![MilestoneField::Forecast(Some(day(21)))];
    commands.push(Command::edit(
        id("Network refresh, Vendor selected"),
        fields,
    ));
    let window = Window::open(View::Overview, commands);
    assert_eq!(
        window.value(Role::Button, "Vendor selected"),
        "Milestone overdue 9 wd, Network refresh, 11 Nov, Ana Mari\u{107}"
    );
}
