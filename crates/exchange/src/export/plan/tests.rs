//! Export and import together are the identity: on every real file, and on projects that were planned here.

use adjutant_base::{CompartmentId, Timestamp};
use adjutant_model::command::Context;
use adjutant_model::preview::board_of;
use adjutant_model::sample::{Size, department};
use adjutant_model::{Kind, Raw};

use super::*;
use crate::import::tests::fixture;
use crate::import::{Imported, keep_going, mspdi};
use crate::report::tests::provenance;

const KINDS: [Kind; 9] = [
    Kind::Project,
    Kind::Person,
    Kind::Calendar,
    Kind::CalendarDay,
    Kind::Task,
    Kind::Dependency,
    Kind::Milestone,
    Kind::Baseline,
    Kind::BaselineTask,
];

fn read(bytes: &[u8]) -> Imported {
    let options = mspdi::PlanOptions {
        file_name: "plan.xml".to_owned(),
        currency: None,
    };
    mspdi::import(bytes, &options, &mut keep_going).unwrap()
}

fn today() -> NaiveDate {
    "2018-10-01".parse().unwrap()
}

fn context() -> Context {
    Context {
        compartment: CompartmentId([1; 6]),
        today: today(),
        now: Timestamp(1_540_000_000_000),
    }
}

fn board(imported: &Imported) -> Board {
    board_of(&context(), &imported.commands).unwrap()
}

type Record = (Kind, RecordId, Vec<(&'static str, Raw)>);

/// Everything on the board that a plan holds: kind, id, fields; where it came from left aside, and places as ranks.
fn content(board: &Board) -> Vec<Record> {
    let mut all = Vec::new();
    for kind in KINDS {
        for id in board.ids(kind) {
            let mut fields = board.values(kind, id).unwrap();
            fields.retain(|(name, _)| !["source", "position"].contains(name));
            all.push((kind, id, fields));
        }
    }
    all
}

fn order(board: &Board) -> Vec<RecordId> {
    let mut tasks: Vec<_> = (&board.tasks).into_iter().map(|(_, task)| task).collect();
    tasks.sort_by(|a, b| a.position.cmp(&b.position));
    tasks.iter().map(|task| task.meta.id).collect()
}

#[test]
fn export_and_import_of_real_files_change_nothing() {
    let test = "export_and_import_of_real_files_change_nothing";
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/mspdi");
    let Ok(files) = std::fs::read_dir(folder) else {
        println!("skipped: {test} needs ../shared/fixtures/mspdi");
        return;
    };
    let mut checked = 0;
    for file in files {
        let name = file.unwrap().file_name().into_string().unwrap();
        let Some(bytes) = fixture(&format!("mspdi/{name}"), test) else {
            return;
        };
        let first = board(&read(&bytes));
        let project = first.ids(Kind::Project)[0];
        let out = plan(&first, project, &provenance(), today()).unwrap();
        assert_eq!(
            Some(&out),
            plan(&first, project, &provenance(), today()).as_ref()
        );
        let imported = read(&out);
        assert_eq!(imported.warnings.listed, [], "{name}");
        let second = board(&imported);
        for (a, b) in content(&first).iter().zip(&content(&second)) {
            assert_eq!(a, b, "{name}");
        }
        assert_eq!(content(&first).len(), content(&second).len(), "{name}");
        assert_eq!(order(&first), order(&second), "{name}");
        checked += 1;
    }
    assert!(checked >= 11);
}

#[test]
fn a_project_planned_here_keeps_its_tasks_links_and_dates() {
    let size = Size {
        people: 6,
        projects: 3,
        milestones: 9,
        tasks: 60,
        ..Size::NOTHING
    };
    let first = board_of(&context(), &department(3, &size, today())).unwrap();
    for id in first.ids(Kind::Project) {
        let out = plan(&first, id, &provenance(), today()).unwrap();
        let imported = read(&out);
        assert_eq!(imported.warnings.listed, []);
        let second = board(&imported);
        let there = second.ids(Kind::Project)[0];
        let rows = |board: &Board, id| -> Vec<_> {
            let schedule = schedule::of(board, id, today()).unwrap();
            let rows = schedule.rows.into_iter();
            let row = |row: TaskRow| {
                let task = &row.task;
                let owner = board.person_name(task.owner).to_owned();
                (
                    task.name.clone(),
                    row.depth,
                    row.start,
                    row.finish,
                    owner,
                    task.planned_cost,
                    task.percent,
                )
            };
            rows.map(row).collect()
        };
        let (here, there) = (rows(&first, id), rows(&second, there));
        assert_eq!(here, there.get(..here.len()).unwrap());
        let milestones = |board: &Board, id| {
            let own = (&board.milestones)
                .into_iter()
                .map(|(_, milestone)| milestone);
            let own = own.filter(|milestone| milestone.project == Some(id));
            let mut named: Vec<_> = own
                .map(|one| (one.name.clone(), one.baseline, one.forecast, one.done_on))
                .collect();
            named.sort();
            named
        };
        assert_eq!(
            milestones(&first, id),
            milestones(&second, second.ids(Kind::Project)[0])
        );
    }
}
