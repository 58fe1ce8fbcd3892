//! Draws a project: its head, the switch between timeline, outline and board, and the outline.
//!
//! Edits of the outline are fields of tasks; the schedule follows.

use adjutant_base::RecordId;
use adjutant_model::Kind;
use adjutant_model::status::Rag;
use chrono::NaiveDate;
use egui::accesskit::Role;
use egui::{Align, Id, Layout, Rect, RichText, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::board_ui::BoardState;
use super::data::{ProjectData, outline_field, project_data};
use super::timeline_ui::Timeline;
use crate::background::Background;
use crate::commands::Act;
use crate::icons;
use crate::theme::{self, GAP, Tone, font};
use crate::views::field_edit::{Edited, edit_ui};
use crate::views::record::Control;
use crate::views::register::data::Source;
use crate::views::{Intent, page};
use crate::widgets::button::Button;
use crate::widgets::inline::Inline;
use crate::widgets::table::{Column, Rows as _, Sort, Table, TableEvent, TableState};
use crate::widgets::{empty, segmented, tag};

const HEAD: f32 = 40.0;

const fn column(title: &'static str, width: Option<f32>, align: Align) -> Column {
    Column {
        title,
        width,
        align,
    }
}

const COLUMNS: [Column; 8] = [
    column("Task", None, Align::Min),
    column("Start", Some(104.0), Align::Max),
    column("Finish", Some(104.0), Align::Max),
    column("Days", Some(64.0), Align::Max),
    column("Done", Some(72.0), Align::Max),
    column("Float", Some(112.0), Align::Min),
    column("Slip", Some(92.0), Align::Max),
    column("Owner", Some(164.0), Align::Min),
];

/// The screen of one project.
#[derive(Debug)]
pub struct ProjectView {
    id: RecordId,
    mode: usize,
    table: TableState,
    inline: Inline,
    timeline: Timeline,
    board: BoardState,
    data: Background<(u64, NaiveDate), Option<ProjectData>>,
}

impl ProjectView {
    /// Opens a project.
    pub fn new(id: RecordId) -> Self {
        Self {
            id,
            mode: 0,
            table: TableState::default(),
            inline: Inline::Closed,
            timeline: Timeline::default(),
            board: BoardState::default(),
            data: Background::default(),
        }
    }

    /// Gives the tasks the keyboard.
    pub fn focus(&mut self) {
        self.table.focus();
        self.timeline.focus();
        self.board.focus();
    }

    /// Tells whether a text or a list is open.
    pub fn awaits_text(&self) -> bool {
        self.inline.place().is_some()
    }

    /// Returns the record at the cursor.
    pub fn cursor(&self) -> (Kind, RecordId) {
        let task = self.table.cursor.filter(|_| self.mode == 1);
        task.map_or((Kind::Project, self.id), |(id, _)| (Kind::Task, id))
    }

    /// Draws the screen; tells whether it is to be left.
    pub fn show_ui(&mut self, ui: &mut Ui, source: &Source, intents: &mut Vec<Intent>) -> bool {
        let (id, scene) = (self.id, source.scene.clone());
        let key = scene.version();
        let work = source.scene.work.clone();
        let data = self
            .data
            .get((&work, ui.ctx()), key, move || project_data(&scene, id));
        let area = page(ui);
        let Some(data) = data else {
            let words = ("One moment", "The schedule is being worked out");
            empty::empty_ui(ui, area, icons::SYNCING, words, None);
            return false;
        };
        let Some(data) = data.as_ref() else {
            let words = (
                "This project is not here",
                "It was deleted, or has not arrived yet",
            );
            return empty::empty_ui(ui, area, icons::PROJECTS, words, Some("Back to projects"));
        };
        let head = Rect::from_min_size(area.min, vec2(area.width(), HEAD));
        let is_left = self.head_ui(ui, head, data, intents);
        let below = Rect::from_min_max(pos2(area.left(), head.bottom() + GAP[2]), area.max);
        match self.mode {
            0 if data.bars.is_empty() => no_tasks_ui(ui, below, intents),
            1 if data.is_empty() => no_tasks_ui(ui, below, intents),
            0 => self
                .timeline
                .show_ui(ui, below, (data, source.scene.today), intents),
            1 => self.outline_ui(ui, below, (source, data), intents),
            _ => self.board.show_ui(ui, below, (source, data), intents),
        }
        is_left
    }

    fn head_ui(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        data: &ProjectData,
        intents: &mut Vec<Intent>,
    ) -> bool {
        let colors = theme::palette(ui);
        let builder = UiBuilder::new()
            .max_rect(area)
            .layout(Layout::left_to_right(Align::Center));
        let mut inside = ui.new_child(builder);
        let ui = &mut inside;
        let is_left = ui
            .add(Button::icon_only(icons::BACK, "Back to projects"))
            .clicked();
        let words = RichText::new(&data.name).font(font::page_title());
        ui.add(egui::Label::new(words.color(colors.strong)).truncate())
            .widget_info(|| WidgetInfo::labeled(Role::Heading, true, &data.name));
        if let Some(health) = &data.health {
            let (tone, icon) = match health.overall.rag {
                Rag::Green => (Tone::Ok, icons::DONE),
                Rag::Amber => (Tone::Warn, icons::WARNING),
                Rag::Red => (Tone::Bad, icons::ERROR),
                Rag::Stale => (Tone::Neutral, icons::CLOCK),
            };
            tag::tag_ui(ui, tone, Some(icon), health.overall.rag.label())
                .on_hover_text(&health.overall.reason);
        }
        if let Some(slip) = data.slip {
            let tone = if slip > 0 { Tone::Bad } else { Tone::Ok };
            tag::tag_ui(ui, tone, None, &crate::format::slip(slip))
                .on_hover_text(format!("Against {}", data.baseline));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.add(Button::bare("Fields")).clicked() {
                intents.push(Intent::Open(Kind::Project, self.id));
            }
            if ui.add(Button::quiet("New task").icon(icons::ADD)).clicked() {
                intents.push(Intent::MakeBeside(Kind::Task, self.id));
            }
            let modes = [("Timeline", 0), ("Outline", 0), ("Board", 0)];
            if let Some(mode) = segmented::segmented_ui(ui, "How it is shown", &modes, self.mode) {
                self.mode = mode;
                self.focus();
            }
        });
        is_left
    }

    fn outline_ui(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        (source, data): (&Source, &ProjectData),
        intents: &mut Vec<Intent>,
    ) {
        let id = Id::unique("outline");
        let table = Table {
            id,
            name: "Tasks",
            columns: &COLUMNS,
            // In the order of the plan: no column sorts it.
            sort: Sort {
                column: COLUMNS.len(),
                is_descending: false,
            },
            order: 0,
            edited: self.inline.place(),
            hides_edited: self.inline.text_place().is_some(),
        };
        let shown = table.show(ui, area, data, &mut self.table);
        self.edit_ui(ui, shown.edited, id, (source, data), intents);
        for event in shown.events {
            let TableEvent::Edit((task, column)) = event else {
                continue;
            };
            ui.ctx().request_repaint();
            let field = outline_field(task, column);
            match field.map(|field| (field, field.control())) {
                Some((field, Control::Line)) => {
                    let text = field.text(&source.scene.board);
                    self.inline.open_text((task, column), text);
                }
                Some((_, Control::Person)) => self.inline.open_pick((task, column)),
                _ => intents.push(Intent::Open(Kind::Task, task)),
            }
        }
    }

    fn edit_ui(
        &mut self,
        ui: &mut Ui,
        cell: Option<Rect>,
        id: Id,
        (source, data): (&Source, &ProjectData),
        intents: &mut Vec<Intent>,
    ) {
        let place = self.inline.place();
        let Some(field) = place.and_then(|(task, column)| outline_field(task, column)) else {
            return;
        };
        let mut edited = Edited {
            inline: &mut self.inline,
            table: &mut self.table,
            rows: data,
            columns: COLUMNS.len(),
        };
        let place = (cell, Align::Min, id);
        intents.extend(edit_ui(ui, place, (field, &source.scene), &mut edited));
    }
}

fn no_tasks_ui(ui: &mut Ui, area: Rect, intents: &mut Vec<Intent>) {
    let words = (
        "No tasks yet",
        "Tasks have days of work and follow one another; the dates are worked out",
    );
    if empty::empty_ui(ui, area, icons::TIMELINE, words, Some("New task")) {
        intents.push(Intent::Run(Act::New(Kind::Task)));
    }
}
