//! A sample department: realistic records of every family, drawn from a seed.
//!
//! For the demo, for trying the program out, for benchmarks and tests. The one rule: equal arguments give equal
//! commands, on every machine. The same records come from the same seed whatever the size of the other families, as far
//! as they refer to none of them.

mod budgets;
mod draw;
pub mod history;
mod meetings;
mod plans;
mod purchases;
mod services;
mod vendors;
mod words;
mod work;

use adjutant_base::RecordId;
use chrono::{Datelike as _, NaiveDate, Weekday};

use crate::budget::BudgetLineField;
use crate::calendar::add_days;
use crate::command::Command;
use crate::kind::{Fields, Kind};
use crate::money::Amount;
use crate::people::{PersonField, PersonId};
use crate::query::contract::add_months;
use draw::Draw;
use purchases::Around;

/// How much of each kind a sample department has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
    /// Tasks of all projects together, each but the summaries with a dependency and a row of a baseline.
    pub tasks: usize,
    /// Status updates of all projects that have begun, together.
    pub updates: usize,
    /// Risks and issues of all projects together.
    pub risks: usize,
    /// Vendors, each with a contact and two interactions.
    pub vendors: usize,
    /// Contracts.
    pub contracts: usize,
    /// Licences, each with two assignments and a count.
    pub licences: usize,
    /// Orders, each with two lines; half of them with a request and two quotes.
    pub orders: usize,
    /// Invoices, each with a line and most with an approval.
    pub invoices: usize,
    /// Postings of the budgets that come first; never more than amounts are typed there.
    pub postings: usize,
    /// Meetings, fifty to a series, each with two topics.
    pub meetings: usize,
    /// Changes.
    pub changes: usize,
    /// Communications beside those of changes.
    pub communications: usize,
    /// Checklists of newcomers, each with ten items.
    pub checklists: usize,
    /// Accesses.
    pub accesses: usize,
    /// Compliance documents.
    pub documents: usize,
    /// Metrics, each with 24 values.
    pub metrics: usize,
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
        ..Self::NOTHING
    };

    /// One assistant's desk: every family, a little of each.
    pub const SMALL: Self = Self {
        people: 8,
        projects: 4,
        milestones: 20,
        actions: 80,
        budgets: 1,
        lines_per_budget: 20,
        tasks: 60,
        updates: 8,
        risks: 8,
        vendors: 10,
        contracts: 15,
        licences: 20,
        orders: 12,
        invoices: 20,
        postings: 30,
        meetings: 24,
        changes: 12,
        communications: 6,
        checklists: 2,
        accesses: 15,
        documents: 8,
        metrics: 3,
    };

    /// The largest department that the program is built for.
    pub const FULL: Self = Self {
        people: 60,
        projects: 60,
        milestones: 600,
        actions: 12_000,
        budgets: 40,
        lines_per_budget: 60,
        tasks: 2_400,
        updates: 240,
        risks: 240,
        vendors: 150,
        contracts: 300,
        licences: 1_000,
        orders: 250,
        invoices: 500,
        postings: 1_000,
        meetings: 800,
        changes: 150,
        communications: 150,
        checklists: 20,
        accesses: 300,
        documents: 120,
        metrics: 6,
    };

    /// Nothing at all: what other sizes start from.
    pub const NOTHING: Self = Self {
        people: 0,
        projects: 0,
        milestones: 0,
        actions: 0,
        budgets: 0,
        lines_per_budget: 0,
        tasks: 0,
        updates: 0,
        risks: 0,
        vendors: 0,
        contracts: 0,
        licences: 0,
        orders: 0,
        invoices: 0,
        postings: 0,
        meetings: 0,
        changes: 0,
        communications: 0,
        checklists: 0,
        accesses: 0,
        documents: 0,
        metrics: 0,
    };
}

