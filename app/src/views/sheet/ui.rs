//! Draws the side sheet and turns edits, remarks and sign-offs into intents.
//!
//! Its fields are a table: arrows move, Enter edits, Escape gives up and then closes the sheet.

use std::sync::Arc;

use adjutant_base::RecordId;
use adjutant_model::Kind;
use adjutant_model::review::{RemarkField, RemarkKind, RemarkState, Verdict};
use adjutant_model::{Command, Prose};
use chrono::NaiveDate;
use egui::accesskit::Role;
use egui::{
    Align, CornerRadius, CursorIcon, Id, Key, Layout, Modifiers, Rect, RichText, ScrollArea, Sense,
    Stroke, TextEdit, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::data::{Around, FieldRows, Line, around, history, row_id};
use crate::background::Background;
use crate::icons;
use crate::theme::{self, CONTROL, GAP, RADIUS_CONTROL, font};
use crate::views::field_edit::{Edited, edit_ui};
use crate::views::owners::own;
use crate::views::record::{self, Control, Field};
use crate::views::register::data::{Source, ranked};
use crate::views::{Cached, Intent};
use crate::widgets::button::{self, Button};
use crate::widgets::inline::Inline;
use crate::widgets::table::{Column, Sort, Table, TableEvent, TableState};
use crate::widgets::{avatar, empty, segmented, text};

const COLUMNS: [Column; 2] = [
    Column {
        title: "",
        width: Some(136.0),
        align: Align::Min,
    },
    Column {
        title: "",
        width: None,
        align: Align::Min,
    },
];
const LINE: f32 = 46.0;
const TABS: [&str; 4] = ["Fields", "History", "Remarks", "Links"];

/// What the sheet asks the shell to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetWish {
    /// Close.
    Close,
}

/// The open sheet.
#[derive(Debug)]
pub struct Sheet {
    kind: Kind,
    id: RecordId,
    /// Records that were shown before, the last one last.
    before: Vec<(Kind, RecordId)>,
    tab: usize,
    table: TableState,
    inline: Inline,
    prose: Option<(Field, String, bool)>,
    remark: String,
    fields: Cached<(u64, NaiveDate), FieldRows>,
    past: Background<u64, Result<Vec<Line>, String>>,
    around: Background<u64, Around>,
    /// The field to edit as soon as the record is on the board.
    begins_with: Option<&'static str>,
}

impl Sheet {
    /// Opens a record.
    pub fn new(kind: Kind, id: RecordId) -> Self {
        let mut table = TableState::default();
        table.focus();
        Self {
            kind,
            id,
            before: Vec::new(),
            tab: 0,
            table,
            inline: Inline::Closed,
            prose: None,
            remark: String::new(),
            fields: Cached::default(),
            past: Background::default(),
            around: Background::default(),
            begins_with: None,
        }
    }

    /// Opens a record that was just made, its name ready to be typed over.
    pub fn begin(kind: Kind, id: RecordId) -> Self {
        Self {
            begins_with: Some(kind.title_field()),
            ..Self::new(kind, id)
        }
    }

    /// Shows another record; the one that was shown can be gone back to.
    pub fn go(&mut self, kind: Kind, id: RecordId) {
        if id == self.id {
            return;
        }
        let mut before = std::mem::take(&mut self.before);
        before.push((self.kind, self.id));
        *self = Self {
            before,
            ..Self::new(kind, id)
        };
    }

    /// Returns the record that is shown.
    pub fn record(&self) -> (Kind, RecordId) {
        (self.kind, self.id)
    }

    /// Tells whether a text or a list is open.
    pub fn awaits_text(&self) -> bool {
        self.inline.place().is_some() || self.prose.is_some() || self.begins_with.is_some()
    }

