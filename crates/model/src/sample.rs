//! A sample department: realistic persons, projects, milestones, actions and budgets drawn from a seed.
//!
//! For the demo, for trying the program out, for benchmarks and tests. The one rule: equal arguments give equal
//! commands, on every machine. The same records come from the same seed whatever the size of the other families.

mod budgets;
mod draw;
mod words;
mod work;

use chrono::{Datelike as _, NaiveDate, Weekday};

use crate::calendar::add_days;
use crate::command::Command;
use crate::people::{PersonField, PersonId};
use draw::Draw;

/// How much of each kind a sample department has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Persons.
    pub people: usize,
    /// Projects.
    pub projects: usize,
    /// Milestones of all projects together; none without a project.
    pub milestones: usize,
    /// Action items.
    pub actions: usize,
    /// Budgets, each one fiscal year of one cost centre; ten cost centres in the present year come first.
    pub budgets: usize,
    /// Lines of each budget.
    pub lines_per_budget: usize,
}

impl Size {
    /// What the demo starts with: a department that fits on a few screens.
    pub const DEMO: Self = Self {
        people: 12,
        projects: 24,
        milestones: 120,
        actions: 600,
        budgets: 1,
        lines_per_budget: 60,
    };

    /// The largest department that the program is built for.
    pub const FULL: Self = Self {
        people: 60,
        projects: 60,
        milestones: 600,
        actions: 12_000,
        budgets: 40,
        lines_per_budget: 60,
    };
}

/// Returns the commands that make a sample department as it stands on `today`.
///
/// One batch for each family that is not empty: persons, projects with their milestones, actions, budgets with their
/// lines. They are to be carried out in this order. Dates lie around `today`; actual amounts stand in periods that have
/// ended by then and in no other. Amounts are euros.
pub fn department(seed: u64, size: &Size, today: NaiveDate) -> Vec<Command> {
    let (owners, people) = people(size.people);
    let mut draw = Draw::new(seed, 1, today);
    let projects = work::projects(&mut draw, size, &owners, today);
    let project_ids: Vec<_> = projects.iter().map(|project| project.id).collect();
    let mut milestones = work::milestones(&mut Draw::new(seed, 2, today), size, &projects, today);
    let mut project_commands: Vec<_> = projects
        .into_iter()
        .map(|project| project.command)
        .collect();
    project_commands.append(&mut milestones);
    let actions = work::actions(
        &mut Draw::new(seed, 3, today),
        size,
        &owners,
        &project_ids,
        today,
    );
    let budgets = budgets::budgets(&mut Draw::new(seed, 4, today), size, today);
    let families = [
        ("sample persons", people),
        ("sample projects", project_commands),
        ("sample actions", actions),
        ("sample budgets", budgets),
    ];
    let batch = |(label, commands): (&str, Vec<Command>)| Command::Batch {
        label: label.to_owned(),
        commands,
    };
    families
        .into_iter()
        .filter(|(_, commands)| !commands.is_empty())
        .map(batch)
        .collect()
}

fn people(count: usize) -> (Vec<PersonId>, Vec<Command>) {
    let person = |at: usize| {
        let (first, family) = person_name(at);
        let name = format!("{first} {family}");
        let id = PersonId::of_name(&name);
        let role = words::ROLES.get(at).copied().unwrap_or("IT specialist");
        let mail_name: String = format!("{first}.{family}")
            .to_lowercase()
            .chars()
            .filter_map(ascii)
            .collect();
        let fields = vec![
            PersonField::Name(name),
            PersonField::Email(format!("{mail_name}@example.org")),
            PersonField::Role(role.to_owned()),
        ];
        (id, Command::create(id.0, fields))
    };
    (0..count).map(person).unzip()
}

/// Returns the name of the person at a place: the list first, then its first names with the family names of others.
fn person_name(at: usize) -> (String, String) {
    let len = words::PEOPLE.len();
    let round = at.checked_div(len).unwrap_or(0);
    let family_at = at.saturating_add(round).checked_rem(len).unwrap_or(0);
    let first = at.checked_rem(len).and_then(|at| words::PEOPLE.get(at));
    let first = first.map_or("", |(first, _)| first).to_owned();
    let family = words::PEOPLE
        .get(family_at)
        .map_or("", |(_, family)| family);
    // After every first name has met every family name, a number tells namesakes apart.
    let lap = round.checked_div(len).unwrap_or(0);
    let family = if lap == 0 {
        family.to_owned()
    } else {
        format!("{family} {}", lap.saturating_add(1))
    };
    (first, family)
}

/// Returns the letter for an e-mail address, or `None` for what has no place there.
fn ascii(letter: char) -> Option<char> {
    match letter {
        'á' => Some('a'),
        'ć' => Some('c'),
        'í' => Some('i'),
        'ó' => Some('o'),
        'ë' => Some('e'),
        'a'..='z' | '0'..='9' | '.' => Some(letter),
        _ => None,
    }
}

/// Returns the name at a place of a list that never ends: the list itself, then with places, then with numbers.
fn nth_name(names: &[&str], at: usize) -> String {
    let round = at.checked_div(names.len()).unwrap_or(0);
    let name = at
        .checked_rem(names.len())
        .and_then(|at| names.get(at))
        .copied()
        .unwrap_or("");
    let Some(round) = round.checked_sub(1) else {
        return name.to_owned();
    };
    let places = words::PLACES.len();
    let place = round
        .checked_rem(places)
        .and_then(|at| words::PLACES.get(at));
    let place = place.copied().unwrap_or("");
    match round.checked_div(places).unwrap_or(0) {
        0 => format!("{name}, {place}"),
        lap => format!("{name}, {place} {}", lap.saturating_add(1)),
    }
}

/// Returns `day`, or the Monday after it if it lies on a weekend.
fn workday(day: NaiveDate) -> NaiveDate {
    match day.weekday() {
        Weekday::Sat => add_days(day, 2),
        Weekday::Sun => add_days(day, 1),
        Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Fri => day,
    }
}

/// Returns the working day `days` calendar days from `day`, on Monday where that is a weekend.
fn workday_from(day: NaiveDate, days: i64) -> NaiveDate {
    workday(add_days(day, days))
}

/// Returns a count as a number to reckon with.
fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
