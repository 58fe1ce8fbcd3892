//! Weighted comparison: totals, gates, the spread of opinions, and how firm the winner is.
//!
//! A share is exact to a billionth and rounded once per criterion; equal totals share a rank. An option that fails a
//! mandatory criterion is excluded with its reason and gets no rank.
//!
//! Source: weighted decision matrices of public procurement (score / scale x weight; price score = lowest / this).

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::evaluation::{Choice, Criterion, CriterionKind, Evaluation, Score};
use crate::money::divide_rounded;

/// One whole, in the unit of shares and totals: a billion per percent of weight.
const UNIT: i128 = 1_000_000_000;

/// The score of one option on one criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mark {
    /// Share of the criterion's weight, in billionths; `None` if nobody has scored it.
    share: Option<i64>,
    /// Least score that was given.
    pub least: Option<i64>,
    /// Greatest score that was given.
    pub greatest: Option<i64>,
}

impl Mark {
    /// Returns the share of the criterion's weight in basis points; `None` if nobody has scored it.
    pub fn basis_points(&self) -> Option<i64> {
        let exact = divide_rounded(i128::from(self.share?) * 10_000, UNIT)?;
        i64::try_from(exact).ok()
    }
}

/// One option with its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// The option.
    pub option: Arc<Choice>,
    /// Its marks, in the order of the criteria.
    pub marks: Vec<Mark>,
    /// Weighted total in basis points of the whole.
    pub total_basis_points: i64,
    /// Place, from one; `None` if it is excluded.
    pub rank: Option<usize>,
    /// The mandatory criteria that it fails or that nobody has checked.
    pub failed: Vec<Arc<Criterion>>,
    exact: i128,
}

/// The smallest change of one weight that makes another option win.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The criterion.
    pub criterion: Arc<Criterion>,
    /// Change of its weight in basis points of the whole, rounded away from zero.
    pub change_basis_points: i64,
    /// The option that wins then, or draws level.
    pub winner: Arc<Choice>,
    /// Whether a change by a fifth of the weight is enough.
    pub is_within_a_fifth: bool,
}

/// An evaluation with its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationFigures {
    /// The evaluation.
    pub evaluation: Arc<Evaluation>,
    /// Its criteria, in the order in which they were made.
    pub criteria: Vec<Arc<Criterion>>,
    /// Its options, best first, excluded ones last.
    pub options: Vec<Ranked>,
    /// Sum of the weights in percent: a hundred if all is well.
    pub weight_sum: i64,
    /// Scores that nobody has given yet.
    pub missing_scores: usize,
    /// How firm the winner is; `None` if no change of one weight makes another win, or there is no single winner.
    pub turn: Option<Turn>,
}

/// Returns an evaluation with its result; `None` if it is not on the board.
pub fn figures(board: &Board, id: RecordId) -> Option<EvaluationFigures> {
    let evaluation = board.evaluations.get(&id)?;
    let criteria: Vec<Arc<Criterion>> = (&board.criteria)
        .into_iter()
        .filter(|(_, criterion)| criterion.evaluation == Some(id))
        .map(|(_, criterion)| Arc::clone(criterion))
        .collect();
    let options: Vec<Arc<Choice>> = (&board.options)
        .into_iter()
        .filter(|(_, option)| option.evaluation == Some(id))
        .map(|(_, option)| Arc::clone(option))
        .collect();
    let mut scores: BTreeMap<(RecordId, RecordId), Vec<&Arc<Score>>> = BTreeMap::new();
    for (_, score) in &board.scores {
        if let (Some(option), Some(criterion)) = (score.option, score.criterion) {
            scores.entry((option, criterion)).or_default().push(score);
        }
    }
    let lowest = options.iter().filter_map(|option| option.price);
    let lowest = lowest
        .filter(|price| price.0 > 0)
        .map(|price| price.0)
        .min();
    let mut missing_scores = 0_usize;
    let mut ranked: Vec<Ranked> = options
        .into_iter()
        .map(|option| {
            let mark = |criterion: &Arc<Criterion>| {
                let given = scores.get(&(option.meta.id, criterion.meta.id));
                mark(
                    criterion,
                    &option,
                    given.map(Vec::as_slice).unwrap_or_default(),
                    lowest,
                )
            };
            let marks: Vec<Mark> = criteria.iter().map(mark).collect();
            missing_scores += marks.iter().filter(|mark| mark.share.is_none()).count();
            rank_of(option, marks, &criteria)
        })
        .collect();
    put_in_order(&mut ranked);
    let scored = criteria.iter().filter(|criterion| counts(criterion));
    Some(EvaluationFigures {
        evaluation: Arc::clone(evaluation),
        weight_sum: scored.map(|criterion| criterion.weight.0).sum(),
        turn: turn(&ranked, &criteria),
        criteria,
        options: ranked,
        missing_scores,
    })
}

