//! A table of many rows of which only the visible ones are drawn, with a cursor, sorting and editing by keyboard.
//!
//! Cursor and scroll hold on to records, not to positions: rows that come, go or move elsewhere (another device's edit)
//! move neither. The table knows nothing of its rows but their ids and cells.

use adjutant_base::RecordId;
use egui::accesskit::Role;
use egui::{
    Align, CornerRadius, CursorIcon, Event, EventFilter, Id, Key, Modifiers, Rect, Response,
    ScrollArea, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use crate::icons;
use crate::theme::{self, RADIUS_CARD, ROW, font};
use crate::widgets::cell::Cell;
use crate::widgets::editor::Move;
use crate::widgets::measure::{count, points, within};
use crate::widgets::{card, text};

/// Height of the head, in points.
const HEAD: f32 = 34.0;
/// Space left and right of a cell's content, in points.
const PAD: f32 = 10.0;

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its head.
    pub title: &'static str,
    /// Its width in points; `None` takes what is left.
    pub width: Option<f32>,
    /// Where head and cells stand.
    pub align: Align,
}

/// By which column rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sort {
    /// The column.
    pub column: usize,
    /// Whether the greatest comes first.
    pub is_descending: bool,
}

impl Sort {
    /// Returns the order after a click on a column's head.
    #[must_use]
    pub fn clicked(self, column: usize) -> Self {
        let is_descending = self.column == column && !self.is_descending;
        Self {
            column,
            is_descending,
        }
    }
}

/// The rows of a table.
pub trait Rows {
    /// Returns how many there are.
    fn len(&self) -> usize;
    /// Tells whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Returns the record of a row.
    fn id(&self, row: usize) -> Option<RecordId>;
    /// Returns what a cell shows.
    fn cell(&self, row: usize, column: usize) -> Cell<'_>;
}

/// A cell of the table.
pub type Place = (RecordId, usize);

/// What the user did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableEvent {
    /// Sort by this column.
    Sort(usize),
    /// Edit this cell.
    Edit(Place),
    /// Space on this row.
    Toggle(RecordId),
    /// Delete on this row.
    Delete(RecordId),
}

/// Where the user is in a table.
#[derive(Debug, Clone, Default)]
pub struct TableState {
    /// The cell with the cursor.
    pub cursor: Option<Place>,
    /// The row's position when last seen: where the cursor goes if its record leaves the list.
    cursor_row: usize,
    /// The record of the uppermost drawn row and that row's position.
    anchor: Option<(RecordId, usize)>,
    /// How far the cells are scrolled, in points.
    offset: Vec2,
    /// What the order and choice of rows depend on, when last drawn.
    order: Option<u64>,
    reveals_cursor: bool,
    takes_focus: bool,
}

impl TableState {
    /// Moves the cursor after an edit was taken and gives the keyboard back to the table.
    pub fn after_edit(&mut self, rows: &dyn Rows, columns: usize, to: Move) {
        self.takes_focus = true;
        let (down, right) = match to {
            Move::Stay => (0, 0),
            Move::Down => (1, 0),
            Move::Up => (-1, 0),
            Move::Right => (0, 1),
            Move::Left => (0, -1),
        };
        self.move_by(rows, columns, down, right);
    }

    /// Puts the cursor on a cell, scrolls to it and gives the table the keyboard.
    pub fn go_to(&mut self, place: Place) {
        self.cursor = Some(place);
        self.reveals_cursor = true;
        self.takes_focus = true;
    }

    /// Gives the table the keyboard.
    pub fn focus(&mut self) {
        self.takes_focus = true;
    }

    /// Takes back a wish for the keyboard: the table is not there to have it.
    pub fn forgo_focus(&mut self) {
        self.takes_focus = false;
    }

    fn row_of(&self, rows: &dyn Rows) -> Option<usize> {
        let (id, _) = self.cursor?;
        if rows.id(self.cursor_row) == Some(id) {
            return Some(self.cursor_row);
        }
        (0..rows.len()).find(|row| rows.id(*row) == Some(id))
    }

