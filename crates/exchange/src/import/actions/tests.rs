//! Action items as five programs export them, by one set of rules.

use adjutant_base::{CompartmentId, Timestamp};
use adjutant_model::action::Action;
use adjutant_model::{Board, Context, Kind, preview::board_of};

use super::*;
use crate::import::keep_going;

fn options() -> ActionOptions {
    ActionOptions {
        file_name: "list.csv".to_owned(),
        ..ActionOptions::default()
    }
}

fn read(text: &str) -> Imported {
    import(text.as_bytes(), &options(), &mut keep_going).unwrap()
}

fn board(imported: &Imported) -> Board {
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today: "2026-11-24".parse().unwrap(),
        now: Timestamp(0),
    };
    board_of(&context, &imported.commands).unwrap()
}

fn action(board: &Board, title: &str) -> Action {
    let mut actions = board.actions.into_iter().map(|(_, action)| action);
    Action::clone(actions.find(|action| action.title == title).unwrap())
}

fn said(imported: &Imported) -> Vec<String> {
    imported
        .warnings
        .listed
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn issues_of_jira_with_repeated_headers_and_long_rows() {
    let imported = read(
        "\u{feff}Summary,Issue key,Issue id,Issue Type,Status,Project key,Project name,Priority,Assignee,Created,Resolved,Due date,Labels,Labels,Description\r\n\
         Renew certificate,OPS-1,100,Task,To Do,OPS,Operations,Highest,Anna Meyer,12/Mar/24 9:41 AM,,03/Apr/24 12:00 AM,a,b,\"First\r\nsecond\"\r\n\
         Close account,OPS-2,101,Task,Done,OPS,Operations,Medium,,12/Mar/24 9:41 AM,14/Mar/24 1:00 PM,,,,,spare\r\n\
         Ask,OPS-3,102,Task,Somewhere,OPS,Operations,Odd,,,,,,,\r\n",
    );
    assert_eq!(imported.summary.form, "issues of Jira");
    assert_eq!((imported.summary.rows, imported.summary.rows_used), (3, 3));
    let board = board(&imported);
    let renew = action(&board, "Renew certificate");
    assert_eq!(
        (renew.state, renew.priority),
        (ActionState::Open, Priority::High)
    );
    assert_eq!(renew.due, Some("2024-04-03".parse().unwrap()));
    assert_eq!(renew.notes.0, "First\nsecond");
    assert_eq!(board.person_name(renew.owner), "Anna Meyer");
    let close = action(&board, "Close account");
    assert_eq!(
        (close.state, close.done_on),
        (ActionState::Done, Some("2024-03-14".parse().unwrap()))
    );
    let project = close
        .project
        .and_then(|id| board.projects.get(&id))
        .unwrap();
    assert_eq!(
        (project.name.as_str(), board.count(Kind::Project)),
        ("Operations", 1)
    );
    let said = said(&imported);
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(
        said[0].starts_with("line 4: \"spare\" stands behind the last column"),
        "{said:?}"
    );
    assert!(
        said[1].contains("line 5, column \"Status\"") && said[2].contains("column \"Priority\""),
        "{said:?}"
    );
}

#[test]
fn tasks_of_asana_under_a_line_of_their_own() {
    let imported = read(
        "https://app.example/export\n\n\
         Task ID,Created At,Completed At,Last Modified,Name,Section/Column,Assignee,Assignee Email,Start Date,Due Date,Tags,Notes,Projects,Parent task\n\
         77,2024-01-01,2024-01-09,2024-01-09,Order switches,Doing,Ben,ben@x,,2024-01-10,,,Network refresh,\n\
         78,2024-01-01,,2024-01-09,Unpack,Doing,,,,,,,,Order switches\n",
    );
    assert_eq!(imported.summary.form, "tasks of Asana");
    let board = board(&imported);
    let order = action(&board, "Order switches");
    assert_eq!(
        (order.state, order.done_on),
        (ActionState::Done, Some("2024-01-09".parse().unwrap()))
    );
    assert_eq!(action(&board, "Unpack").state, ActionState::Open);
}

#[test]
fn records_of_servicenow_and_tasks_of_smartsheet() {
    let imported = read(
        "number,short_description,priority,state,assigned_to,opened_at,closed_at\n\
         CHG0001,Patch hosts,1 - Critical,2,Mara,2024-05-01 10:00:00,\n\
         CHG0002,Old,4 - Low,8,Mara,,2024-05-03 10:00:00\n",
    );
    assert_eq!(imported.summary.form, "records of ServiceNow");
    let shown = board(&imported);
    let patch = action(&shown, "Patch hosts");
    assert_eq!(
        (patch.state, patch.priority),
        (ActionState::InProgress, Priority::High)
    );
    let old = action(&shown, "Old");
    assert_eq!((old.state, old.done_on), (ActionState::Cancelled, None));

    let imported = read(
        "Task Name,Duration,Start,Finish,Predecessors,% Complete,Assigned To,Status,Comments\n\
         Cable,5d,2024-05-01,2024-05-07,,100%,Ben,,\nTest,2d,,2024-05-09,1,50%,,,fine\nShip,,,,2FS +2d,0%,,,\n",
    );
    assert_eq!(imported.summary.form, "tasks of Smartsheet");
    let board = board(&imported);
    let states = ["Cable", "Test", "Ship"].map(|title| action(&board, title).state);
    assert_eq!(
        states,
        [
            ActionState::Done,
            ActionState::InProgress,
            ActionState::Open
        ]
    );
    assert!(
        imported
            .summary
            .columns_left_out
            .contains(&"Predecessors".to_owned())
    );
}

#[test]
fn a_pasted_block_and_known_projects() {
    let mut options = options();
    let known = RecordId::derived("known");
    options
        .projects
        .insert(project_key("Network Refresh"), known);
    let pasted = "Action\tOwner\tDue\tProject\nOrder switches\tBen\t4.12.2026\tnetwork-refresh\nOrder switches\tBen\t\t\n";
    let imported = import(pasted.as_bytes(), &options, &mut keep_going).unwrap();
    assert_eq!((imported.summary.rows, imported.summary.rows_used), (2, 1));
    assert!(said(&imported)[0].contains("of the action on line 2"));
    let Some(Command::Batch { commands, .. }) = imported.commands.first() else {
        panic!("one step of undo");
    };
    assert!(format!("{commands:?}").contains(&format!("Project(Some({known:?}))")));
    assert!(
        !format!("{commands:?}").contains("ExternalKey"),
        "a project that is here is not made"
    );
}

#[test]
fn a_file_without_actions_says_what_it_looked_for() {
    let error = import(b"a,b\n1,2\n", &options(), &mut keep_going).unwrap_err();
    assert!(error.to_string().contains("what is to be done"), "{error}");
}
