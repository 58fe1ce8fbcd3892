//! Budgets as files have them: what is taken, what is left out, and every cent accounted for.

use adjutant_base::{CompartmentId, Timestamp};
use adjutant_model::preview::board_of;
use adjutant_model::{Board, Context};

use super::super::keep_going;
use super::super::tests::fixture;
use super::*;

fn imported(text: &str) -> Imported {
    let options = BudgetOptions {
        file_name: "budget.csv".to_owned(),
        fiscal_year: Some(2026),
        ..BudgetOptions::default()
    };
    import(text.as_bytes(), &options, &mut keep_going).unwrap()
}

fn board(imported: &Imported) -> Board {
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today: "2026-11-24".parse().unwrap(),
        now: Timestamp(1_795_510_800_000),
    };
    board_of(&context, &imported.commands).unwrap()
}

fn months(amounts: &adjutant_model::schema::Months) -> Vec<i64> {
    amounts
        .iter()
        .map(|amount| amount.map_or(0, |amount| amount.0))
        .collect()
}

#[test]
fn figures_to_date_spread_the_years_figure() {
    let text = "dept_name,fiscal_year,variable,time_period,as_of_date,total\n\
        Fleet,2022,Target Budget,Full Year,2021-09-30,1200.00\n\
        Fleet,2022,Target Budget,Full Year,2021-12-31,1300.00\n\
        Fleet,2022,Actual,YTD,2021-09-30,300.00\n\
        Fleet,2022,Actual,YTD,2021-12-31,400.00\n\
        Fleet,2022,Current Projection,Full Year,2021-12-31,9.99\n";
    let imported = imported(text);
    let board = board(&imported);
    let (_, line) = board.budget_lines.into_iter().next().unwrap();
    assert_eq!(
        months(&line.actual),
        [
            10_000, 10_000, 10_000, 3_334, 3_333, 3_333, 0, 0, 0, 0, 0, 0
        ]
    );
    assert_eq!(
        months(&line.plan).iter().sum::<i64>(),
        130_000,
        "the newer target counts"
    );
    let summary = &imported.summary;
    assert_eq!(
        (summary.rows, summary.rows_used, summary.rows_left_out()),
        (5, 3, 2)
    );
    assert!(
        summary.control_totals.iter().all(ControlTotal::is_balanced),
        "{:?}",
        summary.control_totals
    );
    let (_, budget) = board.budgets.into_iter().next().unwrap();
    assert_eq!(
        (budget.fiscal_year, budget.start_month, budget.currency),
        (2022, 7, Currency::USD)
    );
}

#[test]
fn a_bad_amount_is_named_by_line_and_column_and_the_rest_goes_in() {
    let text = "\u{feff}line;category;jan;feb\r\nCloud;Hosting;1.234,50;12x\r\nTravel;;-5;\r\n";
    let imported = imported(text);
    let [warning] = imported.warnings.listed.as_slice() else {
        panic!("{:?}", imported.warnings)
    };
    assert_eq!(
        (
            warning.line,
            warning.column.as_str(),
            warning.value.as_str()
        ),
        (2, "feb", "12x")
    );
    let board = board(&imported);
    let mut sums: Vec<_> = board
        .budget_lines
        .into_iter()
        .map(|(_, line)| (line.name.clone(), months(&line.plan).iter().sum::<i64>()))
        .collect();
    sums.sort();
    assert_eq!(
        sums,
        [("Cloud".to_owned(), 123_450), ("Travel".to_owned(), -500)]
    );
}

#[test]
fn three_digits_behind_a_point_are_settled_by_the_file_or_named() {
    let plan = |text: &str| {
        let imported = imported(text);
        let board = board(&imported);
        let (_, line) = board.budget_lines.into_iter().next().unwrap();
        (months(&line.plan)[..2].to_vec(), imported.warnings.listed)
    };
    let (amounts, warnings) = plan("line;jan;feb\nCloud;1.200;1.200,50\n");
    assert_eq!((amounts, warnings.len()), (vec![120_000, 120_050], 0));
    let (amounts, warnings) = plan("line;jan;feb\nCloud;1.200;1,200.50\n");
    assert_eq!((amounts, warnings.len()), (vec![120, 120_050], 0));
    let (amounts, warnings) = plan("line;jan;feb\nCloud;1.200;7\n");
    assert_eq!(amounts, [0, 700]);
    let [warning] = warnings.as_slice() else {
        panic!("{warnings:?}")
    };
    assert_eq!((warning.line, warning.column.as_str()), (2, "jan"));
    assert!(warning.message.contains("one meaning"), "{warning}");
}

/// Budgets by name with their year, cost centre and sum of the plan.
fn budgets(board: &Board) -> Vec<(String, i64, String, i64)> {
    let budgets = board.budgets.into_iter().map(|(id, budget)| {
        let lines = board.budget_lines.into_iter();
        let own = lines.filter(|(_, line)| line.budget == Some(*id));
        let sum = own.flat_map(|(_, line)| months(&line.plan)).sum();
        let (name, centre) = (budget.name.clone(), budget.cost_centre.clone());
        (name, budget.fiscal_year, centre, sum)
    });
    let mut budgets: Vec<_> = budgets.collect();
    budgets.sort();
    budgets
}

