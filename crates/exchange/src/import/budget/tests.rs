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
        let (_, line) = board(&imported).budget_lines.into_iter().next().unwrap();
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
