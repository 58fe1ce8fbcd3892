//! The screen of budgets: which one, which figures, and the keys of a spreadsheet.
//!
//! Drawing the cells is `grid.rs`, reading a block `paste.rs`; an amount reaches the data only as a command.

use adjutant_base::RecordId;
use adjutant_model::budget::BudgetLineField;
use adjutant_model::calendar::Period;
use adjutant_model::{Command, Kind};
use egui::{Align, Event, Id, Key, Layout, Modifiers, Rect, Ui};

use super::data::{GridData, Which, budgets, first_budget, for_edit, grid_data};
use super::grid::{GridLook, GridOutput, GridState, Spot, grid_ui};
use super::paste::{Refusal, amount, field, paste_command};
use crate::commands::Act;
use crate::icons;
use crate::theme::Tone;
use crate::views::{BesideActions, Cached, Intent, Scene, page, toolbar};
use crate::widgets::button::Button;
use crate::widgets::editor::{self, Editor, Move, Outcome};
use crate::widgets::picker::{Choice, Offer, Picked, Picker};
use crate::widgets::{empty, segmented, tag};

/// Width that the line over the grid needs, in points.
const TOOLBAR: f32 = 600.0;

/// The screen of budgets.
#[derive(Debug, Default)]
pub struct BudgetView {
    /// The budget that was chosen; the newest that has begun until then.
    pub chosen: Option<RecordId>,
    /// What is shown.
    pub which: Which,
    grid: GridState,
    edit: Option<(Spot, Editor)>,
    refusal: Option<Refusal>,
    picker: Option<Picker>,
    data: Cached<(BesideActions, RecordId, Which), Option<GridData>>,
    new_id: Option<RecordId>,
}

impl BudgetView {
    /// Puts the cursor on a line.
    pub fn reveal(&mut self, scene: &Scene, id: RecordId) {
        if scene.board.budgets.get(&id).is_some() {
            self.chosen = Some(id);
            return;
        }
        if let Some(line) = scene.board.budget_lines.get(&id) {
            self.chosen = line.budget.or(self.chosen);
            self.grid.cursor = Some((id, 1));
            self.grid.reveals = true;
        }
        self.grid.takes_focus = true;
    }

    /// Opens the name of a line that was just made, or shows the budget.
    pub fn begin(&mut self, id: RecordId) {
        self.new_id = Some(id);
    }

    /// Tells whether a text or a list is open.
    pub fn awaits_text(&self) -> bool {
        self.edit.is_some() || self.picker.is_some()
    }

    /// Gives the grid the keyboard.
    pub fn focus(&mut self) {
        self.grid.takes_focus = true;
    }

    /// Returns the line at the cursor.
    pub fn cursor(&self) -> Option<RecordId> {
        self.grid.cursor.map(|(id, _)| id)
    }

    /// Returns the budget that is shown.
    pub fn shown(&self, scene: &Scene) -> Option<RecordId> {
        self.chosen
            .filter(|id| scene.board.budgets.get(id).is_some())
            .or_else(|| first_budget(scene))
    }

    /// Draws the screen.
    pub fn show_ui(&mut self, ui: &mut Ui, scene: &Scene, intents: &mut Vec<Intent>) {
        self.open_new(scene);
        let area = page(ui);
        let Some(budget) = self.shown(scene) else {
            let words = (
                "No budget yet",
                "A budget is one fiscal year of one cost centre, with lines by months",
            );
            if empty::empty_ui(ui, area, icons::BUDGET, words, Some("New budget")) {
                intents.push(Intent::Run(Act::NewBudget));
            }
            return;
        };
        let which = self.which;
        let data = self.data.get((scene.beside_actions(), budget, which), || {
            grid_data(scene, budget, which)
        });
        let Some(data) = data.as_ref() else { return };
        self.toolbar_ui(ui, area, scene, data);
        let rest = toolbar::rest(area, TOOLBAR);
        if data.rows.is_empty() {
            let words = ("No lines yet", "Add a line, then type or paste its months");
            if empty::empty_ui(ui, rest, icons::BUDGET, words, Some("New line")) {
                intents.push(Intent::Run(Act::NewLine));
            }
            return;
        }
        self.grid.settle(data);
        let look = GridLook {
            id: Id::unique("budget"),
            edited: self.edit.as_ref().map(|(spot, _)| *spot),
            refused: self.refusal.as_ref().map(|refusal| refusal.cell),
        };
        let shown = grid_ui(ui, rest, data, &mut self.grid, look);
        if self.edit.is_some() {
            self.edit_ui(ui, &shown, (scene, data), intents);
        } else if shown.focus.has_focus() {
            self.keys(ui, shown.page, (scene, data), intents);
        }
        if let (Some(refusal), Some(cell)) = (&self.refusal, shown.refused) {
            let stroke = egui::Stroke::new(2.0, crate::theme::palette(ui).bad);
            ui.painter()
                .rect_stroke(cell, 4, stroke, egui::StrokeKind::Inside);
            editor::error_ui(ui, cell, &refusal.words);
        }
        if let Some(spot) = shown.double_clicked {
            self.open(spot, (scene, data), intents);
            ui.ctx().request_repaint();
        }
    }

