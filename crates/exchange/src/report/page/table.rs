//! Tables on pages: rows that break, and heads that repeat.
//!
//! How wide columns are is decided in [`super::columns`].

use adjutant_model::report::{Align, Row, Table, Tone};

use super::columns::{Grid, PAD, PAD_Y, Placed, Shown, count, grids, shown};
use super::{Flow, Item, Style, rectangle};
use crate::report::page::Face;
use crate::report::palette;

/// Sizes of letters that are tried, the best first.
const SIZES: [f32; 6] = [8.5, 8.0, 7.5, 7.0, 6.5, 6.0];

pub(super) fn draw(flow: &mut Flow<'_>, table: &Table) {
    if table.columns.is_empty() {
        return;
    }
    let rows = shown(table);
    for mut grid in grids(flow.faces, table, &rows, flow.inner(), &SIZES) {
        for column in &mut grid.columns {
            column.x += Flow::left();
        }
        let drawer = Drawer { grid: &grid, table };
        drawer.draw(flow, &rows);
        flow.y += 9.0;
    }
}

/// A row ready to be drawn.
struct Drawn<'a> {
    row: &'a Row,
    cells: &'a [Shown],
    wrapped: Vec<Vec<String>>,
}

impl Drawn<'_> {
    fn lines(&self) -> usize {
        self.wrapped.iter().map(Vec::len).max().unwrap_or(1)
    }
}

struct Drawer<'a> {
    grid: &'a Grid,
    table: &'a Table,
}

impl Drawer<'_> {
    fn draw(&self, flow: &mut Flow<'_>, rows: &[Vec<Shown>]) {
        let head = self.grid.head(flow.faces, self.table);
        let head_lines = head.iter().map(Vec::len).max().unwrap_or(1);
        let head_height = self.height(head_lines);
        flow.need(head_height + 2.0 * self.height(1));
        self.head(flow, &head, head_height);
        let drawn: Vec<Drawn<'_>> = self
            .table
            .rows
            .iter()
            .zip(rows)
            .map(|(row, cells)| Drawn {
                row,
                cells,
                wrapped: self.grid.wrapped(flow.faces, row, cells),
            })
            .collect();
        for (at, this) in drawn.iter().enumerate() {
            // A total never stands alone under the head of a new page.
            let next = drawn
                .get(at.saturating_add(1))
                .filter(|next| next.row.is_total);
            let together = next.map_or(0.0, |next| self.height(next.lines()));
            self.row(flow, this, together, (&head, head_height));
        }
    }

    fn height(&self, lines: usize) -> f32 {
        count(lines) * self.grid.line() + 2.0 * PAD_Y
    }

    fn head(&self, flow: &mut Flow<'_>, head: &[Vec<String>], height: f32) {
        let top = flow.y;
        let area = rectangle(
            Flow::left(),
            top,
            self.grid.width(),
            height,
            palette::SUNKEN,
        );
        flow.put(area);
        let style = Style::new(Face::SemiBold, self.grid.size, palette::SECONDARY);
        for (lines, column) in head.iter().zip(&self.grid.columns) {
            // Short heads stand at the bottom, next to what they name.
            let mut y = top + height - PAD_Y - self.grid.line() * (count(lines.len()) - 0.78);
            for line in lines {
                let x = x_of(flow, style, line, column);
                flow.text((x, y), style, line);
                y += self.grid.line();
            }
        }
        flow.y += height;
        self.rule(flow, palette::BORDER_STRONG, 0.75);
    }

    fn rule(&self, flow: &mut Flow<'_>, color: palette::Color, width: f32) {
        let left = Flow::left();
        let right = self
            .grid
            .columns
            .last()
            .map_or(left, |column| column.x + column.width);
        let y = flow.y;
        flow.put(Item::Line {
            points: vec![(left, y), (right, y)],
            width,
            color,
        });
    }

    /// Draws a row; one that is higher than a page is continued on the next. `together` is the height of what must
    /// stand on the same page.
    fn row(
        &self,
        flow: &mut Flow<'_>,
        drawn: &Drawn<'_>,
        together: f32,
        (head, head_height): (&[Vec<String>], f32),
    ) {
        let lines = drawn.lines();
        let mut done = 0;
        while done < lines {
            let height = self.height(lines - done);
            let fits_a_page = height + together <= flow.full_room() - head_height;
            let fits_one_line = flow.room() >= self.height(1);
            if height + together > flow.room() && (fits_a_page || !fits_one_line) {
                flow.new_page();
                self.head(flow, head, head_height);
            }
            let most = ((flow.room() - 2.0 * PAD_Y) / self.grid.line())
                .floor()
                .max(1.0);
            let mut part = 1;
            while part < lines - done && count(part + 1) <= most {
                part += 1;
            }
            self.part(flow, drawn, (done, part));
            done += part;
        }
    }

    fn part(&self, flow: &mut Flow<'_>, drawn: &Drawn<'_>, (from, lines): (usize, usize)) {
        let top = flow.y;
        let height = self.height(lines);
        if drawn.row.is_total {
            let area = rectangle(
                Flow::left(),
                top,
                self.grid.width(),
                height,
                palette::SUNKEN,
            );
            flow.put(area);
            self.rule(flow, palette::BORDER_STRONG, 0.75);
        }
        for (texts, column) in drawn.wrapped.iter().zip(&self.grid.columns) {
            let Some(cell) = drawn.cells.get(column.at) else {
                continue;
            };
            let color = cell.tone.map_or(palette::TEXT, palette::tone);
            let style = Style::new(cell.face(drawn.row), self.grid.size, color);
            let mut y = top + PAD_Y + self.grid.line() * 0.78;
            let shift = cell.sign_width(self.grid.size);
            if let Some(tone) = cell.sign()
                && from == 0
            {
                let x = column.x + PAD + column.lead + self.grid.size * 0.3;
                flow.put(sign(tone, (x, y - self.grid.size * 0.33), self.grid.size));
            }
            for line in texts.iter().skip(from).take(lines) {
                let x = x_of(flow, style, line, column);
                flow.text((x + shift, y), style, line);
                y += self.grid.line();
            }
        }
        flow.y += height;
        self.rule(flow, palette::BORDER, 0.5);
    }
}

fn x_of(flow: &Flow<'_>, style: Style, line: &str, column: &Placed) -> f32 {
    match column.align {
        Align::Left => column.x + PAD + column.lead,
        Align::Right => {
            column.x + column.width - PAD - flow.faces.width(style.face, line, style.size)
        }
    }
}

/// Returns the sign of a tone, about `(x, y)`: a disc, a triangle, a square.
fn sign(tone: Tone, (x, y): (f32, f32), size: f32) -> Item {
    let r = size * 0.27;
    let corners = match tone {
        Tone::Good | Tone::Neutral => (0_u8..20)
            .map(|step| {
                let angle = f32::from(step) * std::f32::consts::TAU / 20.0;
                (x + r * angle.cos(), y + r * angle.sin())
            })
            .collect(),
        Tone::Warn => vec![
            (x, y - r * 1.1),
            (x + r * 1.15, y + r * 0.9),
            (x - r * 1.15, y + r * 0.9),
        ],
        Tone::Bad => vec![
            (x - r * 0.9, y - r * 0.9),
            (x + r * 0.9, y - r * 0.9),
            (x + r * 0.9, y + r * 0.9),
            (x - r * 0.9, y + r * 0.9),
        ],
    };
    Item::Area {
        corners,
        color: palette::tone(tone),
    }
}
