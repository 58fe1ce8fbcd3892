//! The registers: columns, choices, edits in place, making, taking note of a duty, what is new, conflicts, history.

use adjutant::commands::View;
use adjutant_model::change::ChangeField;
use adjutant_model::compliance::ComplianceDocumentField;
use adjutant_model::licence::LicenceField;
use adjutant_model::money::{Amount, Currency};
use adjutant_model::people::PersonId;
use adjutant_model::procurement::{InvoiceField, PurchaseRequestField, RequestState};
use adjutant_model::quantity::{Count, Days, Grade};
use adjutant_model::status::{RiskField, RiskState};
use adjutant_model::vendor::{ContractField, Renewal, VendorField};
use adjutant_model::{Command, Prose};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use crate::support::{Look, Window, day, id, small_department};

/// Returns commands for one record of each register, beside the small department.
pub(crate) fn records() -> Vec<Command> {
    let ana = Some(PersonId::of_name("Ana Marić"));
    let mut commands = small_department();
    commands.extend([
        Command::create(
            id("vendor"),
            vec![VendorField::Name("Northwind".to_owned())],
        ),
        Command::create(
            id("contract"),
            vec![
                ContractField::Name("Helpdesk support".to_owned()),
                ContractField::Vendor(Some(id("vendor"))),
                ContractField::Owner(ana),
                ContractField::SignedOn(Some(day(-300))),
                ContractField::Start(Some(day(-300))),
                ContractField::End(Some(day(65))),
                ContractField::Renewal(Renewal::None),
                ContractField::Notice(Some(Days(30))),
                ContractField::Value(Some(Amount(1_200_000))),
                ContractField::Currency(Currency::EUR),
                ContractField::Consequence(Prose("No support from January".to_owned())),
            ],
        ),
        Command::create(
            id("licence"),
            vec![
                LicenceField::Product("Drawing program".to_owned()),
                LicenceField::Seats(Count(5)),
            ],
        ),
        Command::create(
            id("request"),
            vec![
                PurchaseRequestField::Title("Ten laptops".to_owned()),
                PurchaseRequestField::State(RequestState::Submitted),
                PurchaseRequestField::NeededBy(Some(day(5))),
            ],
        ),
        Command::create(
            id("invoice"),
            vec![
                InvoiceField::Number("INV-7".to_owned()),
                InvoiceField::Vendor(Some(id("vendor"))),
                InvoiceField::Due(Some(day(-2))),
                InvoiceField::Total(Some(Amount(50_000))),
            ],
        ),
        Command::create(
            id("change"),
            vec![ChangeField::Title("Move the mail".to_owned())],
        ),
        Command::create(
            id("document"),
            vec![
                ComplianceDocumentField::Title("Backup policy".to_owned()),
                ComplianceDocumentField::NextReview(Some(day(12))),
            ],
        ),
        Command::create(
            id("risk"),
            vec![
                RiskField::Project(Some(id("Mail merge"))),
                RiskField::Title("The vendor is late".to_owned()),
                RiskField::Probability(Grade(4)),
                RiskField::Impact(Grade(5)),
            ],
        ),
    ]);
    commands
}

fn open(view: View) -> Window {
    Window::open(view, records())
}

#[test]
fn every_register_says_what_it_holds() {
    for (view, column, expected) in [
        (View::Contracts, "Contract, 1", "Helpdesk support"),
        (View::Contracts, "State, 1", "Active"),
        (View::Contracts, "Ends, 1", "28 Jan"),
        (View::Vendors, "Contracts, 1", "1"),
        (View::Licences, "Position, 1", "In order"),
        (View::Purchases, "State, 1", "Submitted"),
        (View::Invoices, "Due, 1", "22 Nov, Overdue 2 days"),
        (View::Invoices, "Check, 1", "Matches"),
        (View::Changes, "State, 1", "Draft"),
        (View::Compliance, "Next review, 1", "6 Dec"),
        (View::Risks, "Score, 1", "20 High"),
    ] {
        let mut window = open(view);
        if !window.has(Role::Cell, column) {
            window.click(Role::RadioButton, "All");
        }
        assert_eq!(window.cell(column), expected, "{view:?}");
    }
}

#[test]
fn an_empty_register_says_what_to_do_and_makes_the_first_record() {
    let mut window = Window::small(View::Contracts);
    assert!(window.says("No contracts yet"));
    window.click_lower(Role::Button, "New contract");
    assert_eq!(window.focused().0, "Name");
    window.type_text("printers");
    window.key(Key::Enter);
    let board = window.board();
    let names: Vec<_> = (&board.contracts)
        .into_iter()
        .map(|(_, one)| one.name.clone())
        .collect();
    assert_eq!(names, ["printers"]);
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.board().contracts.len(), 0);
}

#[test]
fn a_cell_is_edited_in_place_and_a_bad_value_is_refused_in_words() {
    let mut window = open(View::Licences);
    window.keys(&[Key::ArrowRight; 3]);
    window.key(Key::Enter);
    window.type_text("many");
    window.key(Key::Enter);
    let said = window.names(Role::Alert);
    assert!(
        said.iter().any(|words| words.contains("whole number")),
        "{said:?}"
    );
    window.key(Key::Escape);
    window.key(Key::Enter);
    window.type_text("12");
    window.key(Key::Enter);
    let board = window.board();
    assert_eq!(board.licences.get(&id("licence")).unwrap().seats, Count(12));
    assert_eq!(window.cell("Seats, 1"), "12");
}

