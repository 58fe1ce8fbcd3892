//! The table of projects: filtered, sorted, put into words.
//!
//! No drawing and no state: equal board, day and filter give equal rows.

use adjutant_base::RecordId;
use adjutant_model::people::PersonId;
use adjutant_model::project::ProjectStatus;
use adjutant_model::query::project::{MilestoneState, ProjectFigures, ProjectIndex};
use chrono::NaiveDate;
use serde::Serialize;

use crate::format;
use crate::icons::{self, Icon};
use crate::theme::Tone;
use crate::views::Scene;
use crate::widgets::cell::{Cell, Look};
use crate::widgets::table::{Rows, Sort};

/// The columns, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectColumn {
    /// The name.
    Name,
    /// Where it stands.
    Status,
    /// Who answers for it.
    Owner,
    /// The next milestone and where that stands.
    Next,
    /// Day on which the next milestone is expected.
    NextDay,
    /// Slip of the finish.
    Slip,
    /// Day on which it is to be finished.
    Target,
}

impl ProjectColumn {
    /// All columns.
    pub const ALL: [Self; 7] = [
        Self::Name,
        Self::Status,
        Self::Owner,
        Self::Next,
        Self::NextDay,
        Self::Slip,
        Self::Target,
    ];

    /// Returns the column at a place.
    pub fn at(place: usize) -> Option<Self> {
        Self::ALL.get(place).copied()
    }
}

/// Which projects are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ProjectChoice {
    /// Planned, active or on hold.
    #[default]
    Open,
    /// Open and late: a milestone overdue or forecast late, or past its target.
    AtRisk,
    /// Done or cancelled.
    Closed,
    /// All.
    All,
}

impl ProjectChoice {
    /// All choices.
    pub const ALL: [Self; 4] = [Self::Open, Self::AtRisk, Self::Closed, Self::All];

    /// Returns the word that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::AtRisk => "At risk",
            Self::Closed => "Closed",
            Self::All => "All",
        }
    }

    fn takes(self, figures: &ProjectFigures, today: NaiveDate) -> bool {
        let is_open = figures.project.status.is_open();
        match self {
            Self::Open => is_open,
            Self::AtRisk => {
                is_open
                    && (figures.overdue > 0
                        || figures.forecast_late > 0
                        || figures.is_past_target(today))
            }
            Self::Closed => !is_open,
            Self::All => true,
        }
    }
}

/// One project as the table shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectRow {
    /// The project.
    pub id: RecordId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: ProjectStatus,
    /// Who answers for it.
    pub owner: Option<PersonId>,
    /// The owner's name; empty for nobody.
    pub owner_name: String,
    /// The next milestone; empty for none.
    pub next: String,
    /// What to make of the next milestone.
    pub next_tone: Tone,
    /// The same in words; empty where all is well.
    pub next_words: String,
    /// Day on which the next milestone is expected, for sorting.
    pub next_day: Option<NaiveDate>,
    /// Slip of the finish in working days.
    pub slip: Option<i64>,
    /// Day on which it is to be finished.
    pub target: Option<NaiveDate>,
    /// Whether that day has passed.
    pub is_past_target: bool,
}

/// The table of projects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectsData {
    /// The rows in their order.
    pub rows: Vec<ProjectRow>,
    /// How many there are of each choice, before the text filter.
    pub counts: [usize; 4],
    /// The day that the rows hold for.
    pub today: NaiveDate,
}

/// What the table depends on beside the board.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProjectFilter {
    /// Words that all stand in the name, code, owner or next milestone.
    pub text: String,
    /// Which projects.
    pub choice: ProjectChoice,
    /// The order.
    pub sort: Sort,
}

impl Default for ProjectFilter {
    /// Open projects, the latest first.
    fn default() -> Self {
        Self {
            text: String::new(),
            choice: ProjectChoice::default(),
            sort: Sort {
                column: 5,
                is_descending: true,
            },
        }
    }
}

