//! Rules of contracts, invoices and evaluations.
//!
//! The one rule: what somebody could be held to later needs its proof or its second person now.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::After;
use crate::command::CommandError;
use crate::people::PersonId;
use crate::procurement::{Decided, InvoiceState};
use crate::quantity::Count;

pub(super) fn contract(after: &After<'_>) -> Result<(), CommandError> {
    after.in_order("start", "end")?;
    after.in_order("start", "terminated_on")?;
    let served: Option<NaiveDate> = after.get("notice_served_on");
    let is_proved = ["notice_method", "notice_proof"]
        .into_iter()
        .all(|field| !after.get::<String>(field).trim().is_empty());
    if served.is_some() && after.changes("notice_served_on") && !is_proved {
        return after.refuse(
            "notice_proof",
            "a notice without proof cannot be shown to have been given",
            "give notice_method and notice_proof",
        );
    }
    Ok(())
}

pub(super) fn assignment(after: &After<'_>) -> Result<(), CommandError> {
    after.in_order("from", "to")?;
    let person: Option<PersonId> = after.get("person");
    if person.is_none() && after.get::<String>("holder").trim().is_empty() {
        return after.refuse(
            "person",
            "a seat needs somebody or something that has it",
            "give person or holder",
        );
    }
    Ok(())
}

pub(super) fn invoice(after: &After<'_>) -> Result<(), CommandError> {
    let state: InvoiceState = after.get("state");
    let is_passed = matches!(
        state,
        InvoiceState::Approved | InvoiceState::Sent | InvoiceState::Paid
    );
    if !is_passed || !after.changes("state") {
        return Ok(());
    }
    let steps = || {
        let all = (&after.board.approvals).into_iter();
        all.map(|(_, approval)| approval)
            .filter(|approval| approval.invoice == Some(after.id))
    };
    let open = steps().filter(|approval| approval.decision != Decided::Approved);
    let (open, all) = (open.count(), steps().count());
    if open > 0 {
        let verb = if open == 1 {
            "approval is"
        } else {
            "approvals are"
        };
        let words = if all == 1 || open == all {
            format!("{open} {verb} still to come")
        } else {
            format!("{open} of {all} approvals is still to come")
        };
        return after.refuse("state", words, "ask the approvers first");
    }
    Ok(())
}

pub(super) fn approval(after: &After<'_>) -> Result<(), CommandError> {
    let person: Option<PersonId> = after.get("person");
    let decision: Decided = after.get("decision");
    let invoice: Option<RecordId> = after.get("invoice");
    let invoice = invoice.and_then(|id| after.board.invoices.get(&id));
    let is_coder =
        invoice.is_some_and(|invoice| invoice.coder.is_some() && invoice.coder == person);
    if decision == Decided::Approved && is_coder {
        return after.refuse(
            "person",
            "who coded an invoice cannot approve it",
            "ask another person",
        );
    }
    Ok(())
}

pub(super) fn criterion(after: &After<'_>) -> Result<(), CommandError> {
    let is_touched = ["weight", "kind", "scale"]
        .into_iter()
        .any(|field| after.changes(field));
    let evaluation: Option<RecordId> = after.get("evaluation");
    let is_scored = || {
        (&after.board.scores).into_iter().any(|(_, score)| {
            let option = score.option.and_then(|id| after.board.options.get(&id));
            option.is_some_and(|option| option.evaluation == evaluation)
        })
    };
    if is_touched && is_scored() {
        return after.refuse(
            "weight",
            "scores have been given, so the weights are frozen",
            "remove the scores first",
        );
    }
    Ok(())
}

pub(super) fn score(after: &After<'_>) -> Result<(), CommandError> {
    let criterion: Option<RecordId> = after.get("criterion");
    let criterion = criterion.and_then(|id| after.board.criteria.get(&id));
    let highest = criterion.map_or(i64::MAX, |criterion| criterion.highest());
    let value: Option<Count> = after.get("value");
    match value {
        Some(value) if value.0 > highest => after.refuse(
            "value",
            format!("the score {} is above the highest, {highest}", value.0),
            "give a score from 0 to the highest",
        ),
        _ => Ok(()),
    }
}
