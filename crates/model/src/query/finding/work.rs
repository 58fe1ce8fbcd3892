//! Findings of projects, actions, evaluations and changes.
//!
//! Only open projects are looked at: what is closed needs no mending.

use std::collections::BTreeMap;

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::{Finding, Rule};
use crate::board::Board;
use crate::command::Command;
use crate::kind::Kind;
use crate::query::kept::Part;
use crate::query::schedule::{self, ProjectSchedule};
use crate::query::{change, evaluation};
use crate::status::RaciRole;
use crate::task::TaskField;

pub(super) fn parts() -> Vec<Part<Finding>> {
    let scheduled = [
        Kind::Project,
        Kind::Task,
        Kind::Dependency,
        Kind::Baseline,
        Kind::BaselineTask,
    ];
    let evaluated = [Kind::Evaluation, Kind::Criterion, Kind::Choice, Kind::Score];
    let changed = [
        Kind::Change,
        Kind::Communication,
        Kind::Freeze,
        Kind::MaintenanceWindow,
    ];
    vec![
        Part::new(&scheduled, |board, span| {
            let mut found = Vec::new();
            for schedule in schedule::all(board, span.today) {
                if schedule.project.status.is_open() {
                    schedules(board, &schedule, &mut found);
                }
            }
            found
        }),
        Part::new(&[Kind::Responsibility], |board, _| responsibilities(board)),
        Part::new(&[Kind::Action], |board, _| actions(board)),
        Part::new(&evaluated, |board, _| evaluations(board)),
        Part::new(&changed, |board, span| changes(board, span.today)),
    ]
}

fn changes(board: &Board, today: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    for figures in change::all(board, today) {
        for warning in &figures.warnings {
            found.push(Finding {
                rule: Rule::Change,
                kind: Kind::Change,
                id: figures.change.meta.id,
                words: format!(
                    "The change \"{}\" {}",
                    figures.change.title,
                    warning.words()
                ),
                remedy: "move its window, or go ahead knowingly",
                fix: None,
            });
        }
    }
    found
}

fn schedules(board: &Board, schedule: &ProjectSchedule, found: &mut Vec<Finding>) {
    let name = |id: Option<RecordId>| {
        let task = id.and_then(|id| board.tasks.get(&id));
        task.map_or_else(|| "?".to_owned(), |task| task.name.clone())
    };
    for (dependency, reason) in &schedule.inactive {
        found.push(Finding {
            rule: Rule::Dependency,
            kind: Kind::Dependency,
            id: dependency.meta.id,
            words: format!(
                "The dependency from \"{}\" to \"{}\" {} and holds nothing",
                name(dependency.predecessor),
                name(dependency.successor),
                reason.words()
            ),
            remedy: "delete it, or another of its cycle",
            fix: Some(Command::Delete {
                kind: Kind::Dependency,
                id: dependency.meta.id,
            }),
        });
    }
    for task in &schedule.parent_cycles {
        found.push(Finding {
            rule: Rule::ParentCycle,
            kind: Kind::Task,
            id: *task,
            words: format!(
                "The task \"{}\" is part of a task below it",
                name(Some(*task))
            ),
            remedy: "let it stand at the top",
            fix: Some(Command::edit(*task, vec![TaskField::Parent(None)])),
        });
    }
    for row in &schedule.rows {
        let mut add = |rule, words: String, remedy| {
            found.push(Finding {
                rule,
                kind: Kind::Task,
                id: row.task.meta.id,
                words,
                remedy,
                fix: None,
            });
        };
        if row.is_before_start && !row.is_summary {
            let words = format!("The task \"{}\" begins before its project", row.task.name);
            add(
                Rule::BeforeStart,
                words,
                "shorten the overlap with the task before it",
            );
        }
        if let (Some(days), false) = (row.past_deadline, row.is_done()) {
            let words = format!(
                "The task \"{}\" finishes {days} wd after its deadline",
                row.task.name
            );
            add(
                Rule::PastDeadline,
                words,
                "shorten what is before it, or agree a new deadline",
            );
        }
    }
}

fn responsibilities(board: &Board) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut groups: BTreeMap<(RecordId, String), (RecordId, usize, usize)> = BTreeMap::new();
    for (id, one) in &board.responsibilities {
        let Some(project) = one.project else { continue };
        let key = (project, one.deliverable.trim().to_lowercase());
        let group = groups.entry(key).or_insert((*id, 0, 0));
        match one.role {
            RaciRole::Accountable => group.1 += 1,
            RaciRole::Responsible => group.2 += 1,
            RaciRole::Consulted | RaciRole::Informed => {}
        }
    }
    for ((_, deliverable), (id, accountable, responsible)) in groups {
        let words = match (accountable, responsible) {
            (0, _) => "nobody is accountable".to_owned(),
            (1, 0) => "nobody is responsible".to_owned(),
            (1, _) => continue,
            (many, _) => format!("{many} persons are accountable"),
        };
        found.push(Finding {
            rule: Rule::Raci,
            kind: Kind::Responsibility,
            id,
            words: format!("For \"{deliverable}\" {words}"),
            remedy: "name exactly one accountable and at least one responsible person",
            fix: None,
        });
    }
    found
}

fn actions(board: &Board) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, action) in &board.actions {
        let lacks = match (action.owner, action.due) {
            (None, None) => "neither owner nor day",
            (None, Some(_)) => "no owner",
            (Some(_), None) => "no day",
            (Some(_), Some(_)) => continue,
        };
        if action.state.is_open() {
            found.push(Finding {
                rule: Rule::Adrift,
                kind: Kind::Action,
                id: *id,
                words: format!("The action \"{}\" has {lacks}", action.title),
                remedy: "give it an owner and a day",
                fix: None,
            });
        }
    }
    found
}

fn evaluations(board: &Board) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, one) in &board.evaluations {
        let Some(figures) = evaluation::figures(board, *id) else {
            continue;
        };
        let mut add = |rule, words: String, remedy| {
            found.push(Finding {
                rule,
                kind: Kind::Evaluation,
                id: *id,
                words,
                remedy,
                fix: None,
            });
        };
        if figures.weight_sum != 100 && !figures.criteria.is_empty() {
            let words = format!(
                "The weights of \"{}\" add up to {} %",
                one.title, figures.weight_sum
            );
            add(Rule::Weights, words, "set weights that add up to 100 %");
        }
        let chosen = figures
            .options
            .iter()
            .find(|of| Some(of.option.meta.id) == one.chosen);
        if let Some(chosen) = chosen.filter(|chosen| !chosen.failed.is_empty()) {
            let failed: Vec<&str> = chosen.failed.iter().map(|of| of.name.as_str()).collect();
            let words = format!(
                "\"{}\" was chosen and fails {}",
                chosen.option.name,
                failed.join(", ")
            );
            add(
                Rule::ChosenFails,
                words,
                "choose another option, or correct the scores",
            );
        }
    }
    found
}
