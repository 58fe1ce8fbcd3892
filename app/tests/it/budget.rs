//! The budget grid: the keys of a spreadsheet, paste of a block, totals and flags.

use adjutant::commands::View;
use adjutant_model::calendar::Period;
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};

use crate::support::{Window, id};

fn actual(window: &Window, line: &str, month: usize) -> Option<i64> {
    let board = window.board();
    let line = board.budget_lines.get(&id(line)).unwrap();
    line.actual
        .get(month)
        .copied()
        .flatten()
        .map(|amount| amount.0)
}

#[test]
fn amounts_totals_and_flags_in_words() {
    let window = Window::small(View::Budget);
    assert_eq!(
        window.value(Role::Grid, "IT operations 2026, Actual"),
        "4 lines"
    );
    for (name, expected) in [
        ("Cloud hosting, Jan", "4,100"),
        ("Cloud hosting, Nov", ""),
        ("Cloud hosting, total", "41,000"),
        (
            "Hardware, Feb",
            "17,000 Far off plan: 7,000 worse than plan (70.0 %)",
        ),
        (
            "Hardware, total",
            "170,000 Far off plan: 70,000 worse than plan (70.0 %)",
        ),
        (
            "Licences, total",
            "55,000 Off plan: 5,000 better than plan (8.3 %)",
        ),
        ("Net cost, Jan", "25,600"),
        ("Net cost, Nov", ""),
        ("Net cost, total", "256,000"),
    ] {
        assert_eq!(window.cell(name), expected, "{name}");
    }
    assert!(window.says("1 far off plan") && window.says("1 off plan"));
}

#[test]
fn plan_and_variance_are_one_click_away() {
    let mut window = Window::small(View::Budget);
    window.click(Role::RadioButton, "Plan");
    assert_eq!(window.cell("Hardware, Dec"), "10,000");
    assert_eq!(window.cell("Net cost, total"), "228,000");
    window.click(Role::RadioButton, "Variance");
    assert_eq!(
        window.cell("Hardware, Jan"),
        "(7,000) Far off plan: 7,000 worse than plan (70.0 %)"
    );
    assert_eq!(window.cell("Recharges, Jan"), "\u{2013}");
    assert_eq!(window.cell("Net cost, total"), "(66,000)");
    window.double_click(Role::Cell, "Hardware, Jan");
    assert!(window.says("Variances follow from plan and actual; choose one of these to edit"));
}

#[test]
fn typing_replaces_and_enter_tab_and_arrows_move_on() {
    let mut window = Window::small(View::Budget);
    // The cursor begins at the first line's first month.
    window.type_text("1250.5");
    assert_eq!(
        window.focused(),
        ("Cloud hosting, Jan".into(), "1250.5".into())
    );
    window.key(Key::Enter);
    assert_eq!(actual(&window, "Cloud hosting", 0), Some(125_050));
    // Down, and not open: typing goes on in the next line.
    assert_eq!(window.focused().0, "IT operations 2026, Actual");
    window.type_text("7");
    window.key(Key::Tab);
    assert_eq!(actual(&window, "Hardware", 0), Some(700));
    window.type_text("8");
    window.key(Key::ArrowDown);
    assert_eq!(actual(&window, "Hardware", 1), Some(800));
    window.type_text("9");
    window.key_with(Modifiers::SHIFT, Key::Tab);
    assert_eq!(actual(&window, "Licences", 1), Some(900));
    window.type_text("6");
    window.key_with(Modifiers::SHIFT, Key::Enter);
    assert_eq!(actual(&window, "Licences", 0), Some(600));
    window.type_text("5");
    window.key(Key::ArrowUp);
    assert_eq!(actual(&window, "Hardware", 0), Some(500));
    assert_eq!(window.cell("Net cost, Jan"), "262");
}

#[test]
fn enter_opens_the_present_value_and_never_the_one_before() {
    let mut window = Window::small(View::Budget);
    window.key(Key::Enter);
    assert_eq!(
        window.focused(),
        ("Cloud hosting, Jan".into(), "4100".into())
    );
    window.type_text("99");
    window.key(Key::Enter);
    assert_eq!(window.focused().0, "IT operations 2026, Actual");
    assert!(window.cell("Cloud hosting, Jan").starts_with("99 "));
    window.keys(&[Key::ArrowUp, Key::Enter]);
    assert_eq!(window.focused(), ("Cloud hosting, Jan".into(), "99".into()));
    window.type_text("1");
    window.key(Key::Escape);
    assert_eq!(window.focused().0, "IT operations 2026, Actual");
    assert_eq!(actual(&window, "Cloud hosting", 0), Some(9_900));
}

#[test]
fn typed_letters_that_begin_no_amount_open_nothing() {
    let mut window = Window::small(View::Budget);
    window.type_text("x");
    assert_eq!(window.focused().0, "IT operations 2026, Actual");
    window.type_text("=250");
    window.key(Key::Enter);
    assert_eq!(actual(&window, "Cloud hosting", 0), Some(25_000));
}

#[test]
fn what_is_no_amount_stays_open_with_the_reason() {
    let mut window = Window::small(View::Budget);
    window.type_text("12..5");
    window.key(Key::Enter);
    assert!(window.says("Give an amount in EUR like 1,234.56"));
    assert_eq!(
        window.focused(),
        ("Cloud hosting, Jan".into(), "12..5".into())
    );
    assert_eq!(actual(&window, "Cloud hosting", 0), Some(410_000));
    window.key(Key::Escape);
    assert_eq!(window.cell("Cloud hosting, Jan"), "4,100");
}