/// Returns the commands that make a sample department as it stands on `today`.
///
/// One batch for each family that is not empty, to be carried out in this order: persons, projects with their milestones,
/// actions, budgets with their lines, then plans, vendors, purchases, meetings, changes, people, evidence, postings. Dates
/// lie around `today`; actual amounts stand in periods that have ended by then and in no other. Amounts are euros.
pub fn department(seed: u64, size: &Size, today: NaiveDate) -> Vec<Command> {
    let draw = |stream| Draw::new(seed, stream, today);
    let (owners, people) = people(size.people);
    let projects = work::projects(&mut draw(1), size, &owners, today);
    let project_ids: Vec<_> = projects.iter().map(|project| project.id).collect();
    let mut milestones = work::milestones(&mut draw(2), size, &projects, today);
    let mut project_commands: Vec<_> = projects
        .iter()
        .map(|project| project.command.clone())
        .collect();
    project_commands.append(&mut milestones);
    let actions = work::actions(&mut draw(3), size, &owners, &project_ids, today);
    let budgets = budgets::budgets(&mut draw(4), size, today);
    let lines = Lines::of(&budgets, today);
    let mut plans = plans::tasks(&mut draw(5), size, &projects, &owners, today);
    plans.append(&mut plans::updates(&mut draw(6), size, &projects, today));
    plans.append(&mut plans::risks(
        &mut draw(7),
        size,
        &projects,
        &owners,
        today,
    ));
    let mut families = vec![
        ("sample persons", people),
        ("sample projects", project_commands),
        ("sample actions", actions),
        ("sample budgets", budgets),
        ("sample plans", plans),
    ];
    families.extend(registers(seed, size, (&owners, &lines), today));
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

/// Returns the families that are kept in registers: vendors and purchases, meetings, changes, people, evidence, postings.
fn registers(
    seed: u64,
    size: &Size,
    (owners, lines): (&[PersonId], &Lines),
    today: NaiveDate,
) -> Vec<(&'static str, Vec<Command>)> {
    let draw = |stream| Draw::new(seed, stream, today);
    let (vendors, mut register) = vendors::vendors(&mut draw(8), size, owners, today);
    let named = (owners, &*vendors, lines);
    let (contracts, mut signed) = vendors::contracts(&mut draw(9), size, named, today);
    register.append(&mut signed);
    let named = (owners, &*vendors, &*contracts);
    register.append(&mut vendors::licences(&mut draw(10), size, named, today));
    let around = Around {
        owners,
        vendors: &vendors,
        lines,
        today,
    };
    let purchases = purchases::purchases(&mut draw(11), size, &around);
    let meetings = meetings::meetings(&mut draw(12), size, owners, today);
    let changes = services::changes(&mut draw(13), size, owners, today);
    let checklists = services::people(&mut draw(14), size, owners, today);
    let evidence = services::evidence(&mut draw(15), size, owners, today);
    let postings = services::postings(&mut draw(16), size, lines, &vendors);
    vec![
        ("sample vendors", register),
        ("sample purchases", purchases),
        ("sample meetings", meetings),
        ("sample changes", changes),
        ("sample checklists", checklists),
        ("sample evidence", evidence),
        ("sample postings", postings),
    ]
}

/// Budget lines that other records refer to: those of the budgets that come first.
struct Lines {
    ids: Vec<RecordId>,
    typed: Vec<Typed>,
}

/// An actual amount that was typed for a period of a line.
struct Typed {
    budget: RecordId,
    line: RecordId,
    /// First day of the period.
    first_day: NaiveDate,
    amount: Amount,
}

/// Budgets that other records refer to.
const PAYING_BUDGETS: usize = 10;

impl Lines {
    fn of(budgets: &[Command], today: NaiveDate) -> Self {
        let fiscal = budgets::fiscal_calendar(today);
        let year = fiscal.first_day(fiscal.year_of(today));
        let mut lines = Self {
            ids: Vec::new(),
            typed: Vec::new(),
        };
        let mut seen = 0_usize;
        for command in budgets {
            let Command::Create { id, fields } = command else {
                continue;
            };
            let Fields::BudgetLine(fields) = fields else {
                seen = seen.saturating_add(1);
                if seen > PAYING_BUDGETS {
                    break;
                }
                continue;
            };
            lines.ids.push(*id);
            let budget = fields.iter().find_map(|field| {
                if let BudgetLineField::Budget(budget) = field {
                    return *budget;
                }
                None
            });
            let typed = fields.iter().filter_map(|field| {
                if let BudgetLineField::Actual(period, Some(amount)) = field {
                    return Some(Typed {
                        budget: budget?,
                        line: *id,
                        first_day: add_months(year?, whole(period.index())),
                        amount: *amount,
                    });
                }
                None
            });
            lines.typed.extend(typed);
        }
        lines
    }

    fn pick(&self, draw: &mut Draw) -> Option<RecordId> {
        draw.pick(&self.ids).copied()
    }
}

/// Returns the command that makes a record with a new id.
fn made(draw: &mut Draw, fields: impl Into<Fields>) -> Command {
    Command::create(draw.id(), fields)
}

/// Returns the command that makes a record of a kind whose id every device derives alike.
fn natural(kind: Kind, fields: impl Into<Fields>) -> Command {
    let fields = fields.into();
    let raws: Vec<_> = fields
        .raws()
        .into_iter()
        .map(|(name, raw, _)| (name, raw))
        .collect();
    let id = kind.natural_id(&raws);
    Command::create(id.unwrap_or_else(|| RecordId::derived(kind.name())), fields)
}

/// Returns the name of the vendor at a place: two words, and a number when those have been used up.
fn vendor_name(at: usize) -> String {
    let (first, second) = words::VENDOR_WORDS;
    let word = |words: &[&'static str], at: usize| {
        let at = at.checked_rem(words.len()).unwrap_or(0);
        words.get(at).copied().unwrap_or("")
    };
    let turn = at.checked_div(first.len()).unwrap_or(0);
    let lap = turn.checked_div(second.len()).unwrap_or(0);
    let name = format!(
        "{} {}",
        word(first, at),
        word(second, turn.saturating_add(at))
    );
    if lap == 0 {
        name
    } else {
        format!("{name} {}", lap.saturating_add(1))
    }
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