    /// Draws the sheet.
    pub fn show_ui(
        &mut self,
        ui: &mut Ui,
        source: &Source,
        intents: &mut Vec<Intent>,
    ) -> Option<SheetWish> {
        ui.spacing_mut().item_spacing.y = GAP[1];
        let is_here = source.scene.board.meta(self.kind, self.id).is_some();
        let wish = self.head_ui(ui, source, intents);
        if !is_here {
            let area = ui.available_rect_before_wrap();
            let words = (
                "This record is not here",
                "It was deleted, or has not arrived yet",
            );
            empty::empty_ui(ui, area, icons::EMPTY, words, None);
            return wish;
        }
        let version = source.scene.board.version;
        let (kind, id, theirs) = (self.kind, self.id, source.clone());
        let around = self
            .around
            .get((&source.scene.work, ui.ctx()), version, move || {
                around(&theirs, kind, id)
            });
        let around = around.unwrap_or_default();
        facts_ui(ui, &around);
        ui.add_space(GAP[0]);
        self.tabs_ui(ui, source, &around);
        match self.tab {
            0 => self.fields_ui(ui, source, intents),
            1 => self.history_ui(ui, source),
            2 => self.remarks_ui(ui, source, intents),
            _ => {
                let words = ("No links", "Records that name this one appear here");
                let led = lines_ui(ui, "links", &around.links, words);
                intents.extend(led.map(|(kind, id)| Intent::Open(kind, id)));
            }
        }
        let is_free = !self.awaits_text() && !ui.ctx().text_edit_focused();
        let escape =
            is_free && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        if escape { Some(SheetWish::Close) } else { wish }
    }

