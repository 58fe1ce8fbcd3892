//! Sample history: the edits by which a department's records came to be as they are, device by device.
//!
//! Edits are drawn one at a time, so a million of them take no memory. The one rule: equal arguments give equal edits, and
//! each is a command that the board takes in the state that [`super::department`] leaves it in.

use adjutant_base::{RecordId, Timestamp};
use chrono::{NaiveDate, NaiveTime};

use super::draw::Draw;
use super::words;
use crate::action::{ActionField, ActionState, Priority};
use crate::board::Board;
use crate::calendar::add_days;
use crate::command::Command;
use crate::kind::Kind;
use crate::project::{MilestoneField, ProjectField};
use crate::quantity::Percent;
use crate::task::TaskField;
use crate::value::Prose;
use crate::vendor::VendorField;

/// One edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Which device makes it, from zero.
    pub device: usize,
    /// When.
    pub at: Timestamp,
    /// What it does.
    pub command: Command,
}

/// How long a history is and how many devices made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Edits.
    pub edits: usize,
    /// Devices that make them; none makes none.
    pub devices: usize,
    /// Days before today over which they are spread.
    pub days: i64,
}

impl Span {
    /// Some years of the largest department that the program is built for.
    pub const FULL: Self = Self {
        edits: 200_000,
        devices: 12,
        days: 1_000,
    };
}

/// The records that edits are about, by kind.
#[derive(Debug)]
struct Records {
    actions: Vec<RecordId>,
    projects: Vec<RecordId>,
    milestones: Vec<RecordId>,
    tasks: Vec<RecordId>,
    vendors: Vec<RecordId>,
}

/// Returns the edits that devices made to a board's records, in the order of their time.
///
/// Each device makes about as many as another; most edits are to actions, as in life.
pub fn history(
    seed: u64,
    board: &Board,
    span: Span,
    today: NaiveDate,
) -> impl Iterator<Item = Edit> + use<> {
    let records = Records {
        actions: board.ids(Kind::Action),
        projects: board.ids(Kind::Project),
        milestones: board.ids(Kind::Milestone),
        tasks: board.ids(Kind::Task),
        vendors: board.ids(Kind::Vendor),
    };
    let mut draw = Draw::new(seed, 22, today);
    let begin = add_days(today, span.days.saturating_neg());
    let begin_ms = begin.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
    let length_ms = span.days.saturating_mul(86_400_000);
    let count = super::whole(span.edits).max(1);
    let edits = if span.devices == 0 { 0 } else { span.edits };
    (0..edits).filter_map(move |at| {
        let gone = i128::from(length_ms).saturating_mul(i128::from(super::whole(at)));
        let gone = gone.checked_div(i128::from(count)).unwrap_or(0);
        let gone = i64::try_from(gone).unwrap_or(0);
        let device = draw.between(0, super::whole(span.devices).saturating_sub(1));
        Some(Edit {
            device: usize::try_from(device).unwrap_or(0),
            at: Timestamp(begin_ms.saturating_add(gone)),
            command: edit(&mut draw, &records, today)?,
        })
    })
}

/// Draws one edit; `None` if there is no record of the kind that was drawn.
fn edit(draw: &mut Draw, records: &Records, today: NaiveDate) -> Option<Command> {
    match draw.between(0, 99) {
        0..=64 => {
            let id = *draw.pick(&records.actions)?;
            Some(Command::edit(id, vec![action(draw, today)]))
        }
        65..=79 => {
            let id = *draw.pick(&records.tasks)?;
            let percent = draw.between(0, 10).saturating_mul(10);
            Some(Command::edit(
                id,
                vec![TaskField::Percent(Percent(percent))],
            ))
        }
        80..=91 => {
            let id = *draw.pick(&records.milestones)?;
            let day = add_days(today, draw.between(-90, 200));
            Some(Command::edit(id, vec![MilestoneField::Forecast(Some(day))]))
        }
        92..=96 => {
            let id = *draw.pick(&records.projects)?;
            let notes = Prose(draw.word(words::DONE).to_owned());
            Some(Command::edit(id, vec![ProjectField::Notes(notes)]))
        }
        _ => {
            let id = *draw.pick(&records.vendors)?;
            let category = draw.word(words::TRADES).to_owned();
            Some(Command::edit(id, vec![VendorField::Category(category)]))
        }
    }
}

fn action(draw: &mut Draw, today: NaiveDate) -> ActionField {
    match draw.between(0, 3) {
        0 => ActionField::Priority(draw.weighted(
            &[(16, Priority::High), (14, Priority::Low)],
            Priority::Normal,
        )),
        1 => ActionField::Due(Some(add_days(today, draw.between(-60, 120)))),
        2 => ActionField::Notes(Prose(draw.word(words::NOTES).to_owned())),
        _ => ActionField::State(draw.weighted(
            &[(40, ActionState::Open), (40, ActionState::InProgress)],
            ActionState::Waiting,
        )),
    }
}
