//! The memo of a vendor comparison: what is recommended, how the options rank, how firm that is, what it rests on.
//!
//! Every score is named with its evaluator and source, so a reader can check the recommendation.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::draft::{Draft, left, right};
use super::{
    Align, Block, Cell, Chart, ChartKind, Column, Report, Row, Series, Table, Tone, Unit, counted,
    show_day, show_percent,
};
use crate::board::Board;
use crate::evaluation::CriterionKind;
use crate::money::show_minor;
use crate::query::evaluation::{EvaluationFigures, Ranked, figures};

pub(super) fn report(board: &Board, evaluation: RecordId, today: NaiveDate) -> Option<Report> {
    let figures = figures(board, evaluation)?;
    let about = &figures.evaluation;
    let mut draft = Draft::new(format!("Comparison: {}", about.title), today);
    draft.to(board, about.owner);
    draft.heading("Recommendation");
    recommendation(&mut draft, board, &figures);
    draft.heading("Ranking");
    ranking(&mut draft, board, &figures);
    draft.heading("How firm it is");
    draft.say(firmness(&figures));
    for warning in gaps(&figures) {
        draft.say(warning);
    }
    draft.heading("Scores by criterion");
    draft.say("Shares of the best possible score; of a criterion that must be met, whether it is.");
    draft.add(Block::Table(marks(&figures)));
    evidence(&mut draft, board, &figures);
    Some(draft.done())
}

fn recommendation(draft: &mut Draft, board: &Board, figures: &EvaluationFigures) {
    let about = &figures.evaluation;
    let chosen = about.chosen.and_then(|id| board.options.get(&id));
    let best = figures.options.iter().filter(|one| one.rank == Some(1));
    let best: Vec<&str> = best.map(|one| one.option.name.as_str()).collect();
    draft.say(match (chosen, best.as_slice()) {
        (Some(chosen), _) => format!("Chosen: {}.", chosen.name),
        (None, []) => "No option can be recommended yet.".to_owned(),
        (None, [one]) => format!("By the scores: {one}."),
        (None, several) => format!("By the scores {} are level.", several.join(" and ")),
    });
    draft.prose(&about.recommendation.0);
    let owner = board.person_name(about.owner);
    let due = about
        .due
        .map(|day| format!("To be decided by {}", show_day(day)));
    match (due, owner) {
        (Some(due), "") => draft.say(format!("{due}.")),
        (Some(due), owner) => draft.say(format!("{due}; {owner} answers for it.")),
        (None, "") => {}
        (None, owner) => draft.say(format!("{owner} answers for it.")),
    }
}

fn ranking(draft: &mut Draft, board: &Board, figures: &EvaluationFigures) {
    let currency = figures.evaluation.currency;
    let rows = figures.options.iter().map(|one| {
        let vendor = one.option.vendor.and_then(|id| board.vendors.get(&id));
        let failed: Vec<&str> = one.failed.iter().map(|c| c.name.as_str()).collect();
        let price = one.option.price;
        [
            one.rank.map_or(Cell::Empty, Cell::count),
            Cell::text(&one.option.name),
            Cell::text(vendor.map_or("", |vendor| &vendor.name)),
            price.map_or(Cell::Empty, |price| Cell::Money {
                minor: price.0,
                currency,
            }),
            Cell::percent(Some(one.total_basis_points)),
            if failed.is_empty() {
                Cell::status("Ranked", Tone::Good)
            } else {
                Cell::status(format!("Out: {}", failed.join(", ")), Tone::Bad)
            },
        ]
    });
    let price = format!("Price ({})", currency.code());
    let columns = [
        right("Rank"),
        left("Option"),
        left("Vendor"),
        right(&price),
        right("Score"),
        left("State"),
    ];
    draft.table(columns, rows.collect(), "There are no options yet.");
    if figures.options.len() > 1 {
        draft.add(Block::Chart(prices(figures)));
    }
}

fn prices(figures: &EvaluationFigures) -> Chart {
    let named = |one: &Ranked| one.option.name.clone();
    let price = |one: &Ranked| one.option.price.map(|price| price.0);
    Chart {
        title: "Price over the whole term".to_owned(),
        kind: ChartKind::Bars,
        unit: Unit::Money(figures.evaluation.currency),
        categories: figures.options.iter().map(named).collect(),
        series: vec![Series {
            name: "Price".to_owned(),
            values: figures.options.iter().map(price).collect(),
        }],
    }
}