fn counts(criterion: &Criterion) -> bool {
    criterion.kind != CriterionKind::Mandatory
}

fn mark(
    criterion: &Criterion,
    option: &Choice,
    given: &[&Arc<Score>],
    lowest: Option<i64>,
) -> Mark {
    let values: Vec<i64> = given
        .iter()
        .filter_map(|score| score.value)
        .map(|value| value.0.min(criterion.highest()))
        .collect();
    let share = if criterion.kind == CriterionKind::Price {
        let price = option
            .price
            .filter(|price| price.0 > 0)
            .map(|price| price.0);
        price.zip(lowest).and_then(|(price, lowest)| {
            divide_rounded(i128::from(lowest) * UNIT, i128::from(price))
        })
    } else {
        let sum: i128 = values.iter().copied().map(i128::from).sum();
        let most = i128::from(criterion.highest()) * i128::try_from(values.len()).unwrap_or(0);
        divide_rounded(sum * UNIT, most)
    };
    Mark {
        share: share.and_then(|share| i64::try_from(share).ok()),
        least: values.iter().copied().min(),
        greatest: values.iter().copied().max(),
    }
}

fn rank_of(option: Arc<Choice>, marks: Vec<Mark>, criteria: &[Arc<Criterion>]) -> Ranked {
    let pairs = || criteria.iter().zip(&marks);
    let exact: i128 = pairs()
        .filter(|(criterion, _)| counts(criterion))
        .map(|(criterion, mark)| i128::from(criterion.weight.0) * share(mark))
        .sum();
    let whole: i128 = pairs()
        .filter(|(criterion, _)| counts(criterion))
        .map(|(criterion, _)| i128::from(criterion.weight.0) * UNIT)
        .sum();
    // One "no" of one person fails; so does silence.
    let fails = |(criterion, mark): &(&Arc<Criterion>, &Mark)| {
        !counts(criterion) && mark.least.is_none_or(|least| least == 0)
    };
    let failed = pairs()
        .filter(fails)
        .map(|(criterion, _)| Arc::clone(criterion));
    let total = divide_rounded(exact * 10_000, whole).unwrap_or(0);
    Ranked {
        failed: failed.collect(),
        total_basis_points: i64::try_from(total).unwrap_or(0),
        rank: None,
        option,
        marks,
        exact,
    }
}

fn share(mark: &Mark) -> i128 {
    mark.share.map_or(0, i128::from)
}

fn put_in_order(ranked: &mut [Ranked]) {
    // A stable sort: equal options stay in the order in which they were made.
    ranked.sort_by(|a, b| {
        let excluded = |one: &Ranked| !one.failed.is_empty();
        excluded(a).cmp(&excluded(b)).then(b.exact.cmp(&a.exact))
    });
    let (mut place, mut last) = (0_usize, None);
    for (at, one) in ranked.iter_mut().enumerate() {
        if one.failed.is_empty() {
            if last != Some(one.exact) {
                (place, last) = (at + 1, Some(one.exact));
            }
            one.rank = Some(place);
        }
    }
}

