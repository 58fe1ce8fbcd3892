//! Real files of several versions import with everything accounted for, and hostile ones give a sentence.

use adjutant_base::{CompartmentId, Timestamp};
use adjutant_model::Board;
use adjutant_model::command::Context;
use adjutant_model::preview::board_of;
use adjutant_model::query::schedule;
use adjutant_model::schedule::LinkKind;
use adjutant_model::{Fields as RecordFields, Kind};
use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::import::keep_going;
use crate::import::tests::fixture;

const FILES: [&str; 11] = [
    "assignment-assignments-project2019-mspdi.xml",
    "calendar-calendars-project2019-mspdi.xml",
    "mspdinulltasks.xml",
    "mspdirelations.xml",
    "mspdisplittask.xml",
    "task-baselines-project2019-mspdi.xml",
    "task-costs-project2013-mspdi.xml",
    "task-dates-project2016-mspdi.xml",
    "task-durations-project2010-mspdi.xml",
    "task-links-project2007-mspdi.xml",
    "task-links-project2019-mspdi.xml",
];

fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let options = PlanOptions {
        file_name: "plan.xml".to_owned(),
        currency: None,
    };
    import(bytes, &options, &mut keep_going)
}

fn context() -> Context {
    Context {
        compartment: CompartmentId([1; 6]),
        today: "2018-10-01".parse().unwrap(),
        now: Timestamp(1_540_000_000_000),
    }
}

fn board(imported: &Imported) -> Board {
    board_of(&context(), &imported.commands).unwrap()
}

fn made(imported: &Imported, kind: Kind) -> usize {
    let found = imported
        .summary
        .made
        .iter()
        .find(|(known, _)| *known == kind);
    found.map_or(0, |(_, count)| *count)
}

#[test]
fn every_task_link_baseline_and_calendar_of_real_files_is_accounted_for() {
    for name in FILES {
        let test = "every_task_link_baseline_and_calendar_of_real_files_is_accounted_for";
        let Some(bytes) = fixture(&format!("mspdi/{name}"), test) else {
            return;
        };
        let text = String::from_utf8(bytes.clone()).unwrap();
        let count = |tag: &str| text.matches(tag).count();
        let imported = read(&bytes).unwrap();
        let summary = &imported.summary;
        assert_eq!(
            summary.rows,
            summary.rows_used + summary.rows_left_out(),
            "{name}"
        );
        let in_file = count("<Task>") + count("<PredecessorLink>") + count("<Calendar>");
        // Baselines of tasks that are left out have no task to belong to.
        let baselines = made(&imported, Kind::BaselineTask);
        assert_eq!(summary.rows, in_file + baselines, "{name}");
        assert!(baselines <= count("<Baseline>"), "{name}");
        let is_project_row =
            |reason: &&crate::import::LeftOut| reason.reason.contains("project itself");
        let skipped: usize = summary
            .left_out
            .iter()
            .filter(|reason| is_project_row(reason) || reason.reason == "a blank row")
            .map(|reason| reason.rows)
            .sum();
        assert_eq!(
            made(&imported, Kind::Task) + skipped,
            count("<Task>"),
            "{name}"
        );
        assert_eq!(
            made(&imported, Kind::Dependency),
            count("<PredecessorLink>"),
            "{name}"
        );
        let board = board(&imported);
        assert_eq!(
            board.count(Kind::Task),
            made(&imported, Kind::Task),
            "{name}"
        );
        assert_eq!(
            imported,
            read(&bytes).unwrap(),
            "{name}: equal input, equal commands"
        );
    }
}

/// Returns the first and last day that the file gives for each task.
fn dates_in(bytes: &[u8]) -> BTreeMap<String, (NaiveDate, NaiveDate)> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let parsed = parse::parse(&text, &mut |_, _| std::ops::ControlFlow::Continue(())).unwrap();
    let day = |text: &str| text.get(..10).and_then(|day| day.parse().ok());
    let dates = parsed.tasks.iter().filter_map(|node| {
        let fields = &node.fields;
        Some((
            fields.get("UID").to_owned(),
            (day(fields.get("Start"))?, day(fields.get("Finish"))?),
        ))
    });
    dates.collect()
}