fn firmness(figures: &EvaluationFigures) -> String {
    let Some(turn) = &figures.turn else {
        return "No change of one weight alone makes another option win.".to_owned();
    };
    let size = show_percent(turn.change_basis_points.saturating_abs());
    let size = size.trim_end_matches(" %");
    let way = if turn.change_basis_points < 0 {
        "falls"
    } else {
        "rises"
    };
    let verdict = if turn.is_within_a_fifth {
        "That is within a fifth of the weight: the result is not firm."
    } else {
        "That is more than a fifth of the weight: the result is firm."
    };
    format!(
        "{} draws level if the weight of {} {way} by {size} percentage points. {verdict}",
        turn.winner.name, turn.criterion.name
    )
}

/// Says what is missing for the comparison to count.
fn gaps(figures: &EvaluationFigures) -> Vec<String> {
    let mut said = Vec::new();
    if figures.weight_sum != 100 {
        said.push(format!(
            "The weights add up to {} %, not to 100 %.",
            figures.weight_sum
        ));
    }
    if figures.missing_scores > 0 {
        said.push(format!(
            "{} missing.",
            counted(figures.missing_scores, "score")
        ));
    }
    said
}

/// One row a criterion, one column an option.
fn marks(figures: &EvaluationFigures) -> Table {
    let column = |title: &str, align| Column {
        title: title.to_owned(),
        align,
    };
    let mut columns = vec![
        column("Criterion", Align::Left),
        column("Weight", Align::Right),
    ];
    let options = figures.options.iter();
    columns.extend(options.map(|one| column(&one.option.name, Align::Right)));
    let row = |(at, criterion): (usize, &std::sync::Arc<crate::evaluation::Criterion>)| {
        let is_mandatory = criterion.kind == CriterionKind::Mandatory;
        let weight = if is_mandatory {
            Cell::text("must")
        } else {
            Cell::percent(Some(criterion.weight.0.saturating_mul(100)))
        };
        let marks = figures.options.iter().map(|one| {
            let mark = one.marks.get(at);
            let fails = one.failed.iter().any(|c| c.meta.id == criterion.meta.id);
            match mark.and_then(crate::query::evaluation::Mark::basis_points) {
                None => Cell::Empty,
                Some(_) if is_mandatory && fails => Cell::status("Not met", Tone::Bad),
                Some(_) if is_mandatory => Cell::status("Met", Tone::Good),
                share => Cell::percent(share),
            }
        });
        Row {
            cells: [Cell::text(&criterion.name), weight]
                .into_iter()
                .chain(marks)
                .collect(),
            is_total: false,
            formulas: Vec::new(),
        }
    };
    Table {
        rows: figures.criteria.iter().enumerate().map(row).collect(),
        columns,
    }
}

fn evidence(draft: &mut Draft, board: &Board, figures: &EvaluationFigures) {
    let mut rows = Vec::new();
    for one in &figures.options {
        for criterion in &figures.criteria {
            for (_, score) in &board.scores {
                let is_here = score.option == Some(one.option.meta.id)
                    && score.criterion == Some(criterion.meta.id);
                if is_here {
                    rows.push([
                        Cell::text(&one.option.name),
                        Cell::text(&criterion.name),
                        Cell::text(board.person_name(score.evaluator)),
                        score
                            .value
                            .map_or(Cell::Empty, |value| Cell::Count(value.0)),
                        Cell::Count(criterion.highest()),
                        Cell::text(&score.source),
                        Cell::date(score.day),
                    ]);
                }
            }
        }
    }
    let currency = figures.evaluation.currency;
    draft.heading("What it rests on");
    for one in &figures.options {
        let notes = one.option.notes.0.trim();
        if !notes.is_empty() {
            draft.say(format!("{}: {notes}", one.option.name));
        }
    }
    let lowest = figures.options.iter().filter_map(|one| one.option.price);
    if let Some(lowest) = lowest.filter(|price| price.0 > 0).min() {
        draft.say(format!(
            "Prices score by the lowest: {} {}.",
            show_minor(lowest.0, currency),
            currency.code()
        ));
    }
    let columns = [
        left("Option"),
        left("Criterion"),
        left("Scored by"),
        right("Score"),
        right("Of"),
        left("Source"),
        right("Day"),
    ];
    draft.table(columns, rows, "Nobody has scored yet.");
}