    /// Puts the cursor on the first row when the table has the keyboard and there was no row before.
    fn begin(&mut self, rows: &dyn Rows, has_focus: bool) {
        if (self.takes_focus || has_focus) && self.cursor.is_none() {
            self.cursor = rows.id(0).map(|id| (id, 0));
            self.cursor_row = 0;
        }
    }

    /// Keeps the cursor on its record; where that has left the list, on the row that took its place.
    fn settle(&mut self, rows: &dyn Rows) {
        let Some((_, column)) = self.cursor else {
            return;
        };
        if let Some(row) = self.row_of(rows) {
            self.cursor_row = row;
        } else {
            self.cursor_row = self.cursor_row.min(rows.len().saturating_sub(1));
            self.cursor = rows.id(self.cursor_row).map(|id| (id, column));
        }
    }

    fn move_by(&mut self, rows: &dyn Rows, columns: usize, down: isize, right: isize) {
        let last = rows.len().saturating_sub(1);
        let (row, column) = match self.cursor {
            Some((_, column)) => (
                self.cursor_row.saturating_add_signed(down).min(last),
                column
                    .saturating_add_signed(right)
                    .min(columns.saturating_sub(1)),
            ),
            None => (0, 0),
        };
        self.cursor_row = row;
        self.cursor = rows.id(row).map(|id| (id, column));
        self.reveals_cursor = true;
    }

    /// Returns the offset to scroll to: to the top for another order, and to where the uppermost row went if rows
    /// came or went without the user's doing; `None` where nothing of that happened.
    fn held_offset(&mut self, rows: &dyn Rows, order: u64) -> Option<f32> {
        let is_new_order = self
            .order
            .replace(order)
            .is_some_and(|before| before != order);
        if is_new_order {
            self.anchor = None;
            return Some(0.0);
        }
        let (id, before) = self.anchor?;
        if rows.id(before) == Some(id) {
            return None;
        }
        let now = (0..rows.len()).find(|row| rows.id(*row) == Some(id))?;
        Some((self.offset.y + (points(now) - points(before)) * ROW).max(0.0))
    }

    /// Returns the offset that brings the cursor's cell into sight.
    fn revealing_offset(&self, body: Rect, spans: &[Span]) -> Vec2 {
        let top = points(self.cursor_row) * ROW;
        let y = within(self.offset.y, (top, top + ROW), body.height());
        let column = self.cursor.and_then(|(_, column)| spans.get(column));
        let x = column.map_or(self.offset.x, |(left, right)| {
            within(self.offset.x, (left - 6.0, right + 6.0), body.width())
        });
        vec2(x, y)
    }
}

/// Left and right of a column, from the left end of a row, in points.
type Span = (f32, f32);

/// What a table looks like and what it needs to be drawn.
#[derive(Debug)]
#[must_use = "a table does nothing until it is shown"]
pub struct Table<'a> {
    /// Its name for egui.
    pub id: Id,
    /// Its name for people.
    pub name: &'a str,
    /// Its columns.
    pub columns: &'a [Column],
    /// By what it is sorted.
    pub sort: Sort,
    /// A number that changes when filter or order change, but not when the data do.
    pub order: u64,
    /// The cell that is being edited; the output says where it stands.
    pub edited: Option<Place>,
    /// Whether the edited cell is left empty for the editor.
    pub hides_edited: bool,
}

/// What came of drawing a table.
#[derive(Debug, Default)]
pub struct TableOutput {
    /// What the user did, in order.
    pub events: Vec<TableEvent>,
    /// Where the edited cell stands, if it is in sight.
    pub edited: Option<Rect>,
    /// Where the rows stand.
    pub body: Option<Rect>,
}

