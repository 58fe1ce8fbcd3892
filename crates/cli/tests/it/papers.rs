//! The papers of a department from a shell: agenda, minutes, registers, memo, notices, packs, each as a transcript.
//!
//! What a paper says is checked here as text; that every form says the same is checked where the forms are made.

use super::shell::Shell;

fn has(text: &str, wanted: &[&str]) {
    for words in wanted {
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[test]
fn agenda_and_minutes_of_a_meeting() {
    let shell = Shell::on("2026-11-18");
    shell.does(
        r#"
        new person name="Ben Okafor" email=ben@example.org
        new meeting_series name="IT leads" rule=FREQ=WEEKLY;BYDAY=WE first_day=2026-11-04 time=09:30 duration=30 place="Room 4" chair="Clara Roth"
        new meeting series={meeting_series leads} day=2026-11-11 title="IT leads 46"
        new meeting series={meeting_series leads} day=2026-11-18 title="IT leads 47"
        new attendee meeting={meeting 46} person="Ben Okafor" presence=present
        new attendee meeting={meeting 46} person="Dana Fox" presence=apologies
        new attendee meeting={meeting 47} person="Ben Okafor"
        new agenda_item meeting={meeting 46} title="Printer tender" position=a owner="Ben Okafor" time=15
        new agenda_item meeting={meeting 46} title="Office move" position=b state=parked
        new minute meeting={meeting 46} item={agenda_item tender} text="Two vendors are left."
        new minute meeting={meeting 46} text="The room is too small."
        new decision meeting={meeting 46} item={agenda_item tender} title="Shortlist Atrium and Lumen" decided_by="Clara Roth" rationale="Price and service"
        new action title="Ask both for a demo" origin={decision Shortlist} owner="Ben Okafor" due=2026-11-16
        edit {meeting 46} state=held minutes=issued
        new agenda_item meeting={meeting 47} title="Budget 2027" position=a owner="Clara Roth" time=20 material=budget.xlsx
        new agenda_item meeting={meeting 47} title="Phones" position=b time=15
        "#,
    );
    let agenda = shell.says("report agenda");
    has(
        &agenda,
        &[
            "Agenda: IT leads 47, 18 Nov 2026",
            "Room 4",
            "Approval of the minutes of 11 Nov 2026",
            "09:30  Budget 2027",
            "09:50  Phones",
            "The topics ask for 35 minutes, the meeting has 30.",
            "Ask both for a demo",
            "Office move",
        ],
    );
    let minutes = shell.says("report minutes --of {meeting 46}");
    has(
        &minutes,
        &[
            "Minutes: IT leads 46, 11 Nov 2026",
            "Present: Ben Okafor. Apologies: Dana Fox.",
            "await the approval of the next meeting",
            "Two vendors are left.",
            "Shortlist Atrium and Lumen (Clara Roth). Why: Price and service",
            "Further points",
            "The room is too small.",
            "1 action overdue.",
            "18 Nov 2026, 09:30, Room 4",
        ],
    );
    let mail = shell.says("report minutes --of {meeting 46} --format eml");
    has(
        &mail,
        &[
            "X-Unsent: 1\r\n",
            "To: \"Ben Okafor\" <ben@example.org>\r\n",
            "Subject: Minutes: IT leads 46, 11 Nov 2026\r\n",
            "filename=\"Minutes IT leads 46 11 Nov 2026.pdf\"",
        ],
    );
    let page = shell.path("minutes.html");
    shell.does(&format!("report minutes --of {{meeting 46}} --out {page}"));
    has(
        &std::fs::read_to_string(page).unwrap(),
        &["<h2>Printer tender</h2>", "Two vendors are left."],
    );
}

/// A desk with two decisions, two actions, a contract and a licence.
fn registers() -> Shell {
    let shell = Shell::on("2026-11-25");
    shell.does(
        r#"
        new meeting_series name=Board rule=FREQ=MONTHLY first_day=2026-10-07
        new meeting series={meeting_series Board} day=2026-10-07
        new decision meeting={meeting 2026-10-07} title="Buy printers" decided_by="Clara Roth"
        new decision meeting={meeting 2026-10-07} title="Lease printers" supersedes={decision Buy} rationale=Cheaper
        new action title="Sign the lease" owner=Ben due=2026-11-20
        new action title="Nobody's task"
        new vendor name=Helix
        new contract name="Mail hosting" vendor={vendor Helix} owner=Ben signed_on=2026-01-02 start=2026-01-01 initial_months=12 renewal=automatic renewal_months=12 notice=1 notice_unit=months lead=14 value=12000 consequence="Another year at 12,000"
        new licence product=Visio seats=1 unit_cost=300
        new assignment licence={licence Visio} person=Ben
        new assignment licence={licence Visio} person="Dana Fox"
        "#,
    );
    shell
}

#[test]
fn registers_of_decisions_actions_contracts_and_licences() {
    let shell = registers();
    let decisions = shell.says("report decisions");
    has(
        &decisions,
        &[
            "1 decision in force, 1 replaced",
            "Lease printers",
            "Cheaper",
            "Replaced by",
            "7 Oct 2026",
        ],
    );
    let owners = shell.says("report owners");
    has(
        &owners,
        &[
            "2 actions open, 1 of them overdue.",
            "Ben: 1 action, 1 overdue",
            "No owner: 1 action",
        ],
    );
    assert!(owners.find("No owner") < owners.find("Ben: "), "{owners}");
    let contracts = shell.says("report contracts");
    has(
        &contracts,
        &[
            "1 contract, 1 to act on, for 1 of them the day has passed. First: Mail hosting, by 16 Nov 2026.",
            "Act now",
            "30 Nov 2026",
            "If missed, Mail hosting: Another year at 12,000",
            "Value a year: 12,000.00 EUR",
        ],
    );
    let folder = shell.path("pack");
    let said = shell.says(&format!("export pack --paper letter --out {folder}"));
    has(
        &said,
        &[
            "14 files written to",
            "2026-11 contracts.xlsx",
            "2026-11 briefing.eml",
        ],
    );
    let licences = shell.says("report licences");
    has(
        &licences,
        &[
            "1 product, 1 of them used beyond what is licensed, which costs 300.00 EUR at the true-up",
            "Over-use",
            "Visio: 1 seat too few.",
        ],
    );
}

#[test]
fn days_to_act_on_contracts_keep_their_names() {
    let mut shell = registers();
    let days = shell.path("renewals.ics");
    shell.does(&format!("export renewals --out {days}"));
    let days = std::fs::read_to_string(&days).unwrap().replace("\r\n ", "");
    has(
        &days,
        &[
            "SUMMARY:Act: Mail hosting (Helix)",
            "DTSTART;VALUE=DATE:20261116",
            "SUMMARY:Last day for notice: Mail hosting (Helix)",
            "DTSTART;VALUE=DATE:20261130",
            "BEGIN:VALARM",
        ],
    );
    // The days keep their names when the contract moves on.
    let names = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("UID:"));
        lines.map(str::to_owned).collect()
    };
    shell.later("2027-03-01");
    let later = shell.path("later.ics");
    shell.does(&format!("export renewals --out {later}"));
    let later = std::fs::read_to_string(later).unwrap().replace("\r\n ", "");
    assert_eq!(names(&days), names(&later));
    assert!(later.contains("DTSTART;VALUE=DATE:20271130"), "{later}");
}

