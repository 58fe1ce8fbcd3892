//! What takes more than setting fields: baselines, closing a period, checklists, drafts, taking note, mending.
//!
//! Each is one step of undo. What follows from the board is worked out by the model; here only words become arguments.

use adjutant_base::RecordId;
use adjutant_model::calendar::Period;
use adjutant_model::foreign::{ForeignAmount, Rate, convert};
use adjutant_model::ledger::PostingField;
use adjutant_model::money::{Amount, parse_minor};
use adjutant_model::onboarding::ChecklistKind;
use adjutant_model::people::PersonField;
use adjutant_model::query::{
    baseline, budget, change, contract, finding, obligation, onboarding, recurring, status,
};
use adjutant_model::{Command, FieldValue as _, Kind, PersonId};
use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use serde_json::json;

use crate::args::ActOptions;
use crate::session::Session;

/// Carries out what the options say.
pub(crate) fn run(session: &Session, options: &ActOptions) -> anyhow::Result<()> {
    let (label, commands) = match options {
        ActOptions::Baseline {
            project,
            name,
            reason,
        } => take_baseline(session, project, name, reason)?,
        ActOptions::Status { project } => status(session, project)?,
        ActOptions::Issue { update } => issue(session, update)?,
        ActOptions::Post { .. } => post(session, options)?,
        ActOptions::Close { budget, period } => close(session, budget, *period)?,
        ActOptions::PlanYear {
            line,
            total,
            weights,
        } => plan_year(session, line, total, weights)?,
        ActOptions::DraftBudget {
            budget,
            name,
            growth,
        } => draft(session, budget, name, *growth)?,
        ActOptions::Onboard {
            person,
            day,
            template,
        } => checklist(
            session,
            ChecklistKind::Onboarding,
            (person, day),
            template.as_deref(),
        )?,
        ActOptions::Offboard {
            person,
            day,
            template,
        } => checklist(
            session,
            ChecklistKind::Offboarding,
            (person, day),
            template.as_deref(),
        )?,
        ActOptions::Template { kind } => template(session, kind)?,
        ActOptions::Messages { change } => messages(session, change)?,
        ActOptions::Note { id, text } => note(session, id, text)?,
        ActOptions::Done { id } => done(session, id)?,
        ActOptions::Fix { id } => fix(session, id)?,
    };
    let count = commands.len();
    let batch = Command::Batch {
        label: label.to_owned(),
        commands,
    };
    session.execute(batch)?;
    let words = format!("{label}: {count} records");
    session
        .output
        .result(&words, &json!({ "done": label, "records": count }))
}

