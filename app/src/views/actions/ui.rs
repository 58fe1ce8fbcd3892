//! Draws the list of actions and turns keys and edits into commands.
//!
//! What a row says stands in `data.rs`, reading a new line in `capture.rs`; nothing is changed here but by an intent.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use adjutant_base::RecordId;
use adjutant_model::action::{Action, ActionField, ActionState, Priority};
use adjutant_model::query::action::OwnerFilter;
use adjutant_model::{Command, Kind};
use egui::{Align, Id, Key, Modifiers, Rect, Ui, pos2, vec2};

use super::capture::{Capture, parse_capture};
use super::data::{
    ActionChoice, ActionColumn, ActionsData, ActionsFilter, actions_data, state_look,
};
use crate::commands::Act;
use crate::day_input;
use crate::icons;
use crate::theme::{self, GAP, font};
use crate::views::owners::{owner_choices, people_by_name, picked_owner};
use crate::views::{Cached, Intent, Scene, joined, page, toolbar};
use crate::widgets::button::Button;
use crate::widgets::inline::{Inline, Taken};
use crate::widgets::picker::{Choice, Offer, Picked, Picker};
use crate::widgets::table::{Column, Place, Rows as _, Table, TableEvent, TableState};
use crate::widgets::{empty, field, segmented, text};

const COLUMNS: [Column; 6] = [
    Column {
        title: "Action",
        width: None,
        align: Align::Min,
    },
    Column {
        title: "State",
        width: Some(118.0),
        align: Align::Min,
    },
    Column {
        title: "Owner",
        width: Some(160.0),
        align: Align::Min,
    },
    Column {
        title: "Due",
        width: Some(108.0),
        align: Align::Max,
    },
    Column {
        title: "Priority",
        width: Some(86.0),
        align: Align::Min,
    },
    Column {
        title: "Project",
        width: Some(196.0),
        align: Align::Min,
    },
];
const CAPTURE: f32 = 44.0;
/// Width that the line over the table needs, in points.
const TOOLBAR: f32 = 800.0;

/// The screen of actions.
#[derive(Debug, Default)]
pub struct ActionsView {
    /// What is shown.
    pub filter: ActionsFilter,
    table: TableState,
    inline: Inline,
    data: Cached<((u64, chrono::NaiveDate), ActionsFilter), ActionsData>,
    /// The line that takes a new action, while it is open.
    capture: Option<String>,
    owner_picker: Option<Picker>,
    wants_filter: bool,
    wants_capture: bool,
}

impl ActionsView {
    /// Puts the cursor on an action, whatever the filter was.
    pub fn reveal(&mut self, id: RecordId) {
        let sort = self.filter.sort;
        self.filter = ActionsFilter {
            choice: ActionChoice::All,
            sort,
            ..ActionsFilter::default()
        };
        self.table.go_to((id, 0));
    }

    /// Shows overdue actions only.
    pub fn show_overdue(&mut self) {
        self.filter = ActionsFilter {
            choice: ActionChoice::Overdue,
            ..ActionsFilter::default()
        };
    }

    /// Opens the line that takes a new action and gives it the keyboard.
    pub fn begin_capture(&mut self) {
        self.capture.get_or_insert_default();
        self.wants_capture = true;
    }

    /// Puts the keyboard into the filter.
    pub fn focus_filter(&mut self) {
        self.wants_filter = true;
    }

    /// Tells whether a text or a list is open, or opens next; an open capture line may be left alone.
    pub fn awaits_text(&self) -> bool {
        self.wants_filter
            || self.wants_capture
            || self.inline.place().is_some()
            || self.owner_picker.is_some()
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
        let data = self.data.get((scene.version(), filter.clone()), || {
            actions_data(scene, &filter)
        });
        let mut area = page(ui);
        if self.capture.is_some() {
            let line = Rect::from_min_size(area.min, vec2(area.width(), CAPTURE));
            self.capture_ui(ui, line, scene, intents);
            area.min.y += CAPTURE + GAP[2];
        }
        if scene.board.actions.len() == 0 {
            let words = (
                "No actions yet",
                "Press N and type; due:fri and @name set the day and the owner",
            );
            if empty::empty_ui(ui, area, icons::ACTIONS, words, Some("New action")) {
                intents.push(Intent::Run(Act::NewAction));
            }
            return;
        }
        self.toolbar_ui(ui, area, scene, &data);
        let rest = toolbar::rest(area, TOOLBAR);
        let id = Id::unique("actions");
        let table = Table {
            id,
            name: "Actions",
            columns: &COLUMNS,
            sort: self.filter.sort,
            // Of the filter that the rows were made by: a choice of this frame takes effect in the next.
            order: order_of(&filter),
            edited: self.inline.place(),
            hides_edited: self.inline.text_place().is_some(),
        };
        let shown = table.show(ui, rest, &*data, &mut self.table);
        if data.is_empty() {
            self.nothing_ui(ui, rest);
        }
        self.inline_ui(ui, shown.edited, id, (scene, &data), intents);
        for event in shown.events {
            self.event(ui, &event, (scene, &data), intents);
        }
    }

