//! What needs attention: overdue milestones and actions, milestones that will be late, lines far off plan.
//!
//! Most urgent first: kinds in the order of [`Concern`]; milestones by how late they are, lines over plan before lines
//! under it and then by size, actions by priority and then by age. When the list is cut, the kinds take turns, so that
//! forty overdue actions cannot hide the one overdue milestone.

use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::action::Priority;
use crate::board::Board;
use crate::kind::Kind;
use crate::money::Currency;
use crate::people::PersonId;
use crate::project::{Milestone, Project};
use crate::query::action::OverdueAction;
use crate::query::budget::{BudgetFigures, Flag, Variance};
use crate::query::project::{MilestoneState, shown_day};

/// Why something needs attention; the most urgent kind first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Concern {
    /// A milestone is overdue.
    MilestoneOverdue {
        /// Since when.
        working_days: i64,
    },
    /// A budget line is far off plan, year to date.
    LineRed {
        /// How far.
        variance: Variance,
        /// Currency of the variance.
        currency: Currency,
    },
    /// An action is overdue.
    ActionOverdue {
        /// Since when, in calendar days.
        days: i64,
    },
    /// A milestone will be late.
    MilestoneLate {
        /// How late.
        working_days: i64,
    },
}

/// One thing that needs attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// Why.
    pub concern: Concern,
    /// Kind of the record.
    pub kind: Kind,
    /// The record.
    pub id: RecordId,
    /// Its name.
    pub title: String,
    /// Name of the project or budget that it belongs to; empty if none.
    pub context: String,
    /// Day that it is or was due; `None` for a budget line.
    pub day: Option<NaiveDate>,
    /// Person who answers for it.
    pub owner: Option<PersonId>,
}

/// A thing found, before its names are looked up: most of what is found is cut off again.
#[derive(Debug)]
struct Found {
    /// Greater is more urgent, among its kind.
    urgency: (u8, i64),
    concern: Concern,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Milestone(Arc<Milestone>, Arc<Project>),
    Line {
        line: Arc<crate::budget::BudgetLine>,
        budget: Arc<crate::budget::Budget>,
    },
    Action(RecordId),
}

/// Gathers what needs attention.
#[derive(Debug)]
pub(super) struct Gatherer {
    limit: usize,
    /// By kind, in the order of [`Concern`].
    kinds: [Vec<Found>; 4],
}

impl Gatherer {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            kinds: Default::default(),
        }
    }

    /// Takes in an overdue action: by priority, then the one that waits longest.
    pub(super) fn add_action(&mut self, action: &OverdueAction) {
        let days = action.days;
        let priority = match action.priority {
            Priority::High => 2,
            Priority::Normal => 1,
            Priority::Low => 0,
        };
        self.add(Found {
            urgency: (priority, days),
            concern: Concern::ActionOverdue { days },
            source: Source::Action(action.id),
        });
    }

    /// Takes in a milestone that is overdue or will be late: the latest first.
    pub(super) fn add_milestone(
        &mut self,
        milestone: &Arc<Milestone>,
        project: &Arc<Project>,
        state: MilestoneState,
    ) {
        let (concern, working_days) = match state {
            MilestoneState::Overdue { working_days } => {
                (Concern::MilestoneOverdue { working_days }, working_days)
            }
            MilestoneState::ForecastLate { working_days } => {
                (Concern::MilestoneLate { working_days }, working_days)
            }
            MilestoneState::DoneOnTime
            | MilestoneState::DoneLate { .. }
            | MilestoneState::OnTrack
            | MilestoneState::Undated => return,
        };
        self.add(Found {
            urgency: (0, working_days),
            concern,
            source: Source::Milestone(Arc::clone(milestone), Arc::clone(project)),
        });
    }

    /// Takes in a budget's red lines: unfavourable ones first, then by size.
    pub(super) fn add_lines(&mut self, figures: &BudgetFigures) {
        for row in figures
            .lines
            .iter()
            .filter(|row| row.variance.flag == Flag::Red)
        {
            let is_unfavourable = u8::from(row.variance.minor < 0);
            self.add(Found {
                urgency: (is_unfavourable, row.variance.minor.saturating_abs()),
                concern: Concern::LineRed {
                    variance: row.variance,
                    currency: figures.budget.currency,
                },
                source: Source::Line {
                    line: Arc::clone(&row.line),
                    budget: Arc::clone(&figures.budget),
                },
            });
        }
    }

    fn add(&mut self, found: Found) {
        let [overdue, lines, actions, late] = &mut self.kinds;
        let kind = match found.concern {
            Concern::MilestoneOverdue { .. } => overdue,
            Concern::LineRed { .. } => lines,
            Concern::ActionOverdue { .. } => actions,
            Concern::MilestoneLate { .. } => late,
        };
        kind.push(found);
    }

    /// Returns the list, cut to the limit, and how many there are in all.
    pub(super) fn finish(mut self, board: &Board) -> (Vec<Attention>, usize) {
        for kind in &mut self.kinds {
            // A stable sort: what is equally urgent stays in the order in which it was made.
            kind.sort_by_key(|found| std::cmp::Reverse(found.urgency));
        }
        let lengths = self.kinds.each_ref().map(Vec::len);
        let taken = share_out(lengths, self.limit);
        let cut = self.kinds.iter().zip(taken);
        let list = cut
            .flat_map(|(kind, count)| kind.iter().take(count))
            .filter_map(|found| found.named(board))
            .collect();
        (list, lengths.into_iter().sum())
    }
}

/// Deals `limit` places to kinds of these lengths by turns.
fn share_out(lengths: [usize; 4], limit: usize) -> [usize; 4] {
    let mut taken = [0_usize; 4];
    let mut left = limit.min(lengths.into_iter().sum());
    while left > 0 {
        for (count, length) in taken.iter_mut().zip(lengths) {
            if left > 0 && *count < length {
                *count = count.saturating_add(1);
                left = left.saturating_sub(1);
            }
        }
    }
    taken
}

impl Found {
    /// Looks its names up; nothing for an action that is not on this board.
    fn named(&self, board: &Board) -> Option<Attention> {
        let (kind, meta, title, context, day, owner) = match &self.source {
            Source::Milestone(milestone, project) => (
                Kind::Milestone,
                &milestone.meta,
                &milestone.name,
                project.name.as_str(),
                shown_day(milestone),
                milestone.owner.or(project.owner),
            ),
            Source::Line { line, budget } => (
                Kind::BudgetLine,
                &line.meta,
                &line.name,
                budget.name.as_str(),
                None,
                None,
            ),
            Source::Action(id) => {
                let action = board.actions.get(id)?;
                let project = action.project.and_then(|id| board.projects.get(&id));
                let context = project.map_or("", |project| project.name.as_str());
                (
                    Kind::Action,
                    &action.meta,
                    &action.title,
                    context,
                    action.due,
                    action.owner,
                )
            }
        };
        Some(Attention {
            concern: self.concern,
            kind,
            id: meta.id,
            title: title.clone(),
            context: context.to_owned(),
            day,
            owner,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_take_turns_when_the_list_is_cut() {
        assert_eq!(share_out([1, 0, 40, 5], 8), [1, 0, 4, 3]);
        assert_eq!(share_out([1, 0, 40, 5], 100), [1, 0, 40, 5]);
        assert_eq!(share_out([2, 2, 2, 2], 3), [1, 1, 1, 0]);
        assert_eq!(share_out([0; 4], 3), [0; 4]);
        assert_eq!(share_out([3; 4], 0), [0; 4]);
    }
}
