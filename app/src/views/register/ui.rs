//! Draws a register and turns keys and edits into intents.
//!
//! What a row says stands in its description; nothing is changed here but by an intent.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use adjutant_base::RecordId;
use adjutant_model::{Command, Kind};
use chrono::NaiveDate;
use egui::{Align, Id, Rect, RichText, Ui, pos2, vec2};

use super::data::{Register, RegisterData, RegisterFilter, Rowset, Source, register_data};
use crate::background::Background;
use crate::commands::Act;
use crate::icons;
use crate::theme::{self, GAP, Tone, font};
use crate::views::field_edit::{Edited, edit_ui};
use crate::views::record::{self, Control, Field};
use crate::views::{Intent, Scene, page, toolbar};
use crate::widgets::button::Button;
use crate::widgets::inline::{Inline, Taken};
use crate::widgets::measure::points;
use crate::widgets::picker::{Choice, Offer, Picked};
use crate::widgets::table::{Column, Place, Rows as _, Table, TableEvent, TableState};
use crate::widgets::tile::{Tile, tile_ui};
use crate::widgets::{empty, segmented};

const TILE: f32 = 88.0;

/// A register on the screen.
#[derive(Debug)]
pub struct RegisterView {
    register: &'static Register,
    columns: Vec<Column>,
    /// What is shown.
    pub filter: RegisterFilter,
    table: TableState,
    inline: Inline,
    rows: Background<(u64, NaiveDate), Rowset>,
    data: Option<(Arc<Rowset>, RegisterFilter, Arc<RegisterData>)>,
    wants_filter: bool,
}

impl RegisterView {
    /// Returns the screen of a register.
    pub fn new(register: &'static Register) -> Self {
        let filter = RegisterFilter {
            text: String::new(),
            choice: 0,
            sort: register.sort,
        };
        let columns = register.columns.iter().map(|each| each.column).collect();
        Self {
            register,
            columns,
            filter,
            table: TableState::default(),
            inline: Inline::Closed,
            rows: Background::default(),
            data: None,
            wants_filter: false,
        }
    }

    /// Puts the cursor on a row, whatever the filter was.
    pub fn reveal(&mut self, id: RecordId) {
        self.filter.text.clear();
        self.filter.choice = self.register.choices.len().saturating_sub(1);
        self.table.go_to((id, 0));
    }

    /// Puts the keyboard into the filter.
    pub fn focus_filter(&mut self) {
        self.wants_filter = true;
    }

    /// Tells whether a text or a list is open, or opens next.
    pub fn awaits_text(&self) -> bool {
        self.wants_filter || self.inline.place().is_some()
    }

    /// Gives the table the keyboard.
    pub fn focus(&mut self) {
        self.table.focus();
    }

    /// Returns the record that the cursor's row leads to.
    pub fn cursor(&self) -> Option<(Kind, RecordId)> {
        let (id, _) = self.table.cursor?;
        self.data.as_ref()?.2.find(id)?.target
    }

    /// Draws the screen.
    pub fn show_ui(&mut self, ui: &mut Ui, source: &Source, intents: &mut Vec<Intent>) {
        let Some(data) = self.data(ui, source) else {
            let words = ("One moment", "This is worked out in the background");
            let area = ui.max_rect();
            empty::empty_ui(ui, area, icons::SYNCING, words, None);
            return;
        };
        let area = page(ui);
        if data.all().rows.is_empty() {
            self.table.forgo_focus();
            self.nothing_ui(ui, area, data.all(), intents);
            return;
        }
        let area = self.tiles_ui(ui, area, &data);
        let needed = self.toolbar_ui(ui, area, &data, intents);
        let rest = toolbar::rest(area, needed);
        let id = Id::unique(("register", self.register.name));
        let table = Table {
            id,
            name: self.register.name,
            columns: &self.columns,
            sort: self.filter.sort,
            order: order_of(&self.filter),
            edited: self.inline.place(),
            hides_edited: self.inline.text_place().is_some(),
        };
        let shown = table.show(ui, rest, &*data, &mut self.table);
        if data.is_empty() {
            let words = ("Nothing fits", "Change the filter to see more");
            if empty::empty_ui(ui, rest, self.register.icon, words, Some("Show all")) {
                self.filter.text.clear();
                self.filter.choice = self.register.choices.len().saturating_sub(1);
            }
        }
        self.inline_ui(ui, shown.edited, id, (&source.scene, &data), intents);
        for event in shown.events {
            self.event(ui, &event, (&source.scene, &data), intents);
        }
    }

