//! Rules between the fields of one record and between records, checked before a command is carried out.
//!
//! Two devices can still break each of them together; then the merged state is shown as it is and the same rule appears
//! as a finding. The one rule here: a refusal names the values and what to do instead.

mod budget;
mod purchase;
mod work;

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::board::Board;
use crate::change::CommunicationState;
use crate::command::CommandError;
use crate::evaluation::Score;
use crate::kind::Kind;
use crate::meeting::MinutesState;
use crate::status::UpdateState;
use crate::value::{FieldValue, Raw};

/// A record as it would be after a command: its values with the new ones over them.
pub(crate) struct After<'a> {
    pub(crate) board: &'a Board,
    pub(crate) kind: Kind,
    pub(crate) id: RecordId,
    pub(crate) new: &'a [(&'static str, Raw)],
    old: Vec<(&'static str, Raw)>,
}

impl After<'_> {
    /// Returns the value of a field after the command; its absent value if it has none.
    pub(crate) fn get<T: FieldValue>(&self, field: &str) -> T {
        let all = self.new.iter().rev().chain(&self.old);
        let raw = all.into_iter().find(|(name, _)| *name == field);
        raw.and_then(|(_, raw)| T::from_raw(raw))
            .unwrap_or_else(T::absent)
    }

    /// Returns the value of a field before the command.
    pub(crate) fn old_value<T: FieldValue>(&self, field: &str) -> Option<T> {
        let (_, raw) = self.old.iter().find(|(name, _)| *name == field)?;
        T::from_raw(raw)
    }

    /// Tells whether the command sets the field to another value than it has.
    pub(crate) fn changes(&self, field: &str) -> bool {
        let new = self.new.iter().rev().find(|(name, _)| *name == field);
        let old = self.old.iter().find(|(name, _)| *name == field);
        new.is_some_and(|(_, raw)| old.is_none_or(|(_, before)| before != raw))
    }

    /// Returns the refusal.
    pub(crate) fn refuse(
        &self,
        field: &'static str,
        rule: impl Into<String>,
        remedy: &'static str,
    ) -> Result<(), CommandError> {
        Err(CommandError::Rule {
            kind: self.kind,
            field,
            rule: rule.into(),
            remedy,
        })
    }

    /// Refuses a last day before the first.
    pub(crate) fn in_order(
        &self,
        first: &'static str,
        last: &'static str,
    ) -> Result<(), CommandError> {
        let days: (Option<NaiveDate>, Option<NaiveDate>) = (self.get(first), self.get(last));
        match days {
            (Some(from), Some(to)) if to < from => self.refuse(
                last,
                format!("{last} {to} is before {first} {from}"),
                "change one of the two days",
            ),
            _ => Ok(()),
        }
    }
}