#[test]
fn our_schedule_of_linked_tasks_has_the_dates_of_the_file() {
    for name in [
        "task-links-project2007-mspdi.xml",
        "task-links-project2019-mspdi.xml",
    ] {
        let Some(bytes) = fixture(
            &format!("mspdi/{name}"),
            "our_schedule_of_linked_tasks_has_the_dates_of_the_file",
        ) else {
            return;
        };
        let wanted = dates_in(&bytes);
        let board = board(&read(&bytes).unwrap());
        let project = *board.projects.into_iter().next().unwrap().0;
        let schedule = schedule::of(&board, project, context().today).unwrap();
        let mut compared = 0;
        for (id, task) in &board.tasks {
            let row = schedule.row(*id).unwrap();
            let (start, finish) = wanted[&task.external_key];
            assert_eq!(
                (row.start, row.finish),
                (start, finish),
                "{name}: {} {}",
                task.external_key,
                task.name
            );
            compared += 1;
        }
        assert_eq!(compared, 16, "{name}");
    }
}

#[test]
fn calendars_keep_their_weekdays_and_exceptions() {
    let Some(bytes) = fixture(
        "mspdi/calendar-calendars-project2019-mspdi.xml",
        "calendars_keep_their_weekdays_and_exceptions",
    ) else {
        return;
    };
    let board = board(&read(&bytes).unwrap());
    assert!(
        board
            .calendars
            .into_iter()
            .any(|(_, calendar)| calendar.name == "Standard")
    );
    let project = board.projects.into_iter().next().unwrap().1;
    assert!(
        project
            .calendar
            .is_some_and(|id| board.calendars.get(&id).is_some())
    );
}

/// A plan of two tasks, a link with a lag of two days, a baseline, an owner and a holiday.
const PLAN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <!DOCTYPE Project [<!ENTITY me \"Anna\">]>\n\
    <Project xmlns=\"http://schemas.microsoft.com/project\"><Name>Move.mpp</Name><StartDate>2026-05-04T08:00:00</StartDate>\n\
    <CurrencyCode>JPY</CurrencyCode><CalendarUID>1</CalendarUID><MinutesPerDay>480</MinutesPerDay>\n\
    <Calendars><Calendar><UID>1</UID><Name>Mon-Thu</Name><IsBaseCalendar>1</IsBaseCalendar><WeekDays>\n\
    <WeekDay><DayType>6</DayType><DayWorking>0</DayWorking></WeekDay></WeekDays><Exceptions><Exception><Name>Feast</Name>\n\
    <TimePeriod><FromDate>2026-05-12T00:00:00</FromDate><ToDate>2026-05-13T23:59:00</ToDate></TimePeriod>\n\
    <DayWorking>0</DayWorking></Exception></Exceptions></Calendar></Calendars>\n\
    <Tasks><Task><UID>0</UID><Name>Move</Name></Task>\n\
    <Task><UID>1</UID><Name>Pack &amp; label</Name><OutlineLevel>1</OutlineLevel><Duration>PT12H0M0S</Duration><DurationFormat>7</DurationFormat>\n\
    <Cost>1250000</Cost><PercentComplete>40</PercentComplete><Notes>Two\nlines</Notes>\n\
    <Baseline><Number>0</Number><Start>2026-05-04T08:00:00</Start><Finish>2026-05-05T17:00:00</Finish></Baseline></Task>\n\
    <Task><UID>2</UID><Name>Moved</Name><OutlineLevel>2</OutlineLevel><Milestone>1</Milestone><Finish>2026-05-14T17:00:00</Finish>\n\
    <PredecessorLink><PredecessorUID>1</PredecessorUID><Type>1</Type><LinkLag>9600</LinkLag><LagFormat>7</LagFormat></PredecessorLink>\n\
    <PredecessorLink><PredecessorUID>9</PredecessorUID></PredecessorLink></Task></Tasks>\n\
    <Resources><Resource><UID>3</UID><Name>&me;</Name></Resource><Resource><UID>4</UID><Name>Ben</Name></Resource></Resources>\n\
    <Assignments><Assignment><TaskUID>1</TaskUID><ResourceUID>4</ResourceUID></Assignment></Assignments></Project>";

#[test]
fn a_plan_becomes_records_and_what_does_not_fit_is_named() {
    let imported = read(PLAN.as_bytes()).unwrap();
    let board = board(&imported);
    let project = board.projects.into_iter().next().unwrap().1;
    assert_eq!(
        (project.name.as_str(), project.currency.code()),
        ("Move", "JPY")
    );
    let task = |key: &str| {
        let mut tasks = board.tasks.into_iter().map(|(_, task)| task);
        tasks.find(|task| task.external_key == key).unwrap().clone()
    };
    let (pack, moved) = (task("1"), task("2"));
    assert_eq!(pack.name, "Pack & label");
    assert_eq!(
        pack.planned_cost.map(|cost| cost.0),
        Some(12_500),
        "hundredths of a currency without decimals"
    );
    assert_eq!(
        (pack.working_days(), pack.percent.0, pack.notes.0.as_str()),
        (2, 40, "Two\nlines")
    );
    assert_eq!(board.person_name(pack.owner), "Ben");
    assert_eq!(
        (moved.parent, moved.working_days()),
        (Some(pack.meta.id), 0)
    );
    let link = board.dependencies.into_iter().next().unwrap().1;
    assert_eq!((link.kind, link.lag.0), (LinkKind::FinishToStart, 2));
    assert_eq!(board.count(Kind::CalendarDay), 2);
    assert_eq!(
        (
            board.count(Kind::BaselineTask),
            board.count(Kind::Milestone)
        ),
        (1, 1)
    );
    let said: Vec<String> = imported
        .warnings
        .listed
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].contains("line 10") && said[0].contains("counts as 2"),
        "{said:?}"
    );
    assert!(
        said[1].contains("\"9\" is a task of another project"),
        "{said:?}"
    );
}