/// Finds the smallest change of one weight, the others left as they are, with which another option draws level.
fn turn(ranked: &[Ranked], criteria: &[Arc<Criterion>]) -> Option<Turn> {
    let winner = ranked.first().filter(|one| one.rank == Some(1))?;
    let rivals: Vec<&Ranked> = ranked
        .iter()
        .skip(1)
        .filter(|one| one.rank.is_some())
        .collect();
    if rivals.iter().any(|rival| rival.rank == Some(1)) {
        return None;
    }
    let mut best: Option<(i128, Turn)> = None;
    for (at, criterion) in criteria.iter().enumerate().filter(|(_, c)| counts(c)) {
        for rival in &rivals {
            let of = |one: &Ranked| one.marks.get(at).map_or(0, share);
            let (lead, gain) = (winner.exact - rival.exact, of(rival) - of(winner));
            if gain == 0 {
                continue;
            }
            // In basis points, away from zero: the change must be enough.
            let exact = lead * 100;
            let size = exact.abs() / gain.abs() + i128::from(exact.abs() % gain.abs() != 0);
            let change = size * gain.signum();
            let weight = i128::from(criterion.weight.0) * 100;
            if !(0..=10_000).contains(&(weight + change)) {
                continue;
            }
            if best.as_ref().is_none_or(|(least, _)| size < *least) {
                let turn = Turn {
                    criterion: Arc::clone(criterion),
                    change_basis_points: i64::try_from(change).unwrap_or(0),
                    winner: Arc::clone(&rival.option),
                    is_within_a_fifth: size * 5 <= weight,
                };
                best = Some((size, turn));
            }
        }
    }
    best.map(|(_, turn)| turn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, id};
    use crate::kind::Kind;
    use proptest::prelude::*;

    fn desk(weights: [&str; 3]) -> Desk {
        let mut desk = Desk::new();
        desk.put(Kind::Evaluation, "e", &[("title", "Backup")]);
        for (name, kind, weight) in [
            ("function", "score", weights[0]),
            ("service", "score", weights[1]),
            ("price", "price", weights[2]),
            ("gdpr", "mandatory", "0"),
        ] {
            let fields = [
                ("evaluation", "e"),
                ("name", name),
                ("kind", kind),
                ("weight", weight),
            ];
            desk.put(Kind::Criterion, name, &fields);
        }
        desk
    }

    fn option(desk: &mut Desk, name: &str, price: &str, scores: [&str; 3]) {
        let fields = [("evaluation", "e"), ("name", name), ("price", price)];
        desk.put(Kind::Choice, name, &fields);
        for (criterion, score) in ["function", "service", "gdpr"].into_iter().zip(scores) {
            let key = format!("{name} {criterion} Anna");
            let fields = [
                ("option", name),
                ("criterion", criterion),
                ("evaluator", "Anna"),
                ("value", score),
            ];
            desk.put(Kind::Score, &key, &fields);
        }
    }

    fn result(desk: &Desk) -> Vec<(String, i64, Option<usize>)> {
        let figures = figures(desk.board(), id("e")).unwrap();
        let row = |one: &Ranked| (one.option.name.clone(), one.total_basis_points, one.rank);
        figures.options.iter().map(row).collect()
    }

    #[test]
    fn weights_prices_and_gates() {
        let mut desk = desk(["50", "20", "30"]);
        option(&mut desk, "A", "1000", ["4", "3", "1"]);
        option(&mut desk, "B", "2000", ["5", "5", "1"]);
        option(&mut desk, "C", "1500", ["5", "5", "0"]);
        assert_eq!(
            result(&desk),
            [
                ("B".to_owned(), 8_500, Some(1)),
                ("A".to_owned(), 8_200, Some(2)),
                ("C".to_owned(), 9_000, None),
            ]
        );
        let figures = figures(desk.board(), id("e")).unwrap();
        assert_eq!(figures.weight_sum, 100);
        assert_eq!(figures.options[2].failed[0].name, "gdpr");
        // B leads by 3 points; a price weight of 36 instead of 30 gives A level: a fifth.
        let turn = figures.turn.unwrap();
        assert_eq!(
            (turn.criterion.name.as_str(), turn.change_basis_points),
            ("price", 600)
        );
        assert_eq!(
            (turn.winner.name.as_str(), turn.is_within_a_fifth),
            ("A", true)
        );
    }

    #[test]
    fn weights_freeze_with_the_first_score() {
        let mut desk = desk(["50", "20", "30"]);
        desk.put(Kind::Criterion, "service", &[("weight", "20")]);
        option(&mut desk, "A", "1000", ["4", "3", "1"]);
        let refusal = desk
            .try_put(Kind::Criterion, "service", &[("weight", "40")])
            .unwrap_err();
        assert_eq!(
            refusal,
            "the criterion cannot be saved: scores have been given, so the weights are frozen; remove the scores first"
        );
        let refusal = desk
            .try_put(Kind::Score, "A function Anna", &[("value", "6")])
            .unwrap_err();
        assert_eq!(
            refusal,
            "the score cannot be saved: the score 6 is above the highest, 5; give a score from 0 to the highest"
        );
    }

    #[test]
    fn opinions_are_averaged_and_their_spread_is_shown() {
        let mut desk = desk(["100", "0", "0"]);
        option(&mut desk, "A", "1000", ["5", "0", "1"]);
        let fields = [
            ("option", "A"),
            ("criterion", "function"),
            ("evaluator", "Bert"),
            ("value", "2"),
        ];
        desk.put(Kind::Score, "bert", &fields);
        let figures = figures(desk.board(), id("e")).unwrap();
        let mark = figures.options[0].marks[figures
            .criteria
            .iter()
            .position(|c| c.name == "function")
            .unwrap()];
        assert_eq!(
            (mark.basis_points(), mark.least, mark.greatest),
            (Some(7_000), Some(2), Some(5))
        );
        assert_eq!(figures.turn, None);
    }

    #[test]
    fn equal_totals_share_a_rank_and_silence_is_no_pass() {
        let mut desk = desk(["60", "10", "30"]);
        option(&mut desk, "A", "1000", ["4", "3", "1"]);
        option(&mut desk, "B", "1000", ["4", "3", "1"]);
        desk.put(
            Kind::Choice,
            "D",
            &[("evaluation", "e"), ("name", "D"), ("price", "")],
        );
        let ranks: Vec<_> = result(&desk).into_iter().map(|(_, _, rank)| rank).collect();
        assert_eq!(ranks, [Some(1), Some(1), None]);
        assert_eq!(figures(desk.board(), id("e")).unwrap().missing_scores, 4);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn no_smaller_change_of_a_weight_turns_the_result(
            weights in (1_i64..60, 1_i64..60, 1_i64..60),
            marks in prop::collection::vec((100_i64..400, 0_i64..=5, 0_i64..=5), 2..4),
        ) {
            let weights = [weights.0.to_string(), weights.1.to_string(), weights.2.to_string()];
            let mut desk = desk([&weights[0], &weights[1], &weights[2]]);
            for (at, (price, a, b)) in marks.iter().enumerate() {
                option(&mut desk, &format!("o{at}"), &price.to_string(), [&a.to_string(), &b.to_string(), "1"]);
            }
            let figures = figures(desk.board(), id("e")).unwrap();
            let winner = &figures.options[0];
            // Try every change of every weight, a basis point at a time, as far as the answer says.
            let limit = figures.turn.as_ref().map_or(10_000, |turn| turn.change_basis_points.abs() - 1);
            let is_single = figures.options[1].rank != Some(1);
            for (at, criterion) in figures.criteria.iter().enumerate().filter(|(_, c)| c.kind != CriterionKind::Mandatory) {
                for change in -limit..=limit {
                    let weight = i128::from(criterion.weight.0) * 100 + i128::from(change);
                    if !is_single || !(0..=10_000).contains(&weight) {
                        continue;
                    }
                    let total = |one: &Ranked| one.exact * 100 + i128::from(change) * share(&one.marks[at]);
                    for rival in &figures.options[1..] {
                        prop_assert!(total(rival) < total(winner), "{change}");
                    }
                }
            }
        }
    }
}
