//! The duties D1 to D5 of the job from a shell, each test the transcript of one: projects, reports, vendors, budget,
//! meetings.
//!
//! Read from top to bottom, a transcript is the documentation of how that duty is done without a window.

use super::shell::Shell;

/// D1: coordinate schedules, track milestones, keep status documentation of several projects.
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a transcript of one duty reads from top to bottom"
)]
fn d1_schedules_milestones_and_status() {
    let mut shell = Shell::on("2026-01-05");
    // A calendar with a holiday, a project, its tasks and what they wait for.
    shell.does(
        r#"
        new calendar name=Office
        new calendar_day calendar={calendar Office} day=2026-01-12 name="Local holiday"
        new settings calendar={calendar Office}
        new project code=P-1 name=Move status=active start=2026-01-05 target=2026-02-13 portfolio=Infrastructure planned_cost=10000
        new task project={project Move} name=Design duration=5 planned_cost=4000
        new task project={project Move} name=Build duration=10 planned_cost=6000
        new task project={project Move} name=Train duration=2
        new dependency project={project Move} predecessor={task Design} successor={task Build}
        new dependency project={project Move} predecessor={task Design} successor={task Train} kind=SS lag=1
        new milestone project={project Move} name=Cutover baseline=2026-01-26 task={task Build} owner="Anna Lindqvist"
        "#,
    );
    // The schedule follows: the holiday moves Build, Train has room.
    assert_eq!(
        shell.column("schedule --of {project Move}", "finish"),
        ["2026-01-09", "2026-01-26", "2026-01-07"]
    );
    assert_eq!(
        shell.column("schedule --of {project Move}", "critical"),
        ["true", "true", "false"]
    );
    let loops =
        "new dependency project={project Move} predecessor={task Build} successor={task Design}";
    assert!(
        shell
            .refuses(loops)
            .contains("\"Build\" already waits for \"Design\"")
    );
    // The plan is agreed: from now on slip is counted against it.
    shell.does("do baseline {project Move} --name First --reason kick-off");

    // A month later Design took longer, and the milestone is expected later.
    shell.later("2026-02-02");
    shell.does(
        r#"
        edit {task Design} duration=7 percent=100 actual_start=2026-01-05 actual_finish=2026-01-14 actual_cost=5000
        edit {task Build} percent=50 actual_start=2026-01-15 actual_cost=2500
        edit {milestone Cutover} forecast=2026-02-06
        new risk project={project Move} title="Only one engineer" probability=4 impact=3 owner=Ben due=2026-02-09
        new responsibility project={project Move} deliverable=Cutover person=Ben role=accountable
        "#,
    );
    // What is not done and should be is expected today at the earliest.
    assert_eq!(
        shell.column("schedule --of {project Move}", "slip wd"),
        ["2", "5", "17"]
    );
    // Where the project stands, by the written rule, with its reason.
    let health = shell.asks("health");
    assert_eq!(health[0]["health"], "Amber");
    assert_eq!(
        health[0]["reason"],
        "Milestone \"Cutover\" is overdue by 5 wd"
    );
    let earned = shell.asks("earned-value --of {project Move}");
    assert_eq!(
        (&earned[2]["figure"], &earned[2]["value"]),
        (&"EV".into(), &700_000.into())
    );
    // What nobody answers for is found, not forgotten.
    assert!(
        shell
            .column("findings", "what")
            .contains(&"For \"cutover\" nobody is responsible".to_owned())
    );

    // The status update is drafted from the data, edited, and issued; then it is frozen.
    shell.does(
        r#"
        do status {project Move}
        edit {status_update Move} next="Cutover on 6 February" title="Move, week 6"
        do issue {status_update Move}
        "#,
    );
    assert!(
        shell
            .refuses("edit {status_update Move} title=Other")
            .contains("it has been issued")
    );
    assert!(
        shell
            .says("show {status_update Move}")
            .contains("Cutover: Overdue")
    );
    // On which day the milestone was expected, as of each look.
    let trend = shell.asks("trend --of {project Move}");
    let points = trend.as_array().unwrap().iter();
    let points: Vec<_> = points
        .map(|row| {
            (
                row["as of"].as_str().unwrap(),
                row["expected"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        points,
        [("2026-01-05", "2026-01-26"), ("2026-02-02", "2026-02-06")]
    );
    // All portfolios on one screen.
    let portfolio = shell.asks("portfolio");
    assert_eq!(
        (&portfolio[0]["portfolio"], &portfolio[0]["worst"]),
        (&"Infrastructure".into(), &"Amber".into())
    );
    assert_eq!(portfolio[0]["CPI"][0], "0.93");
}

/// D2: prepare reports and briefing material on projects, variance and operational figures.
#[test]
fn d2_reports_and_briefings_with_one_set_of_figures() {
    let shell = Shell::on("2026-11-25");
    shell.does(
        r#"
        new project name=Move status=active start=2026-01-05
        new milestone project={project Move} name=Cutover baseline=2026-11-02 forecast=2026-12-04
        new budget name=IT fiscal_year=2026 start_month=1
        new budget_line budget={budget IT} name=Cloud category=Hosting
        do plan-year {budget_line Cloud} 120000
        edit {budget_line Cloud} actual_01=15000 actual_02=16000
        new metric name="Tickets open" unit=tickets direction=down target=100
        new metric_point metric={metric Tickets} day=2026-10-31 value=130 source="ServiceNow, October"
        new metric_point metric={metric Tickets} day=2026-11-24 value=90 source="ServiceNow, November"
        "#,
    );
    let metrics = shell.asks("metrics");
    assert_eq!(
        (
            &metrics[0]["value"],
            &metrics[0]["change"],
            &metrics[0]["met"]
        ),
        (&90.into(), &(-40).into(), &true.into())
    );
    // One page for the meeting, in words made by rule.
    let briefing = shell.says("report briefing");
    assert!(
        briefing.contains("Cutover") && briefing.contains("1 overdue in all"),
        "{briefing}"
    );
    // The same figures in every form; each carries who made it, when and of which version.
    let month = shell.says("report budget --format md");
    assert!(
        month.contains("Through Oct (period 10 of fiscal year 2026)"),
        "{month}"
    );
    for name in [
        "briefing.pdf",
        "budget.xlsx",
        "projects.pptx",
        "status.html",
        "actions.csv",
    ] {
        let report = name.split('.').next().unwrap();
        let report = match report {
            "status" => "project --project {project Move}",
            other => other,
        };
        let path = shell.path(name);
        let said = shell.says(&format!("report {report} --out \"{path}\""));
        assert!(said.contains(name), "{said}");
        assert!(std::fs::metadata(&path).unwrap().len() > 100, "{name}");
    }
}

/// D3: keep up vendor relations: contracts, invoice routing, procurement.
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a transcript of one duty reads from top to bottom"
)]
fn d3_vendors_orders_and_invoices() {
    let mut shell = Shell::on("2026-11-02");
    shell.does(
        r#"
        new vendor name=Nordlicht category=Hardware risk=high owner="Anna Lindqvist"
        new contact vendor={vendor Nordlicht} name="Kim Berg" role="Account manager" email=kim@example.org
        new interaction vendor={vendor Nordlicht} title="Prices for 2027" day=2026-10-30 channel=call
        new action title="Ask for the 2027 price list" origin={vendor Nordlicht} owner="Anna Lindqvist" due=2026-11-20
        new contract name="Laptop service" vendor={vendor Nordlicht} signed_on=2025-01-01 start=2025-01-01 initial_months=24 value=24000 renewal=automatic renewal_months=12 notice=3 notice_unit=months owner="Anna Lindqvist" consequence="Another year at 12,000"
        "#,
    );
    // From the request to the order.
    shell.does(
        r#"
        new purchase_request title="Three laptops" requested_by=Ben needed_by=2026-12-01 amount=3000 state=approved
        new quote request={purchase_request laptops} title="Three laptops, 14 inch" vendor={vendor Nordlicht} amount=2900 valid_until=2026-11-30 is_chosen=yes
        new purchase_order number=4711 vendor={vendor Nordlicht} request={purchase_request laptops} state=open matching=four_way expected_on=2026-11-10
        new order_line order={purchase_order 4711} name=Laptop quantity=3 unit_price=1000
        edit {purchase_request laptops} state=ordered
        "#,
    );
    // The invoice comes before the laptops, twice.
    shell.later("2026-11-12");
    shell.does(
        r"
        new invoice number=RE-17 vendor={vendor Nordlicht} order={purchase_order 4711} day=2026-11-05 received_on=2026-11-06 total=3000 discount=200 discount_days=10
        new invoice_line invoice={invoice RE-17} name=Laptop order_line={order_line Laptop} quantity=3 unit_price=1000
        new invoice number=re17 vendor={vendor Nordlicht} day=2026-11-09 total=3000 state=void
        ",
    );
    assert_eq!(
        shell.column("invoices", "match")[0],
        "exception",
        "nothing has arrived"
    );
    shell.does("new receipt order={purchase_order 4711} line={order_line Laptop} quantity=3 accepted=2 day=2026-11-11");
    assert_eq!(
        shell.column("invoices", "match")[0],
        "exception",
        "one did not pass inspection"
    );
    shell.does("edit {receipt 2026-11-11} accepted=3");
    assert_eq!(shell.column("invoices", "match")[0], "matches");
    // Coded, routed to two approvers, in order; the list shows whom it waits for and for how long.
    shell.does(
        r#"
        edit {invoice RE-17} state=routed coder="Anna Lindqvist"
        new approval invoice={invoice RE-17} person=Ben step=1 asked_on=2026-11-10
        new approval invoice={invoice RE-17} person="Clara Roth" step=2
        "#,
    );
    let invoices = shell.asks("invoices");
    assert_eq!(
        (&invoices[0]["waits for"], &invoices[0]["days"]),
        (&"Ben".into(), &2.into())
    );
    let early = shell.refuses("edit {invoice RE-17} state=approved");
    assert!(early.contains("2 approvals are still to come"), "{early}");
    let own =
        r#"new approval invoice={invoice RE-17} person="Anna Lindqvist" step=3 decision=approved"#;
    assert!(
        shell
            .refuses(own)
            .contains("who coded an invoice cannot approve it")
    );
    for approver in ["Ben", "Clara"] {
        let line = format!("edit {{approval {approver}}} decision=approved decided_on=2026-11-12");
        shell.does(&line);
    }
    shell.does("edit {invoice RE-17} state=approved");
    // Everything about the vendor in one row.
    let card = shell.asks("vendors --of {vendor Nordlicht}");
    assert_eq!(
        (
            &card[0]["contracts"],
            &card[0]["open actions"],
            &card[0]["open invoices"]
        ),
        (&1.into(), &1.into(), &1.into())
    );
    assert_eq!(
        (&card[0]["on time"], &card[0]["match"]),
        (&"0.00 %".into(), &"100.00 %".into())
    );
    // The contract has renewed because nobody gave notice: that stays until somebody takes note.
    shell.later("2027-01-04");
    assert!(
        shell
            .column("obligations", "duty")
            .contains(&"Notice was missed".to_owned())
    );
    shell.does(r#"do note {contract Laptop} --text "told the director""#);
    assert!(
        !shell
            .column("obligations", "duty")
            .contains(&"Notice was missed".to_owned())
    );
}

/// D4: develop and track the budget: compile costs, flag variances, prepare the month.
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a transcript of one duty reads from top to bottom"
)]
fn d4_budget_variances_and_the_month_close() {
    let mut shell = Shell::on("2026-09-10");
    // A fiscal year from July; lines planned to the cent.
    shell.does(
        r"
        new settings fiscal_start=7 fiscal_label=ends currency=EUR amber_amount=500
        new budget name=IT fiscal_year=2027
        new budget_line budget={budget IT} name=Cloud account=6410 category=Hosting
        new budget_line budget={budget IT} name=Training account=6480 category=Staff
        do plan-year {budget_line Cloud} 100000
        do plan-year {budget_line Training} 12000 --weights 0,0,1,1,1,0,0,0,1,1,1,0
        edit {budget IT} stage=approved
        ",
    );
    let frozen = shell.refuses("edit {budget_line Cloud} plan_01=1");
    assert!(
        frozen.contains("its original amounts are frozen"),
        "{frozen}"
    );
    // Money moves by a transfer that somebody approves.
    shell.does(
        r#"
        new transfer budget={budget IT} title="More storage" from_line={budget_line Training} to_line={budget_line Cloud} amount=600 period=3
        edit {transfer storage} state=approved approved_by="Clara Roth" approved_on=2026-08-20
        "#,
    );
    // Actuals: a posting in euros, one in dollars with its rate, an accrual, a commitment, an order.
    shell.does(
        r#"
        new vendor name=Orion
        do post {budget_line Cloud} 2026-07-15 8400 --title "July" --vendor {vendor Orion}
        do post {budget_line Cloud} 2026-08-14 "USD 12,000.00" --rate 0.9 --title "August"
        new accrual budget={budget IT} line={budget_line Cloud} title="Traffic of August" amount=250 period=2
        new commitment budget={budget IT} line={budget_line Training} title="Course booked" amount=1500
        "#,
    );
    let cloud = &shell.asks("budget --of {budget IT}")[0];
    assert_eq!(
        (&cloud["original"], &cloud["revised"]),
        (&10_000_000.into(), &10_060_000.into())
    );
    assert_eq!(
        (&cloud["actual"], &cloud["accrued"]),
        (&1_920_000.into(), &25_000.into())
    );
    assert_eq!(cloud["available"], 10_060_000 - 1_920_000 - 25_000);
    // Cloud is over plan year to date: red, and the month cannot be closed without an explanation.
    let flags = shell.asks("flags --of {budget IT}");
    assert_eq!(
        (&flags[0]["line"], &flags[0]["flag"]),
        (&"Cloud".into(), &"Off plan".into())
    );
    let open = shell.refuses("do close {budget IT} 2");
    assert!(
        open.contains("1 flagged line has no explanation that stands: \"Cloud\""),
        "{open}"
    );
    let vague = r#"new explanation budget={budget IT} line={budget_line Cloud} period=2 title="Paid early" class=timing state=submitted"#;
    assert!(
        shell
            .refuses(vague)
            .contains("names the later period by whose end it reverses")
    );
    shell.does(&format!("{vague} reverses_in=4 author=\"Anna Lindqvist\""));
    shell.does(
        r#"
        edit {explanation Paid} state=accepted reviewer="Clara Roth"
        do close {budget IT} 2
        "#,
    );
    let late = shell.refuses("do post {budget_line Cloud} 2026-08-30 10");
    assert!(late.contains("period 2 is closed"), "{late}");
    // Two months later it has not reversed: it is flagged again.
    shell.later("2026-11-05");
    shell.does(
        r"
        do post {budget_line Cloud} 2026-09-14 8500
        do post {budget_line Cloud} 2026-10-14 9900
        ",
    );
    assert!(
        shell
            .column("flags --of {budget IT}", "explanation")
            .contains(&"was to reverse by period 4".to_owned())
    );
    let report = shell.says("report budget");
    assert!(
        report.contains("Through Oct (period 4 of fiscal year 2027)"),
        "{report}"
    );
    // Next year's draft: contracts by their uplift, the rest by 2 %.
    shell.does(
        r#"
        new contract name=Hosting vendor={vendor Orion} signed_on=2026-01-01 start=2025-07-01 initial_months=24 value=48000 renewal=automatic renewal_months=12 uplift=500 budget_line={budget_line Cloud} owner=Ben
        do draft-budget {budget IT} --name "IT 2028" --growth 200
        "#,
    );
    let next = shell.asks("budget --of {budget 2028}");
    assert_eq!(
        (&next[0]["original"], &next[1]["original"]),
        (&10_563_000.into(), &1_162_800.into())
    );
}