#[test]
fn delete_empties_a_month_and_undo_fills_it_again() {
    let mut window = Window::small(View::Budget);
    window.key(Key::Delete);
    assert_eq!(actual(&window, "Cloud hosting", 0), None);
    assert!(window.cell("Cloud hosting, Jan").starts_with("Off plan"));
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(actual(&window, "Cloud hosting", 0), Some(410_000));
}

#[test]
fn a_block_is_pasted_in_all_forms_that_spreadsheets_write() {
    let mut window = Window::small(View::Budget);
    window.paste("1,234.56\t(200)\t\u{20ac} 3 000\r\n1.234,50\t\t-7\r\n");
    for (line, amounts) in [
        (
            "Cloud hosting",
            [Some(123_456), Some(-20_000), Some(300_000)],
        ),
        ("Hardware", [Some(123_450), None, Some(-700)]),
    ] {
        for (month, expected) in amounts.into_iter().enumerate() {
            assert_eq!(actual(&window, line, month), expected, "{line}, {month}");
        }
    }
    assert_eq!(actual(&window, "Cloud hosting", 3), Some(410_000));
    assert!(window.says("Pasted 6 cells"));
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(actual(&window, "Hardware", 1), Some(1_700_000));
    assert_eq!(actual(&window, "Cloud hosting", 0), Some(410_000));
    window.key_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(actual(&window, "Cloud hosting", 0), Some(123_456));
}

#[test]
fn a_bad_amount_in_a_block_is_named_and_nothing_is_pasted() {
    let mut window = Window::small(View::Budget);
    let before = window.board().version;
    window.paste("1\t2\n3\tabout four\n");
    assert!(window.says(
        "Nothing pasted: \u{201c}about four\u{201d} for Hardware, Feb is not an amount in EUR like 1,234.56"
    ));
    assert_eq!(window.board().version, before);
    // The next key takes the complaint away.
    window.key(Key::ArrowDown);
    assert!(window.names(Role::Alert).is_empty());
}

#[test]
fn a_block_that_does_not_fit_is_refused_whole() {
    let mut window = Window::small(View::Budget);
    let before = window.board().version;
    window.paste("1\n2\n3\n4\n5\n");
    assert!(window.says("Nothing pasted: the block has 5 lines, and 4 are left from here on"));
    window.key_with(Modifiers::NONE, Key::End);
    window.paste("1\t2");
    assert!(window.says("Nothing pasted: the block has 2 columns, and 1 is left from here on"));
    assert_eq!(window.board().version, before);
}

#[test]
fn a_paste_into_an_open_cell_belongs_to_its_text() {
    let mut window = Window::small(View::Budget);
    window.key(Key::Enter);
    window.paste("42");
    assert_eq!(window.focused(), ("Cloud hosting, Jan".into(), "42".into()));
    window.key(Key::Enter);
    assert_eq!(actual(&window, "Cloud hosting", 0), Some(4_200));
}

#[test]
fn a_copied_amount_can_be_pasted_again() {
    let mut window = Window::small(View::Budget);
    window.type_text("1250.5");
    window.key(Key::Enter);
    window.key(Key::ArrowUp);
    window.harness.input_mut().events.push(Event::Copy);
    window.harness.step();
    let copied = window
        .harness
        .output()
        .platform_output
        .commands
        .iter()
        .find_map(|command| {
            if let egui::OutputCommand::CopyText(text) = command {
                Some(text.clone())
            } else {
                None
            }
        });
    assert_eq!(copied.as_deref(), Some("1250.5"));
}

#[test]
fn months_and_lines_are_reached_by_keys_alone() {
    let mut window = Window::small(View::Budget);
    window.key(Key::End);
    window.type_text("1");
    window.key(Key::Enter);
    assert_eq!(actual(&window, "Cloud hosting", 11), Some(100));
    window.key_with(Modifiers::COMMAND, Key::End);
    window.type_text("2");
    window.key(Key::Enter);
    assert_eq!(actual(&window, "Recharges", 11), Some(200));
    window.key(Key::Home);
    window.key(Key::Enter);
    assert_eq!(
        window.focused(),
        ("Name of Recharges".into(), "Recharges".into())
    );
    window.type_text("Recharges to sales");
    window.key(Key::Enter);
    assert_eq!(
        window
            .board()
            .budget_lines
            .get(&id("Recharges"))
            .unwrap()
            .name,
        "Recharges to sales"
    );
}

#[test]
fn no_budget_no_line_then_the_first() {
    let mut window = Window::open(View::Budget, Vec::new());
    assert!(window.says("No budget yet"));
    window.click(Role::Button, "New budget");
    assert!(window.says("No lines yet"));
    window.click_lower(Role::Button, "New line");
    assert_eq!(
        window.focused(),
        ("Name of New line".into(), "New line".into())
    );
    window.type_text("Cloud");
    window.key(Key::Tab);
    window.type_text("100");
    window.key(Key::Enter);
    assert_eq!(window.cell("Cloud, Jan"), "100");
    assert_eq!(Period::all().count(), 12);
}

#[test]
fn no_figure_is_lost_however_fast_it_is_typed() {
    let mut window = Window::small(View::Budget);
    for (typed, expected) in [("1250.75", 125_075), ("9900.12", 990_012)] {
        window.type_fast(typed);
        window.key(Key::Enter);
        window.key(Key::ArrowUp);
        assert_eq!(actual(&window, "Cloud hosting", 0), Some(expected));
    }
    // All of it in one slow frame: the figure is there, and nothing else was opened.
    let events = ["4", "2"].map(|letter| Event::Text(letter.to_owned()));
    window.frame(events.into());
    assert_eq!(window.focused(), ("Cloud hosting, Jan".into(), "42".into()));
}
