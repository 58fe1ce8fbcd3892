//! Reading a block of cells from a spreadsheet into a budget: all of it or nothing.
//!
//! Amounts are read by the model, so a paste takes what typing takes. A refusal names the cell in words.

use adjutant_base::limits::PASTE_ROWS;
use adjutant_model::Command;
use adjutant_model::budget::BudgetLineField;
use adjutant_model::calendar::Period;
use adjutant_model::money::{Amount, Currency};
use adjutant_model::value::FieldValue as _;

use super::data::{GridData, Which};

/// Columns of months.
const MONTHS: usize = 12;

/// Why a block was not pasted. Nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The cell at fault: row and month of the grid.
    pub cell: (usize, usize),
    /// What is wrong and what would be taken.
    pub words: String,
}

/// Returns the cells of a block: lines, and in each what stands between tabs.
///
/// One line end at the end of the block belongs to the clipboard, not to the block.
pub fn cells(block: &str) -> Vec<Vec<&str>> {
    let block = block.strip_suffix('\n').unwrap_or(block);
    let block = block.strip_suffix('\r').unwrap_or(block);
    block
        .split('\n')
        .map(|line| {
            line.trim_end_matches('\r')
                .split('\t')
                .map(str::trim)
                .collect()
        })
        .collect()
}

/// Returns the one command that puts a block into the grid, its first cell at this row and month.
///
/// An empty cell of the block clears the cell that it falls on.
///
/// # Errors
/// [`Refusal`] for the first cell that is no amount or falls outside the grid.
pub fn paste_command(grid: &GridData, at: (usize, usize), block: &str) -> Result<Command, Refusal> {
    let refuse = |cell, words: String| Err(Refusal { cell, words });
    if grid.which == Which::Variance {
        return refuse(
            at,
            "Variances follow from plan and actual; choose one of these to paste into".to_owned(),
        );
    }
    let lines = cells(block);
    if lines.len() > PASTE_ROWS {
        return refuse(
            at,
            format!(
                "Nothing pasted: {} rows are more than the {PASTE_ROWS} of one paste",
                lines.len()
            ),
        );
    }
    let room = grid.rows.len().saturating_sub(at.0);
    if lines.len() > room {
        return refuse(at, too_large(lines.len(), room, "lines"));
    }
    let mut commands = Vec::new();
    let mut count = 0_usize;
    for (down, (line, row)) in lines.iter().zip(grid.rows.iter().skip(at.0)).enumerate() {
        let mut fields = Vec::new();
        for (right, text) in line.iter().enumerate() {
            let cell = (at.0 + down, at.1 + right);
            let Some(period) = Period::all().nth(cell.1) else {
                let room = MONTHS.saturating_sub(at.1);
                return refuse(at, too_large(line.len(), room, "columns"));
            };
            match amount(text, grid.currency) {
                Ok(amount) => fields.push(field(grid.which, period, amount)),
                Err(expected) => {
                    let words = format!(
                        "Nothing pasted: \u{201c}{text}\u{201d} for {}, {} is not {expected}",
                        row.name,
                        grid.months.get(cell.1).map_or("", String::as_str)
                    );
                    return refuse(cell, words);
                }
            }
        }
        count += fields.len();
        commands.push(Command::edit(row.id, fields));
    }
    Ok(Command::Batch {
        label: format!("paste {}", crate::format::counted(count, "cell", "cells")),
        commands,
    })
}

fn too_large(count: usize, room: usize, what: &str) -> String {
    let are = if room == 1 { "is" } else { "are" };
    format!("Nothing pasted: the block has {count} {what}, and {room} {are} left from here on")
}

/// Reads a typed or pasted amount; empty means none.
///
/// # Errors
/// What would be taken, as the end of "is not ...".
pub fn amount(text: &str, currency: Currency) -> Result<Option<Amount>, String> {
    Option::<Amount>::from_input_in(text, currency).map_err(|refused| refused.expected)
}

/// Returns the field of a month.
pub fn field(which: Which, period: Period, amount: Option<Amount>) -> BudgetLineField {
    match which {
        Which::Plan => BudgetLineField::Plan(period, amount),
        Which::Actual | Which::Variance => BudgetLineField::Actual(period, amount),
    }
}
