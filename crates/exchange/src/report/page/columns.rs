//! How wide the columns of a table are, and how large its letters, so that everything stands.
//!
//! Words wrap, figures never do as long as any size of letter lets them stand. A table that is too wide even in the
//! smallest letters is divided into several below each other, its first column repeated. Pages and slides share this.

use adjutant_model::report::{Align, Cell, Row, Table, Tone};

use super::{Face, Faces, clean};

/// Space at either side of a cell's text, in points.
pub(crate) const PAD: f32 = 4.0;
/// Space above and below a cell's text.
pub(crate) const PAD_Y: f32 = 3.2;
/// Narrowest column of words.
const LEAST_WORDS: f32 = 44.0;

/// What a cell shows, ready to be measured.
pub(crate) struct Shown {
    pub(crate) text: String,
    pub(crate) tone: Option<Tone>,
    pub(crate) is_figure: bool,
}

impl Shown {
    /// Returns the face that the cell is set in.
    pub(crate) fn face(&self, row: &Row) -> Face {
        match (self.is_figure, row.is_total) {
            (true, true) => Face::FiguresMedium,
            (true, false) => Face::Figures,
            (false, true) => Face::SemiBold,
            (false, false) => Face::Regular,
        }
    }

    /// Returns the tone that is shown as a sign before the words.
    pub(crate) fn sign(&self) -> Option<Tone> {
        self.tone.filter(|tone| *tone != Tone::Neutral)
    }

    /// Returns the room that the sign takes.
    pub(crate) fn sign_width(&self, size: f32) -> f32 {
        if self.sign().is_some() { size } else { 0.0 }
    }
}

/// Returns what the cells of every row show.
pub(crate) fn shown(table: &Table) -> Vec<Vec<Shown>> {
    let row = |row: &Row| {
        let cells = row.cells.iter().zip(&table.columns);
        cells
            .map(|(cell, column)| one(cell, column.align))
            .collect()
    };
    table.rows.iter().map(row).collect()
}

fn one(cell: &Cell, align: Align) -> Shown {
    let tone = match cell {
        Cell::Status { tone, .. } => Some(*tone),
        Cell::Empty
        | Cell::Text(_)
        | Cell::Money { .. }
        | Cell::Percent { .. }
        | Cell::Date(_)
        | Cell::Count(_) => None,
    };
    Shown {
        text: clean(&cell.shown()),
        tone,
        is_figure: align == Align::Right,
    }
}

/// Columns that stand beside each other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    /// Size of the letters.
    pub(crate) size: f32,
    /// The columns from left to right.
    pub(crate) columns: Vec<Placed>,
}

/// Where a column stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placed {
    /// Its number in the table.
    pub(crate) at: usize,
    /// Its left edge, from the table's own.
    pub(crate) x: f32,
    /// Its width.
    pub(crate) width: f32,
    /// Space before words that follow a column of figures, beside the padding.
    pub(crate) lead: f32,
    /// Where its text stands.
    pub(crate) align: Align,
}

impl Placed {
    /// Returns the room for text.
    pub(crate) fn room(&self) -> f32 {
        self.width - 2.0 * PAD - self.lead
    }
}

impl Grid {
    /// Returns the distance between two lines.
    pub(crate) fn line(&self) -> f32 {
        self.size * 1.3
    }

    /// Returns the width of all columns.
    pub(crate) fn width(&self) -> f32 {
        self.columns.iter().map(|column| column.width).sum()
    }

    /// Returns the heads of the columns, broken into lines.
    pub(crate) fn head(&self, faces: &Faces, table: &Table) -> Vec<Vec<String>> {
        let wrapped = |column: &Placed| {
            let title = table
                .columns
                .get(column.at)
                .map_or("", |column| &column.title);
            let room = column.room() + 0.05;
            faces.wrap(Face::SemiBold, &clean(title), self.size, room)
        };
        self.columns.iter().map(wrapped).collect()
    }

    /// Returns the cells of a row, broken into lines.
    pub(crate) fn wrapped(&self, faces: &Faces, row: &Row, cells: &[Shown]) -> Vec<Vec<String>> {
        let wrapped = |column: &Placed| {
            let Some(cell) = cells.get(column.at) else {
                return Vec::new();
            };
            // A hair more than measured, so that rounding never breaks a figure.
            let room = column.room() - cell.sign_width(self.size) + 0.05;
            faces.wrap(cell.face(row), &cell.text, self.size, room)
        };
        self.columns.iter().map(wrapped).collect()
    }
}

/// Widths that a column would like and must have, without padding.
#[derive(Debug, Clone, Copy)]
struct Need {
    natural: f32,
    least: f32,
    lead: f32,
}

impl Need {
    /// Returns the space around the text.
    fn around(&self) -> f32 {
        2.0 * PAD + self.lead
    }
}