    fn head_ui(
        &mut self,
        ui: &mut Ui,
        source: &Source,
        intents: &mut Vec<Intent>,
    ) -> Option<SheetWish> {
        let colors = theme::palette(ui);
        let mut wish = None;
        ui.horizontal(|ui| {
            if !self.before.is_empty()
                && ui.add(Button::icon_only(icons::BACK, "Back")).clicked()
                && let Some((kind, id)) = self.before.pop()
            {
                let before = std::mem::take(&mut self.before);
                *self = Self {
                    before,
                    ..Self::new(kind, id)
                };
            }
            let (icon, _) = crate::views::kind_look(self.kind);
            let (square, _) = ui.allocate_exact_size(vec2(18.0, CONTROL), Sense::hover());
            text::icon(ui.painter(), square, icon, 17.0, colors.secondary);
            let kind = RichText::new(record::kind_label(self.kind)).font(font::small());
            ui.label(kind.color(colors.secondary));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                if ui
                    .add(Button::icon_only(icons::CLOSE, "Close the sheet"))
                    .clicked()
                {
                    wish = Some(SheetWish::Close);
                }
                let (kind, id) = self.record();
                if !kind.is_internal()
                    && ui
                        .add(Button::icon_only(icons::DELETE, "Delete the record"))
                        .clicked()
                {
                    let title = record::title(&source.scene.board, kind, id);
                    let said = format!("Deleted \u{201c}{title}\u{201d}");
                    intents.push(Intent::DoAndSay(Command::Delete { kind, id }, said));
                    wish = Some(SheetWish::Close);
                }
            });
        });
        let title = record::title(&source.scene.board, self.kind, self.id);
        let shown = RichText::new(&title).font(font::page_title());
        ui.add(egui::Label::new(shown.color(colors.strong)).wrap())
            .widget_info(|| WidgetInfo::labeled(Role::Heading, true, &title));
        let inside = if self.kind == Kind::Project {
            Some(("Open the plan", icons::TIMELINE, Intent::Project(self.id)))
        } else if self.kind == Kind::Meeting {
            Some((
                "Open the meeting",
                icons::MEETINGS,
                Intent::Meeting(self.id),
            ))
        } else {
            None
        };
        if let Some((label, icon, intent)) = inside
            && ui.add(Button::quiet(label).icon(icon)).clicked()
        {
            intents.push(intent);
        }
        wish
    }

    fn tabs_ui(&mut self, ui: &mut Ui, source: &Source, around: &Around) {
        let board = &source.scene.board;
        let remarks = board.remarks.into_iter();
        let remarks = remarks
            .filter(|(_, remark)| remark.about == Some(self.id))
            .count();
        let counts = [0, 0, remarks, around.links.len()];
        let tabs: Vec<(&str, usize)> = TABS.into_iter().zip(counts).collect();
        if let Some(tab) = segmented::segmented_ui(ui, "What is shown", &tabs, self.tab) {
            self.tab = tab;
            self.table.focus();
        }
    }

    fn fields_ui(&mut self, ui: &mut Ui, source: &Source, intents: &mut Vec<Intent>) {
        let scene = &source.scene;
        let (kind, id) = self.record();
        let rows = self
            .fields
            .get(scene.version(), || FieldRows::of(scene, kind, id));
        // While a question over the window is closing, nothing under it can get the keyboard.
        let is_free = ui.memory(|memory| memory.top_modal_layer().is_none());
        if !is_free {
            ui.ctx().request_repaint();
        }
        if let Some(name) = self.begins_with.take_if(|_| is_free) {
            let place = (row_id(name), 1);
            self.table.go_to(place);
            self.inline
                .open_text(place, Field { kind, id, name }.text(&scene.board));
        }
        let mut area = ui.available_rect_before_wrap();
        if self.prose.is_some() {
            let height = (area.height() * 0.5).clamp(150.0, 320.0);
            let below = Rect::from_min_max(pos2(area.left(), area.bottom() - height), area.max);
            area.max.y = below.top() - GAP[1];
            self.prose_ui(ui, below, source, intents);
        }
        let table_id = Id::unique("sheet fields");
        let table = Table {
            id: table_id,
            name: "Fields",
            columns: &COLUMNS,
            sort: Sort {
                column: 9,
                is_descending: false,
            },
            order: 0,
            edited: self.inline.place(),
            hides_edited: self.inline.text_place().is_some(),
        };
        let shown = table.show(ui, area, &*rows, &mut self.table);
        self.inline_ui(ui, shown.edited, table_id, (source, &rows), intents);
        for event in shown.events {
            if let TableEvent::Edit((row, _)) = event
                && let Some(field) = rows.find(row)
            {
                ui.ctx().request_repaint();
                self.open(field, source, intents);
            }
        }
    }

    fn open(&mut self, field: Field, source: &Source, intents: &mut Vec<Intent>) {
        let place = (row_id(field.name), 1);
        let board = &source.scene.board;
        match field.control() {
            Control::Line | Control::Day => self.inline.open_text(place, field.text(board)),
            Control::Choice(_) | Control::Person | Control::Record(_) => {
                self.inline.open_pick(place);
            }
            Control::Prose => self.prose = Some((field, field.text(board), true)),
            Control::Fixed => {
                let other = field.refers(board);
                intents.extend(other.map(|(kind, id)| Intent::Open(kind, id)));
            }
        }
    }

    fn inline_ui(
        &mut self,
        ui: &mut Ui,
        cell: Option<Rect>,
        id: Id,
        (source, rows): (&Source, &FieldRows),
        intents: &mut Vec<Intent>,
    ) {
        let Some(field) = self.inline.place().and_then(|place| rows.find(place.0)) else {
            return;
        };
        let mut edited = Edited {
            inline: &mut self.inline,
            table: &mut self.table,
            rows,
            columns: COLUMNS.len(),
        };
        let place = (cell, Align::Min, id);
        intents.extend(edit_ui(ui, place, (field, &source.scene), &mut edited));
    }

    /// Draws the editor of a longer text: Ctrl+Enter keeps, Escape gives up.
    fn prose_ui(&mut self, ui: &mut Ui, area: Rect, source: &Source, intents: &mut Vec<Intent>) {
        let Some((field, typed, is_fresh)) = &mut self.prose else {
            return;
        };
        let colors = theme::palette(ui);
        let id = Id::unique("sheet prose");
        let builder = UiBuilder::new()
            .max_rect(area)
            .layout(Layout::top_down(Align::Min));
        let mut inside = ui.new_child(builder);
        let ui = &mut inside;
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        let (keep, give_up) = ui.input_mut(|input| {
            (
                has_focus && input.consume_key(Modifiers::COMMAND, Key::Enter),
                has_focus && input.consume_key(Modifiers::NONE, Key::Escape),
            )
        });
        let name = record::label(field.name);
        ui.label(
            RichText::new(&name)
                .font(font::strong())
                .color(colors.strong),
        );
        if std::mem::take(is_fresh) {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let height = (area.height() - 74.0).max(60.0);
        let response = ScrollArea::vertical()
            .id_salt("sheet prose")
            .max_height(height)
            .show(ui, |ui| {
                let edit = TextEdit::multiline(typed)
                    .id(id)
                    .desired_width(f32::INFINITY)
                    .min_size(vec2(0.0, height - 4.0))
                    .text_color(colors.strong);
                ui.add(edit).accessible_name(&name)
            })
            .inner;
        crate::widgets::field::keep_escape(ui, &response);
        let (mut is_kept, mut is_given_up) = (keep, give_up);
        ui.horizontal(|ui| {
            is_kept |= ui.add(Button::primary("Keep")).clicked();
            is_given_up |= ui.add(Button::bare("Give up")).clicked();
            let hint = RichText::new("Ctrl+Enter keeps").font(font::small());
            ui.label(hint.color(colors.secondary));
        });
        if is_kept {
            match field.typed(&source.scene, typed) {
                Ok(command) => {
                    intents.extend(command.map(Intent::Do));
                    is_given_up = true;
                }
                Err(words) => intents.push(Intent::Say(theme::Tone::Bad, words)),
            }
        }
        if is_given_up {
            self.prose = None;
            self.table.focus();
        }
    }

    fn history_ui(&mut self, ui: &mut Ui, source: &Source) {
        let (id, theirs) = (self.id, source.clone());
        let past = self.past.get(
            (&source.scene.work, ui.ctx()),
            source.scene.board.version,
            move || history(&theirs, id),
        );
        let words = match past.as_deref() {
            None => ("One moment", "The history is being read"),
            Some(Err(words)) => ("The history cannot be read", words.as_str()),
            Some(Ok(lines)) => {
                let words = ("No edits", "Edits appear here with who made them");
                lines_ui(ui, "history", lines, words);
                return;
            }
        };
        let area = ui.available_rect_before_wrap();
        empty::empty_ui(ui, area, icons::HISTORY, words, None);
    }

    fn remarks_ui(&mut self, ui: &mut Ui, source: &Source, intents: &mut Vec<Intent>) {
        let board = &source.scene.board;
        let (kind, id) = self.record();
        let area = ui.available_rect_before_wrap();
        let list = Rect::from_min_max(area.min, area.max - vec2(0.0, 92.0));
        let builder = UiBuilder::new()
            .max_rect(list)
            .layout(Layout::top_down(Align::Min));
        let mut inside = ui.new_child(builder);
        let remarks = board.remarks.into_iter();
        let mut remarks: Vec<_> = remarks
            .filter(|(_, remark)| remark.about == Some(id))
            .collect();
        remarks.sort_by_key(|(_, remark)| remark.day);
        let signed = adjutant_model::review::sign_offs(board, id);
        if remarks.is_empty() && signed.is_empty() {
            let words = (
                "No remarks yet",
                "Say something, ask for a change, or sign it off",
            );
            empty::empty_ui(&mut inside, list, icons::COMMENT, words, None);
        } else {
            ScrollArea::vertical()
                .id_salt("remarks")
                .auto_shrink([false, false])
                .show(&mut inside, |ui| {
                    for made in &signed {
                        let words = match made.note.as_str() {
                            "" => ranked(&made.verdict).1.to_owned(),
                            note => format!("{}: {note}", ranked(&made.verdict).1),
                        };
                        let name = board.person_name(made.person);
                        said_ui(ui, name, made.day, source.scene.today, &words);
                    }
                    for (remark_id, remark) in remarks {
                        let name = board.person_name(remark.person);
                        said_ui(ui, name, remark.day, source.scene.today, &remark.text.0);
                        remark_state_ui(ui, *remark_id, remark, intents);
                    }
                });
        }
        let below = Rect::from_min_max(pos2(area.left(), list.bottom() + GAP[1]), area.max);
        self.say_ui(ui, below, source, (kind, id), intents);
    }

    fn say_ui(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        source: &Source,
        (kind, id): (Kind, RecordId),
        intents: &mut Vec<Intent>,
    ) {
        let colors = theme::palette(ui);
        let field = Rect::from_min_size(area.min, vec2(area.width(), 34.0));
        let stroke = Stroke::new(1.0, colors.border_strong);
        let inside = egui::StrokeKind::Inside;
        ui.painter()
            .rect(field, RADIUS_CONTROL, colors.surface, stroke, inside);
        let edit = Id::unique("sheet remark");
        let enter = ui.memory(|memory| memory.has_focus(edit))
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        let inner = field.shrink2(vec2(9.0, 0.0));
        crate::widgets::field::bare_edit(
            ui,
            inner,
            edit,
            "Write a remark\u{2026}",
            &mut self.remark,
        );
        let row = Rect::from_min_max(pos2(area.left(), field.bottom() + GAP[1]), area.max);
        let builder = UiBuilder::new()
            .max_rect(row)
            .layout(Layout::left_to_right(Align::Min));
        let mut line = ui.new_child(builder);
        line.spacing_mut().item_spacing.x = 6.0;
        let mut kind_of = enter.then_some(RemarkKind::Comment);
        if line.add(Button::quiet("Comment")).clicked() {
            kind_of = Some(RemarkKind::Comment);
        }
        if line.add(Button::quiet("Ask for a change")).clicked() {
            kind_of = Some(RemarkKind::Request);
        }
        for (label, verdict) in [
            ("Approve", Verdict::Approved),
            ("Give back", Verdict::Returned),
        ] {
            if line.add(Button::bare(label)).clicked() {
                let note = std::mem::take(&mut self.remark);
                intents.push(Intent::Sign(kind, id, verdict, note));
            }
        }
        let words = self.remark.trim();
        if let Some(kind) = kind_of.filter(|_| !words.is_empty()) {
            let fields = vec![
                RemarkField::About(Some(id)),
                RemarkField::Text(Prose(words.to_owned())),
                RemarkField::Kind(kind),
                RemarkField::Person(own(&source.scene.board, source.desk.device())),
                RemarkField::Day(Some(source.scene.today)),
            ];
            intents.push(Intent::Create(fields.into()));
            self.remark.clear();
        }
    }
}