/// Returns the rows of the table.
///
/// Cost: one walk over projects and milestones and a sort of what passes.
pub fn projects_data(scene: &Scene, filter: &ProjectFilter) -> ProjectsData {
    let index = ProjectIndex::of(&scene.board, scene.today, &scene.rules.calendars);
    let mut counts = [0_usize; 4];
    for figures in index.projects.values() {
        for (count, choice) in counts.iter_mut().zip(ProjectChoice::ALL) {
            *count += usize::from(choice.takes(figures, scene.today));
        }
    }
    let words: Vec<String> = filter
        .text
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let passes = |row: &ProjectRow, code: &str| {
        let text = format!("{} {code} {} {}", row.name, row.owner_name, row.next).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let mut rows: Vec<ProjectRow> = index
        .projects
        .values()
        .filter(|figures| filter.choice.takes(figures, scene.today))
        .map(|figures| (row_of(scene, figures), figures.project.code.as_str()))
        .filter(|(row, code)| passes(row, code))
        .map(|(row, _)| row)
        .collect();
    sort(&mut rows, filter.sort);
    ProjectsData {
        rows,
        counts,
        today: scene.today,
    }
}

fn row_of(scene: &Scene, figures: &ProjectFigures) -> ProjectRow {
    let project = &figures.project;
    let (next, next_tone, next_words, next_day) = match &figures.next {
        None => (String::new(), Tone::Neutral, String::new(), None),
        Some((milestone, state)) => {
            let tone = match state {
                MilestoneState::Overdue { .. } => Tone::Bad,
                MilestoneState::ForecastLate { .. } => Tone::Warn,
                MilestoneState::OnTrack
                | MilestoneState::DoneOnTime
                | MilestoneState::DoneLate { .. } => Tone::Ok,
                MilestoneState::Undated => Tone::Neutral,
            };
            let words = match tone {
                Tone::Bad | Tone::Warn => state.words(),
                Tone::Neutral | Tone::Accent | Tone::Ok => String::new(),
            };
            (
                milestone.name.clone(),
                tone,
                words,
                adjutant_model::query::project::shown_day(milestone),
            )
        }
    };
    ProjectRow {
        id: project.meta.id,
        name: project.name.clone(),
        status: project.status,
        owner: project.owner,
        owner_name: scene.board.person_name(project.owner).to_owned(),
        next,
        next_tone,
        next_words,
        next_day,
        slip: figures.slip,
        target: project.target,
        is_past_target: figures.is_past_target(scene.today),
    }
}

/// Sorts rows; what has no value comes last either way, what is equal stays in the order in which it was made.
fn sort(rows: &mut [ProjectRow], sort: Sort) {
    let Some(column) = ProjectColumn::at(sort.column) else {
        return;
    };
    let down = sort.is_descending;
    match column {
        ProjectColumn::Name => by(rows, down, |row| Some(row.name.to_lowercase())),
        ProjectColumn::Status => by(rows, down, |row| Some(row.status)),
        ProjectColumn::Owner => by(rows, down, |row| filled(&row.owner_name)),
        ProjectColumn::Next => by(rows, down, |row| filled(&row.next)),
        ProjectColumn::NextDay => by(rows, down, |row| row.next_day),
        ProjectColumn::Slip => by(rows, down, |row| row.slip),
        ProjectColumn::Target => by(rows, down, |row| row.target),
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_lowercase())
}

fn by<K: Ord>(
    rows: &mut [ProjectRow],
    is_descending: bool,
    key: impl Fn(&ProjectRow) -> Option<K>,
) {
    rows.sort_by(|a, b| match (key(a), key(b)) {
        (Some(a), Some(b)) if is_descending => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    });
}

/// Returns tone and icon of a status.
pub fn status_look(status: ProjectStatus) -> (Tone, Icon) {
    match status {
        ProjectStatus::Planned => (Tone::Neutral, icons::CLOCK),
        ProjectStatus::Active => (Tone::Accent, icons::ACTIVE),
        ProjectStatus::OnHold => (Tone::Warn, icons::ON_HOLD),
        ProjectStatus::Done => (Tone::Ok, icons::DONE),
        ProjectStatus::Cancelled => (Tone::Neutral, icons::CANCELLED),
    }
}

impl Rows for ProjectsData {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn id(&self, row: usize) -> Option<RecordId> {
        self.rows.get(row).map(|row| row.id)
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let (Some(row), Some(column)) = (self.rows.get(row), ProjectColumn::at(column)) else {
            return Cell::new(Look::Plain, "");
        };
        let day = |day: Option<NaiveDate>| {
            day.map(|day| format::day(day, self.today))
                .unwrap_or_default()
        };
        match column {
            ProjectColumn::Name => Cell::new(Look::Name, row.name.as_str()),
            ProjectColumn::Status => {
                let (tone, icon) = status_look(row.status);
                Cell::new(Look::Tag(tone, icon), row.status.label())
            }
            ProjectColumn::Owner if row.owner_name.is_empty() => Cell::new(Look::Quiet, "No owner"),
            ProjectColumn::Owner => Cell::new(Look::Person, row.owner_name.as_str()),
            ProjectColumn::Next => {
                let look = match row.next_tone {
                    Tone::Bad => Look::Mark(Tone::Bad, icons::ERROR),
                    Tone::Warn => Look::Mark(Tone::Warn, icons::WARNING),
                    Tone::Neutral | Tone::Accent | Tone::Ok => Look::Plain,
                };
                Cell::new(look, row.next.as_str()).noted(row.next_words.as_str())
            }
            ProjectColumn::NextDay => Cell::new(Look::Figure(Tone::Neutral), day(row.next_day)),
            ProjectColumn::Slip => {
                let tone = match row.slip {
                    Some(slip) if slip > 10 => Tone::Bad,
                    Some(slip) if slip > 0 => Tone::Warn,
                    _ => Tone::Neutral,
                };
                Cell::new(
                    Look::Figure(tone),
                    row.slip.map(format::slip).unwrap_or_default(),
                )
            }
            ProjectColumn::Target if row.is_past_target => {
                Cell::new(Look::MarkedFigure(Tone::Bad, icons::ERROR), day(row.target))
                    .noted("Past target")
            }
            ProjectColumn::Target => Cell::new(Look::Figure(Tone::Neutral), day(row.target)),
        }
    }
}