/// Decides size and widths; more than one grid if the table is too wide for the page.
///
/// `sizes` are tried in this order, the best first.
pub(crate) fn grids(
    faces: &Faces,
    table: &Table,
    rows: &[Vec<Shown>],
    inner: f32,
    sizes: &[f32],
) -> Vec<Grid> {
    let mut needs = Vec::new();
    let all = |needs: &[Need]| (0..needs.len()).collect();
    // Letters a little smaller are better than words that wrap, small letters are not.
    let good = match table.columns.len() {
        ..=8 => 0.93,
        9..=12 => 0.8,
        13.. => 0.75,
    };
    let best = sizes.first().copied().unwrap_or(8.0);
    for size in sizes.iter().copied().filter(|size| *size >= best * good) {
        needs = measure(faces, table, rows, size);
        let natural: f32 = needs.iter().map(|need| need.natural + need.around()).sum();
        if natural <= inner {
            return vec![grid(size, all(&needs), &needs, table, inner)];
        }
    }
    for size in sizes.iter().copied() {
        needs = measure(faces, table, rows, size);
        let least: f32 = needs.iter().map(|need| need.least + need.around()).sum();
        if least <= inner {
            return vec![grid(size, all(&needs), &needs, table, inner)];
        }
    }
    let size = sizes.last().copied().unwrap_or(6.0);
    let wide = |at: usize| needs.get(at).map_or(0.0, |need| need.least + need.around());
    let first = wide(0).min(inner / 3.0);
    let mut found = Vec::new();
    let mut group = vec![0];
    let mut used = first;
    for at in 1..needs.len() {
        if used + wide(at) > inner && group.len() > 1 {
            found.push(std::mem::replace(&mut group, vec![0]));
            used = first;
        }
        group.push(at);
        used += wide(at);
    }
    found.push(group);
    let grid_of = |group| grid(size, group, &needs, table, inner);
    found.into_iter().map(grid_of).collect()
}

/// Returns what each column needs with letters of this size.
fn measure(faces: &Faces, table: &Table, rows: &[Vec<Shown>], size: f32) -> Vec<Need> {
    let widest_word = |face: Face, text: &str| {
        text.split_whitespace()
            .map(|word| faces.width(face, word, size))
            .fold(0.0, f32::max)
    };
    let before =
        std::iter::once(Align::Left).chain(table.columns.iter().map(|column| column.align));
    let mut needs: Vec<Need> = table
        .columns
        .iter()
        .zip(before)
        .map(|(column, before)| {
            let wide = faces.width(Face::SemiBold, &column.title, size);
            Need {
                // The head of figures may take two lines; it does not make a narrow column wide.
                natural: match column.align {
                    Align::Left => wide,
                    Align::Right => wide / 2.0,
                },
                least: widest_word(Face::SemiBold, &column.title),
                lead: match (before, column.align) {
                    (Align::Right, Align::Left) => size,
                    (Align::Left, _) | (Align::Right, Align::Right) => 0.0,
                },
            }
        })
        .collect();
    for (row, cells) in table.rows.iter().zip(rows) {
        for (cell, need) in cells.iter().zip(&mut needs) {
            let face = cell.face(row);
            let sign = cell.sign_width(size);
            let wide = faces.width(face, &cell.text, size) + sign;
            // The words of a total may take two lines; they do not make a column wide.
            let natural = if row.is_total && !cell.is_figure {
                wide / 2.0
            } else {
                wide
            };
            need.natural = need.natural.max(natural);
            let least = if cell.is_figure {
                natural
            } else {
                (widest_word(face, &cell.text) + sign)
                    .max(natural.min(LEAST_WORDS))
                    .min(LEAST_WORDS * 2.0)
            };
            need.least = need.least.max(least);
        }
    }
    for need in &mut needs {
        need.natural = need.natural.max(need.least);
    }
    needs
}

fn grid(size: f32, columns: Vec<usize>, needs: &[Need], table: &Table, inner: f32) -> Grid {
    let chosen: Vec<(usize, Need)> = columns
        .into_iter()
        .filter_map(|at| Some((at, *needs.get(at)?)))
        .collect();
    let around: f32 = chosen.iter().map(|(_, need)| need.around()).sum();
    let natural: f32 = chosen.iter().map(|(_, need)| need.natural).sum();
    let least: f32 = chosen.iter().map(|(_, need)| need.least).sum();
    let room = inner - around;
    let limit = common_limit(&chosen, room);
    let mut x = 0.0;
    let place = |(at, need): (usize, Need)| {
        let text = if natural <= room {
            // What is left over goes to all columns alike, so that the table fills the page.
            let share = (need.natural + 8.0) / (natural + 8.0 * count(chosen.len()));
            need.natural + (room - natural) * share
        } else if least <= room {
            need.natural.min(need.least.max(limit))
        } else {
            need.least * room / least
        };
        let width = text + need.around();
        let left = x;
        x += width;
        Placed {
            at,
            x: left,
            width,
            lead: need.lead,
            align: table
                .columns
                .get(at)
                .map_or(Align::Left, |column| column.align),
        }
    };
    Grid {
        size,
        columns: chosen.iter().copied().map(place).collect(),
    }
}

/// Returns the width that the widest columns are cut to, so that all together fit: short columns keep what they like.
fn common_limit(chosen: &[(usize, Need)], room: f32) -> f32 {
    let used = |limit: f32| -> f32 {
        let width = |(_, need): &(usize, Need)| need.natural.min(need.least.max(limit));
        chosen.iter().map(width).sum()
    };
    let (mut low, mut high) = (0.0, room.max(0.0));
    // Thirty halvings bring any width of paper below a millionth of a point.
    for _halving in 0..30 {
        let middle = f32::midpoint(low, high);
        if used(middle) <= room {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

pub(crate) fn count(number: usize) -> f32 {
    f32::from(u16::try_from(number).unwrap_or(u16::MAX))
}