#[test]
fn broken_plans_are_refused_with_a_line() {
    let cut = PLAN.split_at(PLAN.len() / 2).0;
    let said = read(cut.as_bytes()).unwrap_err().to_string();
    assert!(said.starts_with("line "), "{said}");
    let deep = format!("<Project>{}", "<a>".repeat(100));
    assert!(
        read(deep.as_bytes())
            .unwrap_err()
            .to_string()
            .contains("inside each other")
    );
    assert!(
        read(b"<?xml version=\"1.0\"?><a/>")
            .unwrap_err()
            .to_string()
            .contains("no project")
    );
    assert!(read(b"").is_err());
    assert!(is_plan(PLAN.as_bytes()) && !is_plan(b"a,b\n"));
}

#[test]
fn an_import_can_be_ended() {
    let tasks = "<Task><UID>1</UID><Name>a</Name></Task>".repeat(1_000);
    let plan = format!("<Project><Tasks>{tasks}</Tasks></Project>");
    let mut stop = |_| std::ops::ControlFlow::Break(());
    let ended = import(plan.as_bytes(), &PlanOptions::default(), &mut stop);
    assert_eq!(ended, Err(ImportError::Cancelled));
    let imported = read(plan.as_bytes()).unwrap();
    assert_eq!(
        imported.summary.rows_left_out(),
        999,
        "one number, one task"
    );
    let Some(Command::Batch { commands, .. }) = imported.commands.first() else {
        panic!("one step of undo");
    };
    let is_task = |command: &&Command| {
        matches!(
            command,
            Command::Create {
                fields: RecordFields::Task(_),
                ..
            }
        )
    };
    assert_eq!(commands.iter().filter(is_task).count(), 1);
}

proptest! {
    #[test]
    fn a_plan_with_bytes_changed_never_panics(at in 0..PLAN.len(), with in any::<Vec<u8>>(), drop in 0_usize..60) {
        let mut bytes = PLAN.as_bytes().to_vec();
        let end = (at + drop).min(bytes.len());
        bytes.splice(at..end, with);
        if let Ok(imported) = read(&bytes) {
            prop_assert!(board_of(&context(), &imported.commands).is_ok());
        }
    }

    #[test]
    fn any_text_in_a_plan_never_panics(text in ".{0,60}", number in "[-0-9.PTHM]{0,12}") {
        let plan = PLAN.replace("Pack &amp; label", &text).replace("PT12H0M0S", &number).replace("9600", &number)
            .replace("1250000", &number).replace("2026-05-12T00:00:00", &number);
        if let Ok(imported) = read(plan.as_bytes()) {
            prop_assert!(board_of(&context(), &imported.commands).is_ok());
        }
    }
}