#[test]
fn next_years_budget_under_the_same_name_is_another_budget() {
    let this = imported("fiscal_year,line,jan\n2026,Cloud,1\n");
    let next = imported("fiscal_year,line,jan\n2027,Cloud,2\n");
    let both = Imported {
        commands: [this.commands, next.commands.clone()].concat(),
        ..next
    };
    let budget = |year: i64, sum| (format!("FY{year}"), year, String::new(), sum);
    assert_eq!(
        budgets(&board(&both)),
        [budget(2026, 100), budget(2027, 200)]
    );
}

#[test]
fn rows_of_several_years_and_cost_centres_become_several_budgets() {
    let imported = imported(
        "fy,cost centre,line,jan\nFY2026,4711,Cloud,1\n2027,4711,Cloud,2\n2027,4712,Cloud,4\nsoon,4711,Cloud,8\n,4711,Travel,16\n",
    );
    let budget =
        |year: i64, centre: &str, sum| (format!("FY{year} {centre}"), year, centre.to_owned(), sum);
    assert_eq!(
        budgets(&board(&imported)),
        [
            budget(2026, "4711", 1_700),
            budget(2027, "4711", 200),
            budget(2027, "4712", 400)
        ]
    );
    let summary = &imported.summary;
    assert_eq!((summary.rows, summary.rows_used), (5, 4));
    assert_eq!(
        summary.left_out.first().map(|left| left.reason),
        Some("a bad fiscal year")
    );
    let [total] = summary.control_totals.as_slice() else {
        panic!("{summary:?}")
    };
    assert_eq!((total.in_file, total.left_out), (3_100, 800));
    assert!(total.is_balanced(), "{total:?}");
    let [warning] = imported.warnings.listed.as_slice() else {
        panic!("{:?}", imported.warnings)
    };
    assert_eq!(
        (
            warning.line,
            warning.column.as_str(),
            warning.value.as_str()
        ),
        (5, "fy", "soon")
    );
}

#[test]
fn a_named_budget_is_the_same_from_a_file_of_another_name() {
    let options = |file_name: &str| BudgetOptions {
        file_name: file_name.to_owned(),
        ..BudgetOptions::default()
    };
    let text = b"budget name,year,line,jan\nIT,2026,Cloud,1\n";
    let ids = ["a.csv", "b.csv"].map(|name| {
        let imported = import(text, &options(name), &mut keep_going).unwrap();
        let ids: Vec<_> = board(&imported)
            .budgets
            .into_iter()
            .map(|(id, _)| *id)
            .collect();
        ids
    });
    assert_eq!(ids[0].len(), 1);
    assert_eq!(ids[0], ids[1]);
    let error = import(b"line,jan\nCloud,1\n", &options("a.csv"), &mut keep_going);
    assert_eq!(error, Err(ImportError::NoFiscalYear));
}

#[test]
fn importing_twice_makes_nothing_twice() {
    let text = "line,jan\nCloud,1\nCloud,2\n";
    let both = Imported {
        commands: [imported(text).commands, imported(text).commands].concat(),
        ..imported(text)
    };
    assert_eq!(
        board(&both).budget_lines.len(),
        2,
        "two lines of one name stay two, and no more"
    );
}

#[test]
fn a_file_of_something_else_is_refused_with_what_was_looked_for() {
    let error = import(b"a,b\n1,2\n", &BudgetOptions::default(), &mut keep_going).unwrap_err();
    assert!(error.to_string().contains("fiscal year"), "{error}");
}

#[test]
fn every_cent_of_the_real_file_is_accounted_for() {
    let Some(bytes) = fixture(
        "phl-obligations.csv",
        "every_cent_of_the_real_file_is_accounted_for",
    ) else {
        return;
    };
    let imported = import(&bytes, &BudgetOptions::default(), &mut keep_going).unwrap();
    let summary = &imported.summary;
    assert_eq!(summary.rows, 9_638);
    assert_eq!(summary.rows, summary.rows_used + summary.rows_left_out());
    assert_eq!(
        imported.warnings.count(),
        0,
        "{:?}",
        imported.warnings.listed.first()
    );
    assert!(
        summary.control_totals.iter().all(ControlTotal::is_balanced),
        "{:#?}",
        summary.control_totals
    );
    let board = board(&imported);
    assert_eq!(board.budgets.len(), 16);
    // An independent sum: what the lines of the board add up to is what the totals say was placed.
    for (name, of) in [("Actual", true), ("Target budget", false)] {
        let total = summary
            .control_totals
            .iter()
            .find(|total| total.name == name)
            .unwrap();
        let sum: i128 = board
            .budget_lines
            .into_iter()
            .flat_map(|(_, line)| months(if of { &line.actual } else { &line.plan }))
            .map(i128::from)
            .sum();
        let adopted = summary
            .control_totals
            .iter()
            .find(|total| total.name == "Adopted budget")
            .map_or(0, |t| t.placed);
        assert_eq!(sum, total.placed + if of { 0 } else { adopted });
    }
}
