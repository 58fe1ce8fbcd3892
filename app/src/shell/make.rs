//! Making records: with what a new one of each kind begins.
//!
//! A record that lives beside another asks beside which first.

use adjutant_base::RecordId;
use adjutant_model::budget::{BudgetField, BudgetLineField};
use adjutant_model::project::ProjectField;
use adjutant_model::review::{Heads, SignOffField, Verdict};
use adjutant_model::{Command, Fields, Kind};

use super::Shell;
use super::chooser::Chooser;
use crate::commands::View;
use crate::day_input;
use crate::theme::Tone;
use crate::views::Intent;
use crate::views::owners::own;
use crate::views::sheet::Sheet;

impl Shell {
    /// Makes a record and opens it, its name ready to be typed.
    pub(super) fn make(&mut self, ctx: &egui::Context, kind: Kind) {
        match kind.parent_field() {
            None => self.make_beside(ctx, kind, None),
            Some((_, parent)) if self.scene.board.count(parent) == 0 => {
                let words = format!("A {} needs a {} first", kind.label(), parent.label());
                self.say(ctx, Tone::Warn, words);
            }
            Some((_, parent)) => self.chooser = Some(Chooser::new(kind, parent)),
        }
    }

    /// Makes a record beside another and opens it.
    pub(super) fn make_beside(
        &mut self,
        ctx: &egui::Context,
        kind: Kind,
        parent: Option<RecordId>,
    ) {
        let name = format!("New {}", kind.label());
        let today = day_input::show_for_edit(self.scene.today);
        let parent = kind
            .parent_field()
            .zip(parent)
            .map(|((field, _), parent)| (field, parent.to_string()));
        let mut inputs = vec![(kind.title_field(), name.as_str())];
        inputs.extend(parent.iter().map(|(field, text)| (*field, text.as_str())));
        if kind.required().contains(&"day") {
            inputs.push(("day", today.as_str()));
        }
        let currency = adjutant_model::settings::Rules::of(&self.scene.board).currency;
        match Fields::from_input(kind, inputs, currency) {
            Ok(fields) => {
                if let Some(id) = self.create(ctx, fields) {
                    self.sheet = Some(Sheet::begin(kind, id));
                }
            }
            Err(refused) => self.say(ctx, Tone::Bad, refused.to_string()),
        }
    }

    /// Signs a record off at exactly the version that is here now.
    pub(super) fn sign(
        &mut self,
        ctx: &egui::Context,
        (kind, about): (Kind, RecordId),
        verdict: Verdict,
        note: String,
    ) {
        let board = std::sync::Arc::clone(&self.scene.board);
        let (person, today) = (own(&board, self.desk.device()), self.scene.today);
        let id = match self.desk.new_record_id() {
            Ok(id) => id,
            Err(error) => {
                self.say(ctx, Tone::Bad, format!("Not signed: {error}"));
                return;
            }
        };
        self.behind(ctx, move |desk| {
            let document = board.document_of(kind, about);
            let prints = desk.fingerprints_blocking()?;
            let print = prints
                .into_iter()
                .find(|print| Some(print.document) == document);
            let print = print.ok_or("Not signed: the record has gone")?;
            let fields = vec![
                SignOffField::About(Some(about)),
                SignOffField::Verdict(verdict),
                SignOffField::Person(person),
                SignOffField::Day(Some(today)),
                SignOffField::Document(print.document.to_string()),
                SignOffField::Heads(Heads(print.heads)),
                SignOffField::Note(note),
            ];
            let said = format!("{} as it is now", verdict.label());
            Ok(Intent::DoAndSay(Command::create(id, fields), said))
        });
    }

    pub(super) fn new_project(&mut self, ctx: &egui::Context) {
        self.view = View::Projects;
        let fields = vec![ProjectField::Name("New project".to_owned())];
        if let Some(id) = self.create(ctx, fields.into()) {
            self.projects.begin(id);
        }
    }

    pub(super) fn new_line(&mut self, ctx: &egui::Context) {
        self.view = View::Budget;
        let Some(budget) = self.budget.shown(&self.scene) else {
            self.new_budget(ctx);
            return;
        };
        let lines = self.scene.board.budget_lines.into_iter();
        let last = lines
            .filter(|(_, line)| line.budget == Some(budget))
            .map(|(_, line)| line.position.clone())
            .max();
        // Behind the last: a text that extends another sorts right after it.
        let position = last.map_or_else(|| "n".to_owned(), |last| last + "n");
        let fields = vec![
            BudgetLineField::Budget(Some(budget)),
            BudgetLineField::Name("New line".to_owned()),
            BudgetLineField::Position(position),
        ];
        if let Some(id) = self.create(ctx, fields.into()) {
            self.budget.begin(id);
        }
    }

    pub(super) fn new_budget(&mut self, ctx: &egui::Context) {
        self.view = View::Budget;
        // The year, month and currency of the budgets that exist, so that they add up.
        let like = self
            .scene
            .board
            .budgets
            .into_iter()
            .map(|(_, budget)| budget)
            .next_back();
        let rules = adjutant_model::settings::Rules::of(&self.scene.board);
        let (start, currency) = like.map_or((rules.fiscal_start, rules.currency), |budget| {
            (budget.start_month, budget.currency)
        });
        let year =
            adjutant_model::calendar::FiscalCalendar::starting_in(start).year_of(self.scene.today);
        let fields = vec![
            BudgetField::Name(format!("Budget {year}")),
            BudgetField::FiscalYear(year),
            BudgetField::StartMonth(start),
            BudgetField::Currency(currency),
        ];
        if let Some(id) = self.create(ctx, fields.into()) {
            self.budget.begin(id);
        }
    }
}