    /// Goes to a new line and opens its name as soon as the board shows it.
    fn open_new(&mut self, scene: &Scene) {
        let Some(id) = self.new_id else { return };
        if let Some(line) = scene.board.budget_lines.get(&id) {
            self.new_id = None;
            self.reveal(scene, id);
            self.grid.cursor = Some((id, 0));
            self.edit = Some(((id, 0), Editor::on(line.name.clone())));
        } else if scene.board.budgets.get(&id).is_some() {
            self.new_id = None;
            self.reveal(scene, id);
        }
    }

    fn toolbar_ui(&mut self, ui: &mut Ui, area: Rect, scene: &Scene, data: &GridData) {
        let (first, second) = toolbar::lines(area, TOOLBAR);
        toolbar::line_ui(ui, first, |ui| {
            self.chooser_ui(ui, scene, data);
            if second.is_none() {
                self.which_ui(ui);
                flags_ui(ui, data.flagged);
            }
        });
        if let Some(second) = second {
            toolbar::line_ui(ui, second, |ui| {
                self.which_ui(ui);
                flags_ui(ui, data.flagged);
            });
        }
    }

    fn which_ui(&mut self, ui: &mut Ui) {
        let choices = Which::ALL.map(|which| (which.label(), 0));
        let current = Which::ALL
            .iter()
            .position(|which| *which == self.which)
            .unwrap_or(0);
        let taken = segmented::segmented_ui(ui, "Which figures", &choices, current);
        if let Some(which) = taken.and_then(|at| Which::ALL.get(at)) {
            self.which = *which;
            self.edit = None;
            self.refusal = None;
            self.grid.takes_focus = true;
        }
    }

    fn chooser_ui(&mut self, ui: &mut Ui, scene: &Scene, data: &GridData) {
        let all = budgets(scene);
        let name = all
            .iter()
            .find(|(id, _)| *id == data.budget)
            .map_or(data.name.as_str(), |(_, name)| name.as_str());
        let response = ui.add(
            Button::quiet(name)
                .icon(icons::BUDGET)
                .trailing(icons::OPEN),
        );
        if response.clicked() && self.picker.take().is_none() {
            self.picker = Some(Picker::default());
            ui.ctx().request_repaint();
            return;
        }
        let Some(picker) = &mut self.picker else {
            return;
        };
        let choices: Vec<Choice> = all
            .iter()
            .map(|(id, name)| Choice::word(name, *id == data.budget))
            .collect();
        let offer = Offer {
            name: "Budget",
            hint: "Find a budget or year",
            choices: &choices,
            takes_new: false,
            is_filtered: false,
        };
        let Some(picked) =
            picker.popover_ui(ui, response.rect, Id::unique("budget chooser"), &offer)
        else {
            return;
        };
        self.picker = None;
        if let Picked::Choice(at) = picked {
            self.chosen = all.get(at).map(|(id, _)| *id);
            self.edit = None;
            self.refusal = None;
        }
        self.grid.takes_focus = true;
    }

    fn keys(
        &mut self,
        ui: &Ui,
        page: usize,
        scene: (&Scene, &GridData),
        intents: &mut Vec<Intent>,
    ) {
        let page = isize::try_from(page).unwrap_or(1);
        let all = isize::MAX;
        let moves = [
            (Modifiers::SHIFT, Key::Tab, 0, -1),
            (Modifiers::NONE, Key::Tab, 0, 1),
            (Modifiers::NONE, Key::ArrowDown, 1, 0),
            (Modifiers::NONE, Key::ArrowUp, -1, 0),
            (Modifiers::NONE, Key::ArrowRight, 0, 1),
            (Modifiers::NONE, Key::ArrowLeft, 0, -1),
            (Modifiers::NONE, Key::PageDown, page, 0),
            (Modifiers::NONE, Key::PageUp, -page, 0),
            (Modifiers::COMMAND, Key::End, all, 0),
            (Modifiers::COMMAND, Key::Home, -all, 0),
            (Modifiers::NONE, Key::End, 0, all),
            (Modifiers::NONE, Key::Home, 0, -all),
        ];
        let mut pressed = Vec::new();
        ui.input_mut(|input| {
            for (modifiers, key, down, right) in moves {
                for _ in 0..input.count_and_consume_key(modifiers, key) {
                    pressed.push((down, right));
                }
            }
        });
        if !pressed.is_empty() {
            self.refusal = None;
        }
        for (down, right) in pressed {
            self.grid.move_by(scene.1, down, right);
        }
        let Some(spot) = self.grid.cursor else { return };
        let take = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if take(Key::Escape) {
            self.refusal = None;
        }
        if begins_with_figure(ui) {
            // Typed before Enter in one slow frame: the figure comes first.
            self.events(ui, spot, scene, intents);
        } else if take(Key::F2) || take(Key::Enter) {
            self.open(spot, scene, intents);
            ui.ctx().request_repaint();
        } else if take(Key::Delete) || take(Key::Backspace) {
            Self::clear(spot, scene, intents);
        } else {
            self.events(ui, spot, scene, intents);
        }
    }

