//! Draws the table of projects and turns edits into commands.
//!
//! What a row says stands in `data.rs`; nothing is changed here but by an intent.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use adjutant_base::RecordId;
use adjutant_model::project::{ProjectField, ProjectStatus};
use adjutant_model::{Command, Kind};
use egui::{Align, Id, Rect, Ui};

use super::data::{
    ProjectChoice, ProjectColumn, ProjectFilter, ProjectRow, ProjectsData, projects_data,
    status_look,
};
use crate::commands::Act;
use crate::day_input;
use crate::icons;
use crate::views::owners::{owner_choices, picked_owner};
use crate::views::{BesideActions, Cached, Intent, Scene, joined, page, toolbar};
use crate::widgets::empty;
use crate::widgets::inline::{Inline, Taken};
use crate::widgets::picker::{Choice, Offer, Picked};
use crate::widgets::table::{Column, Place, Rows as _, Table, TableEvent, TableState};

const COLUMNS: [Column; 7] = [
    Column {
        title: "Project",
        width: None,
        align: Align::Min,
    },
    Column {
        title: "Status",
        width: Some(116.0),
        align: Align::Min,
    },
    Column {
        title: "Owner",
        width: Some(158.0),
        align: Align::Min,
    },
    Column {
        title: "Next milestone",
        width: Some(228.0),
        align: Align::Min,
    },
    Column {
        title: "Expected",
        width: Some(104.0),
        align: Align::Max,
    },
    Column {
        title: "Slip",
        width: Some(98.0),
        align: Align::Max,
    },
    Column {
        title: "Target",
        width: Some(126.0),
        align: Align::Max,
    },
];

/// Width that the line over the table needs, in points.
const TOOLBAR: f32 = 620.0;

/// The screen of projects.
#[derive(Debug, Default)]
pub struct ProjectsView {
    /// What is shown.
    pub filter: ProjectFilter,
    table: TableState,
    inline: Inline,
    data: Cached<(BesideActions, ProjectFilter), ProjectsData>,
    wants_filter: bool,
    new_id: Option<RecordId>,
}

impl ProjectsView {
    /// Puts the cursor on a project, whatever the filter was.
    pub fn reveal(&mut self, id: RecordId) {
        self.filter.text.clear();
        self.filter.choice = ProjectChoice::All;
        self.table.go_to((id, 0));
    }

    /// Opens the name of a project that was just made.
    pub fn begin(&mut self, id: RecordId) {
        self.reveal(id);
        self.new_id = Some(id);
    }

    /// Puts the keyboard into the filter.
    pub fn focus_filter(&mut self) {
        self.wants_filter = true;
    }

    /// Tells whether a text or a list is open, or opens next.
    pub fn awaits_text(&self) -> bool {
        self.wants_filter || self.inline.place().is_some()
    }

    /// Returns the record at the cursor.
    pub fn cursor(&self) -> Option<RecordId> {
        self.table.cursor.map(|(id, _)| id)
    }

    /// Gives the table the keyboard.
    pub fn focus(&mut self) {
        self.table.focus();
    }

    /// Draws the screen.
    pub fn show_ui(&mut self, ui: &mut Ui, scene: &Scene, intents: &mut Vec<Intent>) {
        let filter = self.filter.clone();
        let data = self.data.get((scene.beside_actions(), filter.clone()), || {
            projects_data(scene, &filter)
        });
        let area = page(ui);
        if scene.board.projects.len() == 0 {
            let words = (
                "No projects yet",
                "A project has a name, an owner and milestones; imported ones appear here too",
            );
            if empty::empty_ui(ui, area, icons::PROJECTS, words, Some("New project")) {
                intents.push(Intent::Run(Act::NewProject));
            }
            return;
        }
        self.toolbar_ui(ui, area, &data);
        self.open_new(&data);
        let rest = toolbar::rest(area, TOOLBAR);
        let id = Id::unique("projects");
        let table = Table {
            id,
            name: "Projects",
            columns: &COLUMNS,
            sort: self.filter.sort,
            // Of the filter that the rows were made by: a choice of this frame takes effect in the next.
            order: order_of(&filter),
            edited: self.inline.place(),
            hides_edited: self.inline.text_place().is_some(),
        };
        let shown = table.show(ui, rest, &*data, &mut self.table);
        if data.is_empty() {
            let words = ("No project fits", "Change the filter to see more");
            if empty::empty_ui(ui, rest, icons::SEARCH, words, Some("Show all")) {
                self.filter = ProjectFilter {
                    choice: ProjectChoice::All,
                    ..ProjectFilter::default()
                };
            }
        }
        self.inline_ui(ui, shown.edited, id, (scene, &data), intents);
        for event in shown.events {
            self.event(ui, &event, &data, intents);
        }
    }

