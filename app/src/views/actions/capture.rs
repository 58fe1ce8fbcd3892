//! Reading a new action from one line: `Chase the quote due:fri @Ana`.
//!
//! What is not understood stays in the title: nothing that was typed is lost.

use adjutant_model::{Board, PersonId};
use chrono::NaiveDate;

use crate::day_input::parse_day;

/// What one line says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capture {
    /// What is to be done.
    pub title: String,
    /// Day by which.
    pub due: Option<NaiveDate>,
    /// Who, with the name.
    pub owner: Option<(PersonId, String)>,
}

/// Reads a line.
///
/// `due:` takes a day without spaces or a day and a month (`due:3 May`); `@` takes the beginning of a first name, last
/// name or whole name that fits one person alone.
pub fn parse_capture(text: &str, today: NaiveDate, board: &Board) -> Capture {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut capture = Capture::default();
    let mut title: Vec<&str> = Vec::new();
    let mut rest = words.as_slice();
    while let Some((word, behind)) = rest.split_first() {
        let due = read_due(word, behind, today).filter(|_| capture.due.is_none());
        let owner = read_owner(word, board).filter(|_| capture.owner.is_none());
        rest = match (due, owner) {
            (Some((due, after)), _) => {
                capture.due = Some(due);
                after
            }
            (None, Some(owner)) => {
                capture.owner = Some(owner);
                behind
            }
            (None, None) => {
                title.push(word);
                behind
            }
        };
    }
    capture.title = title.join(" ");
    capture
}

fn read_due<'a>(
    word: &str,
    behind: &'a [&'a str],
    today: NaiveDate,
) -> Option<(NaiveDate, &'a [&'a str])> {
    let day = strip_due(word)?;
    if let Some((month, after)) = behind.split_first()
        && let Some(due) = parse_day(&format!("{day} {month}"), today)
    {
        return Some((due, after));
    }
    parse_day(day, today).map(|due| (due, behind))
}

fn strip_due(word: &str) -> Option<&str> {
    let (head, day) = word.split_once(':')?;
    head.eq_ignore_ascii_case("due").then_some(day)
}

fn read_owner(word: &str, board: &Board) -> Option<(PersonId, String)> {
    let wanted = word
        .strip_prefix('@')
        .filter(|name| !name.is_empty())?
        .to_lowercase();
    let fits = |name: &str| {
        let name = name.to_lowercase();
        name.starts_with(&wanted)
            || name
                .split_whitespace()
                .any(|part| part.starts_with(&wanted))
    };
    let mut found = board
        .people
        .into_iter()
        .filter(|(_, person)| fits(&person.name));
    let (id, person) = found.next()?;
    found
        .next()
        .is_none()
        .then(|| (PersonId(*id), person.name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use adjutant_base::{CompartmentId, Timestamp};
    use adjutant_model::people::PersonField;
    use adjutant_model::{Command, command::Context, preview::board_of};

    fn check(text: &str, title: &str, due: Option<&str>, owner: Option<&str>) {
        let today = "2026-11-24".parse().unwrap();
        let context = Context {
            compartment: CompartmentId([1; 6]),
            today,
            now: Timestamp(0),
        };
        let people = ["Ana Marić", "Luis Torres", "Lena Weiss"].map(|name| {
            Command::create(
                PersonId::of_name(name).0,
                vec![PersonField::Name(name.into())],
            )
        });
        let board = board_of(&context, &people).unwrap();
        let capture = parse_capture(text, today, &board);
        assert_eq!(capture.title, title, "{text}");
        assert_eq!(capture.due, due.map(|day| day.parse().unwrap()), "{text}");
        assert_eq!(
            capture.owner.map(|(_, name)| name).as_deref(),
            owner,
            "{text}"
        );
    }

    #[test]
    fn hints_are_taken_out_of_the_title() {
        check(
            "Chase the quote due:fri @ana",
            "Chase the quote",
            Some("2026-11-27"),
            Some("Ana Marić"),
        );
        check(
            "@torres Renew due:3 May support",
            "Renew support",
            Some("2027-05-03"),
            Some("Luis Torres"),
        );
        check("  Call   Due:2026-12-01", "Call", Some("2026-12-01"), None);
    }

    #[test]
    fn what_is_not_understood_stays() {
        check("Ask @l about due:soon", "Ask @l about due:soon", None, None);
        check("Write to a@b.example", "Write to a@b.example", None, None);
        check(
            "due:fri due:mon twice",
            "due:mon twice",
            Some("2026-11-27"),
            None,
        );
        check("", "", None, None);
    }
}