    /// Takes typed figures, paste and copy out of the input.
    fn events(
        &mut self,
        ui: &Ui,
        spot: Spot,
        scene: (&Scene, &GridData),
        intents: &mut Vec<Intent>,
    ) {
        let mut typed = String::new();
        let mut pasted = None;
        let mut copies = false;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "every other event of egui is left to egui"
        )]
        ui.input_mut(|input| {
            input.events.retain(|event| match event {
                Event::Text(text) if is_figure(text) => {
                    typed.push_str(text);
                    false
                }
                Event::Paste(text) => {
                    pasted = Some(text.clone());
                    false
                }
                Event::Copy => {
                    copies = true;
                    false
                }
                _ => true,
            });
        });
        if let Some(block) = pasted {
            self.paste(spot, scene.1, &block, intents);
        }
        if copies {
            intents.extend(copied(spot, scene).map(Intent::Copy));
        }
        if !typed.is_empty() {
            self.open(spot, scene, intents);
            if let Some((_, editor)) = self.edit.as_mut().filter(|(spot, _)| spot.1 > 0) {
                *editor = Editor::typing(typed);
            }
            ui.ctx().request_repaint();
        }
    }

    fn paste(&mut self, spot: Spot, data: &GridData, block: &str, intents: &mut Vec<Intent>) {
        let Some(month) = spot.1.checked_sub(1) else {
            let words = "Put the cursor on a month first: a block is pasted from there on";
            intents.push(Intent::Say(Tone::Warn, words.to_owned()));
            return;
        };
        match paste_command(data, (self.grid.row, month), block) {
            Ok(command) => {
                self.refusal = None;
                let said = command.name();
                let said = said
                    .strip_prefix("paste ")
                    .map_or(said.clone(), |cells| format!("Pasted {cells}"));
                intents.push(Intent::DoAndSay(command, said));
            }
            Err(refusal) => self.refusal = Some(refusal),
        }
    }

    /// Opens a cell with its present value.
    fn open(&mut self, spot: Spot, (scene, data): (&Scene, &GridData), intents: &mut Vec<Intent>) {
        self.refusal = None;
        let Some(line) = scene.board.budget_lines.get(&spot.0) else {
            return;
        };
        let period = spot
            .1
            .checked_sub(1)
            .and_then(|month| Period::all().nth(month));
        match period {
            None => self.edit = Some((spot, Editor::on(line.name.clone()))),
            Some(_) if data.which == Which::Variance => {
                let words = "Variances follow from plan and actual; choose one of these to edit";
                intents.push(Intent::Say(Tone::Neutral, words.to_owned()));
            }
            Some(period) => {
                self.edit = Some((
                    spot,
                    Editor::on(for_edit(line, period, data.which, data.currency)),
                ));
            }
        }
    }

    fn clear(spot: Spot, (scene, data): (&Scene, &GridData), intents: &mut Vec<Intent>) {
        let Some(line) = scene.board.budget_lines.get(&spot.0) else {
            return;
        };
        match spot
            .1
            .checked_sub(1)
            .and_then(|month| Period::all().nth(month))
        {
            None => {
                let command = Command::Delete {
                    kind: Kind::BudgetLine,
                    id: spot.0,
                };
                intents.push(Intent::DoAndSay(
                    command,
                    format!("Deleted \u{201c}{}\u{201d}", line.name),
                ));
            }
            Some(_) if data.which == Which::Variance => {}
            Some(period) => {
                if !for_edit(line, period, data.which, data.currency).is_empty() {
                    intents.push(Intent::Do(Command::edit(
                        spot.0,
                        vec![field(data.which, period, None)],
                    )));
                }
            }
        }
    }

    fn edit_ui(
        &mut self,
        ui: &mut Ui,
        shown: &GridOutput,
        scene: (&Scene, &GridData),
        intents: &mut Vec<Intent>,
    ) {
        let Some((spot, editor)) = &mut self.edit else {
            return;
        };
        let spot = *spot;
        let data = scene.1;
        let row = data.rows.iter().find(|row| row.id == spot.0);
        let month = spot
            .1
            .checked_sub(1)
            .and_then(|month| data.months.get(month));
        let name = match (row, month) {
            (Some(row), Some(month)) => format!("{}, {month}", row.name),
            (Some(row), None) => format!("Name of {}", row.name),
            (None, _) => {
                self.edit = None;
                return;
            }
        };
        let align = if spot.1 == 0 { Align::Min } else { Align::Max };
        let id = Id::unique(("budget edit", spot.0.0, spot.1));
        let outcome = match shown.edited {
            Some(cell) => editor.show(ui, cell, id, &name, align),
            None => Outcome::Commit(Move::Stay),
        };
        match outcome {
            Outcome::Typing => {}
            Outcome::Cancel => {
                self.edit = None;
                self.grid.takes_focus = true;
            }
            Outcome::Commit(to) => match typed_command(scene, spot, &editor.text) {
                Ok(command) => {
                    intents.extend(command.map(Intent::Do));
                    self.edit = None;
                    self.grid.takes_focus = true;
                    let (down, right) = match to {
                        Move::Stay => (0, 0),
                        Move::Down => (1, 0),
                        Move::Up => (-1, 0),
                        Move::Right => (0, 1),
                        Move::Left => (0, -1),
                    };
                    self.grid.move_by(data, down, right);
                }
                Err(words) => {
                    let text = std::mem::take(&mut editor.text);
                    *editor = Editor::on(text);
                    editor.error = Some(words);
                }
            },
        }
    }
}