fn facts_ui(ui: &mut Ui, around: &Around) {
    let colors = theme::palette(ui);
    for (name, cell) in &around.facts {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ListItem, true, name);
            info.current_text_value = Some(cell.spoken());
            info
        });
        let left = Rect::from_min_size(rect.min, vec2(146.0, rect.height()));
        let ink = colors.secondary;
        text::line(ui.painter(), left, Align::Min, name, font::body(), ink);
        let right = Rect::from_min_max(pos2(left.right(), rect.top()), rect.max);
        cell.paint(ui.painter(), right, Align::Min, colors);
        response.on_hover_text(cell.text.as_ref());
    }
}

/// Draws a list of lines of which only those in sight are drawn, and returns where a pressed one leads to.
fn lines_ui(
    ui: &mut Ui,
    name: &str,
    lines: &[Line],
    nothing: (&str, &str),
) -> Option<(Kind, RecordId)> {
    let area = ui.available_rect_before_wrap();
    if lines.is_empty() {
        empty::empty_ui(ui, area, icons::LINK, nothing, None);
        return None;
    }
    let mut led = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .id_salt(name)
        .auto_shrink([false, false])
        .show_rows(ui, LINE, lines.len(), |ui, range| {
            for line in lines.get(range).unwrap_or_default() {
                if line_ui(ui, line) {
                    led = line.leads_to;
                }
            }
        });
    led
}