    fn nothing_ui(&mut self, ui: &mut Ui, rect: Rect) {
        let is_plain = self.filter.text.is_empty() && self.filter.owner == OwnerFilter::Any;
        let words = match self.filter.choice {
            ActionChoice::Overdue if is_plain => (
                "Nothing is overdue",
                "All open actions are due today or later",
            ),
            ActionChoice::Open if is_plain => ("All done", "Press N to note the next action"),
            ActionChoice::Open
            | ActionChoice::Overdue
            | ActionChoice::Closed
            | ActionChoice::All => ("No action fits", "Change the filter to see more"),
        };
        if empty::empty_ui(ui, rect, icons::ACTIONS, words, Some("Show all")) {
            self.filter = ActionsFilter {
                choice: ActionChoice::All,
                ..ActionsFilter::default()
            };
        }
    }

    fn toolbar_ui(&mut self, ui: &mut Ui, area: Rect, scene: &Scene, data: &ActionsData) {
        let mut text = std::mem::take(&mut self.filter.text);
        let wants = std::mem::take(&mut self.wants_filter);
        let shown = toolbar::Toolbar {
            hint: "Filter actions",
            needed: TOOLBAR,
            rows: data.rows.len(),
            nouns: ("action", "actions"),
        };
        let (is_taken, is_left) = shown.show(ui, area, &mut text, wants, |ui| {
            let choices: Vec<(&str, usize)> = ActionChoice::ALL
                .iter()
                .zip(data.counts)
                .map(|(choice, count)| (choice.label(), count))
                .collect();
            let current = ActionChoice::ALL
                .iter()
                .position(|choice| *choice == self.filter.choice)
                .unwrap_or(0);
            let taken = segmented::segmented_ui(ui, "Which actions", &choices, current);
            if let Some(choice) = taken.and_then(|at| ActionChoice::ALL.get(at)) {
                self.filter.choice = *choice;
            }
            self.owner_filter_ui(ui, scene);
            taken.is_some()
        });
        self.filter.text = text;
        if is_taken || is_left {
            self.table.focus();
        }
    }

    fn owner_filter_ui(&mut self, ui: &mut Ui, scene: &Scene) {
        let name = match self.filter.owner {
            OwnerFilter::Any => "Anyone",
            OwnerFilter::Nobody => "No owner",
            OwnerFilter::Person(person) => match scene.board.person_name(Some(person)) {
                "" => "Unknown",
                name => name,
            },
        };
        let response = ui.add(Button::quiet(&format!("Owner {name}")).trailing(icons::OPEN));
        if response.clicked() && self.owner_picker.take().is_none() {
            self.owner_picker = Some(Picker::default());
            ui.ctx().request_repaint();
            return;
        }
        let Some(picker) = &mut self.owner_picker else {
            return;
        };
        let people = people_by_name(&scene.board);
        let mut choices = vec![
            Choice::word("Anyone", self.filter.owner == OwnerFilter::Any),
            Choice::word("No owner", self.filter.owner == OwnerFilter::Nobody),
        ];
        choices.extend(
            people.iter().map(|(id, name)| {
                Choice::word(name, self.filter.owner == OwnerFilter::Person(*id))
            }),
        );
        let offer = Offer {
            name: "Owner",
            hint: "Find a person",
            choices: &choices,
            takes_new: false,
            is_filtered: false,
        };
        let Some(picked) = picker.popover_ui(ui, response.rect, Id::unique("owner filter"), &offer)
        else {
            return;
        };
        self.owner_picker = None;
        if let Picked::Choice(at) = picked {
            self.filter.owner = match at {
                0 => OwnerFilter::Any,
                1 => OwnerFilter::Nobody,
                at => people
                    .get(at - 2)
                    .map_or(OwnerFilter::Any, |(id, _)| OwnerFilter::Person(*id)),
            };
        }
        self.table.focus();
    }