/// D5: schedule and support meetings: agenda, minutes, decisions, actions until they are done.
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a transcript of one duty reads from top to bottom"
)]
fn d5_meetings_decisions_and_actions() {
    let mut shell = Shell::on("2026-11-11");
    shell.does(
        r#"
        new meeting_series name="IT leads" rule=FREQ=WEEKLY;BYDAY=WE first_day=2026-11-04 time=09:30 chair="Clara Roth" template="Approval of the minutes"
        new meeting series={meeting_series leads} day=2026-11-11 title="IT leads 46"
        new meeting series={meeting_series leads} day=2026-11-18 title="IT leads 47"
        new attendee meeting={meeting 46} person=Ben presence=present
        new attendee meeting={meeting 46} person="Dana Fox" presence=apologies
        new agenda_item meeting={meeting 46} title="Printer tender" owner=Ben time=15
        new agenda_item meeting={meeting 46} title="Office move" state=parked
        new minute meeting={meeting 46} item={agenda_item tender} text="Two vendors are left."
        new decision meeting={meeting 46} item={agenda_item tender} title="Shortlist Atrium and Lumen" decided_by="Clara Roth" rationale="Price and service"
        new action title="Ask both for a demo" origin={decision Shortlist} owner=Ben due=2026-11-16
        edit {meeting 46} state=held minutes=issued
        "#,
    );
    // Decisions and actions have numbers that can be cited and never change.
    let decision = &shell.asks("decisions")[0]["number"];
    assert!(
        decision.as_str().unwrap().starts_with("D-26-"),
        "{decision}"
    );
    let renumber = shell.refuses("edit {decision Shortlist} number=D-1");
    assert!(
        renumber.contains("somebody may have cited it"),
        "{renumber}"
    );
    // The next agenda is made from what is open: the action, the parked topic, the minutes to approve.
    shell.later("2026-11-18");
    let agenda = shell.asks("agenda --of {meeting 47}");
    let rows: Vec<_> = agenda
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {}", row["what"], row["title"]))
        .collect();
    assert_eq!(
        rows,
        [
            r#""Minutes to approve" """#,
            r#""Open action" "Ask both for a demo""#,
            r#""Standing topic" "Approval of the minutes""#,
            r#""Parked topic" "Office move""#,
        ]
    );
    // Ben waits for an answer: that is chased on a day, and put aside only with a reason.
    shell.does(
        r#"
        edit {action demo} state=waiting waiting_for="Kim Berg" waiting_since=2026-11-16 chase_on=2026-11-17
        new follow_up action={action demo} title="Mailed Kim" day=2026-11-17
        "#,
    );
    assert!(
        shell
            .column("obligations", "duty")
            .contains(&"Ask again".to_owned()),
        "{:?}",
        shell.column("obligations", "duty")
    );
    assert!(
        shell
            .refuses("edit {action demo} snoozed_until=2026-12-01")
            .contains("needs a reason")
    );
    shell.does("edit {action demo} state=done done_on=2026-11-18");
    assert_eq!(shell.column("agenda --of {meeting 47}", "what").len(), 3);
    // What comes round every Monday is never skipped, however long nobody looked.
    shell.does(r#"new action_series title="Check the backups" rule=FREQ=WEEKLY;BYDAY=MO first_day=2026-11-02 owner=Ben lead=0"#);
    shell.later("2026-11-25");
    let due = shell.asks("recurring");
    assert_eq!(due.as_array().unwrap().len(), 4);
    let first = due[0]["id"].as_str().unwrap();
    shell.does(&format!("do done {first}"));
    assert_eq!(
        shell.column("recurring", "due"),
        ["2026-11-09", "2026-11-16", "2026-11-23"]
    );
}