fn line_ui(ui: &mut Ui, line: &Line) -> bool {
    let colors = theme::palette(ui);
    let leads = line.leads_to.is_some();
    let sense = if leads {
        Sense::click()
    } else {
        Sense::hover()
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), sense);
    let role = if leads { Role::Button } else { Role::ListItem };
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(role, true, &line.name);
        info.current_text_value = Some(format!("{} {}", line.under, line.aside));
        info
    });
    let painter = ui.painter();
    if leads && response.hovered() {
        painter.rect_filled(rect, CornerRadius::same(RADIUS_CONTROL), colors.hover);
    }
    let rule = Stroke::new(1.0, colors.border);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, rule);
    let square = Rect::from_min_size(rect.min + vec2(4.0, 0.0), vec2(20.0, LINE));
    text::icon(painter, square, line.icon, 17.0, colors.secondary);
    let left = square.right() + 8.0;
    let room = Rect::from_min_max(pos2(left, rect.top() + 5.0), rect.max - vec2(4.0, 5.0));
    let (top, bottom) = room.split_top_bottom_at_fraction(0.55);
    text::line(
        painter,
        top,
        Align::Min,
        &line.name,
        font::strong(),
        colors.strong,
    );
    let ink = colors.secondary;
    let aside = text::line(painter, bottom, Align::Max, &line.aside, font::small(), ink);
    let mut under = bottom;
    if !line.aside.is_empty() {
        under.max.x = aside.left() - 8.0;
    }
    text::line(painter, under, Align::Min, &line.under, font::small(), ink);
    button::focus_ring(ui, rect, &response);
    let clicked = response.clicked();
    let response = response.on_hover_text(&line.name);
    if leads {
        response.on_hover_cursor(CursorIcon::PointingHand);
    }
    clicked
}

