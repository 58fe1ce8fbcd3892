//! Comparing vendors: criteria with weights, options, and the scores that people give.
//!
//! An evaluation and all its parts live in one document. Weights are fixed before the first score: a weight that is
//! chosen after the scores are known proves nothing.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::money::{Amount, Currency};
use crate::people::PersonId;
use crate::quantity::{Count, Percent};
use crate::schema::record;
use crate::value::{Prose, choice};

choice! {
    /// How a criterion counts.
    CriterionKind {
        /// By the score that people give.
        Score = "score", "Score";
        /// By the price: the lowest gets all, a price twice as high half.
        Price = "price", "Price";
        /// It must be met; an option that fails is out.
        Mandatory = "mandatory", "Mandatory";
    }
}

record! {
    /// A comparison of options by weighted criteria.
    Evaluation = "evaluation", fields EvaluationField {
        /// What is to be decided. Required.
        title / Title: String;
        /// Person who answers for it.
        owner / Owner: Option<PersonId>;
        /// Day by which it is to be decided.
        due / Due: Option<NaiveDate>;
        /// Currency of all prices.
        currency / Currency: Currency;
        /// The option that was chosen.
        chosen / Chosen: Option<RecordId>;
        /// Recommendation and its reasons.
        recommendation / Recommendation: Prose;
    }
}

record! {
    /// A criterion of an evaluation.
    Criterion = "criterion", fields CriterionField {
        /// The evaluation. Required; it never changes.
        evaluation / Evaluation: Option<RecordId>;
        /// Name. Required.
        name / Name: String;
        /// How it counts.
        kind / Kind: CriterionKind;
        /// Weight in percent; all weights add up to a hundred.
        weight / Weight: Percent;
        /// Highest score; five if empty.
        scale / Scale: Option<Count>;
    }
}

impl Criterion {
    /// Returns the highest score, at least one.
    pub fn highest(&self) -> i64 {
        self.scale.map_or(5, |scale| scale.0).max(1)
    }
}

record! {
    /// Something that can be chosen.
    Choice = "option", fields ChoiceField {
        /// The evaluation. Required; it never changes.
        evaluation / Evaluation: Option<RecordId>;
        /// Name. Required.
        name / Name: String;
        /// Vendor that offers it.
        vendor / Vendor: Option<RecordId>;
        /// Price over the whole term, in minor units of the evaluation's currency.
        price / Price: Option<Amount>;
        /// Anything worth knowing.
        notes / Notes: Prose;
    }
}

record! {
    /// The score that one person gives one option on one criterion. Its id follows from the three.
    Score = "score", fields ScoreField {
        /// The option. Required; it never changes.
        option / Option: Option<RecordId>;
        /// The criterion. Required; it never changes.
        criterion / Criterion: Option<RecordId>;
        /// Person who gives it. Required; it never changes.
        evaluator / Evaluator: Option<PersonId>;
        /// The score, from zero to the criterion's highest; of a mandatory criterion zero fails.
        value / Value: Option<Count>;
        /// What the score rests on.
        source / Source: String;
        /// Day.
        day / Day: Option<NaiveDate>;
    }
}