    /// Draws the line that takes a new action: Enter saves and leaves it open for the next, Escape closes it.
    fn capture_ui(&mut self, ui: &mut Ui, line: Rect, scene: &Scene, intents: &mut Vec<Intent>) {
        let Some(typed) = &mut self.capture else {
            return;
        };
        let colors = theme::palette(ui);
        let id = Id::unique("capture");
        if std::mem::take(&mut self.wants_capture) {
            // Before the line is drawn, so that no letter is lost.
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        let (enter, escape) = ui.input_mut(|input| {
            let mut take = |key| has_focus && input.consume_key(Modifiers::NONE, key);
            (take(Key::Enter), take(Key::Escape))
        });
        ui.painter().rect(
            line,
            10,
            colors.surface,
            theme::focus_stroke(colors),
            egui::StrokeKind::Inside,
        );
        let square = Rect::from_min_size(line.min + vec2(10.0, 0.0), vec2(22.0, line.height()));
        text::icon(ui.painter(), square, icons::ADD, 20.0, colors.accent);
        let capture = parse_capture(typed, scene.today, &scene.board);
        let mut inner = Rect::from_min_max(
            pos2(square.right() + 8.0, line.top()),
            line.max - vec2(14.0, 0.0),
        );
        let said = said(&capture, scene);
        let aside = if said.is_empty() {
            "Enter saves, Esc closes".to_owned()
        } else {
            said
        };
        let ink = if aside.starts_with("Enter") {
            colors.secondary
        } else {
            colors.accent
        };
        let shown = text::line(ui.painter(), inner, Align::Max, &aside, font::small(), ink);
        inner.max.x = shown.left() - 12.0;
        let hint = "What is to be done? due:fri and @name are understood";
        let response = field::bare_edit(ui, inner, id, hint, typed).accessible_name("New action");
        field::keep_escape(ui, &response);
        if escape {
            self.capture = None;
            self.table.focus();
        } else if enter && !capture.title.is_empty() {
            typed.clear();
            intents.push(Intent::Create(fields_of(capture).into()));
            response.request_focus();
        }
    }

    fn event(
        &mut self,
        ui: &Ui,
        event: &TableEvent,
        scene: (&Scene, &ActionsData),
        intents: &mut Vec<Intent>,
    ) {
        let (scene, data) = scene;
        let find = |id: RecordId| data.find(id);
        match event {
            TableEvent::Sort(column) => {
                self.filter.sort = self.filter.sort.clicked(*column);
                self.table.focus();
            }
            TableEvent::Edit(place) => {
                ui.ctx().request_repaint();
                if let Some(action) = find(place.0) {
                    self.open(*place, action);
                }
            }
            TableEvent::Toggle(id) => intents.extend(find(*id).map(|action| toggle(action, scene))),
            TableEvent::Delete(id) => intents.extend(find(*id).map(|action| {
                let command = Command::Delete {
                    kind: Kind::Action,
                    id: *id,
                };
                Intent::DoAndSay(command, format!("Deleted \u{201c}{}\u{201d}", action.title))
            })),
        }
    }

    fn open(&mut self, place: Place, action: &Action) {
        match ActionColumn::at(place.1) {
            Some(ActionColumn::Title) => self.inline.open_text(place, action.title.clone()),
            Some(ActionColumn::Due) => {
                self.inline.open_text(
                    place,
                    action.due.map(day_input::show_for_edit).unwrap_or_default(),
                );
            }
            Some(
                ActionColumn::State
                | ActionColumn::Owner
                | ActionColumn::Priority
                | ActionColumn::Project,
            ) => {
                self.inline.open_pick(place);
            }
            None => {}
        }
    }

    fn inline_ui(
        &mut self,
        ui: &mut Ui,
        cell: Option<Rect>,
        id: Id,
        scene: (&Scene, &ActionsData),
        intents: &mut Vec<Intent>,
    ) {
        let (scene, data) = scene;
        let Some((record, column)) = self.inline.place() else {
            return;
        };
        let Some(action) = data.find(record) else {
            self.inline.close();
            return;
        };
        let Some(column) = ActionColumn::at(column) else {
            return;
        };
        let choices = choices(scene, action, column);
        let hint = match column {
            ActionColumn::Owner => "Find or add a person",
            ActionColumn::Project => "Find a project",
            ActionColumn::Title
            | ActionColumn::State
            | ActionColumn::Due
            | ActionColumn::Priority => "Find",
        };
        let takes_new = column == ActionColumn::Owner;
        let offer = Offer {
            name: "Choices",
            hint,
            choices: &choices,
            takes_new,
            is_filtered: false,
        };
        let (name, align) = if column == ActionColumn::Due {
            ("Due", Align::Max)
        } else {
            ("Title", Align::Min)
        };
        match self.inline.show(ui, cell, id, name, (align, &offer)) {
            None => {}
            Some(Taken::GivenUp) => self.table.focus(),
            Some(Taken::Pick(_, picked)) => {
                intents.extend(picked_command(scene, action, column, &picked).map(Intent::Do));
                self.table.focus();
            }
            Some(Taken::Text(_, text, to)) => match typed_command(scene, action, column, &text) {
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

fn order_of(filter: &ActionsFilter) -> u64 {
    let mut hasher = DefaultHasher::new();
    let owner = match filter.owner {
        OwnerFilter::Any => None,
        OwnerFilter::Nobody => Some([0; 16]),
        OwnerFilter::Person(person) => Some(person.0.0),
    };
    (&filter.text, filter.choice, owner, filter.sort).hash(&mut hasher);
    hasher.finish()
}

fn said(capture: &Capture, scene: &Scene) -> String {
    let due = capture
        .due
        .map(|day| format!("Due {}", crate::format::day(day, scene.today)));
    let owner = capture.owner.as_ref().map(|(_, name)| name.clone());
    due.into_iter().chain(owner).collect::<Vec<_>>().join(", ")
}

fn fields_of(capture: Capture) -> Vec<ActionField> {
    let mut fields = vec![ActionField::Title(capture.title)];
    fields.extend(capture.due.map(|due| ActionField::Due(Some(due))));
    fields.extend(
        capture
            .owner
            .map(|(owner, _)| ActionField::Owner(Some(owner))),
    );
    fields
}

fn toggle(action: &Action, scene: &Scene) -> Intent {
    let (state, done_on, word) = if action.state == ActionState::Done {
        (ActionState::Open, None, "Open again")
    } else {
        (ActionState::Done, Some(scene.today), "Done")
    };
    let fields = vec![ActionField::State(state), ActionField::DoneOn(done_on)];
    Intent::DoAndSay(
        Command::edit(action.meta.id, fields),
        format!("{word}: {}", action.title),
    )
}

fn choices(scene: &Scene, action: &Action, column: ActionColumn) -> Vec<Choice> {
    match column {
        ActionColumn::State => ActionState::ALL
            .iter()
            .map(|state| {
                let (tone, icon) = state_look(*state);
                Choice {
                    icon: Some((icon, tone)),
                    ..Choice::word(state.label(), *state == action.state)
                }
            })
            .collect(),
        ActionColumn::Priority => Priority::ALL
            .iter()
            .map(|priority| Choice::word(priority.label(), *priority == action.priority))
            .collect(),
        ActionColumn::Owner => owner_choices(scene, action.owner),
        ActionColumn::Project => {
            let none = Choice::word("No project", action.project.is_none());
            let projects = projects_by_name(scene);
            let choice = |(id, name)| Choice::word(name, action.project == Some(id));
            std::iter::once(none)
                .chain(projects.into_iter().map(choice))
                .collect()
        }
        ActionColumn::Title | ActionColumn::Due => Vec::new(),
    }
}

fn projects_by_name(scene: &Scene) -> Vec<(RecordId, String)> {
    let mut projects: Vec<(RecordId, String)> = scene
        .board
        .projects
        .into_iter()
        .map(|(id, project)| (*id, project.name.clone()))
        .collect();
    projects.sort_by_key(|(_, name)| name.to_lowercase());
    projects
}

fn picked_command(
    scene: &Scene,
    action: &Action,
    column: ActionColumn,
    picked: &Picked,
) -> Option<Command> {
    let id = action.meta.id;
    if column == ActionColumn::Owner {
        let (person, owner) = picked_owner(scene, picked)?;
        let edit = Command::edit(id, vec![ActionField::Owner(owner)]);
        return (owner != action.owner).then(|| joined("set owner", person, edit));
    }
    let Picked::Choice(at) = picked else {
        return None;
    };
    let fields = match column {
        ActionColumn::State => {
            let state = *ActionState::ALL
                .get(*at)
                .filter(|state| **state != action.state)?;
            let done_on = (state == ActionState::Done).then_some(scene.today);
            vec![ActionField::State(state), ActionField::DoneOn(done_on)]
        }
        ActionColumn::Priority => vec![ActionField::Priority(*Priority::ALL.get(*at)?)],
        ActionColumn::Project => {
            let project = at
                .checked_sub(1)
                .and_then(|at| projects_by_name(scene).get(at).map(|(id, _)| *id));
            vec![ActionField::Project(project)]
        }
        ActionColumn::Title | ActionColumn::Owner | ActionColumn::Due => return None,
    };
    Some(Command::edit(id, fields))
}

/// Returns the command for a typed text, none if it changes nothing, or why it cannot be taken.
fn typed_command(
    scene: &Scene,
    action: &Action,
    column: ActionColumn,
    text: &str,
) -> Result<Option<Command>, String> {
    let text = text.trim();
    let id = action.meta.id;
    if column == ActionColumn::Due {
        let due = if text.is_empty() {
            None
        } else {
            Some(
                day_input::parse_day(text, scene.today)
                    .ok_or_else(|| day_input::EXPECTED.to_owned())?,
            )
        };
        return Ok((due != action.due).then(|| Command::edit(id, vec![ActionField::Due(due)])));
    }
    if text.is_empty() {
        return Err("An action needs a title".to_owned());
    }
    let field = ActionField::Title(text.to_owned());
    field
        .check()
        .map_err(|refused| format!("Give {}", refused.expected))?;
    Ok((text != action.title).then(|| Command::edit(id, vec![field])))
}