fn said_ui(ui: &mut Ui, name: &str, day: Option<NaiveDate>, today: NaiveDate, words: &str) {
    let colors = theme::palette(ui);
    ui.horizontal(|ui| {
        let (face, _) = ui.allocate_exact_size(vec2(22.0, 22.0), Sense::hover());
        avatar::paint(ui.painter(), face, name, colors);
        ui.label(
            RichText::new(name)
                .font(font::strong())
                .color(colors.strong),
        );
        let day = day.map(|day| crate::format::day(day, today));
        let day = RichText::new(day.unwrap_or_default()).font(font::small());
        ui.label(day.color(colors.secondary));
    });
    ui.add(egui::Label::new(RichText::new(words).color(colors.text)).wrap());
}

fn remark_state_ui(
    ui: &mut Ui,
    id: RecordId,
    remark: &Arc<adjutant_model::review::Remark>,
    intents: &mut Vec<Intent>,
) {
    let colors = theme::palette(ui);
    ui.horizontal(|ui| {
        let kind = ranked(&remark.kind).1;
        let words = format!("{kind}, {}", ranked(&remark.state).1.to_lowercase());
        ui.label(
            RichText::new(words)
                .font(font::small())
                .color(colors.secondary),
        );
        if remark.state != RemarkState::Open {
            return;
        }
        for (label, state) in [
            ("Done", RemarkState::Done),
            ("Decline", RemarkState::Declined),
        ] {
            if ui.add(Button::bare(label)).clicked() {
                let command = Command::edit(id, vec![RemarkField::State(state)]);
                intents.push(Intent::DoAndSay(
                    command,
                    format!("{label}: {}", remark.text.0),
                ));
            }
        }
    });
    ui.add_space(GAP[1]);
}
