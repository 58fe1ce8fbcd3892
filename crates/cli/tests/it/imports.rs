//! Files of other programs from a shell: ledger, licences, holidays, meetings, each as a transcript.
//!
//! Every one is tried, taken, and given again, which makes nothing twice.

use super::shell::Shell;

fn file(shell: &Shell, name: &str, text: &str) -> String {
    let path = shell.path(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn has(text: &str, wanted: &[&str]) {
    for words in wanted {
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[test]
fn a_ledger_is_posted_once_and_adds_up() {
    let shell = Shell::on("2026-11-25");
    shell.does(
        r#"
        new vendor name="Orion Hosting"
        new budget name=IT fiscal_year=2026 start_month=1
        new budget_line budget={budget IT} name=Cloud account=6810 plan_01=1000 plan_02=1000
        new budget_line budget={budget IT} name=Recharge account=4400 kind=income
        "#,
    );
    let ledger = file(
        &shell,
        "ledger.csv",
        "Ledger of 2026;;;;;\n\
         Voucher;Posting date;Account;Debit;Credit;Text;Vendor\n\
         1001;15.01.2026;6810;1.234,50;;January;Orion Hosting\n\
         1002;15.02.2026;6810;1.000,00;;February;Unknown Ltd\n\
         1003;28.02.2026;6810;;34,50;Credit note;Orion Hosting\n\
         1004;28.02.2026;4400;;500,00;Recharge Q1;\n\
         1005;28.02.2026;9999;77,00;;Not ours;\n\
         1006;30.02.2026;6810;1,00;;No such day;\n\
         ;;Total;1.778,00;;;\n",
    );
    let refused = shell.refuses(&format!("import --ledger {ledger} --control-total 1777"));
    has(
        &refused,
        &["the rows add up to 1,778.00, not to the control total 1777; nothing was imported"],
    );
    let tried = shell.says(&format!("import --ledger {ledger} --dry-run"));
    has(
        &tried,
        &[
            "7 rows, 4 used, 3 left out",
            "control total 1,778.00 EUR: 1,700.00 posted, 78.00 left out",
            "is neither the account nor the name of a budget line",
            "is not a date",
            "4 new",
            "Nothing was changed",
        ],
    );
    assert!(!tried.contains("its rows add up to"), "{tried}");
    let done = shell.says(&format!(
        "import --ledger {ledger} --control-total 1.778,00"
    ));
    has(&done, &["4 postings", "4 new"]);
    let budget = shell.asks("budget --of {budget IT}");
    assert_eq!(
        (&budget[0]["actual"], &budget[1]["actual"]),
        (&220_000.into(), &50_000.into())
    );
    let again = shell.says(&format!("import --ledger {ledger}"));
    has(&again, &["0 new, 0 changed, 4 unchanged", "0 changes"]);
    // February is closed: what is posted stays, what comes late is named.
    shell.does("do close {budget IT} 1");
    let late = file(
        &shell,
        "ledger.csv",
        "Voucher;Posting date;Account;Amount\n1007;16.01.2026;6810;9,99\n1008;01.03.2026;Cloud;20,00\n",
    );
    let late = shell.says(&format!("import --ledger {late}"));
    has(
        &late,
        &["2 rows, 1 used, 1 left out", "a closed period", "1 posting"],
    );
}

#[test]
fn licences_come_from_snipe_it_without_their_keys() {
    let shell = Shell::on("2026-11-25");
    shell.does("new vendor name=Orion");
    let export = file(
        &shell,
        "licenses.csv",
        "\u{feff}ID,License Name,Product Key,Expiration Date,Licensed to,Manufacturer,Supplier,Purchase Cost,Purchase Date,Seats,Notes\n\
         7,Office Suite,AAAA-BBBB-SECRET,2027-06-30,IT,Contoso,Orion,\"1,000.00\",2026-07-01,40,Renew with the laptops\n\
         8,Diagrams,,,IT,Contoso,,99.90,2025-01-31,3,\n\
         9,Broken,,,IT,Contoso,,1,2025-01-31,many,\n\
         7,Office Suite,,,IT,Contoso,,1,2025-01-31,1,\n",
    );
    let done = shell.says(&format!("import --licences {export}"));
    has(
        &done,
        &[
            "licences of Snipe-IT: 4 rows, 2 used, 2 left out",
            "is no number of seats",
            "is the licence of line 2",
            "1 vendor\n",
            "2 licences",
        ],
    );
    let office = shell.says("show {licence Office}");
    has(&office, &["25.00", "2027-06-30", "Kept in licenses.csv"]);
    assert!(!office.contains("SECRET"), "{office}");
    has(&shell.says("show {licence Diagrams}"), &["33.30"]);
    let again = shell.says(&format!("import --licences {export}"));
    has(&again, &["0 new, 0 changed, 2 unchanged"]);
}

const HOLIDAYS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\
    BEGIN:VEVENT\r\nUID:a\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Christ\r\n mas\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:b\r\nDTSTART;VALUE=DATE:20260501\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Labour Day\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:c\r\nDTSTART:20261201T080000\r\nSUMMARY:Dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn holidays_and_meetings_come_from_calendars() {
    let shell = Shell::on("2026-11-25");
    let days = file(&shell, "holidays.ics", HOLIDAYS);
    let done = shell.says(&format!("import --holidays {days} --calendar Berlin"));
    has(
        &done,
        &[
            "holidays of iCalendar: 3 rows, 2 used, 1 left out",
            "it has a time of day: no holiday",
            "1 calendar\n",
        ],
    );
    let listed = shell.says("list calendar_day --filter 2026-12");
    has(&listed, &["2026-12-24", "2026-12-26", "Christmas"]);
    assert!(!listed.contains("2026-12-27"), "{listed}");
    has(
        &shell.says("list calendar_day --filter 2030-05"),
        &["2030-05-01"],
    );
    let again = shell.says(&format!("import --holidays {days} --calendar Berlin"));
    has(&again, &["0 new, 0 changed", "0 changes"]);
    let meetings = file(
        &shell,
        "meetings.ics",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:w\r\nDTSTART;TZID=Europe/Berlin:20261104T093000\r\nDTEND;TZID=Europe/Berlin:20261104T103000\r\n\
         RRULE:FREQ=WEEKLY;BYDAY=WE\r\nSUMMARY:IT leads\\, weekly\r\nLOCATION:Room 4\r\nORGANIZER;CN=\"Roth; Clara\":mailto:clara@example.org\r\n\
         BEGIN:VALARM\r\nSUMMARY:Not this\r\nEND:VALARM\r\nEND:VEVENT\r\n\
         BEGIN:VEVENT\r\nUID:s\r\nDTSTART:20261202T130000\r\nDURATION:PT1H30M\r\nSUMMARY:Tender\r\nATTENDEE;CN=Ben Okafor:MAILTO:ben@example.org\r\nEND:VEVENT\r\n\
         END:VCALENDAR\r\n",
    );
    let done = shell.says(&format!("import --meetings {meetings}"));
    has(
        &done,
        &[
            "2 rows, 2 used",
            "2 meeting series\n",
            "1 meeting\n",
            "1 attendee",
            "2 people",
        ],
    );
    has(
        &shell.says("show {meeting_series leads}"),
        &["IT leads, weekly", "09:30", "Room 4", "Roth; Clara", "60"],
    );
    let agenda = shell.says("report agenda --of {meeting 2026-12-02} --format eml");
    has(&agenda, &["To: \"Ben Okafor\" <ben@example.org>"]);
    let refused = shell.refuses(&format!(
        "import --meetings {}",
        file(&shell, "x.ics", "hello")
    ));
    has(&refused, &["this is no iCalendar file"]);
}

#[test]
fn a_plan_goes_out_and_comes_back_the_same() {
    let shell = Shell::on("2026-11-25");
    shell.does(
        r#"
        new project name="Office site" start=2026-11-02
        new task project={project Office} name=Crates duration=5 position=a owner="Ben Okafor"
        new task project={project Office} name="Move & unpack" duration=3 position=b
        new dependency project={project Office} predecessor={task Crates} successor={task Move} lag=2
        new milestone project={project Office} name=Done baseline=2026-11-20
        "#,
    );
    let path = shell.path("plan.xml");
    shell.does(&format!("export plan --of {{project Office}} --out {path}"));
    let other = Shell::on("2026-11-25");
    let said = other.says(&format!("import --plan {path}"));
    has(
        &said,
        &[
            "3 tasks",
            "1 dependency",
            "1 milestone",
            "1 person",
            "1 project",
        ],
    );
    let dates =
        |shell: &Shell| shell.column("schedule --of {project Office}", "finish")[..2].to_vec();
    assert_eq!(dates(&shell), dates(&other));
    let again = other.says(&format!("import --plan {path}"));
    has(&again, &["0 new, 0 changed", "0 changes"]);
}

#[test]
fn minutes_propose_and_a_person_takes() {
    let shell = Shell::on("2026-11-25");
    shell.does(
        r#"
        new person name="Ben Okafor"
        new meeting_series name="IT leads" rule=FREQ=WEEKLY first_day=2026-11-25
        new meeting series={meeting_series leads} day=2026-11-25
        "#,
    );
    let notes = file(
        &shell,
        "notes.txt",
        "We agreed to lease the printers.\nAction: Ben to ask for a demo by Friday.\nBen will be late, he said.\n",
    );
    let line = format!("import --minutes {notes} --of {{meeting 2026-11-25}}");
    let shown = shell.says(&line);
    has(
        &shown,
        &[
            "Lease the printers",
            "Action: Ben to ask for a demo by Friday.",
            "2026-11-27",
            "0 of 3 proposals were made",
        ],
    );
    has(
        &shell.refuses(&format!("{line} --take 4")),
        &["is none of the 3 proposals"],
    );
    has(
        &shell.says(&format!("{line} --take 1,2")),
        &["2 of 3 proposals were made"],
    );
    has(
        &shell.says(&format!("{line} --take 1,2")),
        &["0 of 3 proposals were made"],
    );
    let minutes = shell.says("report minutes --of {meeting 2026-11-25}");
    has(
        &minutes,
        &["Ask for a demo", "Ben Okafor", "Lease the printers"],
    );
}

#[test]
fn plans_of_jira_and_smartsheet_keep_hierarchy_and_dependencies() {
    let shell = Shell::on("2026-11-25");
    let jira = file(
        &shell,
        "jira.csv",
        "Summary,Issue key,Issue Type,Status,Project name,Assignee,Due date,Parent key,Outward issue link (Blocks),Outward issue link (Blocks)\n\
         Core network,NET-1,Epic,In Progress,Network,Ben Okafor,,,,\n\
         Order switches,NET-2,Task,Done,Network,Ben Okafor,2026-12-04,NET-1,NET-3,NET-4\n\
         Mount switches,NET-3,Task,To Do,Network,,2026-12-18,NET-1,OPS-9,\n\
         Retire old ones,NET-4,Task,To Do,Network,,,NET-7,,\n",
    );
    let said = shell.says(&format!("import --plan {jira}"));
    has(
        &said,
        &[
            "issues of Jira as a plan: 4 rows, 4 used",
            "4 tasks",
            "2 dependencies",
            "1 project\n",
            "is no other issue of the file",
            "is no task of the file that can be the parent",
        ],
    );
    assert_eq!(
        shell.column("schedule --of {project Network}", "task"),
        [
            "Core network",
            "  Order switches",
            "  Mount switches",
            "Retire old ones"
        ]
    );
    has(
        &shell.says(&format!("import --plan {jira}")),
        &["0 new, 0 changed", "0 changes"],
    );
    let sheet = file(
        &shell,
        "Relocation.csv",
        "Level,Task Name,Duration,Start,Finish,Predecessors,% Complete,Assigned To\n\
         0,Preparation,,,,,,\n1,Plan floors,5d,2026-12-01,,,50%,Ben Okafor\n1,Order vans,~2d,,,2FS +1d,,\n0,Move,1w,,,\"2SS, 3\",,\n",
    );
    let said = shell.says(&format!("import --plan {sheet}"));
    has(
        &said,
        &[
            "a plan as a table: 4 rows, 4 used",
            "3 dependencies",
            "1 project\n",
        ],
    );
    let rows = shell.asks("schedule --of {project Relocation}");
    let finish: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["finish"].as_str().unwrap())
        .collect();
    assert_eq!(
        finish,
        ["2026-12-10", "2026-12-07", "2026-12-10", "2026-12-17"]
    );
}