impl Table<'_> {
    /// Draws the table into a rectangle.
    pub fn show(
        &self,
        ui: &mut Ui,
        rect: Rect,
        rows: &dyn Rows,
        state: &mut TableState,
    ) -> TableOutput {
        let mut output = TableOutput::default();
        let colors = theme::palette(ui);
        ui.painter().add(card::bare_frame(ui).paint(rect));
        let inner = rect.shrink(1.0);
        let spans = self.spans(inner.width());
        // Columns without titles need no head.
        let has_head = self.columns.iter().any(|column| !column.title.is_empty());
        let height = if has_head { HEAD } else { 0.0 };
        let head = Rect::from_min_size(inner.min, vec2(inner.width(), height));
        ui.painter().hline(
            inner.x_range(),
            head.bottom(),
            Stroke::new(1.0, colors.border),
        );
        let body = Rect::from_min_max(pos2(inner.left(), head.bottom() + 1.0), inner.max);
        output.body = Some(body);
        let has_focus = ui.memory(|memory| memory.has_focus(self.id));
        state.begin(rows, has_focus);
        state.settle(rows);
        let focus = self.focus_ui(ui, body, rows, state);
        if focus.has_focus() && self.edited.is_none() {
            self.keys(ui, body, rows, state, &mut output);
        }
        self.body_ui(ui, body, &spans, rows, (state, &focus, &mut output));
        if has_head {
            // After the body, which knows how far the columns are scrolled in this frame.
            self.head_ui(ui, head, (&spans, state.offset.x), &mut output);
        }
        if focus.has_focus() && state.cursor.is_none() {
            let stroke = theme::focus_stroke(colors);
            ui.painter().rect_stroke(
                rect,
                CornerRadius::same(RADIUS_CARD),
                stroke,
                StrokeKind::Inside,
            );
        }
        output
    }

    /// Returns left and right of each column; wider than the table if that is narrow, which then scrolls.
    fn spans(&self, width: f32) -> Vec<Span> {
        let fixed: f32 = self.columns.iter().filter_map(|column| column.width).sum();
        let open = self
            .columns
            .iter()
            .filter(|column| column.width.is_none())
            .count();
        let rest = ((width - fixed - 12.0) / points(open.max(1))).max(200.0);
        let mut left = 6.0;
        let span = |column: &Column| {
            let start = left;
            left += column.width.unwrap_or(rest);
            (start, left)
        };
        self.columns.iter().map(span).collect()
    }

    fn head_ui(
        &self,
        ui: &mut Ui,
        head: Rect,
        (spans, scrolled): (&[Span], f32),
        output: &mut TableOutput,
    ) {
        let colors = theme::palette(ui);
        let mut inside = ui.new_child(UiBuilder::new().max_rect(head));
        let ui = &mut inside;
        ui.shrink_clip_rect(head);
        let left = head.left() - scrolled;
        for (at, (column, span)) in self.columns.iter().zip(spans).enumerate() {
            let rect = Rect::from_x_y_ranges(left + span.0..=left + span.1, head.y_range());
            let response = ui.interact(rect, self.id.with(("head", at)), Sense::click());
            let is_sorted = self.sort.column == at;
            response.widget_info(|| {
                let mut info = WidgetInfo::labeled(Role::ColumnHeader, true, column.title);
                info.current_text_value = is_sorted.then(|| {
                    if self.sort.is_descending {
                        "descending"
                    } else {
                        "ascending"
                    }
                    .to_owned()
                });
                info
            });
            if response.clicked() {
                output.events.push(TableEvent::Sort(at));
            }
            let ink = if is_sorted || response.hovered() {
                colors.strong
            } else {
                colors.secondary
            };
            let font = if is_sorted {
                font::small_strong()
            } else {
                font::small()
            };
            let mut inner = rect.shrink2(vec2(PAD, 0.0));
            if is_sorted && column.align == Align::Max {
                inner.max.x -= 14.0;
            }
            let shown = text::line(ui.painter(), inner, column.align, column.title, font, ink);
            if is_sorted {
                let icon = if self.sort.is_descending {
                    icons::DOWN
                } else {
                    icons::UP
                };
                let square =
                    Rect::from_min_size(pos2(shown.right() + 2.0, rect.top()), vec2(14.0, HEAD));
                text::icon(ui.painter(), square, icon, 13.0, ink);
            }
            crate::widgets::button::focus_ring(ui, rect.shrink(4.0), &response);
            response.on_hover_cursor(CursorIcon::PointingHand);
        }
    }

    /// Makes the body a thing that can have the keyboard.
    fn focus_ui(&self, ui: &Ui, body: Rect, rows: &dyn Rows, state: &mut TableState) -> Response {
        let response = ui.interact(body, self.id, Sense::focusable_noninteractive());
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Grid, true, self.name);
            info.current_text_value = Some(crate::format::counted(rows.len(), "row", "rows"));
            info
        });
        if std::mem::take(&mut state.takes_focus) {
            response.request_focus();
        }
        if response.has_focus() {
            let filter = EventFilter {
                tab: false,
                horizontal_arrows: true,
                vertical_arrows: true,
                escape: false,
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(self.id, filter));
        }
        response
    }

    fn keys(
        &self,
        ui: &Ui,
        body: Rect,
        rows: &dyn Rows,
        state: &mut TableState,
        output: &mut TableOutput,
    ) {
        let page = isize::try_from(count(body.height() / ROW))
            .unwrap_or(1)
            .max(2)
            - 1;
        let all = isize::MAX;
        let moves = [
            (Key::ArrowDown, 1, 0),
            (Key::ArrowUp, -1, 0),
            (Key::ArrowRight, 0, 1),
            (Key::ArrowLeft, 0, -1),
            (Key::PageDown, page, 0),
            (Key::PageUp, -page, 0),
            (Key::End, all, 0),
            (Key::Home, -all, 0),
        ];
        let mut pressed = Vec::new();
        ui.input_mut(|input| {
            for (key, down, right) in moves {
                for _ in 0..input.count_and_consume_key(Modifiers::NONE, key) {
                    pressed.push((down, right));
                }
            }
        });
        for (down, right) in pressed {
            state.move_by(rows, self.columns.len(), down, right);
        }
        let Some(place) = state.cursor else { return };
        let take = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if take(Key::Enter) || take(Key::F2) {
            output.events.push(TableEvent::Edit(place));
        }
        if take(Key::Space) {
            // The text that the key makes is nobody's.
            ui.input_mut(|input| {
                input
                    .events
                    .retain(|event| !matches!(event, Event::Text(text) if text == " "));
            });
            output.events.push(TableEvent::Toggle(place.0));
        }
        if take(Key::Delete) {
            output.events.push(TableEvent::Delete(place.0));
        }
    }

    fn body_ui(
        &self,
        ui: &mut Ui,
        body: Rect,
        spans: &[Span],
        rows: &dyn Rows,
        sinks: (&mut TableState, &Response, &mut TableOutput),
    ) {
        let (state, focus, output) = sinks;
        let held = state.held_offset(rows, self.order);
        let reveals = std::mem::take(&mut state.reveals_cursor);
        let mut area = ScrollArea::both()
            .id_salt((self.id, "rows"))
            .auto_shrink([false, false])
            .animated(false);
        if reveals {
            area = area.scroll_offset(state.revealing_offset(body, spans));
        } else if let Some(offset) = held {
            area = area.vertical_scroll_offset(offset);
        }
        let width = spans.last().map_or(0.0, |(_, right)| right + 6.0);
        let shown = ui.scope_builder(UiBuilder::new().max_rect(body), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.shrink_clip_rect(body);
            area.show_rows(ui, ROW, rows.len(), |ui, range| {
                ui.set_min_width(width);
                let corner = ui.max_rect().min;
                let first = range.start;
                for (line, row) in range.enumerate() {
                    let at = corner + vec2(0.0, points(line) * ROW);
                    let rect = Rect::from_min_size(at, vec2(width.max(body.width()), ROW));
                    self.row_ui(ui, rect, spans, (rows, row), (state, focus, output));
                }
                first
            })
        });
        let first = shown.inner.inner;
        state.anchor = rows.id(first).map(|id| (id, first));
        state.offset = shown.inner.state.clamped_offset();
    }

    fn row_ui(
        &self,
        ui: &mut Ui,
        rect: Rect,
        spans: &[Span],
        row: (&dyn Rows, usize),
        sinks: (&mut TableState, &Response, &mut TableOutput),
    ) {
        let (rows, at) = row;
        let (state, focus, output) = sinks;
        let Some(id) = rows.id(at) else { return };
        let colors = theme::palette(ui);
        let response = ui.interact(rect, self.id.with(id.0), Sense::click());
        let is_cursor = state.cursor.is_some_and(|(cursor, _)| cursor == id);
        response.widget_info(|| {
            WidgetInfo::selected(Role::Row, true, is_cursor, rows.cell(at, 0).text)
        });
        if response.clicked() || response.double_clicked() {
            let column = response
                .interact_pointer_pos()
                .and_then(|at| column_at(spans, at.x - rect.left()))
                .unwrap_or(0);
            state.cursor = Some((id, column));
            state.cursor_row = at;
            focus.request_focus();
            if response.double_clicked() {
                output.events.push(TableEvent::Edit((id, column)));
            }
        }
        let fill = match (is_cursor, response.hovered()) {
            (true, _) => colors.accent_soft,
            (false, true) => colors.hover,
            (false, false) => egui::Color32::TRANSPARENT,
        };
        ui.painter()
            .rect_filled(rect.shrink2(vec2(4.0, 1.0)), CornerRadius::same(5), fill);
        ui.painter().hline(
            rect.x_range(),
            rect.bottom() - 0.5,
            Stroke::new(1.0, colors.border.gamma_multiply(0.6)),
        );
        let left = rect.left();
        for (column, span) in spans.iter().enumerate() {
            let cell_rect = Rect::from_x_y_ranges(left + span.0..=left + span.1, rect.y_range());
            if self.edited == Some((id, column)) {
                output.edited = Some(cell_rect.shrink2(vec2(2.0, 2.0)));
                if self.hides_edited {
                    continue;
                }
            }
            self.cell_ui(ui, cell_rect, (at, id, column), &rows.cell(at, column));
            if focus.has_focus() && state.cursor == Some((id, column)) {
                let stroke = theme::focus_stroke(colors);
                ui.painter().rect_stroke(
                    cell_rect.shrink(2.0),
                    CornerRadius::same(5),
                    stroke,
                    StrokeKind::Inside,
                );
            }
        }
    }

    /// Paints a cell and tells assistive technology what it says.
    fn cell_ui(
        &self,
        ui: &Ui,
        rect: Rect,
        (row, id, column): (usize, RecordId, usize),
        cell: &Cell<'_>,
    ) {
        let Some(definition) = self.columns.get(column) else {
            return;
        };
        cell.paint(
            ui.painter(),
            rect.shrink2(vec2(PAD, 0.0)),
            definition.align,
            theme::palette(ui),
        );
        let named = ui.interact(rect, self.id.with((id.0, column)), Sense::hover());
        named.widget_info(|| {
            let name = format!("{}, {}", definition.title, row + 1);
            let mut info = WidgetInfo::labeled(Role::Cell, true, name);
            info.current_text_value = Some(cell.spoken());
            info
        });
        if !cell.note.is_empty() && named.hovered() {
            named.on_hover_text(cell.note.as_ref());
        }
    }
}

fn column_at(spans: &[Span], x: f32) -> Option<usize> {
    spans
        .iter()
        .position(|(left, right)| (*left..*right).contains(&x))
}
