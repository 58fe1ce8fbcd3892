//! Pasted minutes and transcripts: which sentences propose a decision or an action, who is to do it and by when.
//!
//! Words decide, not a model of language: what is marked ("Action:", "Decision:"), what was decided or agreed, who "will"
//! do something, in the words of the persons who are known. The one rule: these are proposals; each keeps its sentence
//! and its line, and nothing is made until a person takes it.

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::{RecordId, limits};
use adjutant_model::action::ActionField;
use adjutant_model::calendar::add_days;
use adjutant_model::meeting::DecisionField;
use adjutant_model::people::PersonId;
use adjutant_model::value::Prose;
use adjutant_model::{Board, Command};
use chrono::{Datelike as _, NaiveDate, Weekday};

use super::cell::{cut, date, line};
use super::csv_file::text_of;
use super::{ImportError, shortened};

/// What a sentence proposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Something is to be done.
    Action,
    /// Something was decided.
    Decision,
}

/// A proposal with the sentence that it is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What it proposes.
    pub what: What,
    /// The action or decision in few words.
    pub title: String,
    /// Who is to do it.
    pub owner: Option<PersonId>,
    /// By when.
    pub due: Option<NaiveDate>,
    /// The sentence, as it stands in the text.
    pub sentence: String,
    /// The line of the text, from 1.
    pub line: u64,
}

/// The most proposals of one text.
const MOST: usize = 500;

/// Returns what a text of a meeting held on `day` proposes, in the order of the text, each sentence once.
///
/// Cost: linear in the text, times the number of persons.
///
/// # Errors
/// [`ImportError`] if it is no text.
pub fn proposals(
    bytes: &[u8],
    board: &Board,
    day: NaiveDate,
) -> Result<Vec<Proposal>, ImportError> {
    let text = text_of(bytes)?;
    let people = People::of(board);
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, content) in (1_u64..).zip(text.lines()).take(limits::IMPORT_ROWS) {
        let (speaker, said) = people.speaker(without_marks(content));
        for sentence in sentences(said) {
            let Some(mut proposal) = people.propose(sentence, speaker, day) else {
                continue;
            };
            proposal.line = number;
            if seen.insert(proposal.sentence.clone()) && found.len() < MOST {
                found.push(proposal);
            }
        }
    }
    Ok(found)
}

/// Returns the command that makes what is proposed, of a meeting; the same for the same sentence on every device.
pub fn take(proposal: &Proposal, meeting: RecordId) -> Command {
    let sentence = &proposal.sentence;
    let id = RecordId::derived(&format!("import/minutes/{meeting}/{sentence}"));
    match proposal.what {
        What::Action => Command::create(
            id,
            vec![
                ActionField::Title(proposal.title.clone()),
                ActionField::Owner(proposal.owner),
                ActionField::Due(proposal.due),
                ActionField::Origin(Some(meeting)),
                ActionField::Notes(Prose(sentence.clone())),
                ActionField::Source(format!("minutes, line {}", proposal.line)),
            ],
        ),
        What::Decision => Command::create(
            id,
            vec![
                DecisionField::Meeting(Some(meeting)),
                DecisionField::Title(proposal.title.clone()),
                DecisionField::DecidedBy(proposal.owner),
                DecisionField::Rationale(Prose(sentence.clone())),
            ],
        ),
    }
}

/// Returns a line without bullets, numbers and times in front of it.
fn without_marks(content: &str) -> &str {
    let is_mark = |letter: char| {
        letter.is_whitespace() || letter.is_ascii_digit() || "-*\u{2022}>[]():.".contains(letter)
    };
    let rest = content.trim_start_matches(is_mark);
    // A year or a number that begins a sentence belongs to it.
    if content
        .trim_start()
        .starts_with(|letter: char| letter.is_ascii_digit())
        && !content
            .trim_start()
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .starts_with([':', '.', ')'])
    {
        content.trim()
    } else {
        rest.trim_end()
    }
}

/// Splits a line into sentences: at a stop that is followed by a space and a capital letter.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    'next: loop {
        for (at, letter) in rest.char_indices() {
            if !matches!(letter, '.' | '!' | '?' | ';') {
                continue;
            }
            let Some((sentence, more)) = rest.split_at_checked(at + 1) else {
                continue;
            };
            let follows = more.trim_start();
            let is_end = more.starts_with(' ') && follows.starts_with(char::is_uppercase);
            if is_end {
                found.push(sentence.trim());
                rest = follows;
                continue 'next;
            }
        }
        found.push(rest.trim());
        found.retain(|sentence| !sentence.is_empty());
        return found;
    }
}

/// Persons by what they are called: the whole name, or a part of it that nobody else has.
struct People {
    by_name: BTreeMap<String, PersonId>,
}

