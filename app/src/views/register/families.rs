//! Which screen shows which register, and what several of them share.
//!
//! A new register is a description in one of the neighbouring files, a screen in the command table, and a line here.

use adjutant_model::settings::Rules;
use adjutant_model::vendor::RiskTier;

use super::data::{Datum, Register};
use super::{meetings, news, past, purchasing, service, today};
use crate::commands::View;
use crate::icons;
use crate::theme::Tone;
use crate::widgets::table::Sort;

/// Returns the register that a screen shows, if it shows one.
pub fn register_of(view: View) -> Option<&'static Register> {
    match view {
        View::Today => Some(&today::TODAY),
        View::Since => Some(&news::SINCE),
        View::Meetings => Some(&meetings::MEETINGS),
        View::Decisions => Some(&meetings::DECISIONS),
        View::Contracts => Some(&purchasing::CONTRACTS),
        View::Vendors => Some(&purchasing::VENDORS),
        View::Licences => Some(&purchasing::LICENCES),
        View::Purchases => Some(&purchasing::PURCHASES),
        View::Invoices => Some(&purchasing::INVOICES),
        View::Changes => Some(&service::CHANGES),
        View::Onboarding => Some(&service::ONBOARDING),
        View::Compliance => Some(&service::COMPLIANCE),
        View::Risks => Some(&service::RISKS),
        View::Conflicts => Some(&past::CONFLICTS),
        View::History => Some(&past::HISTORY),
        View::Care => Some(&past::CARE),
        View::Overview | View::Projects | View::Actions | View::Budget => None,
    }
}

pub(super) const fn by(column: usize) -> Sort {
    Sort {
        column,
        is_descending: false,
    }
}

/// Returns how many steps of the ladder were climbed, of how many, and the tone of where it stands.
pub(super) fn climbed(rules: &Rules, days_left: i64) -> ((usize, usize), Tone) {
    let of = rules.ladder.len();
    let climbed = rules.ladder.iter().filter(|step| **step >= days_left);
    let climbed = climbed.count();
    let tone = match days_left {
        ..0 => Tone::Bad,
        0..=7 => Tone::Warn,
        _ if climbed == 0 => Tone::Neutral,
        _ => Tone::Accent,
    };
    ((climbed, of), tone)
}

/// Returns a tier of risk; a low one steps back.
pub(super) fn tier(rank: usize, tier: RiskTier, words: &str) -> Datum {
    match tier {
        RiskTier::Low => Datum::quiet(words),
        RiskTier::Medium => Datum::mark(rank, Tone::Neutral, icons::INFO, words),
        RiskTier::High => Datum::mark(rank, Tone::Bad, icons::HIGH, words),
    }
}

/// Checks what the compiler cannot: as many heads as cells is the business of each function above.
#[cfg(test)]
mod tests {
    use adjutant_model::Kind;

    use super::super::data::RegisterColumn;
    use super::*;

    #[test]
    fn every_register_can_be_shown_whole_and_every_edited_field_exists() {
        for view in View::ALL {
            let Some(register) = register_of(view) else {
                continue;
            };
            assert!(register.choices.len() <= 16, "{}", register.name);
            assert!(register.sort.column < register.columns.len());
            assert!(
                register.choices.is_empty() || register.choices.last() == Some(&"All"),
                "{}: the last choice shows everything",
                register.name
            );
            for column in register
                .columns
                .iter()
                .filter_map(|each: &RegisterColumn| each.field)
            {
                let kinds = Kind::ALL.iter();
                let known = kinds
                    .into_iter()
                    .any(|kind| kind.field_names().contains(&column));
                assert!(known, "{}: {column}", register.name);
            }
        }
    }
}