/// Tells whether a typed text begins an amount.
fn is_figure(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || "-+(.,=$\u{20ac}\u{a3}".contains(c))
}

/// Tells whether an amount was begun in this frame before any other key of the grid.
fn begins_with_figure(ui: &Ui) -> bool {
    ui.input(|input| {
        let figure = |event: &Event| matches!(event, Event::Text(text) if is_figure(text));
        let enter = |event: &Event| {
            matches!(
                event,
                Event::Key {
                    key: Key::Enter | Key::F2,
                    pressed: true,
                    ..
                }
            )
        };
        let first = input
            .events
            .iter()
            .find(|event| figure(event) || enter(event));
        first.is_some_and(figure)
    })
}

/// Says how many lines are off plan, at the right end of a line.
fn flags_ui(ui: &mut Ui, (amber, red): (usize, usize)) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let mut say = |count: usize, tone, icon, words: &str| {
            if count > 0 {
                tag::tag_ui(ui, tone, Some(icon), &format!("{count} {words}"));
            }
        };
        say(amber, Tone::Warn, icons::WARNING, "off plan");
        say(red, Tone::Bad, icons::ERROR, "far off plan");
    });
}

/// Returns the text of a cell for the clipboard: an amount to the last cent, whatever is shown.
fn copied(spot: Spot, (scene, data): (&Scene, &GridData)) -> Option<String> {
    let row = data.rows.iter().find(|row| row.id == spot.0)?;
    let Some(month) = spot.1.checked_sub(1) else {
        return Some(row.name.clone());
    };
    if data.which == Which::Variance {
        return row.cells.get(month).map(|cell| cell.shown.clone());
    }
    let line = scene.board.budget_lines.get(&spot.0)?;
    let period = Period::all().nth(month)?;
    Some(for_edit(line, period, data.which, data.currency))
}

/// Returns the command for a typed text, none if it changes nothing, or why it cannot be taken.
fn typed_command(
    (scene, data): (&Scene, &GridData),
    spot: Spot,
    text: &str,
) -> Result<Option<Command>, String> {
    let Some(line) = scene.board.budget_lines.get(&spot.0) else {
        return Ok(None);
    };
    let Some(period) = spot
        .1
        .checked_sub(1)
        .and_then(|month| Period::all().nth(month))
    else {
        let name = text.trim();
        if name.is_empty() {
            return Err("A line needs a name".to_owned());
        }
        let field = BudgetLineField::Name(name.to_owned());
        field
            .check()
            .map_err(|refused| format!("Give {}", refused.expected))?;
        return Ok((name != line.name).then(|| Command::edit(spot.0, vec![field])));
    };
    // Typed "=" is a habit from spreadsheets; the amount behind it is meant.
    let typed = text.trim().trim_start_matches('=');
    let amount = amount(typed, data.currency).map_err(|expected| format!("Give {expected}"))?;
    let months = if data.which == Which::Plan {
        &line.plan
    } else {
        &line.actual
    };
    let before = months.get(period.index()).copied().flatten();
    Ok((amount != before).then(|| Command::edit(spot.0, vec![field(data.which, period, amount)])))
}
