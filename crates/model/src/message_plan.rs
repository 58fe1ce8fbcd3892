//! Values of settings that are lists: the messages that a change asks for, and the ladder of obligations.
//!
//! Each is one line that a person can type, is checked when it is set, and reads back as it would be typed. The one rule:
//! a line that cannot be read is refused or, in a document, shows as unset and is named as a problem.

use crate::quantity::Offset;
use crate::value::{FieldValue, InvalidValue, Raw};

/// Which end of a change's window a message is planned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its end.
    End,
}

/// One message of a plan.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MessageStep {
    /// Its name, unlike that of any other step of the plan.
    pub name: String,
    /// Working days from the anchor, before it if negative.
    pub offset: i64,
    /// What the days are counted from.
    pub anchor: Anchor,
}

/// The messages that a kind of change asks for, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct MessagePlan(pub Vec<MessageStep>);

/// Most messages of one plan.
const MOST_STEPS: usize = 30;
/// What a plan without messages is written as.
const NO_MESSAGES: &str = "none";

impl MessagePlan {
    /// Returns the plan that a program writes down.
    pub(crate) fn of(steps: &[(&str, i64, Anchor)]) -> Self {
        let step = |(name, offset, anchor): &(&str, i64, Anchor)| MessageStep {
            name: (*name).to_owned(),
            offset: *offset,
            anchor: *anchor,
        };
        Self(steps.iter().map(step).collect())
    }

    fn parse(text: &str) -> Option<Self> {
        if text.trim() == NO_MESSAGES {
            return Some(Self::default());
        }
        let steps: Option<Vec<MessageStep>> = text.split(',').map(step).collect();
        let steps = steps.filter(|steps| steps.len() <= MOST_STEPS)?;
        let is_repeated = steps
            .iter()
            .enumerate()
            .any(|(at, one)| steps.iter().take(at).any(|other| other.name == one.name));
        (!is_repeated).then_some(Self(steps))
    }

    fn text(&self) -> String {
        if self.0.is_empty() {
            return NO_MESSAGES.to_owned();
        }
        let step = |step: &MessageStep| {
            let end = if step.anchor == Anchor::End {
                "end "
            } else {
                ""
            };
            let sign = if step.offset > 0 { "+" } else { "" };
            format!("{} {end}{sign}{}", step.name, step.offset)
        };
        self.0.iter().map(step).collect::<Vec<_>>().join(", ")
    }
}

/// Reads one step: its name, the word "end" if it counts from there, its days.
fn step(text: &str) -> Option<MessageStep> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let offset: i64 = words.pop()?.parse().ok()?;
    let is_end = words.last() == Some(&"end") && words.len() > 1;
    if is_end {
        words.pop();
    }
    let name = words.join(" ");
    let is_fit = !name.is_empty() && Offset::RANGE.contains(&offset);
    is_fit.then_some(MessageStep {
        name,
        offset,
        anchor: if is_end { Anchor::End } else { Anchor::Start },
    })
}

impl FieldValue for MessagePlan {
    const TYPE: &'static str =
        "messages with working days, such as \"heads-up -10, complete end 0\"";

    fn from_raw(raw: &Raw) -> Option<Self> {
        Self::parse(&String::from_raw(raw)?)
    }

    fn to_raw(&self) -> Raw {
        Raw::Line(self.text())
    }

    fn absent() -> Self {
        Self::default()
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        Self::parse(text).ok_or_else(|| {
            InvalidValue::new(
                text,
                "a list of messages with their working days from the start of the window, or from its end, \
                 such as \"heads-up -10, start 0, complete end 0\"; \"none\" for no messages",
            )
        })
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let text = self.text();
        text.check()?;
        Self::from_input(&text).map(drop)
    }
}

/// Days before an act-by date at which an obligation climbs a step, most first.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Ladder(pub Vec<i64>);

/// Most steps of a ladder.
const MOST_RUNGS: usize = 30;

impl Ladder {
    fn parse(text: &str) -> Option<Self> {
        let steps: Result<Vec<i64>, _> = text
            .split(|c: char| c.is_whitespace() || c == ',' || c == '/')
            .filter(|step| !step.is_empty())
            .map(str::parse)
            .collect();
        let mut steps = steps.ok()?;
        steps.sort_unstable_by(|a, b| b.cmp(a));
        steps.dedup();
        let is_fit = (1..=MOST_RUNGS).contains(&steps.len())
            && steps.iter().all(|step| (0..=10_000).contains(step));
        is_fit.then_some(Self(steps))
    }

    fn text(&self) -> String {
        let steps: Vec<String> = self.0.iter().map(i64::to_string).collect();
        steps.join(" ")
    }
}

impl Default for Ladder {
    /// 120, 90, 60, 30, 14, 7 and 1 days.
    fn default() -> Self {
        Self(vec![120, 90, 60, 30, 14, 7, 1])
    }
}

impl FieldValue for Ladder {
    const TYPE: &'static str = "days, most first, such as \"90 30 7\"";

    fn from_raw(raw: &Raw) -> Option<Self> {
        Self::parse(&String::from_raw(raw)?)
    }

    fn to_raw(&self) -> Raw {
        Raw::Line(self.text())
    }

    fn absent() -> Self {
        Self::default()
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        Self::parse(text).ok_or_else(|| {
            InvalidValue::new(text, "a list of days from 0 to 10000, such as 90 30 7")
        })
    }

    fn check(&self) -> Result<(), InvalidValue> {
        Self::from_input(&self.text()).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_reads_what_it_writes() {
        let text = "heads up -10, start 0, complete end 0, result end +1";
        let plan = MessagePlan::from_input(" heads  up -10 ,start 0, complete end 0,result end 1")
            .unwrap();
        assert_eq!(plan.to_raw(), Raw::Line(text.to_owned()));
        assert_eq!(MessagePlan::from_raw(&plan.to_raw()), Some(plan));
        let none = MessagePlan::from_input("none").unwrap();
        assert_eq!(MessagePlan::from_raw(&none.to_raw()), Some(none));
        // "end" alone is a name.
        assert_eq!(MessagePlan::from_input("end 1").unwrap().0[0].name, "end");
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        for text in [
            "",
            "heads-up",
            "-1",
            "a 1,",
            "a 1, a 2",
            "a 10001",
            "a 99999999999999999999",
        ] {
            assert!(MessagePlan::from_input(text).is_err(), "{text}");
        }
        let many: Vec<String> = (0..31).map(|at| format!("m{at} 0")).collect();
        assert!(MessagePlan::from_input(&many.join(", ")).is_err());
        let odd = MessagePlan::of(&[("a, b", 1, Anchor::Start)]);
        assert!(odd.check().is_err(), "a name that would read as two");
    }

    #[test]
    fn a_ladder_is_sorted_and_a_broken_one_is_refused() {
        assert_eq!(
            Ladder::from_input("7, 30/90 7").unwrap(),
            Ladder(vec![90, 30, 7])
        );
        for text in ["soon", "", "-1", "10001", "1 2 x"] {
            assert!(Ladder::from_input(text).is_err(), "{text}");
        }
    }
}
