//! Answers about meetings, changes, checklists, recurring actions and metrics.
//!
//! Each is one query of the model as a table.

use adjutant_model::query::{change, meeting, metric, onboarding, recurring};
use adjutant_model::workdays::Calendars;
use anyhow::Context as _;
use chrono::NaiveDate;
use serde_json::json;

use super::{Answer, Asked, answer, one};

pub(super) fn agenda(asked: &Asked<'_>) -> anyhow::Result<Answer> {
    let id = one(asked, "meeting")?;
    let found =
        meeting::agenda(asked.board, id, asked.today).context("that record is no meeting")?;
    let row = |what: &str, title: &str, day: Option<NaiveDate>| {
        vec![json!(what), json!(title), json!(day)]
    };
    let mut rows = Vec::new();
    let before = found.previous.and_then(|meeting| meeting.day);
    if before.is_some() {
        rows.push(row("Minutes to approve", "", before));
    }
    rows.extend(
        found
            .actions
            .iter()
            .map(|one| row("Open action", &one.title, one.due)),
    );
    rows.extend(
        found
            .standing
            .iter()
            .map(|topic| row("Standing topic", topic, None)),
    );
    rows.extend(
        found
            .topics
            .iter()
            .map(|one| row("Topic", &one.title, None)),
    );
    rows.extend(
        found
            .parked
            .iter()
            .map(|one| row("Parked topic", &one.title, None)),
    );
    let contracts = found.contracts.iter();
    rows.extend(contracts.map(|one| row("Contract", &one.contract.name, one.act_by)));
    let milestones = found.milestones.iter();
    rows.extend(milestones.map(|one| {
        row(
            "Milestone",
            &one.name,
            adjutant_model::query::project::shown_day(one),
        )
    }));
    let lines = found.lines_off_plan.iter();
    rows.extend(lines.map(|(name, flag)| row(flag.label(), name, None)));
    Ok(answer(&["what", "title", "day"], rows.into_iter()))
}

pub(super) fn decisions(asked: &Asked<'_>) -> Answer {
    let standing = meeting::decisions_in_force(asked.board);
    let rows = standing.iter().map(|one| {
        let held = one.meeting.and_then(|id| asked.board.meetings.get(&id));
        let day = one
            .effective
            .or_else(|| held.and_then(|meeting| meeting.day));
        vec![
            json!(one.number),
            json!(one.title),
            json!(asked.board.person_name(one.decided_by)),
            json!(day),
            json!(one.meta.id),
        ]
    });
    answer(&["number", "decision", "decided by", "from", "id"], rows)
}

pub(super) fn recurring(asked: &Asked<'_>) -> Answer {
    let due = recurring::due(asked.board, asked.today);
    let rows = due.iter().map(|one| {
        vec![
            json!(one.occurrence.day),
            json!(one.series.title),
            json!(asked.board.person_name(one.series.owner)),
            json!(one.occurrence.id),
        ]
    });
    answer(&["due", "action", "owner", "id"], rows)
}

pub(super) fn changes(asked: &Asked<'_>) -> Answer {
    let all = change::all(asked.board, asked.today);
    let rows = all.iter().map(|one| {
        let of = &one.change;
        let warnings: Vec<&str> = one.warnings.iter().map(change::Warning::words).collect();
        let moment = |moment: Option<adjutant_model::change::LocalMoment>| {
            json!(moment.map(|moment| moment.0.format("%Y-%m-%d %H:%M").to_string()))
        };
        vec![
            json!(of.title),
            json!(of.kind.label()),
            json!(of.state.label()),
            moment(of.starts),
            moment(of.ends),
            json!(warnings),
            json!(of.meta.id),
        ]
    });
    answer(
        &[
            "change", "kind", "state", "starts", "ends", "warnings", "id",
        ],
        rows,
    )
}

pub(super) fn messages(asked: &Asked<'_>) -> Answer {
    let all = change::all(asked.board, asked.today);
    let wanted = all
        .iter()
        .filter(|one| asked.of.is_none_or(|of| of == one.change.meta.id));
    let rows = wanted.flat_map(|one| {
        one.plan.iter().map(|message| {
            vec![
                json!(message.day),
                json!(one.change.title),
                json!(message.step),
                json!(message.progress),
                json!(message.is_overdue),
                json!(message.id),
            ]
        })
    });
    answer(
        &["day", "change", "message", "state", "overdue", "id"],
        rows,
    )
}

pub(super) fn checklists(asked: &Asked<'_>) -> Answer {
    let calendars = Calendars::of(asked.board);
    let all = onboarding::all(asked.board, asked.today, calendars.of_workspace());
    let wanted = all
        .iter()
        .filter(|one| asked.of.is_none_or(|of| of == one.checklist.meta.id));
    let rows = wanted.flat_map(|one| {
        one.items.iter().map(|(item, due)| {
            vec![
                json!(one.checklist.title),
                json!(due),
                json!(item.title),
                json!(onboarding::is_settled(item)),
                json!(asked.board.person_name(item.owner)),
                json!(item.meta.id),
            ]
        })
    });
    answer(
        &["checklist", "due", "item", "settled", "owner", "id"],
        rows,
    )
}

pub(super) fn metrics(asked: &Asked<'_>) -> Answer {
    let all = metric::all(asked.board, asked.today);
    let rows = all.iter().map(|one| {
        let latest = one.latest();
        vec![
            json!(one.metric.name),
            json!(latest.map(|(_, value)| value)),
            json!(one.metric.unit),
            json!(latest.map(|(day, _)| day)),
            json!(one.change),
            json!(one.metric.target.map(|target| target.0)),
            json!(one.is_met),
        ]
    });
    answer(
        &[
            "metric", "value>", "unit", "day", "change>", "target>", "met",
        ],
        rows,
    )
}