impl People {
    fn of(board: &Board) -> Self {
        let mut by_name = BTreeMap::new();
        let mut parts: BTreeMap<String, Vec<PersonId>> = BTreeMap::new();
        for (id, person) in &board.people {
            let name = line(&person.name).to_lowercase();
            for part in name.split(' ').filter(|part| part.len() > 1) {
                parts
                    .entry(part.to_owned())
                    .or_default()
                    .push(PersonId(*id));
            }
            by_name.insert(name, PersonId(*id));
        }
        for (part, owners) in parts {
            if let [one] = owners.as_slice() {
                by_name.entry(part).or_insert(*one);
            }
        }
        Self { by_name }
    }

    /// Splits a line like "Anna: I will call them" into who speaks and what is said.
    fn speaker<'t>(&self, content: &'t str) -> (Option<PersonId>, &'t str) {
        let Some((name, said)) = content.split_once(':') else {
            return (None, content);
        };
        match self.named(name) {
            Some(person) => (Some(person), said.trim()),
            None => (None, content),
        }
    }

    fn named(&self, name: &str) -> Option<PersonId> {
        let name = name.trim().trim_start_matches('@').to_lowercase();
        self.by_name.get(&name).copied()
    }

    /// Finds the person whose name the text begins with, and returns what follows.
    fn leading<'t>(&self, text: &'t str) -> Option<(PersonId, &'t str)> {
        let text = text.trim_start_matches('@');
        let ends = text
            .char_indices()
            .filter(|(_, letter)| !letter.is_alphanumeric() && *letter != '-')
            .map(|(at, _)| at)
            .take(4);
        let mut best = None;
        for at in ends {
            let (name, rest) = text.split_at_checked(at)?;
            if let Some(person) = self.named(name) {
                best = Some((person, rest));
            }
        }
        best
    }

    fn propose(
        &self,
        sentence: &str,
        speaker: Option<PersonId>,
        day: NaiveDate,
    ) -> Option<Proposal> {
        let lower = sentence.to_lowercase();
        let (what, said, owner) = self.read(sentence, &lower, speaker)?;
        let (said, due) = match what {
            What::Action => due(said, day),
            What::Decision => (said.to_owned(), None),
        };
        let mut title = line(said.trim_matches(|c: char| c.is_whitespace() || ".;!,:".contains(c)));
        cut(&mut title);
        if title.chars().count() < 3 {
            return None;
        }
        let mut sentence = line(sentence);
        cut(&mut sentence);
        Some(Proposal {
            what,
            title: capitalised(&title),
            owner,
            due,
            sentence,
            line: 0,
        })
    }

    /// Tells what a sentence is, and which part of it says so.
    fn read<'t>(
        &self,
        sentence: &'t str,
        lower: &str,
        speaker: Option<PersonId>,
    ) -> Option<(What, &'t str, Option<PersonId>)> {
        const DECIDED: [&str; 8] = [
            "we decided to ",
            "we decided that ",
            "it was decided to ",
            "it was decided that ",
            "we agreed to ",
            "we agreed that ",
            "it was agreed to ",
            "it was agreed that ",
        ];
        let after = |length: usize| sentence.get(length..);
        for mark in ["decision:", "decided:", "agreed:", "approved:"] {
            if lower.starts_with(mark) {
                return Some((What::Decision, after(mark.len())?, None));
            }
        }
        for mark in ["action:", "action item:", "to do:", "todo:", "ai:"] {
            if lower.starts_with(mark) {
                let said = after(mark.len())?.trim_start();
                let named = self.leading(said);
                let (owner, said) = named.map_or((None, said), |(who, rest)| (Some(who), rest));
                return Some((What::Action, without_will(said), owner));
            }
        }
        for mark in DECIDED {
            if let Some(at) = lower.find(mark).filter(|_| lower.len() == sentence.len()) {
                return Some((What::Decision, after(at + mark.len())?, None));
            }
        }
        for mark in ["i will ", "i'll ", "i\u{2019}ll "] {
            if lower.starts_with(mark) && speaker.is_some() {
                return Some((What::Action, after(mark.len())?, speaker));
            }
        }
        let (owner, rest) = self.leading(sentence)?;
        let said = without_will(rest);
        (said.len() < rest.trim_start().len()).then_some((What::Action, said, Some(owner)))
    }
}