type Steps = (&'static str, Vec<Command>);

fn take_baseline(
    session: &Session,
    project: &str,
    name: &str,
    reason: &str,
) -> anyhow::Result<Steps> {
    let taking = baseline::Taking {
        project: session.find_kind(project, Kind::Project)?,
        name: name.to_owned(),
        taken_on: session.today(),
        taken_by: None,
        reason: reason.to_owned(),
    };
    let id = session.engine.new_record_id()?;
    let commands = baseline::take(&session.board(), id, &taking);
    Ok(("take a baseline", commands.context("the project has gone")?))
}

fn status(session: &Session, project: &str) -> anyhow::Result<Steps> {
    let project = session.find_kind(project, Kind::Project)?;
    let id = session.engine.new_record_id()?;
    let today = session.today();
    let command = status::draft(&session.board(), project, id, (today, None));
    Ok((
        "draft a status update",
        vec![command.context("the project has gone")?],
    ))
}

fn issue(session: &Session, update: &str) -> anyhow::Result<Steps> {
    let id = session.find_kind(update, Kind::StatusUpdate)?;
    let commands = status::issue(&session.board(), id, session.today());
    let commands = commands.context("it is out already; issue a new one that corrects it")?;
    Ok(("issue a status update", commands))
}

fn post(session: &Session, options: &ActOptions) -> anyhow::Result<Steps> {
    let ActOptions::Post {
        line,
        day,
        amount,
        rate,
        rate_on,
        title,
        vendor,
    } = options
    else {
        bail!("that is no posting");
    };
    let board = session.board();
    let line = session.find_kind(line, Kind::BudgetLine)?;
    let found = board.budget_lines.get(&line).context("the line has gone")?;
    let currency = board.currency_of(Kind::BudgetLine, line);
    let day = NaiveDate::from_input(day)?;
    let vendor = vendor.as_deref();
    let vendor = vendor.map(|text| session.find_kind(text, Kind::Vendor));
    let mut fields = vec![
        PostingField::Budget(found.budget),
        PostingField::Line(Some(line)),
        PostingField::Day(Some(day)),
        PostingField::Title(title.clone()),
        PostingField::Vendor(vendor.transpose()?),
    ];
    let foreign = ForeignAmount::from_input(amount);
    let minor = match foreign.ok().filter(|foreign| foreign.currency != currency) {
        None => {
            let own = amount.replace(currency.code(), "");
            parse_minor(&own, currency)?
        }
        Some(foreign) => {
            let rate = rate.as_deref().context("give the rate with --rate")?;
            let rate = Rate::from_input(rate)?;
            let rate_on = rate_on.as_deref().map(NaiveDate::from_input);
            fields.extend([
                PostingField::Original(Some(foreign)),
                PostingField::Rate(Some(rate)),
                PostingField::RateOn(Some(rate_on.transpose()?.unwrap_or(day))),
            ]);
            convert(foreign, currency, rate).context("the amount is too large")?
        }
    };
    fields.push(PostingField::Amount(Some(Amount(minor))));
    let id = session.engine.new_record_id()?;
    Ok(("post an amount", vec![Command::create(id, fields)]))
}

fn close(session: &Session, budget: &str, period: u8) -> anyhow::Result<Steps> {
    let id = session.find_kind(budget, Kind::Budget)?;
    let at = Period::new(period).context("a period is a number from 1 to 12")?;
    let command = budget::close::close(&session.board(), id, at, session.today(), None);
    Ok((
        "close the period",
        vec![command.context("the budget has gone")?],
    ))
}

fn plan_year(session: &Session, line: &str, total: &str, weights: &[u32]) -> anyhow::Result<Steps> {
    let id = session.find_kind(line, Kind::BudgetLine)?;
    let currency = session.board().currency_of(Kind::BudgetLine, id);
    let total = parse_minor(total, currency)?;
    let weights: [u32; 12] = match weights {
        [] => [1; 12],
        given => given
            .try_into()
            .context("give twelve weights, one a period")?,
    };
    Ok((
        "plan the year",
        vec![budget::phasing::plan_year(id, total, &weights)],
    ))
}

fn draft(session: &Session, budget: &str, name: &str, growth: i64) -> anyhow::Result<Steps> {
    let board = session.board();
    let from = session.find_kind(budget, Kind::Budget)?;
    let found = board.budgets.get(&from).context("the budget has gone")?;
    let next = found
        .calendar()
        .first_day(found.fiscal_year.saturating_add(1));
    let draft = budget::phasing::Draft {
        from,
        id: session.engine.new_record_id()?,
        name: name.to_owned(),
        growth_basis_points: growth,
        uplifts: next
            .map(|day| contract::uplifts(&board, day))
            .unwrap_or_default(),
    };
    let commands = budget::phasing::draft_next_year(&board, &draft);
    Ok((
        "draft next year's budget",
        commands.context("the budget has gone")?,
    ))
}

fn checklist(
    session: &Session,
    kind: ChecklistKind,
    (person, day): (&str, &str),
    template: Option<&str>,
) -> anyhow::Result<Steps> {
    let board = session.board();
    let id = PersonId::from_input(person)?;
    let mut commands = Vec::new();
    if board.people.get(&id.0).is_none() {
        commands.push(Command::create(
            id.0,
            vec![PersonField::Name(person.trim().to_owned())],
        ));
    }
    let template = template.map(|text| session.find_kind(text, Kind::ChecklistTemplate));
    let start = onboarding::Start {
        id: session.engine.new_record_id()?,
        kind,
        title: format!("{}: {person}", kind.label()),
        person: id,
        day: NaiveDate::from_input(day)?,
        template: template.transpose()?,
    };
    commands.extend(onboarding::start(&board, &start));
    Ok(("make a checklist", commands))
}

fn template(session: &Session, kind: &str) -> anyhow::Result<Steps> {
    let kind = ChecklistKind::from_input(kind)?;
    let commands = onboarding::make_template(&session.board(), kind);
    if commands.is_empty() {
        bail!("that template is there and in use; `list template_item` shows its items");
    }
    Ok(("make a checklist template", commands))
}

fn messages(session: &Session, change: &str) -> anyhow::Result<Steps> {
    let id = session.find_kind(change, Kind::Change)?;
    let board = session.board();
    let all = change::all(&board, session.today());
    let found = all.iter().find(|one| one.change.meta.id == id);
    let rules = adjutant_model::settings::Rules::of(&board);
    let commands = found.map(|one| change::begin_messages(one, &rules));
    let commands = commands.unwrap_or_default();
    if commands.is_empty() {
        bail!("there is nothing to begin: the change has no window, or every message is begun");
    }
    Ok(("begin the messages of a change", commands))
}

fn note(session: &Session, id: &str, text: &str) -> anyhow::Result<Steps> {
    let wanted = session.find(id)?.1;
    let today = session.today();
    let through = adjutant_model::calendar::add_days(today, 10_000);
    let all = obligation::all(&session.board(), today, through);
    let own = all
        .iter()
        .filter(|one| one.id == wanted && one.needs_note());
    let commands: Vec<Command> = own
        .filter_map(|one| one.acknowledge(None, today, text))
        .collect();
    if commands.is_empty() {
        bail!("nothing of that record waits to be taken note of");
    }
    Ok(("take note", commands))
}

/// Makes an occurrence of an action series a record that is done.
fn done(session: &Session, id: &str) -> anyhow::Result<Steps> {
    let today = session.today();
    let wanted = id.trim().to_lowercase();
    let due = recurring::due(&session.board(), today);
    let mut found = due
        .iter()
        .filter(|one| one.occurrence.id.to_string().contains(&wanted));
    match (found.next(), found.next()) {
        (Some(one), None) if wanted.len() >= 4 => {
            let state = adjutant_model::action::ActionState::Done;
            Ok(("do a recurring action", vec![one.make(state, Some(today))]))
        }
        _ => bail!("no single occurrence has \"{id}\" in its id; `ask recurring` shows them"),
    }
}

fn fix(session: &Session, id: &str) -> anyhow::Result<Steps> {
    let wanted: RecordId = session.find(id)?.1;
    let all = finding::all(&session.board(), session.today());
    let own = all.into_iter().filter(|one| one.id == wanted);
    let commands: Vec<Command> = own.filter_map(|one| one.fix.clone()).collect();
    if commands.is_empty() {
        bail!(
            "no finding of that record can be mended without asking; `ask findings` says what to do"
        );
    }
    Ok(("mend a finding", commands))
}