#[test]
fn memo_of_a_comparison_and_pack_of_a_newcomer() {
    let shell = Shell::on("2026-11-25");
    shell.does(
        r#"
        new evaluation title="Print tender" owner=Ben due=2026-12-18
        new criterion evaluation={evaluation Print} name=Price kind=price weight=50
        new criterion evaluation={evaluation Print} name=Service weight=50 scale=5
        new criterion evaluation={evaluation Print} name="Data in the EU" kind=mandatory weight=0
        new option evaluation={evaluation Print} name=Atrium price=40000
        new option evaluation={evaluation Print} name=Offshore price=10000 notes="Page 4 of the offer"
        new score option={option Atrium} criterion={criterion Service} evaluator=Ben value=3 source="Reference call"
        new score option={option Atrium} criterion={criterion EU} evaluator=Ben value=1
        new score option={option Offshore} criterion={criterion Service} evaluator=Ben value=5
        new score option={option Offshore} criterion={criterion EU} evaluator=Ben value=0 source="Contract draft"
        do onboard "Cleo Winter" 2027-01-04
        new access_grant system=ERP person="Cleo Winter" level=reader approver="Clara Roth"
        "#,
    );
    let refused = shell.refuses("report comparison");
    has(&refused, &["say which evaluation: --of ID"]);
    let memo = shell.says("report comparison --of {evaluation Print}");
    has(
        &memo,
        &[
            "Comparison: Print tender",
            "By the scores: Atrium.",
            "To be decided by 18 Dec 2026; Ben answers for it.",
            "Out: Data in the EU",
            "Not met",
            "Reference call",
            "Offshore: Page 4 of the offer",
        ],
    );
    let wrong = shell.refuses("report comparison --of {person Ben}");
    has(&wrong, &["that record is no evaluation"]);
    let pack = shell.says("report onboarding --of {checklist Cleo}");
    has(
        &pack,
        &[
            "Onboarding: Cleo Winter",
            "0 of 10 items settled, 0 overdue. 40 days until 4 Jan 2027.",
            "Request equipment",
            "ERP",
            "None has been assigned.",
        ],
    );
}