    fn toolbar_ui(&mut self, ui: &mut Ui, area: Rect, data: &ProjectsData) {
        let (filter, wants) = (&mut self.filter, std::mem::take(&mut self.wants_filter));
        let shown = toolbar::Toolbar {
            hint: "Filter projects",
            needed: TOOLBAR,
            rows: data.rows.len(),
            nouns: ("project", "projects"),
        };
        let choices: Vec<(&str, usize)> = ProjectChoice::ALL
            .iter()
            .zip(data.counts)
            .map(|(choice, count)| (choice.label(), count))
            .collect();
        let current = ProjectChoice::ALL
            .iter()
            .position(|choice| *choice == filter.choice)
            .unwrap_or(0);
        let (taken, is_left) = shown.show(ui, area, &mut filter.text, wants, |ui| {
            crate::widgets::segmented::segmented_ui(ui, "Which projects", &choices, current)
        });
        if let Some(choice) = taken.and_then(|at| ProjectChoice::ALL.get(at)) {
            filter.choice = *choice;
            self.table.focus();
        }
        if is_left {
            self.table.focus();
        }
    }

    /// Opens the name of a new project as soon as the board shows it.
    fn open_new(&mut self, data: &ProjectsData) {
        if let Some(row) = self
            .new_id
            .and_then(|id| data.rows.iter().find(|row| row.id == id))
        {
            self.new_id = None;
            self.table.go_to((row.id, 0));
            self.inline.open_text((row.id, 0), row.name.clone());
        }
    }

    fn event(
        &mut self,
        ui: &Ui,
        event: &TableEvent,
        data: &ProjectsData,
        intents: &mut Vec<Intent>,
    ) {
        match event {
            TableEvent::Sort(column) => {
                self.filter.sort = self.filter.sort.clicked(*column);
                self.table.focus();
            }
            TableEvent::Edit(place) => {
                ui.ctx().request_repaint();
                self.open(*place, data, intents);
            }
            TableEvent::Delete(id) => {
                let name = data
                    .rows
                    .iter()
                    .find(|row| row.id == *id)
                    .map_or("", |row| row.name.as_str());
                let command = Command::Delete {
                    kind: Kind::Project,
                    id: *id,
                };
                intents.push(Intent::DoAndSay(
                    command,
                    format!("Deleted \u{201c}{name}\u{201d}"),
                ));
            }
            TableEvent::Toggle(_) => {}
        }
    }

    fn open(&mut self, place: Place, data: &ProjectsData, intents: &mut Vec<Intent>) {
        let (id, column) = place;
        let Some(row) = data.rows.iter().find(|row| row.id == id) else {
            return;
        };
        match ProjectColumn::at(column) {
            Some(ProjectColumn::Name) => self.inline.open_text(place, row.name.clone()),
            Some(ProjectColumn::Target) => {
                self.inline.open_text(
                    place,
                    row.target.map(day_input::show_for_edit).unwrap_or_default(),
                );
            }
            Some(ProjectColumn::Status | ProjectColumn::Owner) => self.inline.open_pick(place),
            Some(ProjectColumn::Next | ProjectColumn::NextDay | ProjectColumn::Slip) => {
                let words = "Milestones decide this column; it cannot be typed";
                intents.push(Intent::Say(crate::theme::Tone::Neutral, words.to_owned()));
            }
            None => {}
        }
    }