/// Checks what a record would be after a command sets `new` fields of it.
///
/// # Errors
/// [`CommandError::Rule`] for the first rule that it breaks.
pub(crate) fn check(
    board: &Board,
    kind: Kind,
    id: RecordId,
    new: &[(&'static str, Raw)],
) -> Result<(), CommandError> {
    let Some((_, rule)) = RULES.iter().find(|(of, _)| *of == kind) else {
        return Ok(());
    };
    rule(&After {
        board,
        kind,
        id,
        new,
        old: board.values(kind, id).unwrap_or_default(),
    })
}

type Rule = fn(&After<'_>) -> Result<(), CommandError>;

/// The rules of each kind that has any.
const RULES: &[(Kind, Rule)] = &[
    (Kind::Project, project),
    (Kind::Task, task),
    (Kind::Dependency, dependency),
    (Kind::StatusUpdate, status_update),
    (Kind::Budget, budget::budget),
    (Kind::BudgetLine, budget::line),
    (Kind::Transfer, budget::transfer),
    (Kind::Posting, budget::posting),
    (Kind::Commitment, budget::commitment),
    (Kind::Accrual, budget::accrual),
    (Kind::Explanation, budget::explanation),
    (Kind::PeriodClose, budget::period_close),
    (Kind::Contract, purchase::contract),
    (Kind::Assignment, purchase::assignment),
    (Kind::Invoice, purchase::invoice),
    (Kind::Approval, purchase::approval),
    (Kind::Criterion, purchase::criterion),
    (Kind::Score, purchase::score),
    (Kind::Action, work::action),
    (Kind::Decision, work::decision),
    (Kind::Minute, work::minute),
    (Kind::Change, work::change),
    (Kind::Communication, work::communication),
];

/// Checks that a record may be deleted.
///
/// # Errors
/// [`CommandError::Rule`] for evidence that stays.
pub(crate) fn check_delete(board: &Board, kind: Kind, id: RecordId) -> Result<(), CommandError> {
    let is_approved = |meeting: Option<RecordId>| {
        let meeting = meeting.and_then(|id| board.meetings.get(&id));
        meeting.is_some_and(|meeting| meeting.minutes == MinutesState::Approved)
    };
    let is_decided = |evaluation: Option<RecordId>| {
        let evaluation = evaluation.and_then(|id| board.evaluations.get(&id));
        evaluation.is_some_and(|evaluation| evaluation.chosen.is_some())
    };
    let evaluation_of = |score: &Score| {
        let criterion = board.criteria.get(&score.criterion?)?;
        criterion.evaluation
    };
    let update = board.status_updates.get(&id);
    let message = board.communications.get(&id);
    let (minute, decision) = (board.minutes.get(&id), board.decisions.get(&id));
    let (criterion, score) = (board.criteria.get(&id), board.scores.get(&id));
    let refusal = if update.is_some_and(|update| update.state == UpdateState::Issued) {
        Some(("it has been issued", "issue a new one that corrects it"))
    } else if message.is_some_and(|message| message.state == CommunicationState::Sent) {
        Some(("it has been sent", "send a new one that corrects it"))
    } else if minute.is_some_and(|minute| is_approved(minute.meeting))
        || decision.is_some_and(|decision| is_approved(decision.meeting))
    {
        Some((work::MINUTES_APPROVED, work::CORRECT_MINUTES))
    } else if criterion.is_some_and(|criterion| is_decided(criterion.evaluation))
        || score.is_some_and(|score| is_decided(evaluation_of(score)))
    {
        Some((
            "the choice was made by it",
            "take back the choice of the evaluation first",
        ))
    } else {
        None
    };
    if let Some((rule, remedy)) = refusal {
        return Err(CommandError::Rule {
            kind,
            field: "state",
            rule: rule.to_owned(),
            remedy,
        });
    }
    let is_amount = matches!(
        kind,
        Kind::Posting | Kind::Accrual | Kind::Transfer | Kind::BudgetLine
    );
    if is_amount && let Some(at) = budget::locked_in(board, id) {
        return Err(CommandError::Rule {
            kind,
            field: "period",
            rule: format!(
                "it has an amount in period {}, which is closed",
                at.number()
            ),
            remedy: "open the period again first",
        });
    }
    Ok(())
}

fn project(after: &After<'_>) -> Result<(), CommandError> {
    let judged: Option<crate::status::Rag> = after.get("health_override");
    if judged.is_some() && after.changes("health_override") {
        let until: Option<NaiveDate> = after.get("override_until");
        if after.get::<String>("override_reason").trim().is_empty() || until.is_none() {
            return after.refuse(
                "health_override",
                "a judgement against the rules needs a reason and a last day",
                "give override_reason and override_until",
            );
        }
    }
    Ok(())
}

fn task(after: &After<'_>) -> Result<(), CommandError> {
    after.in_order("actual_start", "actual_finish")?;
    let parent: Option<RecordId> = after.get("parent");
    if after.changes("parent")
        && let Some(parent) = parent
    {
        let is_below = is_within(after.board, parent, after.id);
        if is_below {
            return after.refuse(
                "parent",
                "a task cannot be part of itself or of a task below it",
                "choose another parent",
            );
        }
        let project: Option<RecordId> = after.get("project");
        let other = after.board.tasks.get(&parent);
        if other.is_some_and(|other| other.project != project) {
            return after.refuse(
                "parent",
                "the parent belongs to another project",
                "choose a task of the same project",
            );
        }
    }
    Ok(())
}

/// Tells whether `task` is `root` or lies below it. Ends in a cycle of parents too.
fn is_within(board: &Board, task: RecordId, root: RecordId) -> bool {
    let mut at = Some(task);
    for _ in 0..=board.tasks.len() {
        match at {
            Some(here) if here == root => return true,
            Some(here) => at = board.tasks.get(&here).and_then(|task| task.parent),
            None => return false,
        }
    }
    false
}

fn dependency(after: &After<'_>) -> Result<(), CommandError> {
    let from: Option<RecordId> = after.get("predecessor");
    let to: Option<RecordId> = after.get("successor");
    if from == to {
        return after.refuse(
            "successor",
            "a task cannot wait for itself",
            "choose another task",
        );
    }
    let project: Option<RecordId> = after.get("project");
    let (Some(project), Some(from), Some(to)) = (project, from, to) else {
        return Ok(());
    };
    for (field, task) in [("predecessor", from), ("successor", to)] {
        let task = after.board.tasks.get(&task);
        if task.is_some_and(|task| task.project != Some(project)) {
            return after.refuse(
                field,
                "the task belongs to another project",
                "link tasks of one project",
            );
        }
    }
    if after.board.dependencies.get(&after.id).is_none()
        && crate::query::schedule::leads_to(after.board, project, to, from)
    {
        let name = |id| {
            let task = after.board.tasks.get(&id);
            task.map_or_else(|| id.to_string(), |task| format!("\"{}\"", task.name))
        };
        return after.refuse(
            "successor",
            format!("{} already waits for {}", name(from), name(to)),
            "remove the dependency that runs the other way first",
        );
    }
    Ok(())
}

fn status_update(after: &After<'_>) -> Result<(), CommandError> {
    let before = after.board.status_updates.get(&after.id);
    if before.is_some_and(|before| before.state == UpdateState::Issued)
        && after.new.iter().any(|(field, _)| after.changes(field))
    {
        return after.refuse(
            "state",
            "it has been issued",
            "issue a new one that corrects it",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