#[test]
fn a_choice_is_picked_by_its_words() {
    let mut window = open(View::Purchases);
    window.keys(&[Key::ArrowRight, Key::ArrowRight, Key::Enter]);
    window.type_text("appr");
    window.key(Key::Enter);
    let board = window.board();
    let request = board.purchase_requests.get(&id("request")).unwrap();
    assert_eq!(request.state, RequestState::Approved);
}

#[test]
fn space_closes_a_risk_and_delete_can_be_undone() {
    let mut window = open(View::Risks);
    window.key(Key::Space);
    let state = |window: &Window| window.board().risks.get(&id("risk")).unwrap().state;
    assert_eq!(state(&window), RiskState::Closed);
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(state(&window), RiskState::Open);
    window.key(Key::Delete);
    assert_eq!(window.board().risks.len(), 0);
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.board().risks.len(), 1);
}

#[test]
fn a_risk_asks_for_its_project_first() {
    let mut window = open(View::Risks);
    window.click(Role::Button, "New risk");
    window.type_text("wi-fi");
    window.key(Key::Enter);
    window.type_text("no ladders");
    window.key(Key::Enter);
    let board = window.board();
    let mut risks = (&board.risks).into_iter().map(|(_, one)| one);
    let made = risks.find(|one| one.title == "no ladders").unwrap();
    assert_eq!(made.project, Some(id("Wi-Fi")));
}

#[test]
fn today_lists_duties_by_the_day_to_act_and_takes_note() {
    let mut window = open(View::Today);
    let overdue = window.value(Role::Button, "Overdue");
    assert!(overdue.contains("Act now"), "{overdue}");
    window.click(Role::RadioButton, "To note");
    assert_eq!(window.cell("Duty, 1"), "Pay invoice");
    let rows = window.names(Role::Row).len();
    let before = window.board().acknowledgements.len();
    window.key(Key::Space);
    assert_eq!(window.board().acknowledgements.len(), before + 1);
    assert_eq!(window.names(Role::Row).len(), rows - 1);
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.names(Role::Row).len(), rows);
    window.click(Role::RadioButton, "Waiting for");
    assert_eq!(window.cell("About, 1"), "Book the rooms");
}

#[test]
fn what_is_new_is_listed_until_it_is_marked_as_seen() {
    let mut window = open(View::Since);
    window.click(Role::RadioButton, "Changes");
    assert!(window.names(Role::Row).len() > 10);
    window.click(Role::Button, "Mark all as seen");
    assert!(
        window.says("Nothing is new"),
        "{:?}",
        window.names(Role::Row)
    );
    window.outside(Command::edit(
        id("contract"),
        vec![ContractField::End(Some(day(90)))],
    ));
    assert_eq!(window.names(Role::Row).len(), 1);
    assert!(
        window
            .cell("What, 1")
            .starts_with("Contract Helpdesk support")
    );
}

#[test]
fn history_names_who_what_and_when_the_newest_first() {
    let mut window = open(View::History);
    window.outside(Command::edit(
        id("contract"),
        vec![ContractField::Number("K-1".to_owned())],
    ));
    // What is new does not move what one looks at.
    window.key(Key::Home);
    assert_eq!(window.cell("Record, 1"), "Contract Helpdesk support");
    assert_eq!(window.cell("To, 1"), "K-1");
    assert_eq!(window.cell("Who, 1"), "Ana Marić");
}

#[test]
fn care_compares_every_document_with_its_changes() {
    let window = open(View::Care);
    assert!(window.names(Role::Row).len() > 5);
    assert_eq!(window.cell("Here, 1"), "Whole");
    assert_eq!(window.cell("On the relay, 1"), "On this device only");
}

#[test]
fn without_conflicts_the_screen_says_what_they_would_be() {
    let window = Window::small(View::Conflicts);
    assert!(window.says("No conflicts"));
}

#[test]
fn the_filter_takes_words_and_the_heads_sort() {
    let mut window = Window::open(
        Look {
            theme: adjutant::theme::Choice::Dark,
            ..View::Today.into()
        },
        records(),
    );
    window.click(Role::RadioButton, "All");
    window.key_with(Modifiers::COMMAND, Key::F);
    window.type_text("invoice");
    assert!(
        window
            .names(Role::Row)
            .iter()
            .all(|row| row.contains("invoice"))
    );
    window.key(Key::Escape);
    window.click(Role::ColumnHeader, "About");
    assert_eq!(window.value(Role::ColumnHeader, "About"), "ascending");
}

#[test]
fn the_window_shows_another_day_and_refuses_to_change_it() {
    let mut window = open(View::History);
    window
        .harness
        .get_by_role_and_label(Role::Slider, "Day to look at")
        .focus();
    window.settle();
    window.key(Key::ArrowLeft);
    window.click(Role::Button, "Look around on that day");
    assert!(window.says("Everything as of Yesterday; nothing can be changed here"));
    window.key_with(Modifiers::COMMAND, Key::Num8);
    assert!(
        window.says("No contracts yet"),
        "nothing was there the day before"
    );
    window.click_lower(Role::Button, "New contract");
    assert_eq!(window.board().contracts.len(), 1);
    window.click(Role::Button, "Back to now");
    assert_eq!(window.names(Role::Row), ["Helpdesk support"]);
}
