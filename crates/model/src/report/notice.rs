//! A communication as it goes out: its text, for its audience.
//!
//! Nothing is added to what was written, so the draft of a mail is what its approver has seen.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::Report;
use super::draft::Draft;
use crate::board::Board;

pub(super) fn report(board: &Board, communication: RecordId, today: NaiveDate) -> Option<Report> {
    let message = board.communications.get(&communication)?;
    let mut draft = Draft::new(message.title.clone(), today);
    let named = [&message.sent_to, &message.audience];
    let addresses = named
        .into_iter()
        .flat_map(|text| text.split([',', ';', ' ']))
        .map(str::trim)
        .filter(|word| is_address(word));
    for address in addresses {
        draft.add_address(address);
    }
    draft.prose(&message.body.0);
    Some(draft.done())
}

/// Tells whether a word of an audience can be written to.
fn is_address(word: &str) -> bool {
    let halves = word.split_once('@');
    halves.is_some_and(|(name, place)| !name.is_empty() && place.contains('.'))
}