    fn inline_ui(
        &mut self,
        ui: &mut Ui,
        cell: Option<Rect>,
        id: Id,
        scene: (&Scene, &ProjectsData),
        intents: &mut Vec<Intent>,
    ) {
        let (scene, data) = scene;
        let Some((record, column)) = self.inline.place() else {
            return;
        };
        let Some(row) = data.rows.iter().find(|row| row.id == record) else {
            self.inline.close();
            return;
        };
        let column = ProjectColumn::at(column);
        let choices = choices(scene, row, column);
        let offer = Offer {
            name: "Choices",
            hint: if column == Some(ProjectColumn::Owner) {
                "Find or add a person"
            } else {
                "Find a status"
            },
            choices: &choices,
            takes_new: column == Some(ProjectColumn::Owner),
            is_filtered: false,
        };
        let (name, align) = match column {
            Some(ProjectColumn::Target) => ("Target", Align::Max),
            _ => ("Name", Align::Min),
        };
        match self.inline.show(ui, cell, id, name, (align, &offer)) {
            None => {}
            Some(Taken::GivenUp) => self.table.focus(),
            Some(Taken::Pick(_, picked)) => {
                intents.extend(picked_command(scene, row, column, &picked).map(Intent::Do));
                self.table.focus();
            }
            Some(Taken::Text(_, text, to)) => match typed_command(scene, row, column, &text) {
                Ok(command) => {
                    intents.extend(command.map(Intent::Do));
                    self.inline.close();
                    self.table.after_edit(data, COLUMNS.len(), to);
                }
                Err(words) => self.inline.refuse(words),
            },
        }
    }
}

fn order_of(filter: &ProjectFilter) -> u64 {
    let mut hasher = DefaultHasher::new();
    filter.hash(&mut hasher);
    hasher.finish()
}

fn choices(scene: &Scene, row: &ProjectRow, column: Option<ProjectColumn>) -> Vec<Choice> {
    match column {
        Some(ProjectColumn::Status) => ProjectStatus::ALL
            .iter()
            .map(|status| {
                let (tone, icon) = status_look(*status);
                Choice {
                    icon: Some((icon, tone)),
                    ..Choice::word(status.label(), *status == row.status)
                }
            })
            .collect(),
        Some(ProjectColumn::Owner) => owner_choices(scene, row.owner),
        _ => Vec::new(),
    }
}

fn picked_command(
    scene: &Scene,
    row: &ProjectRow,
    column: Option<ProjectColumn>,
    picked: &Picked,
) -> Option<Command> {
    if column == Some(ProjectColumn::Owner) {
        let (person, owner) = picked_owner(scene, picked)?;
        let edit = Command::edit(row.id, vec![ProjectField::Owner(owner)]);
        return (owner != row.owner).then(|| joined("set owner", person, edit));
    }
    let Picked::Choice(at) = picked else {
        return None;
    };
    let status = *ProjectStatus::ALL.get(*at)?;
    (status != row.status).then(|| Command::edit(row.id, vec![ProjectField::Status(status)]))
}

/// Returns the command for a typed text, none if it changes nothing, or why it cannot be taken.
fn typed_command(
    scene: &Scene,
    row: &ProjectRow,
    column: Option<ProjectColumn>,
    text: &str,
) -> Result<Option<Command>, String> {
    let text = text.trim();
    if column == Some(ProjectColumn::Target) {
        let target = if text.is_empty() {
            None
        } else {
            Some(
                day_input::parse_day(text, scene.today)
                    .ok_or_else(|| day_input::EXPECTED.to_owned())?,
            )
        };
        let edit = Command::edit(row.id, vec![ProjectField::Target(target)]);
        return Ok((target != row.target).then_some(edit));
    }
    if text.is_empty() {
        return Err("A project needs a name".to_owned());
    }
    let field = ProjectField::Name(text.to_owned());
    field
        .check()
        .map_err(|refused| format!("Give {}", refused.expected))?;
    Ok((text != row.name).then(|| Command::edit(row.id, vec![field])))
}