/// Takes "will", "to", "shall" and the like from the beginning of what somebody is to do.
fn without_will(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || ":,-".contains(c));
    for word in [
        "will ",
        "to ",
        "shall ",
        "must ",
        "is to ",
        "has to ",
        "should ",
        "needs to ",
    ] {
        let start = text.get(..word.len());
        if start.is_some_and(|start| start.eq_ignore_ascii_case(word)) {
            return text.get(word.len()..).unwrap_or(text);
        }
    }
    text
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Finds "by Friday", "by 3 May", "until 2026-12-04", and returns the text without it and the day.
fn due(text: &str, day: NaiveDate) -> (String, Option<NaiveDate>) {
    for word in [" by ", " until ", " before ", " due "] {
        let Some((before, after)) = text.rsplit_once(word) else {
            continue;
        };
        let words: Vec<&str> = after
            .split_whitespace()
            .map(|word| word.trim_matches(|c: char| ".,;!)(".contains(c)))
            .collect();
        for count in (1..=words.len().min(3)).rev() {
            let phrase = words
                .iter()
                .take(count)
                .copied()
                .collect::<Vec<_>>()
                .join(" ");
            if let Some(found) = day_named(&phrase, day) {
                let rest = words
                    .iter()
                    .skip(count)
                    .copied()
                    .collect::<Vec<_>>()
                    .join(" ");
                return (format!("{before} {rest}"), Some(found));
            }
        }
    }
    (text.to_owned(), None)
}

/// Returns the day that words mean after the day of a meeting.
fn day_named(words: &str, day: NaiveDate) -> Option<NaiveDate> {
    let words = shortened(words).to_lowercase();
    match words.as_str() {
        "today" => return Some(day),
        "tomorrow" => return Some(add_days(day, 1)),
        "next week" | "end of next week" => {
            let monday = add_days(day, 7 - i64::from(day.weekday().num_days_from_monday()));
            return Some(add_days(monday, 4));
        }
        _ => {}
    }
    let name = words.trim_start_matches("next ");
    if let Ok(weekday) = name.parse::<Weekday>() {
        let ahead = i64::from(weekday.days_since(day.weekday()));
        return Some(add_days(day, if ahead == 0 { 7 } else { ahead }));
    }
    if let Ok(found) = date(&words, None) {
        return Some(found);
    }
    // A day without a year is the next one of that name.
    let this_year = date(&format!("{words} {}", day.year()), None).ok()?;
    if this_year >= day {
        return Some(this_year);
    }
    date(&format!("{words} {}", day.year() + 1), None).ok()
}

#[cfg(test)]
mod tests {
    use adjutant_base::{CompartmentId, Timestamp};
    use adjutant_model::command::Context;
    use adjutant_model::people::PersonField;
    use adjutant_model::preview::board_of;
    use proptest::prelude::*;

    use super::*;

    fn day() -> NaiveDate {
        // A Wednesday.
        "2026-11-25".parse().unwrap()
    }

    fn board() -> Board {
        let person = |name: &str| {
            let fields = vec![PersonField::Name(name.to_owned())];
            Command::create(PersonId::of_name(name).0, fields)
        };
        let people = ["Anna Meyer", "Ben Okafor", "Ben Stone", "Clara Roth"].map(person);
        let context = Context {
            compartment: CompartmentId([1; 6]),
            today: day(),
            now: Timestamp(0),
        };
        board_of(&context, &people).unwrap()
    }

    fn found(text: &str) -> Vec<String> {
        let board = board();
        let show = |one: &Proposal| {
            format!(
                "{} {:?}: {} / {} / {}",
                one.line,
                one.what,
                one.title,
                board.person_name(one.owner),
                one.due.map(|day| day.to_string()).unwrap_or_default()
            )
        };
        let all = proposals(text.as_bytes(), &board, day()).unwrap();
        all.iter().map(show).collect()
    }

    #[test]
    fn sentences_propose_what_they_say_and_nothing_else() {
        let text = "Minutes of 25 November\n\
            1. The printers are old. We agreed to lease new ones. Prices were discussed.\n\
            - Action: Anna to ask both vendors for a demo by Friday.\n\
            [00:12:03] Clara: I will tell the board by 3 May.\n\
            Ben Okafor will order the switches before 2026-12-04\n\
            Ben will do something\n\
            Decision: close the old portal\n\
            Anna was ill. Everybody will be there.\n\
            TODO: check the licence count\n\
            - Action: Anna to ask both vendors for a demo by Friday.\n";
        assert_eq!(
            found(text),
            [
                "2 Decision: Lease new ones /  / ",
                "3 Action: Ask both vendors for a demo / Anna Meyer / 2026-11-27",
                "4 Action: Tell the board / Clara Roth / 2027-05-03",
                "5 Action: Order the switches / Ben Okafor / 2026-12-04",
                "7 Decision: Close the old portal /  / ",
                "9 Action: Check the licence count /  / ",
            ],
            "two Bens: nobody is guessed; a second time is not a second action"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(?s)(action:|decision:|anna|ben|will|to|by|friday|3 may|we agreed to|[ :.,;\\n]|.){0,60}") {
            for proposal in proposals(text.as_bytes(), &board(), day()).unwrap_or_default() {
                assert!(!proposal.title.trim().is_empty());
                let _command = take(&proposal, RecordId::derived("m"));
            }
        }
    }
}