#[test]
fn notices_of_a_change_are_drafts_of_mails() {
    let shell = Shell::on("2026-11-25");
    shell.does(
        r#"
        new change title="Mail upgrade" kind=normal service=Mail starts=2026-12-05T22:00 ends=2026-12-06T04:00 is_noticed=yes affected="all@example.org, Sales" reason="Security fixes" backout="Restore the snapshot"
        do messages {change Mail}
        "#,
    );
    let folder = shell.path("notices");
    let said = shell.says(&format!(
        "export notices --of {{change Mail}} --out {folder}"
    ));
    has(&said, &["6 drafts written to"]);
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names[0], "2026-11-23 heads-up.eml", "{names:?}");
    let mail = std::fs::read_to_string(format!("{folder}/{}", names[0])).unwrap();
    has(
        &mail,
        &[
            "X-Unsent: 1\r\n",
            "To: all@example.org\r\n",
            "Subject: Mail upgrade: heads-up\r\n",
            "X-Adjutant-Asof: 25 Nov 2026\r\n",
        ],
    );
    assert!(!mail.contains("application/pdf"), "the words are the mail");
}

#[test]
fn what_a_compartment_holds_is_left_out_of_everything() {
    let shell = Shell::on("2026-11-25");
    shell.does(
        r#"
        new vendor name=Helix
        new contract name="Mail hosting" vendor={vendor Helix} signed_on=2026-01-02 start=2026-01-01 initial_months=12 lead=14
        "#,
    );
    let status = shell.says("status");
    let mut lines = status.lines();
    let own = lines.find_map(|line| line.strip_prefix("Compartment "));
    let (own, _) = own.unwrap().split_once(':').unwrap();
    let other = "000000000000";
    has(
        &shell.says(&format!("--without {other} report contracts")),
        &["What lies in one compartment is left out.", "Mail hosting"],
    );
    let redacted = shell.says(&format!("--without {own} report contracts"));
    has(&redacted, &["left out", "There are no contracts."]);
    assert!(!redacted.contains("Mail hosting"), "{redacted}");
    assert_eq!(
        shell.says(&format!("--without {own} ask contracts")),
        "Nothing\n"
    );
    let folder = shell.path("all");
    shell.does(&format!("--without {own} export everything --out {folder}"));
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("Helix"), "{}", path.display());
        }
    }
    let raw = std::fs::read_dir(format!("{folder}/automerge")).unwrap();
    assert_eq!(raw.count(), 0);
    let refused = shell.refuses(&format!("--without {own} edit {{vendor Helix}} name=Other"));
    has(&refused, &["--without is for what is shown"]);
}