    /// Returns the rows for the screen; `None` before the first are there.
    fn data(&mut self, ui: &Ui, source: &Source) -> Option<Arc<RegisterData>> {
        let make = self.register.rows;
        let theirs = source.clone();
        let scene = &source.scene;
        let rows = self
            .rows
            .get((&scene.work, ui.ctx()), scene.version(), move || {
                make(&theirs)
            })?;
        if let Some((of, filter, data)) = &self.data
            && Arc::ptr_eq(of, &rows)
            && *filter == self.filter
        {
            return Some(Arc::clone(data));
        }
        let mut data = register_data(self.register, &rows, &self.filter);
        if self.data.is_none()
            && data.is_empty()
            && let Some(choice) = data.counts.iter().position(|count| *count > 0)
        {
            // At first something is shown, if there is anything.
            self.filter.choice = choice;
            data = register_data(self.register, &rows, &self.filter);
        }
        let data = Arc::new(data);
        self.data = Some((rows, self.filter.clone(), Arc::clone(&data)));
        Some(data)
    }

    fn nothing_ui(&self, ui: &mut Ui, area: Rect, all: &Rowset, intents: &mut Vec<Intent>) {
        let (title, hint) = self.register.empty;
        let hint = if all.remark.is_empty() {
            hint
        } else {
            all.remark.as_str()
        };
        let label = self
            .register
            .adds
            .map(|kind| format!("New {}", kind.label()));
        let pressed = empty::empty_ui(
            ui,
            area,
            self.register.icon,
            (title, hint),
            label.as_deref(),
        );
        if let (true, Some(kind)) = (pressed, self.register.adds) {
            intents.push(Intent::Run(Act::New(kind)));
        }
    }

    /// Draws the tiles at the top of an area and returns what they leave of it.
    fn tiles_ui(&mut self, ui: &mut Ui, area: Rect, data: &RegisterData) -> Rect {
        let tiles = self.register.tiles;
        if tiles.is_empty() || area.height() < 420.0 || theme::is_narrow(ui.ctx()) {
            return area;
        }
        let gaps = GAP[3] * points(tiles.len() - 1);
        let width = (area.width() - gaps) / points(tiles.len());
        for (at, (choice, tone, words)) in tiles.iter().enumerate() {
            let left = area.left() + points(at) * (width + GAP[3]);
            let rect = Rect::from_min_size(pos2(left, area.top()), vec2(width, TILE));
            let count = data.counts.get(*choice).copied().unwrap_or(0);
            let tile = Tile {
                name: (*self.register.choices.get(*choice).unwrap_or(&"")).to_owned(),
                figure: crate::format::count(count),
                remark: (if count == 0 { "None" } else { *words }).to_owned(),
                tone: if count == 0 { Tone::Ok } else { *tone },
            };
            let icon = match tile.tone {
                Tone::Bad => icons::ERROR,
                Tone::Warn => icons::WARNING,
                Tone::Ok => icons::DONE,
                Tone::Neutral | Tone::Accent => icons::INFO,
            };
            if tile_ui(ui, rect, &tile, Some(icon)).clicked() {
                self.filter.choice = *choice;
                self.table.focus();
            }
        }
        Rect::from_min_max(pos2(area.left(), area.top() + TILE + GAP[3]), area.max)
    }

    /// Draws the line over the table and returns the width that it needs.
    fn toolbar_ui(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        data: &RegisterData,
        intents: &mut Vec<Intent>,
    ) -> f32 {
        let mut text = std::mem::take(&mut self.filter.text);
        let wants = std::mem::take(&mut self.wants_filter);
        let words = self.register.choices.iter();
        let letters: usize = words.map(|word| word.len() + 6).sum();
        let button = data.all().button.is_some();
        let needed = 420.0 + points(letters) * 7.5 + if button { 150.0 } else { 0.0 };
        let shown = toolbar::Toolbar {
            hint: self.register.hint,
            needed,
            rows: data.len(),
            nouns: self.register.nouns,
        };
        let (register, choice) = (self.register, &mut self.filter.choice);
        let (is_taken, is_left) = shown.show(ui, area, &mut text, wants, |ui| {
            let choices: Vec<(&str, usize)> = register
                .choices
                .iter()
                .copied()
                .zip(data.counts.iter().copied())
                .collect();
            let mut is_taken = false;
            if choices.len() > 1
                && let Some(at) = segmented::segmented_ui(ui, "Which rows", &choices, *choice)
            {
                *choice = at;
                is_taken = true;
            }
            if let Some((label, intent)) = &data.all().button
                && ui.add(Button::quiet(label)).clicked()
            {
                intents.push(intent.clone());
            }
            // What is left beside the count of rows.
            let room = ui.available_width() - 130.0;
            if !data.all().remark.is_empty() && room > 90.0 {
                let words = RichText::new(&data.all().remark).font(font::small());
                let label = egui::Label::new(words.color(theme::palette(ui).secondary));
                ui.scope(|ui| {
                    ui.set_max_width(room);
                    ui.add(label.truncate());
                });
            }
            is_taken
        });
        self.filter.text = text;
        if is_taken || is_left {
            self.table.focus();
        }
        needed
    }

