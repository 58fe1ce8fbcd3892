//! Tasks of a project file with their links, milestones and baselines.
//!
//! Outline levels become parents; the order of the file is kept. Blank rows and the row of the project itself are
//! counted as left out.

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::RecordId;
use adjutant_model::Command;
use adjutant_model::project::MilestoneField;
use adjutant_model::quantity::{Days, Percent};
use adjutant_model::schedule::LinkKind;
use adjutant_model::task::{
    BaselineField, BaselineTaskField, Constraint, DependencyField, TaskField,
};

use super::Import;
use super::parse::{Parsed, TaskNode};

impl Import<'_> {
    pub(super) fn tasks(&mut self) {
        let parsed = self.parsed;
        let owners = owners(parsed, &self.resources);
        // The tasks that are open at each outline level, the outermost first.
        let mut open: Vec<(i64, RecordId)> = Vec::new();
        let mut made: BTreeMap<&str, RecordId> = BTreeMap::new();
        for (at, node) in parsed.tasks.iter().enumerate() {
            self.summary.rows += 1;
            let uid = node.fields.get("UID");
            if uid == "0" {
                self.summary.leave_out("the row of the project itself");
                continue;
            }
            if node.fields.is_set("IsNull") || node.fields.get("Name").trim().is_empty() {
                self.summary.leave_out("a blank row");
                continue;
            }
            if made.contains_key(uid) || uid.is_empty() {
                let message = "a task with this number stands above; it was left out";
                self.warnings.add(node.fields.line, "UID", uid, message);
                self.summary.leave_out("a number that another task has");
                continue;
            }
            self.summary.rows_used += 1;
            let id = self.id("task", uid);
            made.insert(uid, id);
            let level = node.fields.number("OutlineLevel").unwrap_or(1);
            open.retain(|(known, _)| *known < level);
            let parent = open.last().map(|(_, parent)| *parent);
            open.push((level, id));
            let fields = self.task(node, at, parent, owners.get(uid).copied());
            self.commands.push(Command::create(id, fields));
        }
        for node in &parsed.tasks {
            if let Some(id) = made.get(node.fields.get("UID")) {
                self.links(node, *id, &made);
                self.milestone(node, owners.get(node.fields.get("UID")).copied());
            }
        }
        self.baselines(&made);
    }

    fn task(
        &mut self,
        node: &TaskNode,
        at: usize,
        parent: Option<RecordId>,
        owner: Option<&str>,
    ) -> Vec<TaskField> {
        let fields = &node.fields;
        let mut made = vec![
            TaskField::Project(Some(self.project)),
            TaskField::Name(self.line(fields, "Name")),
            TaskField::Position(format!("a{at:06}")),
            TaskField::ExternalKey(fields.get("UID").chars().take(100).collect()),
            TaskField::Source(self.source(fields.line)),
        ];
        made.extend(parent.map(|parent| TaskField::Parent(Some(parent))));
        // The dates of a summary follow from what is below it.
        if fields.is_set("Milestone") {
            made.push(TaskField::Duration(Some(Days(0))));
        } else if !fields.is_set("Summary") {
            let duration = self.duration(fields, "Duration");
            made.extend(duration.map(|days| TaskField::Duration(Some(days))));
        }
        if let Some(percent) = fields
            .number("PercentComplete")
            .filter(|percent| *percent != 0)
        {
            made.push(TaskField::Percent(Percent(percent.clamp(0, 100))));
        }
        if let Some(owner) = owner {
            let person = self.person(owner);
            made.extend(person.map(|person| TaskField::Owner(Some(person))));
        }
        self.constraint(node, &mut made);
        let started = self.day(fields, "ActualStart");
        made.extend(started.map(|day| TaskField::ActualStart(Some(day))));
        let finished = self.day(fields, "ActualFinish");
        made.extend(finished.map(|day| TaskField::ActualFinish(Some(day))));
        let planned = self.cost(fields, "Cost");
        made.extend(planned.map(|cost| TaskField::PlannedCost(Some(cost))));
        let actual = self.cost(fields, "ActualCost");
        made.extend(actual.map(|cost| TaskField::ActualCost(Some(cost))));
        made.extend(self.prose(fields, "Notes").map(TaskField::Notes));
        made
    }

    /// Takes the constraints that there are here; source: `mspdi` schema, `ConstraintType`.
    fn constraint(&mut self, node: &TaskNode, made: &mut Vec<TaskField>) {
        let fields = &node.fields;
        let kind = fields.number("ConstraintType").unwrap_or(0);
        let day = self.day(fields, "ConstraintDate");
        let deadline = self.day(fields, "Deadline");
        let taken = match (kind, day, deadline) {
            (4, Some(day), _) => Some((Constraint::StartNoEarlier, day)),
            // Must start on.
            (2, Some(day), _) => {
                let message = "must start on this day; here it starts no earlier";
                self.warnings
                    .add(fields.line, "ConstraintType", fields.get("Name"), message);
                Some((Constraint::StartNoEarlier, day))
            }
            // Finish no later than.
            (7, Some(day), _) | (0, _, Some(day)) => Some((Constraint::FinishBy, day)),
            (0, _, None) => None,
            _ => {
                let message =
                    format!("the constraint of type {kind} is not known here; it was left out");
                self.warnings
                    .add(fields.line, "ConstraintType", fields.get("Name"), message);
                deadline.map(|day| (Constraint::FinishBy, day))
            }
        };
        // A task that is scheduled by hand stands where its person put it, unless a link holds it.
        let by_hand = fields.is_set("Manual") && taken.is_none() && !fields.is_set("Summary");
        let hand = if by_hand {
            self.day(fields, "Start")
        } else {
            None
        };
        let start = self.parsed.project.get("StartDate");
        let is_later = |day: &chrono::NaiveDate| !start.starts_with(&day.to_string());
        let hand = hand.filter(is_later).filter(|_| node.links.is_empty());
        if let Some((constraint, day)) = taken.or(hand.map(|day| (Constraint::StartNoEarlier, day)))
        {
            made.push(TaskField::Constraint(constraint));
            made.push(TaskField::ConstraintDay(Some(day)));
        }
    }

    fn links(&mut self, node: &TaskNode, successor: RecordId, made: &BTreeMap<&str, RecordId>) {
        let mut known = BTreeSet::new();
        for link in &node.links {
            self.summary.rows += 1;
            let from = link.get("PredecessorUID");
            let predecessor = made.get(from).copied().filter(|id| *id != successor);
            let (Some(predecessor), false) = (predecessor, link.is_set("CrossProject")) else {
                let message =
                    "is a task of another project, or none of this file; the link was left out";
                self.warnings
                    .add(link.line, "PredecessorUID", from, message);
                self.summary
                    .leave_out("a link to a task that is not in the file");
                continue;
            };
            if !known.insert(predecessor) {
                let message = "is linked twice; the first link stands";
                self.warnings
                    .add(link.line, "PredecessorUID", from, message);
                self.summary.leave_out("a second link between two tasks");
                continue;
            }
            self.summary.rows_used += 1;
            let kind = match link.get("Type") {
                "0" => LinkKind::FinishToFinish,
                "2" => LinkKind::StartToFinish,
                "3" => LinkKind::StartToStart,
                _ => LinkKind::FinishToStart,
            };
            let id = self.id("link", &format!("{from}/{}", node.fields.get("UID")));
            let lag = self.lag(link);
            let fields = vec![
                DependencyField::Project(Some(self.project)),
                DependencyField::Predecessor(Some(predecessor)),
                DependencyField::Successor(Some(successor)),
                DependencyField::Kind(kind),
                DependencyField::Lag(lag),
            ];
            self.commands.push(Command::create(id, fields));
        }
    }

    /// Makes a milestone of a task that is marked as one.
    fn milestone(&mut self, node: &TaskNode, owner: Option<&str>) {
        let fields = &node.fields;
        if !fields.is_set("Milestone") {
            return;
        }
        let first = node.baselines.iter().find(|row| row.get("Number") == "0");
        let baseline = first.and_then(|row| self.day(row, "Finish"));
        let mut made = vec![
            MilestoneField::Project(Some(self.project)),
            MilestoneField::Name(self.line(fields, "Name")),
        ];
        made.extend(baseline.map(|day| MilestoneField::Baseline(Some(day))));
        let forecast = self.day(fields, "Finish");
        made.extend(forecast.map(|day| MilestoneField::Forecast(Some(day))));
        let done = self.day(fields, "ActualFinish");
        made.extend(done.map(|day| MilestoneField::DoneOn(Some(day))));
        if let Some(owner) = owner {
            let person = self.person(owner);
            made.extend(person.map(|person| MilestoneField::Owner(Some(person))));
        }
        let id = self.id("milestone", fields.get("UID"));
        self.commands.push(Command::create(id, made));
    }

    fn baselines(&mut self, made: &BTreeMap<&str, RecordId>) {
        let parsed = self.parsed;
        let mut begun = BTreeSet::new();
        for node in &parsed.tasks {
            let Some(task) = made.get(node.fields.get("UID")).copied() else {
                continue;
            };
            for row in &node.baselines {
                self.summary.rows += 1;
                let number = row.get("Number");
                let baseline = self.id("baseline", number);
                if begun.insert(number) {
                    let name = match number {
                        "" | "0" => "Baseline".to_owned(),
                        number => {
                            format!("Baseline {}", number.chars().take(20).collect::<String>())
                        }
                    };
                    let fields = vec![
                        BaselineField::Project(Some(self.project)),
                        BaselineField::Name(name),
                    ];
                    self.commands.push(Command::create(baseline, fields));
                }
                self.summary.rows_used += 1;
                let id = self.id(
                    "baseline task",
                    &format!("{number}/{}", node.fields.get("UID")),
                );
                let mut fields = vec![
                    BaselineTaskField::Baseline(Some(baseline)),
                    BaselineTaskField::Task(Some(task)),
                    BaselineTaskField::Name(self.line(&node.fields, "Name")),
                ];
                let start = self.day(row, "Start");
                fields.extend(start.map(|day| BaselineTaskField::Start(Some(day))));
                let finish = self.day(row, "Finish");
                fields.extend(finish.map(|day| BaselineTaskField::Finish(Some(day))));
                let duration = self.duration(row, "Duration");
                fields.extend(duration.map(|days| BaselineTaskField::Duration(Some(days))));
                let cost = self.cost(row, "Cost");
                fields.extend(cost.map(|cost| BaselineTaskField::PlannedCost(Some(cost))));
                self.commands.push(Command::create(id, fields));
            }
        }
    }
}

/// Returns the name of the first resource of each task that has one.
fn owners<'p>(
    parsed: &'p Parsed,
    names: &BTreeMap<&'p str, &'p str>,
) -> BTreeMap<&'p str, &'p str> {
    let mut owners = BTreeMap::new();
    for assignment in &parsed.assignments {
        let name = names.get(assignment.get("ResourceUID")).copied();
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            owners.entry(assignment.get("TaskUID")).or_insert(name);
        }
    }
    owners
}