    fn event(
        &mut self,
        ui: &Ui,
        event: &TableEvent,
        (scene, data): (&Scene, &RegisterData),
        intents: &mut Vec<Intent>,
    ) {
        match event {
            TableEvent::Sort(column) => {
                self.filter.sort = self.filter.sort.clicked(*column);
                self.table.focus();
            }
            TableEvent::Edit(place) => {
                ui.ctx().request_repaint();
                self.open(*place, scene, data, intents);
            }
            TableEvent::Toggle(id) => {
                let row = data.find(*id);
                intents.extend(row.and_then(|row| row.space.clone()));
            }
            TableEvent::Delete(id) => {
                let target = data.find(*id).and_then(|row| row.target);
                let Some((kind, id)) = target.filter(|(kind, _)| self.register.adds == Some(*kind))
                else {
                    return;
                };
                let title = record::title(&scene.board, kind, id);
                let command = Command::Delete { kind, id };
                intents.push(Intent::DoAndSay(
                    command,
                    format!("Deleted \u{201c}{title}\u{201d}"),
                ));
            }
        }
    }

    fn field(&self, place: Place, data: &RegisterData) -> Option<Field> {
        let (kind, id) = data.find(place.0)?.target?;
        let name = self.register.columns.get(place.1)?.field?;
        Some(Field { kind, id, name })
    }

    /// Opens the edit of a cell, the list of what can be done with a row, or its record.
    fn open(
        &mut self,
        place: Place,
        scene: &Scene,
        data: &RegisterData,
        intents: &mut Vec<Intent>,
    ) {
        let Some(row) = data.find(place.0) else {
            return;
        };
        if !row.offers.is_empty() {
            self.inline.open_pick(place);
            return;
        }
        let field = self.field(place, data);
        match field.map(|field| (field, field.control())) {
            Some((field, Control::Line | Control::Day)) => {
                self.inline.open_text(place, field.text(&scene.board));
            }
            Some((_, Control::Choice(_) | Control::Person | Control::Record(_))) => {
                self.inline.open_pick(place);
            }
            Some((_, Control::Prose | Control::Fixed)) | None => {
                let opened = row.target.map(|(kind, id)| Intent::Open(kind, id));
                intents.extend(row.opens.clone().or(opened));
            }
        }
    }

    fn inline_ui(
        &mut self,
        ui: &mut Ui,
        cell: Option<Rect>,
        id: Id,
        (scene, data): (&Scene, &RegisterData),
        intents: &mut Vec<Intent>,
    ) {
        let Some(place) = self.inline.place() else {
            return;
        };
        let Some(row) = data.find(place.0) else {
            self.inline.close();
            return;
        };
        let column = self.columns.get(place.1);
        let align = column.map_or(Align::Min, |column| column.align);
        let field = self.field(place, data).filter(|_| row.offers.is_empty());
        if let Some(field) = field {
            let mut edited = Edited {
                inline: &mut self.inline,
                table: &mut self.table,
                rows: data,
                columns: self.columns.len(),
            };
            let place = (cell, align, id);
            intents.extend(edit_ui(ui, place, (field, scene), &mut edited));
            return;
        }
        // What a row offers beside its fields.
        let words = row.offers.iter().map(|(words, _)| words);
        let choices: Vec<Choice> = words.map(|words| Choice::word(words, false)).collect();
        let offer = Offer {
            name: "Choices",
            hint: "Find",
            choices: &choices,
            takes_new: false,
            is_filtered: false,
        };
        let taken = self.inline.show(ui, cell, id, "", (align, &offer));
        if let Some(Taken::Pick(_, Picked::Choice(at))) = &taken {
            let offered = row.offers.get(*at);
            intents.extend(offered.map(|(_, intent)| intent.clone()));
        }
        if taken.is_some() {
            self.table.focus();
        }
    }
}

fn order_of(filter: &RegisterFilter) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&filter.text, filter.choice, filter.sort).hash(&mut hasher);
    hasher.finish()
}
